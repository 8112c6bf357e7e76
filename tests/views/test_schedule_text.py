"""What a schedule did, as text."""

from __future__ import annotations

import re
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from wfkit.core.spans import ClockChange, MissedRun, Period, RunSpan
from wfkit.core.states import RunState
from wfkit.views.schedule_text import change_words, schedule_text, span_words

LONDON = ZoneInfo("Europe/London")
DAY = 86_400.0
JUMP = "1997-03-30: 01:00 becomes 02:00"


def at(text: str, fold: int = 0) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=LONDON, fold=fold).timestamp()


GAP = ClockChange(at("1997-03-30T02:00"), 3_600.0)
FOLD = ClockChange(at("1997-10-26T01:00", fold=1), -3_600.0)
NIGHTS = Period(
    "sales", "every day at 01:30, Europe/London", LONDON, at("1997-03-28"), at("1997-04-01"), (GAP,)
)


def night(due: float, wait: float = 0.0, took: float = 600.0, **other: object) -> RunSpan:
    span = RunSpan(
        "simulated", due - DAY, due, due, due + wait, due + wait + took, RunState.SUCCESS
    )
    return span._replace(**other)  # type: ignore[arg-type]


def test_the_text_is_a_headline_what_was_special_and_a_table() -> None:
    period = NIGHTS._replace(outage=(at("1997-03-29"), at("1997-03-29T12:00")))
    runs = [
        night(at("1997-03-28T01:30"), state=RunState.FAILED),
        night(at("1997-03-29T01:30"), run_type="catchup"),
        night(at("1997-03-30T02:00"), took=5_430.0),
    ]
    assert schedule_text(period, runs).splitlines() == [
        "Simulation of sales: every day at 01:30, Europe/London",
        "1997-03-28 00:00 GMT to 1997-04-01 00:00 BST, 3 runs: 2 success, 1 failed",
        f"  clocks go forward 1 h on {JUMP}, the times between do not exist",
        "  scheduler away from 1997-03-29 00:00 GMT to 1997-03-29 12:00 GMT",
        "  due                   for the time since    began     took        state",
        "  1997-03-28 01:30 GMT  1997-03-27 01:30 GMT  when due  10 min      ✘ failed",
        "  1997-03-29 01:30 GMT  1997-03-28 01:30 GMT  when due  10 min      ✔ success (catchup)",
        "  1997-03-30 02:00 BST  1997-03-29 01:00 GMT  when due  1 h 30 min  ✔ success",
    ]


def test_a_run_that_waited_says_when_it_began() -> None:
    late = night(at("1997-03-29T01:30"), wait=10.5 * 3_600)
    assert schedule_text(NIGHTS, [late]).splitlines()[-1].split("  ")[3:5] == [
        "1997-03-29 12:00 GMT",
        "10 min",
    ]


def test_without_runs_there_is_no_table() -> None:
    assert schedule_text(NIGHTS._replace(changes=()), []) == (
        "Simulation of sales: every day at 01:30, Europe/London\n"
        "1997-03-28 00:00 GMT to 1997-04-01 00:00 BST, no runs"
    )


def test_why_there_are_no_runs_is_told() -> None:
    period = NIGHTS._replace(changes=(), nothing="the first run is due tomorrow")
    assert schedule_text(period, []).splitlines()[2:] == ["  the first run is due tomorrow"]
    assert "tomorrow" not in schedule_text(period, [night(at("1997-03-29T01:30"))])


@pytest.mark.parametrize(
    ("due", "wait", "is_told"),
    [
        ("1997-03-28T12:00", 0.0, False),
        ("1997-03-28T12:00", 60.0, True),
        ("1997-03-29T01:00", 11 * 3_600.0, False),  # when the scheduler came back
        ("1997-03-29T01:00", 12 * 3_600.0, True),
        ("1997-03-29T12:00", 1.0, True),
    ],
)
def test_who_waited_for_another_run_is_told_from_who_waited_for_the_scheduler(
    due: str, wait: float, is_told: bool
) -> None:
    outage = (at("1997-03-29"), at("1997-03-29T12:00"))
    period = NIGHTS._replace(max_active_runs=3, outage=outage)
    told = "  at most 3 runs at a time (max_active_runs), so later ones waited"
    assert (told in schedule_text(period, [night(at(due), wait)]).splitlines()) is is_told


@pytest.mark.parametrize(
    ("start", "end", "told"),
    [
        ("1997-03-28", "1997-04-01", "28 Mar 1997 to 1 Apr 1997"),
        ("1997-03-28T06:00", "1997-04-01", "28 Mar 1997 06:00 to 1 Apr 1997 00:00"),
    ],
)
def test_days_are_told_without_a_time_where_it_does_not_matter(
    start: str, end: str, told: str
) -> None:
    assert span_words(NIGHTS._replace(start=at(start), end=at(end))) == told


