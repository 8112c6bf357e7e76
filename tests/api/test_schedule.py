"""When is a Dag due, whatever somebody writes as its schedule, its zone and its dates?"""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from wfkit import Dag
from wfkit.api.schedule import known_schedule
from wfkit.core.errors import InvalidOption
from wfkit.core.moments import moment_words

LONDON: dict[str, Any] = {"timezone": "Europe/London", "start_date": "1997-01-01"}


def nightly(**options: Any) -> Dag:
    return Dag("sales", schedule="30 1 * * *", clock="virtual", **(LONDON | options))


def refusal(**options: Any) -> str:
    with pytest.raises(InvalidOption) as caught:
        Dag("sales", **options)
    assert len(str(caught.value).splitlines()) <= 3
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("30 1 * *", "it has 4 fields instead of 5"),
        ("0 30 1 * * *", "it has 6 fields instead of 5. Seconds and years"),
        ("0 30 1 * * * 1997", "it has 7 fields instead of 5. Seconds and years"),
        ("60 1 * * *", 'minute "60" (column 1) is more than 59'),
        ("*/0 1 * * *", 'minute "0" (column 3) is a step that never moves'),
        ("٣ 1 * * *", 'minute "٣" (column 1) is no number'),
        ("0 0 30 2 *", "never comes: no such month has a day 30"),
        ("*" * 100_000, "100,000 characters, at most 1,000"),
        ("every day", 'every="day" is not a duration'),
        (5, "schedule=5 is not possible"),
    ],
)
def test_schedule_that_says_nothing_is_refused(text: object, told: str) -> None:
    assert told in refusal(schedule=text)


@pytest.mark.parametrize("name", ["Mars/Base", "../../etc/passwd", "/etc/passwd", "", None, 2])
def test_zone_that_there_is_not_is_refused(name: object) -> None:
    assert "is unknown" in refusal(schedule="@daily", timezone=name)


@pytest.mark.parametrize(
    ("start", "end", "told"),
    [
        ("1997-01-02", "1997-01-01", "end_date 1997-01-01 is not after start_date 1997-01-02."),
        ("1997-01-01", "1997-01-01", "end_date 1997-01-01 is not after start_date 1997-01-01."),
        (
            # The hour comes twice: 01:45 is before 01:30.
            datetime(1997, 10, 26, 1, 30, fold=1),  # noqa: DTZ001 - in the zone of the Dag
            "1997-10-26T01:45",
            "end_date 1997-10-26 01:45 BST is not after start_date 1997-10-26 01:30 GMT.",
        ),
        ("soon", None, 'start_date="soon" is no date or time.'),
        (None, time(1), "end_date=datetime.time(1, 0) is no date or time."),
        ("0001-01-01", None, "start_date=0001-01-01 is too far away: years are 1000 to 9000."),
    ],
)
def test_dates_that_are_not_in_order_are_refused(start: object, end: object, told: str) -> None:
    options = {"timezone": "Europe/London", "start_date": start, "end_date": end}
    assert refusal(**options).splitlines()[0] == told


def test_naive_and_aware_dates_can_be_mixed() -> None:
    dag = nightly(end_date=datetime(1997, 1, 3, 20, tzinfo=ZoneInfo("America/New_York")))
    assert [
        moment_words(begin) for begin, _ in dag.upcoming(9, after=date(1997, 1, 1)).intervals
    ] == [
        "1997-01-01 01:30 GMT",
        "1997-01-02 01:30 GMT",
        "1997-01-03 01:30 GMT",
    ]
    ticks = known_schedule(dag).between("1997-01-02", datetime(1997, 1, 3, 1, 30, tzinfo=UTC))
    assert [moment_words(it) for it in ticks] == ["1997-01-02 01:30 GMT", "1997-01-03 01:30 GMT"]


def test_ticks_are_told_as_the_wall_clock_shows_them() -> None:
    jump = "01:00 becomes 02:00, the times between do not exist"
    assert repr(nightly().upcoming(3, after="1997-03-28T12:00")).splitlines() == [
        "every day at 01:30, Europe/London",
        f"  clocks go forward 1 h on 1997-03-30: {jump}",
        "  due                   for the time since",
        "  1997-03-29 01:30 GMT  1997-03-28 01:30 GMT",
        "  1997-03-30 02:00 BST  1997-03-29 01:30 GMT",
        "  1997-03-31 01:30 BST  1997-03-30 02:00 BST",
    ]


def test_clock_changes_that_are_not_told_are_counted() -> None:
    dag = nightly()
    lines = repr(dag.upcoming(500, after="1997-03-28T12:00")).splitlines()
    assert [it for it in lines if "clock" in it][1:] == [
        "  clocks go back 1 h on 1997-10-26: 02:00 becomes 01:00, the times between come twice",
        "  and 1 more change of the clock",
    ]


def test_a_virtual_clock_looks_ahead_from_the_start() -> None:
    assert repr(nightly().schedule) == (
        "every day at 01:30, Europe/London; next: 1997-01-02 01:30 GMT"
    )


def test_after_the_end_no_tick_comes() -> None:
    dag = nightly(end_date="1997-02-01")
    due = known_schedule(dag)
    assert due.next_after("1997-02-01T01:30") is None
    assert due.describe("1998-01-01") == "every day at 01:30, Europe/London"
    assert repr(dag.upcoming(after="1998-01-01")).splitlines()[1:] == ["  no more ticks"]


def test_events_cannot_be_foreseen() -> None:
    dag = Dag("sales", schedule="file inbox/*.csv")
    assert repr(dag.schedule) == "when a file inbox/*.csv arrives"
    assert repr(dag.upcoming()).splitlines()[1:] == ["  no clock decides"]


def test_quick_beats_are_told_apart() -> None:
    dag = Dag("sales", schedule="every 250ms", start_date="1997-01-01", clock="virtual")
    assert repr(dag.upcoming(2)).splitlines()[1:] == [
        "  due                          for the time since",
        "  1997-01-01 00:00:00.250 UTC  1997-01-01 00:00 UTC",
        "  1997-01-01 00:00:00.500 UTC  1997-01-01 00:00:00.250 UTC",
    ]


@pytest.mark.parametrize("after", ["", "x", 5, "1997-02-30", "9999-12-31"])
def test_what_is_no_moment_is_refused(after: Any) -> None:
    due = known_schedule(nightly())
    for ask in (
        lambda: due.upcoming(3, after),
        lambda: due.next_after(after),
        lambda: due.describe(after),
        lambda: due.between("1997-01-01", after),
    ):
        with pytest.raises(InvalidOption, match=r"is no date or time|is too far away"):
            ask()


@pytest.mark.parametrize("n", [0, -1, 10_001, 1.5, True, "3"])
def test_number_of_ticks_has_bounds(n: Any) -> None:
    with pytest.raises(InvalidOption, match="whole number from 1 to 10,000"):
        nightly().upcoming(n)


def test_dag_without_a_schedule_has_none() -> None:
    assert Dag("sales").schedule is None
    with pytest.raises(InvalidOption, match="no run is ever due"):
        Dag("sales").upcoming()
