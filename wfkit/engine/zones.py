"""When do the clocks of a time zone change?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import MAXYEAR, MINYEAR, UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple
from zoneinfo import TZPATH, ZoneInfo, ZoneInfoNotFoundError, available_timezones

from wfkit.core.errors import InvalidOption, did_you_mean
from wfkit.core.options import shown

_SECOND = timedelta(seconds=1)
_STEP = timedelta(hours=12)


class Change(NamedTuple):
    """At `moment` (UTC) the wall clock jumps by `shift`: a gap if that is more than zero."""

    moment: datetime
    shift: timedelta

    @property
    def is_gap(self) -> bool:
        """True if the clock is put forward, False if it is put back."""
        return self.shift > timedelta()


def zone(name: object) -> tzinfo:
    """Return the time zone of this name.

    Raises InvalidOption for a name that the data base of time zones does not have.

    >>> zone("Europe/London")
    zoneinfo.ZoneInfo(key='Europe/London')
    """
    if name == "UTC":
        return UTC
    try:
        return ZoneInfo(str(name))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        hint = did_you_mean(str(name), available_timezones())
        raise InvalidOption(
            f"timezone={shown(name)} is unknown.{hint}\n"
            'Write a region and a city, such as "Europe/London", or "UTC".'
        ) from None


def data_version(where: tzinfo) -> str:
    """Return the version of the data that a zone is read from, such as 2025b.

    That is the system's, else that of the package tzdata; "unknown" where it is not told. UTC
    needs none.

    >>> data_version(UTC)
    ''
    """
    key = getattr(where, "key", None)
    return _data_version(key, TZPATH) if key else ""


@lru_cache(maxsize=1024)
def _data_version(key: str, folders: Sequence[str]) -> str:
    from importlib.resources import files

    for place in (*map(Path, folders), files("tzdata.zoneinfo")):
        if place.joinpath(key).is_file():
            try:
                with place.joinpath("tzdata.zi").open("r", encoding="utf-8") as lines:
                    return lines.readline().removeprefix("# version ").strip() or "unknown"
            except OSError:
                break
    return "unknown"


def changes(where: tzinfo, after: datetime, until: datetime) -> Iterator[Change]:
    """Yield the changes of the clock in a zone for which after < moment <= until, in order.

    >>> begin, end = datetime(1997, 1, 1, tzinfo=UTC), datetime(1998, 1, 1, tzinfo=UTC)
    >>> for change in changes(zone("Europe/London"), begin, end):
    ...     print(change.moment.isoformat(), change.shift)
    1997-03-30T01:00:00+00:00 1:00:00
    1997-10-26T01:00:00+00:00 -1 day, 23:00:00
    """
    for year in range(after.astimezone(UTC).year, until.astimezone(UTC).year + 1):
        for change in _changes_of_year(where, year):
            if after < change.moment <= until:
                yield change


@lru_cache(maxsize=1024)
def _changes_of_year(where: tzinfo, year: int) -> tuple[Change, ...]:
    if where is UTC or not MINYEAR < year < MAXYEAR:
        return ()
    found = []
    begin, end = datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC)
    while begin < end:
        later = begin + _STEP
        shift = _offset(where, later) - _offset(where, begin)
        if shift:
            found.append(Change(_moment_of(where, begin, later), shift))
        begin = later
    return tuple(found)


def _moment_of(where: tzinfo, low: datetime, high: datetime) -> datetime:
    """Return the first second at which the offset is that of `high`, found by halving."""
    new = _offset(where, high)
    while high - low > _SECOND:
        middle = low + timedelta(seconds=(high - low) // _SECOND // 2)
        if _offset(where, middle) == new:
            high = middle
        else:
            low = middle
    return high


def _offset(where: tzinfo, moment: datetime) -> timedelta:
    return moment.astimezone(where).utcoffset() or timedelta()