@pytest.mark.parametrize(
    ("change", "zone", "told"),
    [
        (
            FOLD,
            "Europe/London",
            "back 1 h on 1997-10-26: 02:00 becomes 01:00, the times between come twice",
        ),
        (
            ClockChange(datetime(1997, 3, 29, 15, 0, tzinfo=ZoneInfo("UTC")).timestamp(), -1_800.0),
            "Australia/Lord_Howe",
            "back 30 min on 1997-03-30: 02:00 becomes 01:30, the times between come twice",
        ),
        (
            ClockChange(datetime(2011, 12, 30, 10, 0, tzinfo=ZoneInfo("UTC")).timestamp(), DAY),
            "Pacific/Apia",
            (
                "forward 1 d: 2011-12-30 00:00 becomes 2011-12-31 00:00, "
                "the times between do not exist"
            ),
        ),
        (
            ClockChange(datetime(1883, 11, 18, 17, 0, tzinfo=ZoneInfo("UTC")).timestamp(), -238.0),
            "America/New_York",
            "back 3 min 58 s on 1883-11-18: 12:03:58 becomes 12:00, the times between come twice",
        ),
    ],
)
def test_a_change_of_the_clock_is_told_as_people_see_it(
    change: ClockChange, zone: str, told: str
) -> None:
    assert change_words(ZoneInfo(zone), change) == f"clocks go {told}"


def test_many_changes_are_counted() -> None:
    lines = schedule_text(NIGHTS._replace(changes=(GAP, FOLD) * 5), []).splitlines()
    assert len(lines) == 9
    assert lines[-1] == "  and 4 more changes of the clock"
    (*_, last) = schedule_text(NIGHTS._replace(changes=(GAP,) * 7), []).splitlines()
    assert last == "  and 1 more change of the clock"


@pytest.mark.parametrize(("number", "lines"), [(40, 40), (41, 41), (1_000, 41)])
def test_a_long_list_loses_its_middle(number: int, lines: int) -> None:
    runs = [night(at("1997-04-01") + i * DAY) for i in range(number)]
    runs[number // 2] = runs[number // 2]._replace(state=RunState.FAILED)
    shown = schedule_text(NIGHTS._replace(changes=()), runs).splitlines()[3:]
    assert len(shown) == lines
    if number > 40:
        hidden = number - 40
        told = f"{hidden - 1:,} success, 1 failed" if hidden > 1 else "1 failed"
        assert shown[20] == f"  … {hidden:,} run{'s' if hidden > 1 else ''}: {told} …"


def away(*due: float) -> Period:
    """A period in which the runs that were due then never began."""
    outage = (at("1997-03-29"), at("1997-03-31"))
    missed = tuple(MissedRun(it - DAY, it) for it in due)
    return NIGHTS._replace(changes=(), outage=outage, missed=missed)


def test_what_never_began_stands_among_the_runs() -> None:
    runs = [night(at("1997-03-28T01:30")), night(at("1997-03-31T01:30"))]
    lines = schedule_text(away(at("1997-03-29T01:30"), at("1997-03-30T02:00")), runs).splitlines()
    assert lines[2].endswith("to 1997-03-31 00:00 BST: 2 runs never began")
    assert [re.split(" {2,}", line.strip()) for line in lines[4:]] == [
        ["1997-03-28 01:30 GMT", "1997-03-27 01:30 GMT", "when due", "10 min", "✔ success"],
        ["1997-03-29 01:30 GMT", "1997-03-28 01:30 GMT", "never", "–", "– missed"],
        ["1997-03-30 02:00 BST", "1997-03-29 01:00 GMT", "never", "–", "– missed"],
        ["1997-03-31 01:30 BST", "1997-03-30 00:30 GMT", "when due", "10 min", "✔ success"],
    ]


def test_what_never_began_is_counted_in_the_middle_of_a_long_list() -> None:
    runs = [night(at("1997-04-01") + i * DAY) for i in range(60)]
    lines = schedule_text(away(at("1997-04-29T01:30")), runs).splitlines()
    assert "  … 20 runs: 20 success, 1 missed …" in lines


def test_a_run_for_no_time_stands_for_a_moment() -> None:
    due = at("1997-03-29T04:10")
    lines = schedule_text(NIGHTS, [night(due, begin=due)]).splitlines()
    assert lines[3].split() == ["due", "for", "the", "moment", "began", "took", "state"]
