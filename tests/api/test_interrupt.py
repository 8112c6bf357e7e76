"""A real SIGINT while a Dag runs: twenty times on each executor the caller is back in a second."""

from __future__ import annotations

import json
import os
import pkgutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from wfkit import Dag

ROOT = Path(__file__).resolve().parents[2]
EXECUTORS = ("serial", "thread", "process")
CALL = "import sys; from tests.api.interrupting import main; main(*sys.argv[1:])"


@pytest.mark.long
@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_an_interrupt_comes_back_within_a_second_and_nothing_is_lost(
    tmp_path: Path, measured: Callable[[str], None]
) -> None:
    started = {}
    for executor in EXECUTORS:
        (tmp_path / executor).mkdir()
        started[executor] = subprocess.Popen(
            [sys.executable, "-c", CALL, executor, tmp_path / executor],
            stdout=subprocess.PIPE,
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
        )
    for executor, process in started.items():
        found = json.loads(process.communicate(timeout=120)[0])
        single = [it["seconds"] for it in found if it["moment"] and it["moment"][-1] is None]
        assert len(single) == 20
        told = f"back after {sum(single) / 20:.3f} s, {max(single):.3f} s at the most"
        measured(f"20 interrupts of {executor}: {told}")
        wrong = [it for it in found if it["wrong"] or it["seconds"] >= 1]
        assert not wrong, executor


def orders(attempt: int) -> int:
    if attempt == 1:
        raise ConnectionError("503")
    return 7


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_an_interrupt_that_comes_too_late_promises_nothing_to_resume() -> None:
    def last() -> int:
        os.kill(os.getpid(), signal.SIGINT)
        return 7

    dag = Dag("sales", [last], executor="serial")
    with pytest.raises(KeyboardInterrupt) as caught:
        dag.run(store=None)
    told = "came to its end before it could stop: success."
    assert str(caught.value) == f"{dag.last.run_id} {told}"


@pytest.mark.parametrize(
    ("verb", "step"),
    [
        ("run", "wfkit.api.order.reserve_run_id"),
        ("run", "wfkit.api.order.make_executor"),
        ("resume", "wfkit.api.resume.make_executor"),
        ("run", "wfkit.api.dag_run.DagRun.prepare"),
        ("resume", "wfkit.api.dag_run.DagRun.prepare"),
        ("run", "threading.Thread.start"),
        ("resume", "threading.Thread.start"),
        ("run", "wfkit.api.dag_run.DagRun.start"),
    ],
)
def test_an_interrupt_waits_until_the_run_has_begun(tmp_path: Path, verb: str, step: str) -> None:
    dag = Dag("sales", [orders])
    if verb == "resume":
        dag.run(store=tmp_path / "history", expect="failed")
    with pytest.MonkeyPatch.context() as patch:
        interrupt_after(patch, step)
        with pytest.raises(KeyboardInterrupt) as caught:
            getattr(dag, verb)(store=tmp_path / "history")
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    [run] = dag.runs(store=tmp_path / "history")
    assert run.state.is_terminal
    told = str(caught.value)
    # A body of a millisecond may be quicker than the signal: then the run is over.
    if run.state == "success":
        assert told.endswith("came to its end before it could stop: success.")
    else:
        assert told.endswith(f"is {run.state}; dag.resume() goes on where it stopped.")
    attempts = run.snapshot.instances["orders", -1].attempt
    assert dag.resume(expect="failed" if attempts == 0 else "success").state.is_terminal


def interrupt_after(patch: pytest.MonkeyPatch, step: str) -> None:
    """Let the signal come once, just after something was called."""
    owner, _, name = step.rpartition(".")
    found = pkgutil.resolve_name(owner)
    original = getattr(found, name)
    sent: list[bool] = []

    def wrapped(*arguments: Any, **options: Any) -> Any:
        result = original(*arguments, **options)
        if not sent:
            sent.append(True)
            signal.raise_signal(signal.SIGINT)
        return result

    patch.setattr(found, name, wrapped)
