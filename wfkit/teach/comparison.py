"""How do two different results look side by side? As text, with only what helps to see it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from wfkit.teach.checks import Table, normal

_MOST_ROWS = 6
_WIDEST = 44


class Differences(NamedTuple):
    """Lines for yours and for expected, to stand side by side, and sentences below them."""

    yours: list[str]
    expected: list[str]
    words: list[str]


def told(yours: object, expected: object) -> Differences:
    """Return how two results differ.

    >>> told(3, 4)
    Differences(yours=['3'], expected=['4'], words=[])
    >>> told({"paid": "success", "best": "failed"}, {"paid": "success", "best": "success"})
    Differences(yours=['best: failed'], expected=['best: success'], words=[])
    """
    one, other = normal(yours), normal(expected)
    if isinstance(one, Table) and isinstance(other, Table):
        return _tables(one, other)
    if isinstance(one, dict) and isinstance(other, dict):
        return _mappings(one, other)
    return Differences(_lines(one), _lines(other), [])


def side_by_side(yours: Sequence[str], expected: Sequence[str]) -> list[str]:
    """Return both lists in two columns under a heading.

    >>> for line in side_by_side(["249 rows", "2 columns"], ["275 rows"]): print(line)
    yours        expected
    249 rows     275 rows
    2 columns
    """
    left = ["yours", *map(_cut, yours)]
    right = ["expected", *map(_cut, expected)]
    height = max(len(left), len(right))
    left += [""] * (height - len(left))
    right += [""] * (height - len(right))
    width = max(map(len, left)) + 4
    return [f"{a:<{width}}{b}".rstrip() for a, b in zip(left, right, strict=True)]


def _mappings(one: dict[str, Any], other: dict[str, Any]) -> Differences:
    names = [name for name in {**other, **one} if one.get(name) != other.get(name)]
    return Differences(
        [f"{name}: {_shown(one[name])}" for name in names if name in one],
        [f"{name}: {_shown(other[name])}" for name in names if name in other],
        [],
    )


def _tables(one: Table, other: Table) -> Differences:
    if one.columns != other.columns:
        return Differences(_columns(one), _columns(other), [])
    if max(len(one.rows), len(other.rows)) <= _MOST_ROWS:
        return Differences(_rows(one), _rows(other), [])
    return Differences([_count(one)], [_count(other)], [*_only_in_one(one, other)])


def _only_in_one(one: Table, other: Table) -> Iterator[str]:
    mine, theirs = Counter(one.rows), Counter(other.rows)
    for alone, has, others in (
        (mine - theirs, "your result has", "the expected one"),
        (theirs - mine, "the expected result has", "yours"),
    ):
        new = {row: number for row, number in alone.items() if not (mine[row] and theirs[row])}
        again = {row: number for row, number in alone.items() if row not in new}
        yield from _sentence(f"{has} {{}} that {others} has not", new, one.columns)
        yield from _sentence(f"{has} {{}} more often than {others}", again, one.columns)


def _sentence(words: str, rows: dict[Any, int], columns: tuple[str, ...]) -> Iterator[str]:
    if rows:
        number = sum(rows.values())
        yield words.format("a row" if number == 1 else f"{number:,} rows") + (
            ":" if number == 1 else ", such as:"
        )
        first = zip(columns, next(iter(rows)), strict=True)
        yield "  " + ", ".join(f"{name} {_shown(cell)}" for name, cell in first)


def _columns(table: Table) -> list[str]:
    return [f"{_plural(len(table.columns), 'column')}:", *table.columns]


def _rows(table: Table) -> list[str]:
    return [", ".join(table.columns), *(", ".join(map(_shown, row)) for row in table.rows)]


def _count(table: Table) -> str:
    return _plural(len(table.rows), "row")


def _lines(value: Any) -> list[str]:
    if isinstance(value, Table):
        return [_count(value)] if len(value.rows) > _MOST_ROWS else _rows(value)
    if isinstance(value, dict):
        return [f"{name}: {_shown(part)}" for name, part in value.items()] or ["nothing"]
    return _shown(value).splitlines() or [""]


def _shown(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:,.2f}" if abs(value) >= 1 else f"{value:.3g}"
    if isinstance(value, tuple):
        return ", ".join(map(_shown, value)) or "nothing"
    if isinstance(value, str | int):
        return str(value)
    return "nothing (None)" if value is None else f"{type(value).__name__} object"


def _plural(number: int, thing: str) -> str:
    return f"{number:,} {thing}" if number == 1 else f"{number:,} {thing}s"


def _cut(line: str) -> str:
    return line if len(line) <= _WIDEST else line[: _WIDEST - 1] + "…"
