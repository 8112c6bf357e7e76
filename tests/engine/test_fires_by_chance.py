"""Cron in any zone, on any day: what always holds of its fires."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from itertools import pairwise, takewhile
from typing import NamedTuple

import pytest
from hypothesis import given, settings

from tests.core.cron_texts import SEEDS, Said, said
from tests.engine.cron_by_the_minute import (
    DAY,
    MINUTE,
    SPAN,
    ZONES,
    by_the_minute,
    days_of_change,
    matches,
)
from wfkit.core.cron import Cron
from wfkit.engine.fires import fires
from wfkit.engine.zones import zone

YEARS = (2010, 2024)


class Case(NamedTuple):
    """A text, a zone, and the beginning of a SPAN in which its clocks mostly change."""

    said: Said
    zone: str
    begin: datetime

    def fires(self, after: datetime, until: datetime) -> list[datetime]:
        """Return the fires for which after < fire <= until."""
        found = fires(Cron.parse(self.said.text), zone(self.zone), after)
        return list(takewhile(lambda it: it <= until, found))


def case(seed: int, is_fixed: bool | None = None) -> Case:
    chance = random.Random(seed)
    where, year = chance.choice(ZONES), chance.choice(YEARS)
    days = days_of_change(where, year) or (datetime(year, 6, 1, tzinfo=UTC),)
    return Case(said(seed, is_fixed), where, chance.choice(days) - DAY / 2)


@pytest.mark.long
@settings(max_examples=200)
@given(SEEDS)
def test_fires_are_those_of_a_cron_that_looks_every_minute(seed: int) -> None:
    it = case(seed)
    found = it.fires(it.begin - timedelta(seconds=1), it.begin + SPAN - timedelta(seconds=1))
    assert found == by_the_minute(it.said, it.zone, it.begin)


@settings(max_examples=50)
@given(SEEDS)
def test_fires_of_two_times_are_those_of_each(seed: int) -> None:
    it, chance = case(seed), random.Random(seed)
    a, b, c = (it.begin + SPAN * chance.random() for _ in range(3))
    a, b, c = sorted((a, b, c))
    assert it.fires(a, b) + it.fires(b, c) == it.fires(a, c)


@settings(max_examples=50)
@given(SEEDS)
def test_fires_never_go_back_and_never_repeat(seed: int) -> None:
    it = case(seed)
    found = it.fires(it.begin, it.begin + SPAN)
    assert all(first < second for first, second in pairwise(found))
    assert all(moment.tzinfo is UTC for moment in found)


@settings(max_examples=50)
@given(SEEDS)
def test_wall_clock_shows_what_was_written_or_the_end_of_a_gap(seed: int) -> None:
    it = case(seed)
    where = zone(it.zone)
    for moment in it.fires(it.begin, it.begin + SPAN):
        wall, before = (at.astimezone(where) for at in (moment, moment - MINUTE))
        if not matches(it.said, wall):
            assert not it.said.starts_with_star(0, 1)
            assert wall.replace(tzinfo=None) - before.replace(tzinfo=None) > MINUTE


def test_clock_that_jumps_a_whole_day_is_corrected_not_changed_for_summer() -> None:
    # Samoa had no 30 December 2011.
    apia, begin = zone("Pacific/Apia"), datetime(2011, 12, 29, 11, tzinfo=UTC)
    nightly = fires(Cron.parse("30 1 * * *"), apia, begin)
    assert [next(nightly).astimezone(apia).isoformat() for _ in range(2)] == [
        "2011-12-29T01:30:00-10:00",
        "2011-12-31T01:30:00+14:00",
    ]


@pytest.mark.parametrize("year", [1, 2, 1883, 2038, 9899])
def test_fires_are_found_in_far_years(year: int) -> None:
    here = zone("America/New_York")
    found = fires(Cron.parse("30 1 * * *"), here, datetime(year, 11, 17, tzinfo=UTC))
    nights = [next(found).astimezone(here) for _ in range(3)]
    assert [f"{it.day} {it:%H:%M}" for it in nights] == ["17 01:30", "18 01:30", "19 01:30"]
