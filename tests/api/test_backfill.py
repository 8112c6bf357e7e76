"""A past range, run on purpose."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from wfkit import Dag
from wfkit.core.errors import InvalidOption, RunFailed


def orders(logical_date: datetime) -> int:
    if logical_date.day == 3:
        raise ValueError("no file for the third")
    return logical_date.day


def day(logical_date: datetime) -> int:
    return logical_date.day


def daily(**options: Any) -> Dag:
    return Dag("sales", [day], schedule="@daily", **options)


def test_every_date_gets_a_run_in_order(tmp_path: Path) -> None:
    past = daily().backfill("1997-01-01", "1997-01-04", store=tmp_path / "history")
    assert [run["day"] for run in past.runs] == [1, 2, 3]
    assert [run.run_id for run in past.runs] == [
        f"backfill__1997-01-0{number}T00:00:00+00:00" for number in (1, 2, 3)
    ]
    assert {run.snapshot.detail["run_type"] for run in past.runs} == {"backfill"}
    assert repr(past) == "Backfill of sales: 3 of 3 runs succeeded"


def test_dates_that_have_a_run_are_passed_over(tmp_path: Path) -> None:
    store = tmp_path / "history"
    dag = daily()
    dag.run(logical_date="1997-01-02", store=store)
    past = dag.backfill("1997-01-01", "1997-01-04", store=store)
    assert [run["day"] for run in past.runs] == [1, 3]
    assert repr(past) == "Backfill of sales: 2 of 2 runs succeeded, 1 date already had a run"
    again = dag.backfill("1997-01-01", "1997-01-04", store=store)
    assert (list(again.runs), again.passed_over) == ([], 3)
    assert repr(again) == "Backfill of sales: nothing to do, 3 dates already had a run"


def test_dates_that_are_not_over_yet_are_left_out() -> None:
    def year(logical_date: datetime) -> int:
        return logical_date.year

    years = Dag("sales", [year], schedule="0 0 1 1 *", start_date="2024-01-01")
    past = years.backfill("2024-01-01", "9000-01-01", store=None)
    last = past.runs[-1]["year"]
    assert last >= 2025
    assert repr(past).splitlines()[1] == (
        f"  from {last + 1}-01-01 00:00 UTC on it is too early: "
        f"that run is due {last + 2}-01-01 00:00 UTC"
    )
    nothing = daily().backfill("8000-01-01", "8000-01-03", store=None)
    assert repr(nothing) == (
        "Backfill of sales: nothing to do\n  from 8000-01-01 00:00 UTC on it is too early: "
        "that run is due 8000-01-02 00:00 UTC"
    )


def test_a_range_without_dates_says_why() -> None:
    nothing = daily(start_date="1997-02-01").backfill("1997-01-01", "1997-01-04", store=None)
    assert repr(nothing) == (
        "Backfill of sales: nothing to do\n"
        "  no run is due for that range; sales starts 1997-02-01 00:00 UTC"
    )


def test_the_last_run_is_that_of_the_last_date() -> None:
    dag = daily()
    dag.run(store=None)
    past = dag.backfill("1997-01-01", "1997-01-04", store=None)
    assert dag.last is past.runs[-1]


def test_a_failed_date_stops_no_other_and_is_told_at_the_end(tmp_path: Path) -> None:
    dag = Dag("sales", [orders], schedule="@daily")
    with pytest.raises(
        RunFailed, match=r"1 of 4 runs did not succeed.*no file for the third"
    ) as it:
        dag.backfill("1997-01-01", "1997-01-05", store=tmp_path / "history", max_active_runs=2)
    assert it.value.run.run_id.startswith("backfill__1997-01-03")
    states = [record.state for record in dag.runs(store=tmp_path / "history")]
    assert sorted(map(str, states)) == ["failed", "success", "success", "success"]


def test_the_bounds_of_the_dag_hold() -> None:
    dag = daily(start_date="1997-01-02", end_date="1997-01-04")
    past = dag.backfill("1996-12-01", "1997-02-01", store=None)
    assert [run["day"] for run in past.runs] == [2, 3]


def test_the_virtual_clock_of_each_run_begins_when_it_was_due() -> None:
    past = daily(clock="virtual").backfill("1997-01-01", "1997-01-03", store=None)
    assert [run.events[0].at.isoformat()[:10] for run in past.runs] == ["1997-01-02", "1997-01-03"]


@pytest.mark.parametrize(
    ("schedule", "choices", "told"),
    [
        ("* * * * *", {"end": "2006-07-05"}, "more than 1,000 runs"),
        ("@daily", {"end": "1996-01-01"}, "is not after start"),
        ("@daily", {"end": "1997-01-03", "limit": 0}, "limit=0"),
        ("@daily", {"end": "1997-01-03", "max_active_runs": 0}, "max_active_runs=0"),
        ("file *.csv", {"end": "1997-01-03"}, "no dates to fill"),
        (None, {"end": "1997-01-03"}, "no schedule"),
    ],
)
def test_a_range_that_is_not_possible_is_refused(
    schedule: str | None, choices: dict[str, Any], told: str
) -> None:
    dag = Dag("sales", [day], schedule=schedule)
    with pytest.raises(InvalidOption, match=told) as caught:
        dag.backfill("1997-01-01", store=None, **choices)
    assert len(str(caught.value).splitlines()) <= 3


def test_a_limit_takes_the_oldest_of_five_million() -> None:
    dag = Dag("sales", [day], schedule="* * * * *")
    past = dag.backfill("1997-01-01", "2006-07-05", limit=2, store=None)
    assert [run.run_id[10:26] for run in past.runs] == ["1997-01-01T00:00", "1997-01-01T00:01"]
