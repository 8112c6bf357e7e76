"""Cron texts by chance, each with the numbers that crontab(5) says its fields stand for."""

from __future__ import annotations

import random
from typing import NamedTuple

from hypothesis import strategies as st

SEEDS = st.integers(0, 2**32 - 1)
_LIMITS = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_NAMES: tuple[list[str], ...] = (
    [],
    [],
    [],
    _MONTHS,
    ["sun", "mon", "tue", "wed", "thu", "fri", "sat"],
)
_STEPS = (1, 2, 3, 5, 7, 10, 15, 60, 10**6)
_LONGEST = (0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


class Said(NamedTuple):
    """A text, and the set of numbers that each of its five fields means."""

    text: str
    sets: tuple[frozenset[int], ...]

    def starts_with_star(self, *fields: int) -> bool:
        """Return True if one of these fields, counted from 0, begins with a star."""
        return any(self.text.split()[field].startswith("*") for field in fields)

    @property
    def comes(self) -> bool:
        """True unless it asks for days that no month of it has, such as 30 February."""
        _, _, days, months, _ = self.sets
        is_a_weekday_enough = not self.starts_with_star(2, 4)
        return is_a_weekday_enough or min(days) <= max(_LONGEST[month] for month in months)


def said(seed: int, is_fixed: bool | None = None) -> Said:
    """Return a text that Debian's cron accepts and that comes at some time."""
    chance = random.Random(seed)
    while True:
        fields = [_field(chance, index, index > 1 or not is_fixed) for index in range(5)]
        sets = [numbers for _, numbers in fields]
        sets[4] = frozenset(day % 7 for day in sets[4])
        gap = chance.choice([" ", " ", "  ", "\t"])
        found = Said(gap.join(text for text, _ in fields), tuple(sets))
        if found.comes and is_fixed in (None, not found.starts_with_star(0, 1)):
            return found


def _field(chance: random.Random, index: int, stars: bool) -> tuple[str, frozenset[int]]:
    if stars and chance.random() < 0.4:
        low, high = _LIMITS[index]
        return "*", frozenset(range(low, high + 1))
    parts = [_part(chance, index, stars) for _ in range(chance.choice([1, 1, 1, 2, 3]))]
    return ",".join(text for text, _ in parts), frozenset().union(*(it for _, it in parts))


def _part(chance: random.Random, index: int, stars: bool) -> tuple[str, range]:
    low, high = _LIMITS[index]
    form = chance.choice(["number", "number", "range", "star" if stars else "range"])
    if form != "star":
        low, high = sorted((chance.randint(low, high), chance.randint(low, high)))
    if form == "number":
        return _written(chance, index, low), range(low, low + 1)
    ends = [_written(chance, index, it) for it in (low, high)]
    text = "*" if form == "star" else "-".join(ends)
    if chance.random() < 0.5:
        return text, range(low, high + 1)
    step = chance.choice(_STEPS)
    return f"{text}/{step}", range(low, high + 1, step)


def _written(chance: random.Random, index: int, number: int) -> str:
    names, place = _NAMES[index], number - _LIMITS[index][0]
    if place < len(names) and chance.random() < 0.5:
        return chance.choice([str.lower, str.upper, str.title])(names[place])
    return chance.choice(["", "", "", "0", "00000"]) + str(number)
