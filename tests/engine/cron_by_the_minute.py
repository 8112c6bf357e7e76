"""Cron as cron itself does it: look at the wall clock every minute, and never look ahead.

Slow, and without a trick that could be wrong: what `fires` computes is compared with it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from tests.core.cron_texts import Said

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
SPAN = 2 * DAY
# A jump that long is a correction of the clock: nothing is made up for, nothing left out.
CORRECTION = timedelta(hours=3)
ZONES = (
    *("America/New_York", "Europe/London", "Australia/Lord_Howe", "America/Santiago"),
    *("Africa/Cairo", "Antarctica/Troll", "America/Nuuk", "Africa/Casablanca", "Europe/Dublin"),
    *("Asia/Kathmandu", "Pacific/Apia", "America/St_Johns", "Asia/Gaza", "Antarctica/Casey"),
)


class Look(NamedTuple):
    """One look at the clock: what it shows, and which wall times have passed unseen before."""

    moment: datetime
    wall: datetime
    is_repeated: bool
    missed: tuple[datetime, ...]


def by_the_minute(said: Said, zone: str, begin: datetime) -> list[datetime]:
    """Return the fires (UTC) in the SPAN from `begin` on."""
    is_fixed = not said.starts_with_star(0, 1)
    return [look.moment for look in _looks(zone, begin) if _fires(said, look, is_fixed)]


def _fires(said: Said, look: Look, is_fixed: bool) -> bool:
    if is_fixed and (look.is_repeated or any(matches(said, it) for it in look.missed)):
        return not look.is_repeated
    return matches(said, look.wall)


def matches(said: Said, wall: datetime) -> bool:
    """Return True if all five fields fit a wall time."""
    minutes, hours, days, months, weekdays = said.sets
    if wall.minute not in minutes or wall.hour not in hours or wall.month not in months:
        return False
    fits = wall.day in days, wall.isoweekday() % 7 in weekdays
    return all(fits) if said.starts_with_star(2, 4) else any(fits)


@lru_cache(maxsize=128)
def _looks(zone: str, begin: datetime) -> tuple[Look, ...]:
    looks = _all_looks(ZoneInfo(zone), begin - CORRECTION - MINUTE, begin + SPAN)
    return tuple(look for look in looks if look.moment >= begin)


def _all_looks(where: ZoneInfo, begin: datetime, end: datetime) -> Iterator[Look]:
    latest = before = _wall(where, begin)
    moment = begin
    while (moment := moment + MINUTE) < end:
        wall = _wall(where, moment)
        if abs(wall - before - MINUTE) >= CORRECTION:
            latest = wall - MINUTE
        missed = tuple(latest + n * MINUTE for n in range(1, (wall - latest) // MINUTE))
        yield Look(moment, wall, wall <= latest, missed)
        latest, before = max(latest, wall), wall


def _wall(where: ZoneInfo, moment: datetime) -> datetime:
    return moment.astimezone(where).replace(tzinfo=None, fold=0)


@lru_cache(maxsize=256)
def days_of_change(zone: str, year: int) -> tuple[datetime, ...]:
    """Return the days (midnight UTC) of a year before which, or in which, the clocks change."""
    where, first = ZoneInfo(zone), datetime(year, 1, 1, tzinfo=UTC)
    days = [first + n * DAY for n in range(366)]
    offsets = [it.astimezone(where).utcoffset() for it in (*days, days[-1] + DAY)]
    return tuple(
        day for day, now, later in zip(days, offsets, offsets[1:], strict=False) if now != later
    )
