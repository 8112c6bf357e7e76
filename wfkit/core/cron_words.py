"""What does a cron text mean, in plain words?"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from itertools import groupby, pairwise

from wfkit.core.cron import Cron

_MONTHS = "January February March April May June July August September October November December"
_WEEKDAYS = "Sunday Monday Tuesday Wednesday Thursday Friday Saturday"
_MOST_TIMES = 6
_ENDINGS = {1: "st", 2: "nd", 3: "rd"}


def in_words(cron: Cron) -> str:
    """Return what a cron text means.

    >>> in_words(Cron.parse("30 1 * * *"))
    'every day at 01:30'
    >>> in_words(Cron.parse("*/15 9-17 * * mon-fri"))
    'every 15 minutes from 09:00 to 17:45, Monday to Friday'
    >>> in_words(Cron.parse("0 0 1 1,7 *"))
    'on the 1st of January and July at 00:00'
    """
    days, season, rhythm = _days(cron), _season(cron), _rhythm(cron)
    told = rhythm or f"{days or 'every day'} at {_times(cron)}"
    return ", ".join(filter(None, (told, days.rstrip(",") if rhythm else "", season)))


def _rhythm(cron: Cron) -> str | None:
    """Return what repeats within the day, None where it is a handful of times."""
    minutes, hours = sorted(cron.minutes), sorted(cron.hours)
    if len(hours) == 24:
        return _within_the_hour(minutes)
    told = _hourly(minutes[0], hours) if len(minutes) == 1 else _often(minutes, hours)
    if told or len(minutes) * len(hours) <= _MOST_TIMES:
        return told
    step, hour = _pace(minutes, 60), _pace(hours, 24)
    often = f"every {_counted(step, 'minute')}" if step else f"at {_numbered('minute', minutes)}"
    which = f"every {_ordinal(hour)} hour from 00:00" if hour else f"the {_numbered('hour', hours)}"
    return f"{often} of {which}"


def _within_the_hour(minutes: Sequence[int]) -> str:
    if step := _pace(minutes, 60):
        return f"every {_counted(step, 'minute')}"
    step = _step(minutes)
    if step and minutes[-1] + step > 59:
        return f"every {_counted(step, 'minute')} from minute {minutes[0]} of each hour"
    return f"every hour at {_numbered('minute', minutes)}" if minutes != [0] else "every hour"


def _hourly(minute: int, hours: Sequence[int]) -> str | None:
    """Return how the hours follow each other that share one minute, if that is short to say."""
    ends, step = _ends(hours), _step(hours)
    if ends and len(hours) > 2:
        return f"every hour from {_time(ends[0], minute)} to {_time(ends[1], minute)}"
    if not step or len(hours) <= _MOST_TIMES:
        return None
    if _pace(hours, 24) and not minute:
        return f"every {step} hours"
    return f"every {step} hours from {_time(hours[0], minute)} to {_time(hours[-1], minute)}"


def _often(minutes: Sequence[int], hours: Sequence[int]) -> str | None:
    """Return the first and last time of a steady beat that leaves out no hour between them."""
    ends = _ends(hours)
    step = _pace(minutes, 60) or (_step(minutes) if len(hours) == 1 else None)
    if not ends or not step or len(minutes) * len(hours) < 4:
        return None
    first, last = _time(ends[0], minutes[0]), _time(ends[1], minutes[-1])
    return f"every {_counted(step, 'minute')} from {first} to {last}"


def _ends(hours: Sequence[int]) -> tuple[int, int] | None:
    """Return the first and last of hours in a row, also over midnight; None where some miss."""
    begins = [hour for hour in hours if (hour - 1) % 24 not in hours]
    return (begins[0], (begins[0] + len(hours) - 1) % 24) if len(begins) == 1 else None


def _pace(numbers: Sequence[int], end: int) -> int | None:
    """Return n if `numbers` is every n-th one below `end`, and n goes into it without a rest."""
    step = end // len(numbers)
    is_even = len(numbers) > 1 and end % len(numbers) == 0
    return step if is_even and list(numbers) == list(range(0, end, step)) else None


def _step(numbers: Sequence[int]) -> int | None:
    """Return by how much each of four or more numbers exceeds the one before, if it is equal."""
    steps = {second - first for first, second in pairwise(numbers)}
    return steps.pop() if len(numbers) > 3 and len(steps) == 1 else None


def _days(cron: Cron) -> str:
    some_days, some_weekdays = len(cron.days) < 31, len(cron.weekdays) < 7
    if not cron.needs_both_days:
        # One of the two is enough: it comes daily if either of them does.
        return f"{_dates(cron)} and {_weekdays(cron)}" if some_days and some_weekdays else ""
    if some_days:
        return f"{_dates(cron)}, if it is {_named(cron, 'or')}," if some_weekdays else _dates(cron)
    return _weekdays(cron).removeprefix("on ") if some_weekdays else ""


def _dates(cron: Cron) -> str:
    days = sorted(cron.days)
    months = (_are_months_of_dates(cron) and _months(cron)) or "each month"
    if step := _every_nth(days):
        return f"every {_ordinal(step)} day from the {_ordinal(days[0])} of {months}"
    if months == "each month" and len(days) == 1 and days[0] > 28:
        months += " that has it"
    listed = _listed(list(map(_ordinal, days)), days)
    return f"{_before(listed, 'on')} the {listed} of {months}"


def _every_nth(days: Sequence[int]) -> int | None:
    step = _step(days)
    goes_on = step and step > 1 and days[-1] + step > 31
    return step if goes_on and len(days) > _MOST_TIMES else None


def _weekdays(cron: Cron) -> str:
    names = _named(cron, "and")
    return f"every {names}" if len(cron.weekdays) == 1 else f"on {names}"


def _named(cron: Cron, word: str) -> str:
    # Monday comes first, as in a calendar; Sunday ends the week.
    week = sorted(day or 7 for day in cron.weekdays)
    return _listed([_WEEKDAYS.split()[day % 7] for day in week], week, word)


def _season(cron: Cron) -> str:
    """Return the months, unless all of them count or the dates have named them."""
    months = _months(cron)
    return f"{_before(months, 'in')} {months}" if months and not _are_months_of_dates(cron) else ""


def _are_months_of_dates(cron: Cron) -> bool:
    return cron.needs_both_days and len(cron.days) < 31 and not _every_nth(sorted(cron.days))


def _months(cron: Cron) -> str:
    numbers = sorted(cron.months)
    names = [_MONTHS.split()[month - 1] for month in numbers]
    return _listed(names, numbers) if len(names) < 12 else ""


def _before(listed: str, word: str) -> str:
    """Return the preposition of a list: `from` if it is first to last, else `word`."""
    return "from" if " to " in listed and " and " not in listed else word


def _ordinal(number: int) -> str:
    ending = "th" if number // 10 == 1 else _ENDINGS.get(number % 10, "th")
    return f"{number}{ending}"


def _counted(number: int, unit: str) -> str:
    return unit if number == 1 else f"{number} {unit}s"


def _numbered(word: str, numbers: Collection[int]) -> str:
    found = sorted(numbers)
    return f"{word}{'s' if len(found) > 1 else ''} {_listed(list(map(str, found)), found)}"


def _listed(names: Sequence[str], numbers: Sequence[int], word: str = "and") -> str:
    """Return names with runs of three or more neighbours as `first to last`."""
    parts: list[str] = []
    for _, run in groupby(enumerate(numbers), key=lambda it: it[1] - it[0]):
        found = [names[index] for index, _ in run]
        parts += [f"{found[0]} to {found[-1]}"] if len(found) > 2 else found
    return _joined(parts, word)


def _times(cron: Cron) -> str:
    return _joined(
        _time(hour, minute) for hour in sorted(cron.hours) for minute in sorted(cron.minutes)
    )


def _time(hour: int, minute: int) -> str:
    return f"{hour:02}:{minute:02}"


def _joined(parts: Iterable[str], word: str = "and") -> str:
    *others, last = parts
    return f"{', '.join(others)} {word} {last}" if others else last
