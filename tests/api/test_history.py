"""What happened before: runs and log lines, in this process or another."""

# ruff: noqa: T201 - prints are part of what a body does

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from wfkit.api.dag import Dag
from wfkit.core.errors import InvalidOption, UnknownRun, UnknownTask, WfkitError
from wfkit.core.task import task
from wfkit.engine.capture import LogLine
from wfkit.engine.store import MemoryStore


def orders() -> None:
    print("reading\nrows")
    print("slow disk", file=sys.stderr)


@task(retries=1)
def revenue(attempt: int) -> None:
    print("attempt", attempt)
    logging.getLogger("shop").warning("rows are late")
    if attempt == 1:
        raise ValueError("x")


def sales() -> Dag:
    return Dag("sales", [orders, revenue], clock="virtual")


def told(kind: type[WfkitError], call: Callable[[], Any]) -> str:
    with pytest.raises(kind) as caught:
        call()
    assert len(str(caught.value).splitlines()) <= 3
    return str(caught.value)


@pytest.fixture
def dag() -> Dag:
    dag = sales()
    dag.run(store=None)
    return dag


def texts(lines: Any) -> list[str]:
    return [line.text for line in lines]


ALL = ["reading", "rows", "slow disk", "attempt 1", "rows are late", "attempt 2", "rows are late"]


TEXT = """
orders              | reading
orders              | rows
orders              | stderr: slow disk
revenue             | attempt 1
revenue             | WARNING: rows are late
revenue (attempt 2) | attempt 2
revenue (attempt 2) | WARNING: rows are late
"""


def test_logs_read_well_as_text(dag: Dag) -> None:
    assert repr(dag.logs()) == TEXT.strip()


def test_logs_are_a_sequence(dag: Dag) -> None:
    logs = dag.logs()
    assert len(logs) == 7
    assert isinstance(logs[0], LogLine)
    assert texts(logs) == ALL
    assert texts(logs[-2:]) == ALL[-2:]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"task": "orders"}, ALL[:3]),
        ({"attempt": 2}, ALL[5:]),
        ({"level": "warning"}, [ALL[4], ALL[6]]),
        ({"level": "STDERR"}, [ALL[2]]),
        ({"level": "CRITICAL"}, []),
        ({"grep": "rows"}, [ALL[1], ALL[4], ALL[6]]),
        ({"grep": "row."}, []),
        ({"n": 2}, ALL[5:]),
        ({"n": 1, "grep": "attempt"}, [ALL[5]]),
        ({"task": "revenue", "attempt": 1, "level": "stdout"}, [ALL[3]]),
        ({"n": 100}, ALL),
    ],
)
def test_logs_are_filtered(dag: Dag, filters: dict[str, Any], expected: list[str]) -> None:
    assert texts(dag.logs(**filters)) == expected


def test_no_lines_read_well_too(dag: Dag) -> None:
    assert repr(dag.logs(grep="nothing")) == "no log lines"


@pytest.mark.parametrize("n", [0, -1, 1.5, True, "2"])
def test_number_of_lines_is_checked(dag: Dag, n: Any) -> None:
    assert told(InvalidOption, lambda: dag.logs(n=n)).startswith("n=")
    assert told(InvalidOption, lambda: dag.runs(n=n)).startswith("n=")


def test_logs_of_an_unknown_task_or_run_are_refused(dag: Dag) -> None:
    assert told(UnknownTask, lambda: dag.logs("ordrs")) == (
        'no task is called "ordrs". Did you mean "orders"?\nTasks: orders, revenue.'
    )
    store = MemoryStore()
    dag.run(store=store)
    assert told(UnknownRun, lambda: dag.logs(run_id="nobody", store=store)) == (
        'sales has no run "nobody".\nIts last run is manual__2000-01-01T00:00:00+00:00.'
    )


def test_logs_before_any_run_say_what_to_do() -> None:
    assert told(UnknownRun, lambda: sales().logs(store=None)) == (
        "sales has no runs yet.\nRun it first."
    )


def test_logs_of_the_last_run_by_its_name(dag: Dag) -> None:
    assert texts(dag.logs(run_id=dag.last.run_id)) == ALL


def test_logs_of_another_run_in_the_store() -> None:
    store, dag = MemoryStore(), sales()
    first = dag.run(store=store, only="orders")
    dag.run(store=store)
    assert texts(dag.logs(run_id=first.run_id, store=store)) == ALL[:3]
    assert texts(sales().logs(store=store)) == ALL


# Runs


def test_runs_are_listed_oldest_first(tmp_path: Path) -> None:
    dag, path = sales(), tmp_path / "history.sqlite"
    assert repr(dag.runs(store=path)) == "no runs yet"
    for day in ("1997-01-02", "1997-01-01"):
        dag.run(store=path, logical_date=day)
    dag.run(store=path, logical_date="1997-01-01", only="orders")
    Dag("stock", [orders]).run(store=path)
    assert repr(dag.runs(store=path)).splitlines() == [
        "Runs of sales, oldest first",
        "  S success",
        "run                                  orders  revenue  state",
        "manual__1997-01-02T00:00:00+00:00    S       S        success",
        "manual__1997-01-01T00:00:00+00:00    S       S        success",
        "manual__1997-01-01T00:00:00+00:00_2  S                success",
    ]
    bundle = dag.runs(store=path)._repr_mimebundle_()
    assert bundle["text/plain"] == repr(dag.runs(store=path))
    assert bundle["image/svg+xml"].startswith("<svg ")
    found = dag.runs(n=2, store=path)
    assert [run.run_id[-2:] for run in found] == ["00", "_2"]
    assert len(found[:1]) == 1
    assert found[-1] is dag.last
    assert len(sales().runs(store=path)) == 3


def test_tasks_that_are_not_declared_any_more_come_last() -> None:
    store = MemoryStore()
    sales().run(store=store, logical_date="1997-01-01")
    assert repr(Dag("sales", [revenue]).runs(store=store)).splitlines()[2:] == [
        "run                                revenue  orders  state",
        "manual__1997-01-01T00:00:00+00:00  S        S       success",
    ]


def test_listing_runs_asks_for_the_index_only(monkeypatch: pytest.MonkeyPatch) -> None:
    store = MemoryStore()
    sales().run(store=store)
    for name in ("events", "task_states"):
        monkeypatch.setattr(store, name, lambda *arguments: pytest.fail("not needed yet"))
    assert len(sales().runs(store=store)) == 1


def test_state_of_each_run_is_listed() -> None:
    @task(retries=0)
    def flaky(logical_date: Any) -> None:
        if logical_date.day == 1:
            raise ValueError

    dag, store = Dag("sales", [flaky]), MemoryStore()
    dag.run(store=store, logical_date="1997-01-01", expect="failed")
    dag.run(store=store, logical_date="1997-01-02")
    assert repr(dag.runs(store=store)).splitlines()[2:] == [
        "run                                flaky  state",
        "manual__1997-01-01T00:00:00+00:00  F      failed",
        "manual__1997-01-02T00:00:00+00:00  S      success",
    ]
    assert [run.state.value for run in dag.runs(store=store)] == ["failed", "success"]


def test_default_store_is_kept_in_the_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WFKIT_HOME", str(tmp_path / "home"))
    sales().run()
    assert (tmp_path / "home" / "history.sqlite").is_file()
    (run,) = sales().runs()
    assert [line.text for line in run.lines] == ALL
