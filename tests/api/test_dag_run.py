"""One run in the hand: results, facts and tables."""

# ruff: noqa: T201 - prints are part of what a body does

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from wfkit.api.dag import Dag
from wfkit.api.dag_run import DagRun
from wfkit.core.errors import NoResult, UnknownTask
from wfkit.core.run import fold
from wfkit.core.task import task
from wfkit.engine.sqlite_store import SqliteStore

PATIENCE = 10.0


def orders() -> list[int]:
    print("reading")
    return [3, 4]


@task(retries=1, retry_delay=30, takes=5)
def revenue(orders: list[int], attempt: int) -> int:
    print("attempt", attempt)
    if attempt == 1:
        raise ConnectionError("no answer")
    return sum(orders)


def broken() -> None:
    raise ValueError("bad row")


def after(broken: Any) -> None: ...


@pytest.fixture
def run() -> DagRun:
    dag = Dag("sales", [orders, revenue, broken, after], clock="virtual")
    return dag.run(store=None, expect="failed")


def told(kind: type[Exception], call: Callable[[], Any]) -> str:
    with pytest.raises(kind) as caught:
        call()
    assert len(str(caught.value).splitlines()) <= 3
    return str(caught.value)


def test_result_is_a_copy_each_time(run: DagRun) -> None:
    run["orders"].append(9)
    assert run["orders"] == [3, 4]
    assert (run["revenue"], run[revenue.name]) == (7, 7)


def test_task_stands_for_its_name(run: DagRun) -> None:
    by_task: Any = revenue
    assert run[by_task] == 7


def test_result_that_is_not_there_is_told_with_the_state(run: DagRun) -> None:
    base = "manual__2000-01-01T00:00:00+00:00"
    line = broken.__code__.co_firstlineno + 1
    cause = f"failed after 1 attempt: ValueError: bad row (line {line}, in broken)."
    step = "When that is mended, go on with the rest: dag.resume()"
    assert told(NoResult, lambda: run["broken"]) == (
        f"broken has no result in {base}:\nit {cause}\n{step}"
    )
    assert told(NoResult, lambda: run["after"]) == (
        f"after has no result in {base}:\nbroken {cause}\n{step}"
    )
    told(NoResult, lambda: run["orders", 3])
    with pytest.raises(KeyError):
        run["broken"]


@pytest.mark.parametrize("name", ["ordrs", 0, None, 1.5])
def test_name_that_the_run_does_not_have_is_corrected(run: DagRun, name: Any) -> None:
    text = told(UnknownTask, lambda: run[name])
    assert text.endswith("Tasks: broken, orders, after, revenue.")
    assert ("orders" in text.splitlines()[0]) is (name == "ordrs")


def test_run_is_no_collection(run: DagRun) -> None:
    told(UnknownTask, lambda: "orders" in run)  # type: ignore[operator]
    told(UnknownTask, lambda: list(run))  # type: ignore[call-overload]


def test_end_and_duration_are_those_of_the_clock_of_the_run(run: DagRun) -> None:
    assert run.ended == datetime(2000, 1, 1, 0, 0, 40, tzinfo=UTC)
    assert run.duration == timedelta(seconds=40)


def test_a_run_that_goes_on_has_neither_end_nor_duration() -> None:
    gate = threading.Event()

    def slow() -> None:
        gate.wait(PATIENCE)

    run = Dag("sales", [slow]).run(store=None, background=True)
    assert (run.ended, run.duration) == (None, None)
    gate.set()
    assert run.wait(PATIENCE)
    assert run.duration is not None


def test_none_is_a_result() -> None:
    run = Dag("sales", [task(trigger_rule="all_done")(after), broken]).run(store=None)
    assert run["after"] is None


def test_facts_of_a_run(run: DagRun) -> None:
    assert (run.dag_name, run.run_id) == ("sales", "manual__2000-01-01T00:00:00+00:00")
    assert repr(run) == "DagRun manual__2000-01-01T00:00:00+00:00 of sales: failed"
    assert [event.seq for event in run.events] == list(range(1, len(run.events) + 1))
    assert run.snapshot.instances == fold(run.events).instances
    assert run.snapshot is run.snapshot
    assert not run.is_background


