"""The dates over the columns of the grid."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from wfkit.views.grid_dates import Over, heads

LONDON = ZoneInfo("Europe/London")


def dates(begin: str, count: int, step: timedelta) -> list[str]:
    first = datetime.fromisoformat(begin).replace(tzinfo=LONDON)
    return [(first + i * step).isoformat() for i in range(count)]


def nights(begin: str, count: int) -> list[str]:
    return dates(begin, count, timedelta(days=1))


def test_nights_have_their_day_and_the_month_where_it_begins() -> None:
    found = heads(nights("1997-03-30T01:15", 4), 30.0)
    assert found.above == [Over(0, "Mar 1997"), Over(2, "Apr")]
    assert found.below == [Over(0, "30"), Over(1, "31"), Over(2, "1"), Over(3, "2")]
    assert found.time == "01:15"


def test_runs_of_one_day_have_their_time() -> None:
    found = heads(dates("1997-01-01T22:00", 4, timedelta(hours=1)), 60.0)
    assert found.above == [Over(0, "1 Jan 1997"), Over(2, "2 Jan")]
    assert [it.text for it in found.below] == ["22:00", "23:00", "00:00", "01:00"]
    assert found.time == ""


def test_times_of_day_that_differ_are_not_told_as_one() -> None:
    assert heads([*nights("1997-03-29T01:30", 1), "1997-03-30T02:00:00+01:00"], 30.0).time == ""


def test_a_new_year_is_told() -> None:
    assert [it.text for it in heads(nights("1997-12-25", 14), 30.0).above] == [
        "Dec 1997",
        "Jan 1998",
    ]


@pytest.mark.parametrize(("width", "number"), [(40.0, 24), (20.0, 12), (11.4, 8)])
def test_narrow_columns_have_fewer_texts_but_always_the_newest(width: float, number: int) -> None:
    below = heads(dates("1997-01-01", 24, timedelta(hours=1)), width).below
    assert (len(below), below[-1]) == (number, Over(23, "23:00"))
    assert len({right.column - left.column for left, right in pairwise(below)}) == 1


def test_a_month_without_room_is_left_out_but_never_the_year() -> None:
    found = heads(nights("1997-01-31", 35), 11.4)
    assert found.above == [Over(1, "Feb 1997"), Over(29, "Mar")]
    found = heads(nights("1997-01-28", 35), 11.4)
    assert found.above == [Over(0, "Jan"), Over(4, "Feb 1997"), Over(32, "Mar")]


def test_where_nothing_is_a_date_there_is_nothing() -> None:
    assert heads(["", "soon"], 30.0) == ([], [], "")


@pytest.mark.parametrize("date", ["", "soon", "1997-13-01"])
def test_what_is_no_date_gets_nothing(date: str) -> None:
    assert heads([date, "1997-01-02T00:00:00+00:00"], 30.0) == (
        [Over(1, "Jan 1997")],
        [Over(1, "2")],
        "00:00",
    )
