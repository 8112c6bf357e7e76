# ruff: noqa: T201 - prints are part of what a body does
"""What happened before: the runs of a Dag, in this process or another."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from wfkit.api.dag import Dag
from wfkit.core.errors import InvalidOption
from wfkit.core.task import task
from wfkit.engine.store import MemoryStore


def orders() -> None:
    print("reading")


def revenue() -> None:
    print("counting")


def sales() -> Dag:
    return Dag("sales", [orders, revenue], clock="virtual")


@pytest.mark.parametrize("n", [0, -1, 1.5, True, "2"])
def test_number_of_runs_is_checked(n: Any) -> None:
    with pytest.raises(InvalidOption, match=r"^n="):
        sales().runs(n=n)


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
    assert repr(found).splitlines()[0] == "The newest 2 runs of sales, oldest first"
    assert [run.run_id[-2:] for run in found] == ["00", "_2"]
    assert len(found[:1]) == 1
    assert found[-1] is dag.last
    assert len(sales().runs(store=path)) == 3


def test_runs_that_were_listed_stay_when_newer_ones_come() -> None:
    dag, store = sales(), MemoryStore()
    ids = [dag.run(store=store).run_id for _ in range(2)]
    listed = dag.runs(2, store=store)
    before = repr(listed)
    for _ in range(5):
        dag.run(store=store)
    assert repr(listed) == before
    assert all(it in before for it in ids)


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
    for name in ("events", "outlines", "task_states"):
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


def test_attempts_and_durations_of_earlier_runs_are_told(tmp_path: Path) -> None:
    @task(retries=2, retry_delay="1m", takes="5m")
    def flaky(attempt: int) -> None:
        if attempt < 3:
            raise ValueError

    Dag("sales", [flaky], clock="virtual").run(store=tmp_path / "history")
    assert repr(Dag("sales", [flaky]).runs(store=tmp_path / "history")).splitlines() == [
        "Runs of sales, oldest first",
        "  S success, S3: in attempt 3",
        "run                                flaky  took    state",
        "manual__2000-01-01T00:00:00+00:00  S3     17 min  success",
    ]


def test_default_store_is_kept_in_the_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WFKIT_HOME", str(tmp_path / "home"))
    sales().run()
    assert (tmp_path / "home" / "history.sqlite").is_file()
    (run,) = sales().runs()
    assert [line.text for line in run.lines] == ["reading", "counting"]
