"""The process that is to die: runs one Dag and kills itself after the success of one task."""

from __future__ import annotations

import os
import pickle
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from types import FunctionType
from typing import Any, NoReturn

import cloudpickle

from wfkit.api.crash import Answer, Script
from wfkit.api.dag import Dag
from wfkit.api.dag_run import DagRun
from wfkit.api.launch import launch
from wfkit.core.events import Event
from wfkit.core.states import TaskState
from wfkit.core.task import Task
from wfkit.engine import displays
from wfkit.engine.settling import Settler
from wfkit.engine.sqlite_store import SqliteStore


class DeadlyStore(SqliteStore):
    """A history that kills its process right after the success of a task was committed.

    `begun` hears the run_id before anything of the run is written.
    """

    def __init__(self, path: str, task: str, begun: Callable[[str], None]) -> None:
        super().__init__(path)
        self._task = task
        self._begun = begun
        self._is_due = False

    def add_run(self, dag: str, run_id: str, logical_date: str, created: float) -> bool:
        is_new = super().add_run(dag, run_id, logical_date, created)
        if is_new:
            self._begun(run_id)
        return is_new

    def write(self, dag: str, run_id: str, events: Sequence[Event]) -> None:
        super().write(dag, run_id, events)
        good = (it.task for it in events if it.to_state == TaskState.SUCCESS)
        self._is_due = self._is_due or self._task in good

    def commit(self) -> None:
        super().commit()
        if self._is_due:
            die()


def die() -> NoReturn:
    """End this process at once, as the kernel of a system does when it has to.

    On Windows that is TerminateProcess (untested).
    """
    os.kill(os.getpid(), signal.SIGTERM if sys.platform == "win32" else signal.SIGKILL)
    os._exit(1)


def main() -> None:
    """Do what the Script on standard input says."""
    script: Script = pickle.loads(sys.stdin.buffer.read())  # noqa: S301 - from our own parent
    timer = threading.Timer(script.limit, die)
    timer.daemon = True
    timer.start()
    told = Answer(None)

    def tell(answer: Answer) -> None:
        nonlocal told
        told = answer
        part = Path(script.answer).with_suffix(".part")
        part.write_bytes(cloudpickle.dumps(answer, protocol=5))
        part.replace(script.answer)

    try:
        _run(script, lambda run_id: tell(Answer(run_id)))
    except BaseException as error:  # noqa: BLE001 - whatever it is, the parent is to know
        tell(told._replace(error=error))


def _run(script: Script, begun: Callable[[str], None]) -> None:
    Settler().settle(pickle.loads(script.setting))  # noqa: S301 - as above
    displays.install()
    tasks, options, asked = pickle.loads(script.contents)  # noqa: S301 - as above
    _publish(tasks)
    dag = Dag(script.dag, tasks, **options)
    store = DeadlyStore(script.store, script.crash_after, begun)
    if script.last is not None:
        dag.ran = DagRun(dag.name, script.last, store, dag.graph)
    run = launch(dag, replace(asked, store=store))
    run.start()
    run.wait()


def _publish(tasks: Iterable[Task]) -> None:
    """Let what the notebook defined be found in `__main__`: stored results refer to it by name."""
    here: dict[str, Any] = vars(sys.modules["__main__"])
    for task in tasks:
        if isinstance(task.function, FunctionType):
            for name, value in task.function.__globals__.items():
                if getattr(value, "__module__", None) == "__main__":
                    here.setdefault(name, value)
