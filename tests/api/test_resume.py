"""A run that goes on: with what is in memory, with what is stored, or with nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from wfkit.api.dag import Dag
from wfkit.core.errors import NoResult, UnknownRun
from wfkit.core.task import task
from wfkit.engine.store import MemoryStore


def items() -> list[int]:
    return [1, 2, 3]


@task(expand="items")
def square(items: int) -> int:
    return items * items


def total(square: list[int]) -> int:
    return sum(square)


def squares() -> Dag:
    return Dag("squares", [items, square, total], clock="virtual")


def told(kind: type[Exception], call: Callable[[], Any]) -> str:
    with pytest.raises(kind) as caught:
        call()
    assert len(str(caught.value).splitlines()) <= 3
    return str(caught.value)


def test_resume_of_a_success_says_that_nothing_is_left(tmp_path: Path) -> None:
    path = tmp_path / "history.sqlite"
    dag = squares()
    run = dag.run(store=path)
    before = run.events
    for again in (dag.resume(store=path), squares().resume(store=path)):
        assert repr(again) == f"DagRun {run.run_id} of squares: success, nothing is left to do"
        assert again["total"] == 14
        assert again.events == before
    assert "nothing" not in repr(run)


def test_resume_in_memory_keeps_the_items_of_an_expanded_task() -> None:
    dag, store = squares(), MemoryStore()
    dag.run(store=store, faults="total:always", expect="failed")
    assert dag.resume(store=store)["total"] == 14


def test_a_run_whose_results_went_with_its_dag_cannot_be_resumed() -> None:
    store = MemoryStore()
    run = squares().run(store=store, faults="total:always", expect="failed")
    before = run.events
    assert told(NoResult, lambda: squares().resume(store=store)) == (
        f"{run.run_id} kept its results in memory, and they went with the Dag that ran it.\n"
        "Run it again: dag.run()"
    )
    assert run.events == before


def test_resume_of_a_run_that_is_not_there_names_the_last_one(tmp_path: Path) -> None:
    path = tmp_path / "history.sqlite"
    assert told(UnknownRun, lambda: squares().resume(store=path)) == (
        "squares has no runs yet.\nRun it first. "
        "(Simulated runs are in memory only: dag.simulate(...).runs[0].explain())"
    )
    squares().run(store=path)
    assert told(UnknownRun, lambda: squares().resume("manual__1", store=path)) == (
        'squares has no run "manual__1".\nIts last run is manual__2000-01-01T00:00:00+00:00.'
    )


def test_a_virtual_clock_given_to_a_dag_is_fresh_in_each_run() -> None:
    from wfkit.engine.clock import VirtualClock

    dag = Dag("squares", [task(takes="1h")(items)], clock=VirtualClock(0.0))
    first, second = dag.run(store=None), dag.run(store=None)
    assert first.run_id == second.run_id == "manual__1970-01-01T00:00:00+00:00"
    assert first.ended == second.ended


def sales(bad: Callable[..., Any]) -> Dag:
    def good(bad: int) -> int:
        return bad

    def late(good: int, attempt: int) -> int:
        if attempt == 1:
            raise ConnectionError("503")
        return good

    return Dag("sales", [bad, good, late], clock="virtual")


def first() -> Callable[..., int]:
    def bad() -> int:
        return 1

    return bad


def second() -> Callable[..., int]:
    def bad() -> int:
        return 2

    return bad


def test_a_kept_result_of_other_code_is_named_until_the_new_code_has_run(tmp_path: Path) -> None:
    path = tmp_path / "history.sqlite"
    sales(first()).run(store=path, expect="failed")
    dag = sales(second())
    assert dag.resume(store=path).changed == ("bad",)
    assert dag.rerun("late", store=path).changed == ("bad",), "resuming did not run it"
    assert dag.rerun("bad", store=path).changed == (), "it is being run again"
    assert dag.rerun("late", store=path).changed == (), "it has run with the new code"
    assert sales(first()).rerun("late", store=path).changed == ("bad",)


def test_tasks_that_came_later_are_named_as_left_out(tmp_path: Path) -> None:
    def table(bad: int) -> int:
        return bad

    path, dag = tmp_path / "history.sqlite", sales(first())
    dag.run(store=path, expect="failed")
    dag.add(table)
    again = dag.resume(store=path)
    assert (again.left_out, "table" in again.snapshot.upstream) == (("table",), False)
    assert dag.run(store=path, faults="good:always", expect="failed").left_out == ()
    assert dag.resume(store=path, expect="failed").left_out == ()
