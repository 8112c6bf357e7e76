"""The last run of a Dag: of this process, of an earlier one, or none."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from wfkit.api.dag import Dag
from wfkit.api.no_run import NoRun, NoRunYet
from wfkit.core.errors import NoResult, UnknownTask
from wfkit.core.task import task
from wfkit.engine.store import MemoryStore

FIRST = "manual__1997-01-01T00:00:00+00:00"
SECOND = "manual__1997-01-02T00:00:00+00:00"


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WFKIT_HOME", str(tmp_path / "home"))


def orders() -> list[int]:
    return [3, 4]


def revenue(orders: list[int]) -> int:
    return sum(orders)


def report(revenue: int, orders: list[int]) -> str:
    return f"{revenue} of {len(orders)}"


def items() -> list[int]:
    return [1, 2, 3]


@task(expand="items")
def square(items: int) -> int:
    return items * items


def total(square: list[int]) -> int:
    return sum(square)


def sales(*more: Callable[..., Any]) -> Dag:
    """Return the Dag as a new process would declare it."""
    return Dag("sales", [orders, revenue, report, *more])


def told(kind: type[Exception], call: Callable[[], Any]) -> str:
    with pytest.raises(kind) as caught:
        call()
    return str(caught.value)


def test_before_the_first_run_whatever_is_asked_gets_the_next_step() -> None:
    last = sales().last
    assert not last
    assert isinstance(last, NoRun)
    text = "sales has no run yet. Start one: dag.run(), in a notebook %dag run"
    assert told(NoResult, lambda: last["orders"]) == text
    assert told(NoRunYet, lambda: last.state) == text
    assert repr(last) == text


def test_a_run_that_is_not_there_can_be_looked_at_by_python_itself() -> None:
    last = NoRun("sales")
    assert not hasattr(last, "state")
    assert not hasattr(last, "_repr_html_")
    assert repr(copy.copy(last)) == repr(pickle.loads(pickle.dumps(last))) == repr(last)


def test_only_to_look_leaves_nothing_behind(tmp_path: Path) -> None:
    assert not sales().last
    assert not (tmp_path / "home").exists()


def test_a_new_process_finds_the_last_run_in_the_store() -> None:
    for day in ("1997-01-01", "1997-01-02"):
        sales().run(logical_date=day)
    dag = sales()
    assert dag.ran is None
    assert dag.last.run_id == SECOND
    assert dag.last["revenue"] == 7
    assert dag.last.state == "success"
    assert not Dag("stock", [orders]).last


def test_the_last_run_of_this_process_comes_first() -> None:
    dag = sales()
    run = dag.run(store=MemoryStore(), logical_date="1997-01-01")
    sales().run(logical_date="1997-01-02")
    assert dag.last is run


def test_a_result_of_a_task_that_is_no_longer_declared_can_be_read() -> None:
    sales().run()
    last = Dag("sales", [orders]).last
    assert last["revenue"] == 7
    assert "Tasks: orders." in told(UnknownTask, lambda: last["nobody"])


def test_only_reads_what_an_earlier_process_stored(tmp_path: Path) -> None:
    for store in ("default", tmp_path / "other.sqlite"):
        sales().run(store=store, logical_date="1997-01-01")
        run = sales().run(store=store, only="report", logical_date="1997-01-02")
        assert run["report"] == "7 of 2"
        assert (run["orders"], run["revenue"]) == ([3, 4], 7)
        assert run.snapshot.detail["earlier"] == {"orders": FIRST, "revenue": FIRST}


def test_origins_are_followed_to_the_run_that_made_the_result() -> None:
    sales().run(logical_date="1997-01-01")
    sales().run(only="revenue", logical_date="1997-01-02")
    run = sales().run(only="report", logical_date="1997-01-03")
    assert run["report"] == "7 of 2"
    assert run.snapshot.detail["earlier"] == {"orders": FIRST, "revenue": SECOND}
    last = sales().last
    assert (last["orders"], last["revenue"], last["report"]) == ([3, 4], 7, "7 of 2")


def test_resume_in_a_new_process_has_the_earlier_results() -> None:
    sales().run(logical_date="1997-01-01")
    sales().run(only="report", faults="report:always", expect="failed", logical_date="1997-01-02")
    assert sales().resume()["report"] == "7 of 2"


def test_resume_says_which_earlier_result_is_gone(tmp_path: Path) -> None:
    dag, path = sales(), tmp_path / "other.sqlite"
    dag.run(store=None)
    dag.run(only="report", faults="report:always", expect="failed", store=path)
    assert told(NoResult, lambda: sales().resume(store=path)) == (
        'report reads "revenue", which has no result yet.\n'
        "Run it with what it needs: upto report, instead of only report."
    )


def test_only_reads_the_list_of_a_task_that_was_expanded() -> None:
    dag = Dag("squares", [items, square, total])
    dag.run(store=None)
    assert dag.run(store=None, only="total")["total"] == 14
    Dag("squares", [items, square, total]).run()
    assert Dag("squares", [items, square, total]).run(only="total")["total"] == 14


def test_explain_names_the_run_that_results_came_from() -> None:
    sales().run(logical_date="1997-01-01")
    for run in (sales().run(only="report", logical_date="1997-01-02"), sales().last):
        came = f"  revenue, orders came from {FIRST}"
        assert run.explain("report").splitlines() == [
            "report succeeded: what it waits for was no part of this run",
            came,
        ]
        assert run.explain().splitlines() == [f"{SECOND} of sales succeeded: 1 of 1 task", came]
