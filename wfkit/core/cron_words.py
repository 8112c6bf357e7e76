"""What does a cron text mean, in plain words?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby

from wfkit.core.cron import Cron

_MONTHS = "January February March April May June July August September October November December"
_WEEKDAYS = "Sunday Monday Tuesday Wednesday Thursday Friday Saturday"
_MOST_TIMES = 6
_ENDINGS = {2: "nd", 3: "rd"}


def in_words(cron: Cron) -> str:
    """Return what a cron text means.

    >>> in_words(Cron.parse("30 1 * * *"))
    'every day at 01:30'
    >>> in_words(Cron.parse("*/15 9-17 * * mon-fri"))
    'every 15 minutes of the hours 9 to 17, Monday to Friday'
    >>> in_words(Cron.parse("0 0 1 1,7 *"))
    'on day 1 of the month at 00:00, in January and July'
    """
    days = _days(cron)
    months = [_MONTHS.split()[month - 1] for month in sorted(cron.months)]
    season = f", in {_listed(months, cron.months)}" if len(months) < 12 else ""
    rhythm = _rhythm(cron)
    if rhythm is None:
        return f"{days or 'every day'} at {_times(cron)}{season}"
    return rhythm + (f", {days}" if days else "") + season


def _rhythm(cron: Cron) -> str | None:
    """Return what repeats within the day, None where it is a handful of times."""
    every_hour = len(cron.hours) == 24
    step = _step(cron.minutes, 60)
    if every_hour:
        if step is not None:
            return "every minute" if step == 1 else f"every {step} minutes"
        if cron.minutes == {0}:
            return "every hour"
        return f"every hour at {_numbered('minute', cron.minutes)}"
    hours = _step(cron.hours, 24)
    if hours is not None and cron.minutes == {0}:
        return f"every {hours} hours"
    if len(cron.minutes) * len(cron.hours) <= _MOST_TIMES:
        return None
    often = {1: "every minute"}.get(step or 0, f"every {step} minutes")
    minutes = often if step is not None else f"at {_numbered('minute', cron.minutes)}"
    return f"{minutes} of the {_numbered('hour', cron.hours)}"


def _step(numbers: frozenset[int], end: int) -> int | None:
    """Return n if `numbers` is every n-th one below `end`, and n goes into it without a rest."""
    step = end // len(numbers)
    is_even = len(numbers) > 1 and end % len(numbers) == 0
    return step if is_even and numbers == set(range(0, end, step)) else None


def _times(cron: Cron) -> str:
    return _and(
        f"{hour:02}:{minute:02}" for hour in sorted(cron.hours) for minute in sorted(cron.minutes)
    )


def _days(cron: Cron) -> str:
    some_days, some_weekdays = len(cron.days) < 31, len(cron.weekdays) < 7
    if not cron.needs_both_days and not (some_days and some_weekdays):
        return ""  # one of the two fits every day, which is enough
    dates = f"{_dates(cron.days)} of the month"
    # Monday comes first, as in a calendar; Sunday ends the week.
    week = sorted(day or 7 for day in cron.weekdays)
    names = _listed([_WEEKDAYS.split()[day % 7] for day in week], week)
    weekdays = f"every {names}" if len(week) == 1 else names
    if some_days and some_weekdays:
        both = cron.needs_both_days
        return f"{dates}, if it is {names}," if both else f"{dates} and {weekdays}"
    return dates if some_days else weekdays if some_weekdays else ""


def _dates(days: frozenset[int]) -> str:
    step = min((day for day in days if day > 1), default=1) - 1
    if 1 < step <= 15 and days == set(range(1, 32, step)):
        return f"every {step}{_ENDINGS.get(step, 'th')} day"
    return f"on {_numbered('day', days)}"


def _numbered(word: str, numbers: Iterable[int]) -> str:
    found = sorted(numbers)
    return f"{word}{'s' if len(found) > 1 else ''} {_listed(list(map(str, found)), found)}"


def _listed(names: Sequence[str], numbers: Iterable[int]) -> str:
    """Return names with runs of three or more neighbours as `first to last`."""
    parts: list[str] = []
    indexed = enumerate(sorted(numbers))
    for _, run in groupby(indexed, key=lambda it: it[1] - it[0]):
        found = [names[index] for index, _ in run]
        parts += [f"{found[0]} to {found[-1]}"] if len(found) > 2 else found
    return _and(parts)


def _and(parts: Iterable[str]) -> str:
    *others, last = parts
    return f"{', '.join(others)} and {last}" if others else last
