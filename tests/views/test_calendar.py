"""Round marks of a calendar."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from wfkit.views.calendar import calendar_ticks

LONDON = ZoneInfo("Europe/London")


def marks(start: str, end: str, most: int = 8) -> list[str]:
    first, last = (
        datetime.fromisoformat(it).replace(tzinfo=LONDON).timestamp() for it in (start, end)
    )
    return [tick.text for tick in calendar_ticks(first, last, LONDON, most)]


@pytest.mark.parametrize(
    ("start", "end", "texts"),
    [
        ("1997-01-01T01:10", "1997-01-01T01:13", ["1 Jan 01:10", "01:11", "01:12", "01:13"]),
        ("1997-01-01T01:10", "1997-01-01T01:22", ["1 Jan 01:10", "01:12", "01:14", "01:16"]),
        ("1997-01-01T22:30", "1997-01-02T02:00", ["22:30", "23:00", "23:30", "2 Jan"]),
        ("1997-01-30", "1997-02-02", ["30 Jan", "12:00", "31 Jan", "12:00", "1 Feb", "12:00"]),
        ("1997-03-28T05:00", "1997-04-03", ["29 Mar", "30 Mar", "31 Mar", "1 Apr", "2 Apr"]),
        ("1997-01-15", "1998-01-15", ["Apr 1997", "Jul 1997", "Oct 1997", "Jan 1998"]),
    ],
)
def test_marks_are_round(start: str, end: str, texts: list[str]) -> None:
    assert marks(start, end)[: len(texts)] == texts


def test_an_hour_that_does_not_exist_gets_no_mark() -> None:
    shown = marks("1997-03-30", "1997-03-30T05:00")
    assert shown[:5] == ["30 Mar", "00:30", "02:00", "02:30", "03:00"]
    assert len(shown) == len(set(shown))


def test_days_stay_at_midnight_when_the_clocks_change() -> None:
    shown = marks("1997-10-25", "1997-10-29")
    assert shown == ["25 Oct", "26 Oct", "27 Oct", "28 Oct", "29 Oct"]


@pytest.mark.parametrize("days", [1, 10, 100, 1_000, 10_000, 36_000])
def test_there_are_never_too_many(days: int) -> None:
    assert 3 <= len(calendar_ticks(0.0, days * 86_400.0, LONDON)) <= 13
