"""A run whose process is really killed in the middle, and what is left of it."""

from __future__ import annotations

import linecache
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.views.samples import make
from wfkit.api import crash
from wfkit.api.dag import Dag
from wfkit.core.errors import InvalidOption, RunFailed, UnknownTask, WfkitError
from wfkit.core.states import Outcome, TaskState
from wfkit.core.task import Task
from wfkit.engine.store import MemoryStore

pytestmark = pytest.mark.long

CELL = "Cell In[7]"
SOURCE = """
import time
from wfkit.engine.attempt import sleep

class Amount:
    def __init__(self, value):
        self.value = value

def note(witness, name):
    with open(witness, "a") as file:
        file.write(name + "\\n")

def orders(witness, attempt):
    note(witness, "orders")
    if attempt == 1:
        raise ValueError("bad row")
    return [Amount(3), Amount(4)]

def stock(witness):
    note(witness, "stock")
    sleep(0.4)
    note(witness, "stocked")
    return 5

def revenue(orders, witness):
    note(witness, "revenue")
    return sum(it.value for it in orders)

def report(revenue, stock, witness):
    note(witness, "report")
    return f"{revenue} {stock}"
"""


@pytest.fixture
def witness(tmp_path: Path) -> Path:
    return tmp_path / "witness"


@pytest.fixture
def dag(tmp_path: Path, witness: Path, monkeypatch: pytest.MonkeyPatch) -> Dag:
    """A Dag as a notebook declares it: its code is in no file."""
    monkeypatch.setenv("WFKIT_HOME", str(tmp_path / "home"))
    lines = SOURCE.splitlines(keepends=True)
    monkeypatch.setitem(linecache.cache, CELL, (len(SOURCE), None, lines, CELL))
    scope: dict[str, Any] = {"__name__": "__main__"}
    exec(compile(SOURCE, CELL, "exec"), scope)
    monkeypatch.setattr(sys.modules["__main__"], "Amount", scope["Amount"], raising=False)
    tasks = [Task(scope[name]) for name in ("stock", "revenue", "report")]
    made = Dag("sales", tasks, params={"witness": str(witness)})
    made.add(Task(scope["orders"], tasks[0].options.changed({"retries": 1})))
    return made


@pytest.mark.parametrize(
    ("executor", "clock"),
    [
        ("thread", "system"),
        ("serial", "system"),
        ("process", "system"),
        ("thread", "virtual"),
        ("serial", "virtual"),
    ],
)
def test_resume_finishes_without_running_a_success_again(
    dag: Dag, witness: Path, executor: str, clock: str
) -> None:
    run = dag.run(crash_after="revenue", clock=clock, executor=executor)
    assert run is dag.last
    succeeded = {it.task for it in run.snapshot.with_state(TaskState.SUCCESS)}
    lost = {it.task for it in run.snapshot.attempts.values() if it.outcome is Outcome.LOST}
    assert (run.state, "revenue" in succeeded, "report" in succeeded) == ("failed", True, False)
    assert lost == ({"report"} if "stock" in succeeded else {"stock"})
    before = Counter(witness.read_text().split())
    again = dag.resume()
    assert (again.run_id, again.state, again.changed) == (run.run_id, "success", ())
    assert (again["report"], [it.value for it in again["orders"]]) == ("7 5", [3, 4])
    after = Counter(witness.read_text().split())
    assert {name: after[name] for name in succeeded} == {name: before[name] for name in succeeded}
    assert after["report"] == 1
    assert after["orders"] == 2


def test_it_says_what_was_lost(dag: Dag) -> None:
    dag.run(crash_after="orders")
    told = str(dag.explain())
    assert told.splitlines()[0].endswith("of sales failed: the process that ran it ended")
    assert "revenue did not end: attempt 1 was lost: the process that ran it ended" in told
    assert "? lost     revenue" in repr(dag.last.picture() if dag.last else None)
    dag.resume()
    assert "revenue: attempt 1 was lost" in dag.explain()


def test_errors_before_the_death_show_the_own_line(dag: Dag) -> None:
    run = dag.run(crash_after="orders")
    error = run.snapshot.attempts["orders", -1, 1].error
    assert error is not None
    assert error["line"] == {
        "function": "orders",
        "number": SOURCE.splitlines().index('        raise ValueError("bad row")') + 1,
        "source": 'raise ValueError("bad row")',
    }


@pytest.mark.parametrize("executor", ["thread", "process"])
def test_nothing_of_the_killed_process_goes_on(dag: Dag, witness: Path, executor: str) -> None:
    dag.run(crash_after="revenue", executor=executor)
    before = witness.read_text()
    threading.Event().wait(0.6)
    assert witness.read_text() == before


