"""Runs exported files in Prefect, in one process: python in_prefect.py FOLDER."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import datetime
from functools import wraps
from pathlib import Path
from typing import Any

import prefect
from prefect import Flow, Task
from prefect.client.schemas.objects import State
from prefect.runtime import task_run

sys.path.insert(0, str(Path(__file__).parent))
from canonical import canonical
from harness import load, run_folder

VALUES: dict[str, Any] = {}
ORDER: dict[str, int] = {}
"""When each task run was submitted: those of a list in the order of its items."""
SUBMITTED: list[tuple[str, Any]] = []
"""The tasks that were submitted, by name, with what is to come of them."""

submit = Task.submit


def ordered(self: Task, *args: Any, **kwargs: Any) -> Any:
    future = submit(self, *args, **kwargs)
    ORDER[str(future.task_run_id)] = len(ORDER)
    SUBMITTED.append((self.name, future))
    return future


Task.submit = ordered


def recorded(function: Callable[..., Any]) -> Callable[..., Any]:
    """Note what a task returns, from outside of the file."""

    @wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        value = function(*args, **kwargs)
        if not isinstance(value, State):
            VALUES[str(task_run.id)] = canonical(value)
        return value

    return call


def run(path: Path, wanted: dict[str, Any]) -> dict[str, Any]:
    module = load(path)
    SUBMITTED.clear()
    ended: list[tuple[Any, Any]] = []

    def note(task: Task, run: Any, state: Any) -> None:
        """Prefect tells its server of a task run later than the flow ends."""
        ended.append((run, state))

    for it in vars(module).values():
        if isinstance(it, Task):
            it.fn = recorded(it.fn)
            it.on_completion_hooks.append(note)
            it.on_failure_hooks.append(note)
    flow = next(it for it in vars(module).values() if isinstance(it, Flow))
    given = dict(wanted["params"])
    if wanted["logical_date"]:
        given["logical_date"] = datetime.fromisoformat(wanted["logical_date"])
    state = flow(**given, return_state=True)
    return {
        "state": "success" if state.is_completed() else "failed",
        "tasks": not_ready() | tasks(ended),
    }


def not_ready() -> dict[str, Any]:
    """Return the tasks that Prefect never began, since it waited for what failed."""
    waiting = {name for name, it in SUBMITTED if it.state.name == "NotReady"}
    return {name: {"-1": {"state": "NotReady", "attempts": 0, "value": None}} for name in waiting}


def tasks(ended: list[tuple[Any, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for it, state in sorted(ended, key=lambda pair: ORDER[str(pair[0].id)]):
        instances = found.setdefault(it.name.rpartition("-")[0], {})
        instances[str(len(instances))] = {
            "state": _end(state),
            "attempts": it.run_count,
            "value": VALUES.get(str(it.id)),
        }
    return found


def _end(state: Any) -> str:
    if state.name == "Skipped":
        return "skipped"
    return "success" if state.is_completed() else "failed" if state.is_failed() else state.name


if __name__ == "__main__":
    place = Path(sys.argv[1]).absolute()
    run_folder(f"prefect {prefect.__version__}", run, place)
