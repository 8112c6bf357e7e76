"""Where do cronsim and croniter fire at other times? In these cases, and in no others.

Both know time zones. What each does otherwise is listed with its reason and an example; by
chance, all the rest is equal.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, time, timedelta
from itertools import takewhile
from typing import NamedTuple
from zoneinfo import ZoneInfo

import pytest
from croniter import croniter
from cronsim import CronSim
from hypothesis import given, settings

from tests.core.cron_texts import SEEDS, said
from tests.engine.cron_by_the_minute import ZONES
from wfkit.core.cron import Cron
from wfkit.engine.fires import fires
from wfkit.engine.zones import Change, changes

HOUR = timedelta(hours=1)
_YEAR = datetime(2024, 1, 1, tzinfo=UTC), datetime(2025, 1, 1, tzinfo=UTC)
_CHANGES = [(zone, it) for zone in ZONES[:7] for it in changes(ZoneInfo(zone), *_YEAR)]
_RANGE = re.compile(r"(\w+)-(\w+)(/?)")
_NAMES = dict(zip(("sun", "mon", "tue", "wed", "thu", "fri", "sat"), range(7), strict=True))
_NAMES |= {f"{datetime(1997, month, 1, tzinfo=UTC):%b}".lower(): month for month in range(1, 13)}


class Case(NamedTuple):
    """A text in a zone, around a change of its clocks, or where there is none."""

    text: str
    where: ZoneInfo
    begin: datetime
    until: datetime
    change: Change | None = None

    @property
    def is_wildcard(self) -> bool:
        return any(field.startswith("*") for field in self.text.split()[:2])

    @property
    def is_gap(self) -> bool:
        return self.change is not None and self.change.is_gap

    @property
    def is_fold(self) -> bool:
        return self.change is not None and not self.change.is_gap

    @property
    def is_half_an_hour(self) -> bool:
        return self.change is not None and abs(self.change.shift) < HOUR

    @property
    def lacks_midnight(self) -> bool:
        if not self.change or not self.is_gap:
            return False
        wall = self.change.moment.astimezone(self.where).replace(tzinfo=None)
        return wall - self.change.shift <= datetime.combine(wall, time()) < wall

    def has_range_of_one(self, ending: str = "") -> bool:
        """Return True if there is one such as 3-3, and what follows it begins with `ending`."""
        found = _RANGE.findall(self.text)
        return any(_number(low) == _number(high) and end >= ending for low, high, end in found)

    def has_star_among_days(self) -> bool:
        """Return True if a field of days holds a star, and more than it."""
        fields = self.text.split()
        return any("*" in field and field != "*" for field in (fields[2], fields[4]))


def _number(word: str) -> int:
    return _NAMES[word.lower()] if word.isalpha() else int(word)


def case(seed: int) -> Case:
    """Return any text around a change, or (one in four) far from any."""
    chance = random.Random(seed)
    zone, change = chance.choice(_CHANGES)
    is_far = chance.random() < 0.25
    middle = change.moment + timedelta(days=60) if is_far else change.moment
    span = middle - 30 * HOUR, middle + 48 * HOUR
    it = Case(said(seed).text, ZoneInfo(zone), *span, None if is_far else change)
    if len(ours(it)) < 200:
        return it
    # What fires too often to compare days of it is compared where it matters.
    return it._replace(begin=middle - 0.75 * HOUR, until=middle + 1.25 * HOUR)


def ours(it: Case) -> list[datetime]:
    return _until(it, fires(Cron.parse(it.text), it.where, it.begin))


def of_cronsim(it: Case) -> list[datetime]:
    return _until(it, CronSim(it.text, it.begin.astimezone(it.where)))


def of_croniter(it: Case) -> list[datetime]:
    found = croniter(it.text, it.begin.astimezone(it.where), ret_type=datetime)
    return _until(it, found)


def _until(it: Case, found: Iterable[datetime]) -> list[datetime]:
    return list(takewhile(lambda at: at <= it.until, (at.astimezone(UTC) for at in found)))


class Difference(NamedTuple):
    """What a library does otherwise, when, and what six hours of an example show."""

    why: str
    applies: Callable[[Case], bool]
    text: str
    zone: str
    begin: str
    ours: str
    theirs: str


CRONSIM = [
    Difference(
        "it counts on from a range of one number with a step to the end of the field",
        lambda it: it.has_range_of_one("/"),
        *("0 8-8/3 * * *", "UTC", "2024-06-01T07:00"),
        *("08:00", "08:00 11:00"),
    ),
    Difference(
        "it steps by whole hours over a shift of half an hour, and so over some times",
        lambda it: it.is_half_an_hour and it.is_wildcard,
        *("30 * * * *", "Australia/Lord_Howe", "2024-10-06T00:00"),
        *("00:30 01:30 02:30 03:30 04:30 05:30", "00:30 01:30 03:30 04:30 05:30"),
    ),
    Difference(
        "it goes to the midnight of a new day, and where there is none an hour too far",
        lambda it: it.is_wildcard and it.lacks_midnight,
        *("*/30 1 * * fri", "Africa/Cairo", "2024-04-25T22:00"),
        *("01:00 01:30", ""),
    ),
]
CRONITER = [
    Difference(
        "it takes a range of one number for the whole field",
        lambda it: it.has_range_of_one(),
        *("0 8-8 * * *", "UTC", "2024-06-01T07:00"),
        *("08:00", "07:00 08:00 09:00 10:00 11:00 12:00"),
    ),
    Difference(
        "a star with a step is no star to it, a list with a star is one: other days",
        lambda it: it.has_star_among_days(),
        *("0 8 */5 * 1", "UTC", "2024-06-01T07:00"),
        *("", "08:00"),
    ),
    Difference(
        "it makes up for what a gap hides whether a star begins the fields or not",
        lambda it: it.is_gap and (it.is_wildcard or "*" in it.text.split()[1]),
        *("*/30 2 * * *", "America/New_York", "2024-03-10T00:00"),
        *("", "03:00"),
    ),
    Difference(
        "it repeats fixed times too: they fire twice in a fold",
        lambda it: it.is_fold and not it.is_wildcard,
        *("30 1 * * *", "America/New_York", "2024-11-03T00:00"),
        *("01:30", "01:30 01:30"),
    ),
    Difference(
        "it steps over some minutes that half an hour put back repeats",
        lambda it: it.is_half_an_hour and it.is_fold,
        *("6,32 * * * *", "Australia/Lord_Howe", "2024-04-07T01:00"),
        "01:06 01:32 01:32 02:06 02:32 03:06 03:32 04:06 04:32 05:06 05:32 06:06",
        "01:06 01:32 02:06 02:32 03:06 03:32 04:06 04:32 05:06 05:32 06:06",
    ),
]
LIBRARIES = [(of_cronsim, CRONSIM), (of_croniter, CRONITER)]


@pytest.mark.parametrize(
    ("theirs", "it"),
    [(theirs, it) for theirs, listed in LIBRARIES for it in listed],
    ids=lambda it: getattr(it, "why", ""),
)
def test_difference_is_as_listed(theirs: Callable[[Case], list[datetime]], it: Difference) -> None:
    where = ZoneInfo(it.zone)
    begin = datetime.fromisoformat(it.begin).replace(tzinfo=where) - timedelta(seconds=1)
    example = Case(it.text, where, begin.astimezone(UTC), begin.astimezone(UTC) + 6 * HOUR)
    told = [
        " ".join(f"{at.astimezone(where):%H:%M}" for at in found)
        for found in (ours(example), theirs(example))
    ]
    assert told == [it.ours, it.theirs]


@pytest.mark.long
@settings(max_examples=200)
@given(SEEDS)
def test_all_that_is_not_listed_is_equal(seed: int) -> None:
    it = case(seed)
    for theirs, listed in LIBRARIES:
        if not any(difference.applies(it) for difference in listed):
            assert theirs(it) == ours(it)
