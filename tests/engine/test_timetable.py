"""When is a Dag due, and which time does each of its runs stand for?"""

from __future__ import annotations

import random
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise, takewhile
from typing import NamedTuple

import pytest
from hypothesis import given, settings

from tests.core.cron_texts import SEEDS, said
from tests.engine.cron_by_the_minute import ZONES
from wfkit.core.cron import Cron
from wfkit.core.schedules import Every, OnFile, OnSuccess, Schedule
from wfkit.engine.fires import fires
from wfkit.engine.timetable import Interval, Timetable
from wfkit.engine.zones import zone

INSTANT = timedelta(microseconds=1)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


class Case(NamedTuple):
    """A timetable, some fires of its schedule in a row, and a moment among them."""

    timetable: Timetable
    ticks: list[datetime]
    moment: datetime

    @property
    def intervals(self) -> list[Interval]:
        """What the runs stand for, found by looking at all pairs."""
        start, end = self.timetable.start, self.timetable.end
        return [
            Interval(begin, tick)
            for begin, tick in pairwise(self.ticks)
            if (not start or start <= begin) and (not end or begin < end)
        ]


def case(seed: int) -> Case:
    chance = random.Random(seed)
    begin = datetime(chance.randint(1990, 2040), 1, 1, tzinfo=UTC) + timedelta(days=365) * (
        chance.random()
    )
    where = zone(chance.choice(ZONES))
    if chance.random() < 0.7:
        cron = Cron.parse(said(seed).text)
        it: Schedule = cron
        ticks = list(islice(fires(cron, where, begin), 30))
    else:
        it = beat = Every(chance.choice(["1s", "90m", "1h", "1d", "36h", "7d", "100ms"]))
        ticks = [begin + n * timedelta(seconds=beat.interval) for n in range(30)]
    first, second, moment = sorted(
        ticks[2] + (ticks[-2] - ticks[2]) * chance.random() for _ in "123"
    )
    start = chance.choice([None, first])
    if isinstance(it, Every):
        # A steady beat is counted from the start.
        start = ticks[0]
    return Case(Timetable(it, where, start, chance.choice([None, second])), ticks, moment)


@settings(max_examples=100)
@given(SEEDS)
def test_data_interval_reaches_from_one_fire_to_the_next(seed: int) -> None:
    it = case(seed)
    after = it.ticks[1] - INSTANT
    until = it.ticks[-1]
    found = takewhile(lambda one: one.end <= until, it.timetable.intervals(after))
    assert list(found) == it.intervals


@settings(max_examples=100)
@given(SEEDS)
def test_last_interval_is_the_newest_that_has_ended(seed: int) -> None:
    it = case(seed)
    ended = [one for one in it.intervals if one.end <= it.moment]
    assert it.timetable.last_interval(it.moment) == (ended[-1] if ended else None)


@settings(max_examples=100)
@given(SEEDS)
def test_ticks_are_the_ends_of_intervals(seed: int) -> None:
    it = case(seed)
    ticks = [one.end for one in it.intervals if it.moment < one.end]
    assert it.timetable.next_after(it.moment) == (ticks[0] if ticks else None)
    assert list(it.timetable.between(it.moment, it.ticks[-1])) == ticks


@settings(max_examples=50)
@given(SEEDS)
def test_next_after_walks_over_what_is_between(seed: int) -> None:
    it = case(seed)
    walked, tick = [], it.timetable.next_after(it.moment)
    while tick and tick <= it.ticks[-1]:
        walked.append(tick)
        tick = it.timetable.next_after(tick)
    assert walked == list(it.timetable.between(it.moment, it.ticks[-1]))


@settings(max_examples=50)
@given(SEEDS)
def test_missed_is_all_that_was_due_or_the_newest_of_it(seed: int) -> None:
    it = case(seed)
    since, until = it.ticks[1], it.ticks[-1]
    for newest in (False, True):
        found = it.timetable.missed(since, it.moment, newest)
        later = [one for one in it.intervals if one.end > it.moment]
        passed = [one for one in it.intervals if since < one.end <= it.moment]
        expected = passed[-1:] + later if newest else passed + later
        assert list(takewhile(lambda one: one.end <= until, found)) == expected


