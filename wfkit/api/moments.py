"""Which moment does a text mean, in the zone of a Dag?"""

from __future__ import annotations

import re
from calendar import month_name, monthrange
from datetime import UTC, date, datetime, time, tzinfo

from wfkit.core.errors import InvalidOption
from wfkit.core.options import shown
from wfkit.core.spans import ClockChange
from wfkit.engine.zones import changes, zone

__all__ = ["clock_changes", "is_whole_day", "moment", "utc", "zone"]
# Time zones, months and long waits before and after a moment must stay within 1 to 9999.
_YEARS = range(1000, 9001)
_FEBRUARY = 2
_DATE = re.compile(r"\s*(\d{4})-(\d\d)-(\d\d)(?!\d).*", re.ASCII | re.DOTALL)


def moment(option: str, value: object, where: tzinfo) -> datetime:
    """Return an aware datetime; a bare date is its midnight, a naive time is in zone `where`.

    >>> moment("logical_date", "1997-01-01", UTC).isoformat()
    '1997-01-01T00:00:00+00:00'
    """
    if isinstance(value, str):
        value = _parsed(option, value)
    if isinstance(value, date) and not isinstance(value, datetime):
        value = datetime.combine(value, time())
    if not isinstance(value, datetime):
        raise _no_moment(option, value)
    try:
        found = value.replace(tzinfo=where) if value.tzinfo is None else value.astimezone(where)
    except OverflowError:
        raise _no_moment(option, value) from None
    if found.year not in _YEARS:
        raise InvalidOption(f"{option}={found.date()} is too far away: years are 1000 to 9000.")
    return found


def utc(moment: datetime) -> datetime:
    """Return the same moment in UTC, where times can be compared in any night."""
    return moment.astimezone(UTC)


def clock_changes(where: tzinfo, after: datetime, until: datetime) -> tuple[ClockChange, ...]:
    """Return how the clocks of a zone change: after < change <= until, in order."""
    found = changes(where, utc(after), utc(until))
    return tuple(ClockChange(it.moment.timestamp(), it.shift.total_seconds()) for it in found)


def is_whole_day(value: object) -> bool:
    """Return True if `value` is a date without a time.

    >>> is_whole_day("1997-01-05"), is_whole_day("1997-01-05T01:30")
    (True, False)
    """
    if isinstance(value, str):
        return len(value.strip()) == len("1997-01-05")
    return isinstance(value, date) and not isinstance(value, datetime)


def _parsed(option: str, text: str) -> datetime:
    try:
        return datetime.fromisoformat(text.strip())
    except ValueError:
        raise _no_moment(option, text, _why(text)) from None


def _why(text: str) -> str:
    """Return what is wrong with a text that looks like a date."""
    found = _DATE.fullmatch(text)
    if not found:
        return ""
    year, month, day = map(int, found.groups())
    if not 1 <= month <= 12:
        return f": there is no month {month}"
    last = monthrange(year or 2000, month)[1]
    if day > last:
        when = f" in {year}" if month == _FEBRUARY else ""
        return f": {month_name[month]} has {last} days{when}"
    return "" if day else ": there is no day 0"


def _no_moment(option: str, value: object, why: str = "") -> InvalidOption:
    return InvalidOption(
        f"{option}={shown(value)} is no date or time{why}.\n"
        "Write it as 1997-01-31, or with a time as 1997-01-31T06:00."
    )
