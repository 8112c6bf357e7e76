"""Which moment does a text mean, in the zone of a Dag?"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from wfkit.core.errors import InvalidOption, did_you_mean
from wfkit.core.options import shown


def zone(name: object) -> tzinfo:
    """Return the time zone of this name.

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
        return value.replace(tzinfo=where) if value.tzinfo is None else value.astimezone(where)
    except OverflowError:
        raise _no_moment(option, value) from None


def _parsed(option: str, text: str) -> datetime:
    try:
        return datetime.fromisoformat(text.strip())
    except ValueError:
        raise _no_moment(option, text) from None


def _no_moment(option: str, value: object) -> InvalidOption:
    return InvalidOption(
        f"{option}={shown(value)} is no date or time.\n"
        "Write it as 1997-01-31, or with a time as 1997-01-31T06:00."
    )