@settings(max_examples=50)
@given(SEEDS)
def test_interval_in_a_range_is_the_first_that_begins_there_whatever_start_and_end(
    seed: int,
) -> None:
    it = case(seed)
    free = Case(Timetable(it.timetable.schedule, it.timetable.where), it.ticks, it.moment)
    if isinstance(free.timetable.schedule, Every):
        return
    begins = [one for one in free.intervals if it.ticks[5] < one.begin < it.moment]
    found = it.timetable.interval_in(it.ticks[5] + INSTANT, it.moment)
    assert found == (begins[0] if begins else None)


def told(intervals: Iterable[Interval | None]) -> list[str]:
    return [f"{it.begin:%m-%d %H:%M} to {it.end:%m-%d %H:%M}" if it else "-" for it in intervals]


def test_logical_dates_are_from_start_to_before_end() -> None:
    bounds = at("1997-01-02T01:30"), at("1997-01-04T01:30")
    nightly = Timetable(Cron.parse("30 1 * * *"), UTC, *bounds)
    expected = ["01-02 01:30 to 01-03 01:30", "01-03 01:30 to 01-04 01:30"]
    assert told(nightly.intervals(at("1996-01-01"))) == expected
    assert told([nightly.first_interval()]) == expected[:1]
    assert told([nightly.last_interval(at("2000-01-01"))]) == expected[1:]
    assert nightly.last_interval(at("1997-01-03T01:29")) is None
    assert nightly.next_after(at("1997-01-04T01:30")) is None


def test_start_between_two_ticks_waits_for_a_whole_interval() -> None:
    nightly = Timetable(Cron.parse("30 1 * * *"), UTC, at("1997-01-02"))
    found = islice(nightly.intervals(at("1996-12-01")), 1)
    assert told(found) == ["01-02 01:30 to 01-03 01:30"]


def test_steady_beat_is_counted_from_the_start_and_knows_no_summer_time() -> None:
    london = zone("Europe/London")
    daily = Timetable(Every("1d"), london, at("1997-03-28T06:10"))
    assert told(islice(daily.intervals(at("1997-03-28")), 3)) == [
        "03-28 06:10 to 03-29 06:10",
        "03-29 06:10 to 03-30 06:10",
        "03-30 06:10 to 03-31 06:10",
    ]


def test_steady_beat_without_a_start_is_counted_from_1970() -> None:
    assert Timetable(Every("36h")).next_after(at("1970-01-01")) == at("1970-01-02T12:00")
    assert Timetable(Every("36h")).next_after(at("1969-12-31")) == at("1970-01-01")


@pytest.mark.parametrize("it", [OnFile("inbox/*.csv"), OnSuccess("sales")])
def test_no_clock_decides_about_events(it: Schedule) -> None:
    events = Timetable(it, UTC, at("1997-01-01"))
    assert not events.is_timed
    assert events.next_after(at("1997-01-01")) is None
    assert events.first_interval() is None
    assert events.last_interval(at("1998-01-01")) is None
    assert list(events.between(at("1997-01-01"), at("1998-01-01"))) == []


def test_rare_ticks_are_found_on_both_sides() -> None:
    sundays = Timetable(Cron.parse("0 0 29 2 */7"))
    assert sundays.last_interval(at("2031-01-01")) == (at("1976-02-29"), at("2004-02-29"))
    assert sundays.next_after(at("2004-03-01")) == at("2032-02-29")
    # 2100 is no leap year: the longest time without one.
    assert sundays.last_interval(at("2127-12-31")) == (at("2060-02-29"), at("2088-02-29"))
    assert sundays.next_after(at("2088-03-01")) == at("2128-02-29")


@pytest.mark.parametrize(
    ("schedule", "year"),
    [(Cron.parse("30 1 * * *"), 9899), (Every("100d"), 9890), (Cron.parse("0 0 29 2 *"), 9880)],
    ids=str,
)
def test_calendar_ends_where_it_ends(schedule: Schedule, year: int) -> None:
    it = Timetable(schedule)
    assert it.next_after(at("9900-01-01")) is None
    assert len(list(it.intervals(datetime(year, 1, 1, tzinfo=UTC)))) > 3


def test_description_names_the_zone_of_times_only() -> None:
    london = zone("Europe/London")
    assert Timetable(Cron.parse("30 1 * * *"), london).describe() == (
        "every day at 01:30, Europe/London"
    )
    assert Timetable(Every("1h"), london).describe() == "every hour"
    assert Timetable(OnSuccess("sales"), london).describe() == "after each success of sales"
