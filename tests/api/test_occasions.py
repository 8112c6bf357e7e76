"""Which time a run by hand stands for."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from wfkit import Dag

NIGHTLY: dict[str, Any] = {
    "schedule": "30 1 * * *",
    "timezone": "Europe/London",
    "start_date": "1997-01-01",
    "end_date": "1998-07-01",
}


def stands_for(
    logical_date: datetime, data_interval_start: datetime, data_interval_end: datetime
) -> list[str]:
    assert logical_date == data_interval_start
    return [f"{it:%Y-%m-%d %H:%M %Z}" for it in (data_interval_start, data_interval_end)]


def asked(options: dict[str, Any] = NIGHTLY, **choices: Any) -> Any:
    return Dag("sales", [stands_for], **options).run(store=None, **choices)["stands_for"]


def test_the_last_interval_in_the_bounds_on_the_wall_clock() -> None:
    assert asked() == ["1998-06-30 01:30 BST", "1998-07-01 01:30 BST"]


def test_the_first_interval_on_a_virtual_clock_which_begins_at_its_end() -> None:
    run = Dag("sales", [stands_for], **NIGHTLY).run(store=None, clock="virtual")
    assert run["stands_for"] == ["1997-01-01 01:30 GMT", "1997-01-02 01:30 GMT"]
    assert run.events[0].at.isoformat() == "1997-01-02T01:30:00+00:00"


@pytest.mark.parametrize(
    ("date", "begin", "end"),
    [
        ("1997-01-05", "1997-01-05 01:30 GMT", "1997-01-06 01:30 GMT"),
        ("1997-03-29", "1997-03-29 01:30 GMT", "1997-03-30 02:00 BST"),
        ("1997-01-05T01:30", "1997-01-05 01:30 GMT", "1997-01-06 01:30 GMT"),
        ("1997-01-05T12:00", "1997-01-05 12:00 GMT", "1997-01-05 12:00 GMT"),
        ("1990-01-05", "1990-01-05 01:30 GMT", "1990-01-06 01:30 GMT"),
    ],
)
def test_a_date_is_the_interval_that_begins_on_it(date: str, begin: str, end: str) -> None:
    assert asked(logical_date=date) == [begin, end]


def test_a_day_without_a_tick_is_just_its_midnight() -> None:
    weekly = {**NIGHTLY, "schedule": "0 6 * * mon"}
    assert asked(weekly, logical_date="1997-01-05") == ["1997-01-05 00:00 GMT"] * 2


def test_without_a_schedule_it_is_the_moment_of_the_clock() -> None:
    options = {"start_date": "1997-01-01"}
    assert asked(options, clock="virtual") == ["1997-01-01 00:00 UTC"] * 2


def test_a_deadline_counts_from_the_start_of_a_run_by_hand() -> None:
    dag = Dag("sales", [stands_for], **NIGHTLY, deadline="2h")
    run = dag.run(store=None, clock="virtual", logical_date="1997-01-05")
    assert run.snapshot.detail["deadlines"] == {"": run.events[0].time + 7200}
