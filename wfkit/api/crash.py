"""How does a run survive the death of its process? It runs in a child that is really killed."""

from __future__ import annotations

import pickle
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from wfkit.api.dag_run import DagRun
from wfkit.api.declaring import DeclaredDag
from wfkit.api.launch import RunRequest, chosen_tasks
from wfkit.api.watching import tell_all
from wfkit.core import options as check
from wfkit.core.errors import InvalidOption, RunFailed, StoreError
from wfkit.core.states import RunState, TaskState
from wfkit.engine.failure import in_a_line
from wfkit.engine.recovery import recover
from wfkit.engine.shipping import CannotSend, packed, packed_task, setting
from wfkit.engine.sqlite_store import SqliteStore
from wfkit.engine.stores import store_for

LIMIT = 60.0
"""Seconds that a child lives at most."""

_GRACE = 10.0
_ROOT = str(Path(__file__).parents[2])
_BOOT = (
    "import sys; sys.path.insert(0, sys.argv[1]); from wfkit.api.crash_child import main; main()"
)


class Script(NamedTuple):
    """What the child is told: which Dag to run, and after the success of which task it dies.

    `contents` holds the tasks, the options of the Dag and the RunRequest, pickled by value.
    `answer` is the file for its Answer. After `limit` seconds it ends whatever it is doing.
    """

    setting: bytes
    dag: str
    contents: bytes
    store: str
    last: str | None
    crash_after: str
    answer: str
    limit: float


class Answer(NamedTuple):
    """What the child tells: the run_id as soon as there is one, and what kept it from running."""

    run_id: str | None
    error: BaseException | None = None


def crash(dag: DeclaredDag, asked: RunRequest, task: str) -> DagRun:
    """Run a Dag in a process of its own that is killed once `task` has succeeded.

    Returns the run as it was found afterwards: failed, with its lost attempts written down.
    Raises RunFailed when the run ended before its process could be killed, InvalidOption for a
    history that would die with the process, and what `launch` raises.
    """
    graph = chosen_tasks(dag, check.names("only", asked.only), check.names("upto", asked.upto))
    task = graph.known(task)
    store = _durable(asked)
    try:
        answer = _lived(dag, asked, task, store)
    except KeyboardInterrupt:
        _recovered(store, dag.name, "")
        raise
    if answer.run_id is None:
        raise answer.error or StoreError(f"{dag.name} could not be run in a process of its own.")
    was_cut_off = _recovered(store, dag.name, answer.run_id)
    run = dag.ran = DagRun(dag.name, answer.run_id, store, graph)
    tell_all(dag, run)
    if answer.error is not None and not was_cut_off:
        raise answer.error
    _check_that_it_crashed(run, task, was_cut_off)
    return run


def _durable(asked: RunRequest) -> SqliteStore:
    store = store_for(asked.store)
    if not isinstance(store, SqliteStore):
        raise InvalidOption(
            "crash_after needs a history that outlives the process, and this one is in memory.\n"
            "Leave store= out, or give it the path of a file."
        )
    return store


def _lived(dag: DeclaredDag, asked: RunRequest, task: str, store: SqliteStore) -> Answer:
    """Let the child live its life and return what it told."""
    with tempfile.TemporaryDirectory(prefix="wfkit-crash-") as folder:
        answer, complaints = Path(folder) / "answer", Path(folder) / "complaints"
        script = Script(
            setting(),
            dag.name,
            _contents(dag, replace(asked, store=None)),
            str(store.path),
            dag.ran.run_id if dag.ran is not None and dag.ran.store is store else None,
            task,
            str(answer),
            LIMIT,
        )
        with complaints.open("wb") as errors:
            _run(pickle.dumps(script, protocol=5), errors)
        if answer.exists():
            found: Answer = pickle.loads(answer.read_bytes())  # noqa: S301 - from our own child
            return found
        last = complaints.read_text("utf-8", "replace").strip().splitlines()[-1:]
        told = last[0] if last else "it said nothing"
        return Answer(None, StoreError(f"the process for {dag.name} ended at once: {told}"))


def _run(script: bytes, errors: Any) -> None:
    """Start the child and wait for its end. An interrupt ends it too."""
    child = subprocess.Popen(
        [sys.executable, "-P", "-c", _BOOT, _ROOT],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=errors,
        # Ctrl-C is for this process: it then ends the child.
        start_new_session=True,
    )
    try:
        child.communicate(script, timeout=LIMIT + _GRACE)
    except subprocess.TimeoutExpired:
        return
    finally:
        child.kill()
        child.wait()


def _contents(dag: DeclaredDag, asked: RunRequest) -> bytes:
    tasks = [it.silent() for it in dag.tasks.values()]
    options = dag.options.to_dict() | {"on_failure": (), "on_success": ()}
    try:
        found = packed((tasks, options, asked))
    except Exception as cause:
        for task in tasks:
            _check_that_it_travels(packed_task, task)
        raise CannotSend(
            f"{dag.name} cannot be sent to a process of its own: {in_a_line(cause)}.\n"
            "Give the run plain params and options."
        ) from cause
    return found


def _check_that_it_travels(pack: Any, task: Any) -> None:
    try:
        pack(task)
    except CannotSend as error:
        head = str(error).partition("\n")[0]
        raise CannotSend(
            f"{head}\nCreate it inside the task: with crash_after the tasks run in a process "
            "of their own."
        ) from error


def _recovered(store: SqliteStore, dag: str, run_id: str) -> bool:
    """Write down what died with the child; return True if the run had not ended by itself."""
    with store.writing():
        return any((it.dag, it.run_id) == (dag, run_id) for it in recover(store))


def _check_that_it_crashed(run: DagRun, task: str, was_cut_off: bool) -> None:
    snapshot = run.snapshot
    its = [it.state for it in snapshot.instances.values() if it.task == task]
    if TaskState.SUCCESS not in its:
        cause = f"it had not succeeded after {LIMIT:g} s" if was_cut_off else "it never succeeded"
        raise RunFailed(
            f"{run.run_id} was not cut off after {task}: {cause}.\n{run.explain(task)}", run
        )
    if not was_cut_off:
        raise RunFailed(
            f"{run.run_id} was over with {task}, so nothing was left to lose: it is "
            f"{snapshot.state}.\nName a task that others wait for.",
            run,
        )
    assert snapshot.state is RunState.FAILED