def test_an_earlier_run_gives_what_is_left_out(dag: Dag) -> None:
    first = dag.run()
    run = dag.run(only=["revenue", "report"], crash_after="revenue")
    assert {it.task for it in run.snapshot.with_state(TaskState.SUCCESS)} == {"revenue"}
    assert run.run_id != first.run_id


def test_a_store_of_its_own(dag: Dag, tmp_path: Path) -> None:
    path = tmp_path / "elsewhere" / "history.sqlite"
    dag.run(crash_after="revenue", store=path)
    assert dag.resume(store=path).state == "success"
    assert [str(it.state) for it in dag.runs(store=path)] == ["success"]


@pytest.mark.parametrize("store", [None, MemoryStore()])
def test_a_history_in_memory_is_refused(dag: Dag, store: Any) -> None:
    with pytest.raises(InvalidOption, match="outlives the process") as caught:
        dag.run(crash_after="orders", store=store)
    assert len(str(caught.value).splitlines()) <= 3
    assert dag.ran is None


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"crash_after": "ordrs"}, UnknownTask),
        ({"crash_after": "report", "upto": "revenue"}, UnknownTask),
        ({"crash_after": "orders", "faults": "ordrs:2"}, UnknownTask),
        ({"crash_after": "orders", "seed": -1}, InvalidOption),
    ],
)
def test_wrong_requests_are_refused(
    dag: Dag, options: dict[str, Any], error: type[WfkitError]
) -> None:
    with pytest.raises(error):
        dag.run(**options)
    assert list(dag.runs()) == []


def test_the_last_task_leaves_nothing_to_lose(dag: Dag) -> None:
    with pytest.raises(RunFailed, match="nothing was left to lose") as caught:
        dag.run(crash_after="report", clock="virtual")
    assert caught.value.run.state == "success"


def test_a_task_that_fails_kills_nobody(dag: Dag) -> None:
    with pytest.raises(RunFailed, match="it never succeeded") as caught:
        dag.run(crash_after="revenue", faults="revenue:always", clock="virtual")
    assert caught.value.run.state == "failed"
    assert "revenue failed after 1 attempt: ConnectionError" in str(caught.value)


def test_what_cannot_travel_is_named(tmp_path: Path) -> None:
    lock = threading.Lock()

    def orders() -> object:
        return lock

    with pytest.raises(WfkitError, match="orders cannot be sent") as caught:
        Dag("sales", [orders]).run(crash_after="orders", store=tmp_path / "history.sqlite")
    assert "lock" in str(caught.value)


def test_params_that_cannot_travel_are_named(tmp_path: Path) -> None:
    dag = Dag("sales", [make("orders")], params={"lock": threading.Lock()})
    with pytest.raises(WfkitError, match="sales cannot be sent"):
        dag.run(crash_after="orders", store=tmp_path / "history.sqlite")


def test_a_child_lives_only_so_long(dag: Dag, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crash, "LIMIT", 1.0)
    started = time.monotonic()
    with pytest.raises(RunFailed, match="had not succeeded after 1 s"):
        dag.change("stock", retries=0).run(crash_after="stock", faults="stock:hang", clock="system")
    assert time.monotonic() - started < 8


def test_a_child_that_cannot_begin_is_told(dag: Dag, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crash, "_BOOT", "raise SystemExit('no module named wfkit')")
    with pytest.raises(WfkitError, match="ended at once: no module named wfkit"):
        dag.run(crash_after="orders")


SCRIPT = """
import os, time
from wfkit import Dag

def orders():
    with open("part", "w") as file:
        file.write(str(os.getpid()))
    os.rename("part", "started")
    time.sleep(60)

def report(orders): ...

if __name__ == "__main__":
    Dag("sales", [orders, report]).run(crash_after="orders", store="history.sqlite")
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_an_interrupt_ends_the_child_too(tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text(SCRIPT)
    process = subprocess.Popen(
        [sys.executable, "script.py"], cwd=tmp_path, stderr=subprocess.PIPE, text=True
    )
    until = time.monotonic() + 20
    while not (tmp_path / "started").exists() and time.monotonic() < until:
        threading.Event().wait(0.01)
    started = time.monotonic()
    os.kill(process.pid, signal.SIGINT)
    assert "KeyboardInterrupt" in process.communicate(timeout=10)[1]
    assert time.monotonic() - started < 3
    run = Dag("sales", [make("orders"), make("report")]).runs(store=tmp_path / "history.sqlite")[0]
    assert run.state == "failed"
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "started").read_text()), 0)