def test_task_instances_as_a_table(run: DagRun) -> None:
    frame = run.task_instances
    assert list(frame.columns) == [
        "task",
        "map_index",
        "state",
        "attempt",
        "started",
        "ended",
        "because",
    ]
    start = pd.Timestamp("2000-01-01", tz="UTC")
    rows = [tuple(row) for row in frame.itertuples(index=False)]
    assert rows[0] == ("broken", -1, "failed", 1, start, start, None)
    assert rows[2][:4] == ("after", -1, "upstream_failed", 0)
    assert rows[2][4:] == (pd.NaT, start, "broken") or (
        rows[2][4] is pd.NaT and rows[2][6] == "broken"
    )
    assert rows[3][:4] == ("revenue", -1, "success", 2)
    assert rows[3][4:6] == (start + pd.Timedelta(35, "s"), start + pd.Timedelta(40, "s"))
    assert str(frame["started"].dtype) == str(frame["ended"].dtype) == "datetime64[us, UTC]"


def test_attempts_as_a_table(run: DagRun) -> None:
    frame = run.attempts
    assert list(frame.columns) == [
        "task",
        "map_index",
        "attempt",
        "outcome",
        "queued",
        "started",
        "ended",
        "error",
    ]
    told = frame[["task", "attempt", "outcome", "error"]].to_numpy(dtype=object).tolist()
    assert told == [
        ["broken", 1, "raised", "ValueError: bad row"],
        ["orders", 1, "returned", None],
        ["revenue", 1, "raised", "ConnectionError: no answer"],
        ["revenue", 2, "returned", None],
    ]
    seconds = (frame["ended"] - frame["queued"]).dt.total_seconds().tolist()
    assert seconds == [0, 0, 5, 5]


def test_logs_as_a_table(run: DagRun) -> None:
    frame = run.logs
    assert list(frame.columns) == [
        "run_id",
        "task",
        "map_index",
        "attempt",
        "at",
        "level",
        "text",
    ]
    assert frame[["task", "attempt", "level", "text"]].to_numpy(dtype=object).tolist() == [
        ["orders", 1, "stdout", "reading"],
        ["revenue", 1, "stdout", "attempt 1"],
        ["revenue", 2, "stdout", "attempt 2"],
    ]
    assert set(frame["run_id"]) == {run.run_id}
    assert str(frame["at"].dtype) == "datetime64[us, UTC]"


def test_tables_of_nothing_have_the_same_columns() -> None:
    from wfkit.api.frames import attempt_frame, instance_frame, log_frame

    for frame, width in [
        (instance_frame(fold([])), 7),
        (attempt_frame(fold([])), 8),
        (log_frame("r", []), 7),
    ]:
        assert frame.shape == (0, width)
    assert str(attempt_frame(fold([]))["queued"].dtype) == "datetime64[us, UTC]"


def test_run_under_way_can_be_looked_at() -> None:
    started, gate = threading.Event(), threading.Event()

    def slow() -> int:
        started.set()
        gate.wait(PATIENCE)
        return 1

    def later(slow: int) -> None: ...

    run = Dag("sales", [slow, later]).run(store=None, background=True)
    assert started.wait(PATIENCE)
    for _ in range(1_000):
        if run.snapshot.instances["slow", -1].state == "running" or run.wait(0.01):
            break
    assert run.state.value == "running"
    assert "it is running" in told(NoResult, lambda: run["slow"])
    assert list(run.task_instances["state"]) == ["running", "none"]
    assert run.attempts["outcome"].tolist() == [None]
    assert run.snapshot.ended is None
    gate.set()
    assert run.wait(PATIENCE)
    assert list(run.task_instances["state"]) == ["success", "success"]


def test_run_of_another_time_has_facts_and_results_that_were_stored(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "history.sqlite")
    first = Dag("sales", [orders]).run(store=store)
    (again,) = Dag("sales", [orders]).runs(store=store)
    assert again is not first
    assert (again.state, again.run_id) == (first.state, first.run_id)
    assert again.events == first.events
    pd.testing.assert_frame_equal(again.attempts, first.attempts)
    assert again["orders"] == first["orders"]
    assert again.wait()
    again.cancel()


def test_run_shows_its_picture(run: DagRun) -> None:
    bundle = run._repr_mimebundle_()
    assert "broken" in bundle["text/plain"]
    assert run.picture().text == bundle["text/plain"]
