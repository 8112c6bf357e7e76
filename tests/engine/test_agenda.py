"""Which runs of a Dag are due, and which of them may start now?"""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wfkit.core.schedules import Every
from wfkit.engine.agenda import AWAY, MOST_WAITING, Agenda, Occasion, SeenFile
from wfkit.engine.timetable import Interval, Timetable

BEGIN = datetime(1997, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)


def beating(beat: str = "1h", **options: Any) -> Agenda:
    return Agenda(Timetable(Every(beat), UTC, BEGIN).intervals(BEGIN), **options)


def told(found: list[Occasion]) -> list[str]:
    return [f"{it.run_type} {it.interval.begin:%H:%M}" for it in found]


def test_run_is_due_at_the_end_of_its_interval() -> None:
    agenda = beating()
    assert agenda.wakes_at == BEGIN + HOUR
    assert agenda.due(BEGIN + HOUR - SECOND) == []
    occasion = Occasion("scheduled", Interval(BEGIN, BEGIN + HOUR), BEGIN + HOUR)
    assert agenda.due(BEGIN + HOUR) == [occasion]
    assert agenda.wakes_at == BEGIN + 2 * HOUR


def test_no_tick_is_taken_twice_when_the_clock_goes_back() -> None:
    agenda = beating(max_active_runs=9)
    assert told(agenda.due(BEGIN + 2 * HOUR + SECOND)) == ["scheduled 01:00"]
    for hours in (2, 1, 0.5, 2):
        assert agenda.due(BEGIN + hours * HOUR) == []
    assert told(agenda.due(BEGIN + 3 * HOUR)) == ["scheduled 02:00"]


@settings(max_examples=50)
@given(st.integers(0, 10**6), st.booleans())
def test_whatever_the_clock_does_no_date_comes_twice_or_out_of_order(
    seed: int, catchup: bool
) -> None:
    chance, now = random.Random(seed), BEGIN
    agenda = beating(catchup=catchup, max_active_runs=100)
    dates = []
    for _ in range(20):
        now += chance.choice([-5, -1, 0, 1, 1, 2, 4]) * HOUR * chance.random()
        dates += [it.interval.begin for it in agenda.due(now)]
    assert dates == sorted(set(dates))
    if catchup and dates:
        assert dates == [BEGIN + n * HOUR for n in range(len(dates))]


@pytest.mark.parametrize(
    ("catchup", "expected"),
    [
        (False, ["scheduled 03:00"]),
        (True, ["catchup 00:00", "catchup 01:00", "catchup 02:00", "scheduled 03:00"]),
    ],
)
def test_who_was_away_makes_up_for_all_or_for_the_newest(
    catchup: bool, expected: list[str]
) -> None:
    agenda = beating(catchup=catchup, max_active_runs=9)
    assert told(agenda.due(BEGIN + 4 * HOUR)) == expected
    assert told(agenda.due(BEGIN + 5 * HOUR)) == ["scheduled 04:00"]


@pytest.mark.parametrize(
    ("late", "catchup", "expected"),
    [
        (AWAY, False, [("scheduled", 0), ("scheduled", 30), ("scheduled", 60)]),
        (AWAY, True, [("scheduled", 0), ("scheduled", 30), ("scheduled", 60)]),
        (AWAY + SECOND, False, [("scheduled", 60)]),
        (AWAY + SECOND, True, [("catchup", 0), ("scheduled", 30), ("scheduled", 60)]),
    ],
)
def test_who_is_a_minute_late_was_not_away(
    late: timedelta, catchup: bool, expected: list[tuple[str, int]]
) -> None:
    agenda = beating("30s", catchup=catchup, max_active_runs=9)
    found = agenda.due(BEGIN + 30 * SECOND + late)
    assert [(it.run_type, (it.interval.begin - BEGIN).seconds) for it in found] == expected


def test_runs_that_overlap_wait_for_each_other() -> None:
    agenda = beating(max_active_runs=2)
    found = [told(agenda.due(BEGIN + hours * HOUR)) for hours in (1, 2, 3, 4)]
    assert found == [["scheduled 00:00"], ["scheduled 01:00"], [], []]
    agenda.ended()
    assert told(agenda.due(BEGIN + 4 * HOUR)) == ["scheduled 02:00"]
    assert not agenda.is_idle
    for _ in range(2):
        agenda.ended()
    assert told(agenda.due(BEGIN + 4 * HOUR)) == ["scheduled 03:00"]
    agenda.ended()
    assert agenda.is_idle


def test_dates_that_have_a_run_are_passed_over() -> None:
    done = {BEGIN, BEGIN + 2 * HOUR}
    agenda = beating(done=done, catchup=True, max_active_runs=9)
    assert told(agenda.due(BEGIN + 4 * HOUR)) == ["catchup 01:00", "scheduled 03:00"]


def test_nothing_is_due_after_the_end() -> None:
    agenda = beating(until=BEGIN + 2 * HOUR, catchup=True, max_active_runs=9)
    assert told(agenda.due(BEGIN + 9 * HOUR)) == ["catchup 00:00", "catchup 01:00"]
    assert agenda.wakes_at is None
    assert agenda.due(BEGIN + 99 * HOUR) == []


def test_events_are_queued_without_a_clock() -> None:
    agenda = Agenda(max_active_runs=1)
    assert agenda.wakes_at is None
    for name in "ab":
        files = (SeenFile(name),)
        agenda.add(Occasion("scheduled", Interval(BEGIN, BEGIN), BEGIN, files))
    assert not agenda.is_idle
    assert [it.files[0].path for it in agenda.due(BEGIN)] == ["a"]
    agenda.ended()
    assert [it.files[0].path for it in agenda.due(BEGIN)] == ["b"]


def test_what_waits_can_be_dropped_but_not_what_runs() -> None:
    agenda = beating(catchup=True)
    agenda.due(BEGIN + 3 * HOUR)
    agenda.drop_waiting()
    assert not agenda.is_idle
    agenda.ended()
    assert agenda.due(BEGIN + 3 * HOUR) == []
    assert agenda.is_idle


def test_years_of_missed_ticks_do_not_fill_the_memory() -> None:
    agenda = beating("1s", catchup=True)
    now = BEGIN + timedelta(days=366)
    begun = agenda.due(now)
    assert len(agenda._waiting) == MOST_WAITING - 1
    for _ in range(MOST_WAITING):
        agenda.ended()
        begun += agenda.due(now)
    assert [it.interval.begin for it in begun] == [BEGIN + n * SECOND for n in range(len(begun))]
