"""What a schedule did, as text."""

from __future__ import annotations

import re
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from wfkit.core.spans import ClockChange, MissedRun, Period, RunSpan
from wfkit.core.states import RunState
from wfkit.views.schedule_text import change_words, schedule_text

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
    ],
)
def test_a_change_of_the_clock_is_told_as_people_see_it(
    change: ClockChange, zone: str, told: str
) -> None:
    assert change_words(NIGHTS._replace(where=ZoneInfo(zone)), change) == f"clocks go {told}"


def test_many_changes_are_counted() -> None:
    lines = schedule_text(NIGHTS._replace(changes=(GAP, FOLD) * 5), []).splitlines()
    assert len(lines) == 9
    assert lines[-1] == "  and 4 more changes of the clock"


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
