"""What does a cron text say? Its five fields as sets of numbers, or an error that shows where.

The meaning is that of cron in Debian, crontab(5).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import NamedTuple

from wfkit.core.errors import InvalidOption, did_you_mean
from wfkit.core.options import shown

MACROS = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
LONGEST = 1_000
_LONGEST_MONTH = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_PART = re.compile(r"(?P<low>\*|[^-/]*)(?:-(?P<high>[^-/]*))?(?:/(?P<step>.*))?", re.DOTALL)
_FOREIGN = re.compile(r"[#?]|\d+[LW]|[LWHR]", re.IGNORECASE)
_NUMBER = re.compile(r"[0-9]+")
_CLOCK = re.compile(r"[0-9]{1,2}:[0-9]{2}")
_EXAMPLE = 'Write minute hour day month weekday, such as "30 1 * * *" for every day at 01:30.'


class _Field(NamedTuple):
    name: str
    low: int
    high: int
    words: Sequence[str]
    hint: str

    def number(self, word: str) -> int | None:
        """Return what a name such as `mon` stands for, None for anything else."""
        word = word.lower()
        return self.low + self.words.index(word) if word in self.words else None


_FIELDS = (
    _Field("minute", 0, 59, (), "Minutes are 0 to 59."),
    _Field("hour", 0, 23, (), "Hours are 0 to 23; midnight is 0."),
    _Field("day", 1, 31, (), "Days of the month are 1 to 31."),
    _Field("month", 1, 12, MONTHS, "Months are 1 to 12, or jan to dec."),
    _Field("weekday", 0, 7, WEEKDAYS, "Weekdays are 0 to 7 (both ends are Sunday), or sun to sat."),
)


@dataclass(frozen=True)
class Cron:
    """A cron text that has been understood.

    >>> cron = Cron.parse("30 1 * * mon-fri")
    >>> cron.hours, sorted(cron.weekdays), cron.is_fixed
    (frozenset({1}), [1, 2, 3, 4, 5], True)
    """

    text: str
    fields: tuple[str, ...]
    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]

    @classmethod
    def parse(cls, text: str) -> Cron:
        """Return what `text` says. Raises InvalidOption with the field, the column and a hint."""
        words = _words(text)
        sets = [
            _Reader(text, field, *word).read() for field, word in zip(_FIELDS, words, strict=True)
        ]
        sets[4] = frozenset(day % 7 for day in sets[4])
        found = cls(" ".join(text.split()), tuple(word for word, _ in words), *sets)
        found._check_that_it_fires()
        return found

    @property
    def is_fixed(self) -> bool:
        """True if neither minute nor hour begins with a star: it means times of the day."""
        return not any(field.startswith("*") for field in self.fields[:2])

    @property
    def needs_both_days(self) -> bool:
        """True if day and weekday must both fit; else one of them is enough."""
        return self.fields[2].startswith("*") or self.fields[4].startswith("*")

    @cached_property
    def times(self) -> tuple[timedelta, ...]:
        """The times of the day, counted from midnight, in order."""
        return tuple(
            timedelta(hours=hour, minutes=minute)
            for hour in sorted(self.hours)
            for minute in sorted(self.minutes)
        )

    def fits(self, wall: datetime) -> bool:
        """Return True if runs are due when the wall clock shows this.

        >>> Cron.parse("30 1 * * mon").fits(datetime(1997, 1, 6, 1, 30))
        True
        """
        day, weekday = wall.day in self.days, wall.isoweekday() % 7 in self.weekdays
        is_day = day and weekday if self.needs_both_days else day or weekday
        is_time = wall.minute in self.minutes and wall.hour in self.hours
        return is_time and is_day and wall.month in self.months

    def at_midnight(self) -> str:
        """Return the same days at 00:00 as cron text of stars, numbers and commas alone.

        >>> Cron.parse("30 1 8-8/3 JAN 7").at_midnight()
        '0 0 8 1 0'
        """
        days = zip(self.fields[2:], (self.days, self.months, self.weekdays), strict=True)
        return "0 0 " + " ".join(
            field if field.startswith("*") else ",".join(map(str, sorted(numbers)))
            for field, numbers in days
        )

    def __str__(self) -> str:
        return self.text

    def _check_that_it_fires(self) -> None:
        longest = max(_LONGEST_MONTH[month - 1] for month in self.months)
        if self.needs_both_days and min(self.days) > longest:
            raise InvalidOption(
                f"schedule={shown(self.text)} never comes: no such month has a day "
                f"{min(self.days)}.\nChoose a day up to {longest}, or other months."
            )


def _words(text: str) -> list[tuple[str, int]]:
    """Return the five fields with the column (from 1) at which each begins."""
    if len(text) > LONGEST:
        raise InvalidOption(
            f"schedule={shown(text[:40])}… is no cron text: {len(text):,} characters, "
            f"at most {LONGEST:,}.\n{_EXAMPLE}"
        )
    stripped = text.strip()
    if stripped.startswith("@"):
        return [(field, 1) for field in _macro(stripped).split()]
    words = [(it.group(), it.start() + 1) for it in re.finditer(r"[^ \t]+", text.rstrip())]
    if len(words) != len(_FIELDS):
        count = f"{len(words)} field{'' if len(words) == 1 else 's'}"
        extra = " Seconds and years are not possible." if len(words) > len(_FIELDS) else ""
        if len(words) == 1:
            extra = did_you_mean(f"@{stripped.lower()}", MACROS)
        raise InvalidOption(
            f"schedule={shown(text)} is no cron text: it has {count} instead of 5.{extra}\n"
            f"{_EXAMPLE}"
        )
    return words


def _macro(text: str) -> str:
    found = MACROS.get(text.lower())
    if found is None:
        raise InvalidOption(
            f"schedule={shown(text)} is unknown.{did_you_mean(text.lower(), MACROS)}\n"
            f"There are {' '.join(MACROS)}."
        )
    return found


class _Reader:
    """Reads one field."""

    def __init__(self, text: str, field: _Field, word: str, column: int) -> None:
        self._text, self._field, self._word, self._column = text, field, word, column

    def read(self) -> frozenset[int]:
        found: set[int] = set()
        offset = 0
        for part in self._word.split(","):
            found.update(self._part(part, offset))
            offset += len(part) + 1
        return frozenset(found)

    def _part(self, part: str, offset: int) -> range:
        match = _PART.fullmatch(part)
        if not match or not part:
            raise self._error(part, offset, "has no meaning", self._field.hint)
        low, high, step = match["low"], match["high"], match["step"]
        if low == "*" and high is not None:
            raise self._error(part, offset, "mixes * and a range", self._field.hint)
        first, last = self._ends(part, low, high, offset)
        if step is None:
            return range(first, last + 1)
        if low != "*" and high is None:
            fix = f"{low}-{self._field.high}/{step}"
            raise self._error(part, offset, "has a step, but no range", f"Write {fix}.")
        return range(first, last + 1, self._step(step, offset + part.index("/") + 1))

    def _ends(self, part: str, low: str, high: str | None, offset: int) -> tuple[int, int]:
        if low == "*":
            return self._field.low, self._field.high
        first = self._number(low, offset)
        if high is None:
            return first, first
        last = self._number(high, offset + len(low) + 1)
        if last < first:
            raise self._error(part, offset, "goes backwards", self._forwards(low, high, last))
        return first, last

    def _forwards(self, low: str, high: str, last: int) -> str:
        field = self._field
        is_week = field.words is WEEKDAYS
        if is_week and not last:
            return f"Sunday also ends the week, as 7: {low}-7."
        top: int | str = field.high - is_week
        bottom: int | str = field.low
        if field.number(low) is not None:
            top, bottom = field.words[-1], field.words[0]
        return f"Write two ranges: {low}-{top},{bottom}-{high}."

    def _number(self, word: str, offset: int) -> int:
        field = self._field
        named = field.number(word)
        if named is not None:
            return named
        if not _NUMBER.fullmatch(word):
            raise self._error(word, offset, "is no number", self._advice(word))
        if not field.low <= int(word) <= field.high:
            side = "more" if int(word) > field.high else "less"
            limit = field.high if side == "more" else field.low
            raise self._error(word, offset, f"is {side} than {limit}", self._in_place(word))
        return int(word)

    def _in_place(self, word: str) -> str:
        """Return a hint for a number that is out of range: it may be a minute in second place."""
        first, second, *rest = self._text.split()
        is_swapped = second == word and 24 < int(word) < 60
        if is_swapped and _NUMBER.fullmatch(first) and int(first) < 24:
            time = f"{int(first):02}:{word}"
            mended = shown(" ".join([second, first, *rest]))
            return f"The minute comes before the hour: for {time} write {mended}."
        return self._field.hint

    def _step(self, word: str, offset: int) -> int:
        if not _NUMBER.fullmatch(word):
            raise self._error(word, offset, "is no step", "Write a number: */15.")
        if not int(word):
            raise self._error(word, offset, "is a step that never moves", "Steps begin with 1.")
        return int(word)

    def _advice(self, word: str) -> str:
        near = did_you_mean(word.lower(), self._field.words).strip()
        if near:
            return near
        if _CLOCK.fullmatch(word):
            return 'The minute comes first: "30 1 * * *" is every day at 01:30.'
        if _FOREIGN.search(word):
            return f"L, W, #, ?, H and R belong to other schedulers. {self._field.hint}"
        return self._field.hint

    def _error(self, word: str, offset: int, cause: str, hint: str) -> InvalidOption:
        return InvalidOption(
            f"schedule={shown(self._text)}: {self._field.name} {shown(word)} "
            f"(column {self._column + offset}) {cause}.\n{hint}"
        )
