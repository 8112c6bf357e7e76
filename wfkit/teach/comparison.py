"""How do two different results look side by side? As text, with only what helps to see it."""

from __future__ import annotations

from collections import Counter
from typing import Any

from wfkit.teach.checks import Table, normal

_MOST_ROWS = 6
_WIDEST = 44


def told(yours: object, expected: object) -> tuple[list[str], list[str]]:
    """Return lines for yours and for expected.

    >>> told(3, 4)
    (['3'], ['4'])
    >>> told({"paid": "success", "best": "failed"}, {"paid": "success", "best": "success"})
    (['best: failed'], ['best: success'])
    """
    one, other = normal(yours), normal(expected)
    if isinstance(one, Table) and isinstance(other, Table):
        return _tables(one, other)
    if isinstance(one, dict) and isinstance(other, dict):
        return _mappings(one, other)
    return _lines(one), _lines(other)


def side_by_side(yours: list[str], expected: list[str]) -> list[str]:
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


def _mappings(one: dict[str, Any], other: dict[str, Any]) -> tuple[list[str], list[str]]:
    names = [name for name in {**other, **one} if one.get(name) != other.get(name)]
    return (
        [f"{name}: {_shown(one[name])}" for name in names if name in one],
        [f"{name}: {_shown(other[name])}" for name in names if name in other],
    )


def _tables(one: Table, other: Table) -> tuple[list[str], list[str]]:
    if one.columns != other.columns:
        return _columns(one), _columns(other)
    if max(len(one.rows), len(other.rows)) <= _MOST_ROWS:
        return _rows(one), _rows(other)
    only_one = Counter(one.rows) - Counter(other.rows)
    only_other = Counter(other.rows) - Counter(one.rows)
    return _counted(one, only_one), _counted(other, only_other)


def _columns(table: Table) -> list[str]:
    return [f"{_plural(len(table.columns), 'column')}:", *table.columns]


def _rows(table: Table) -> list[str]:
    return [", ".join(table.columns), *(", ".join(map(_shown, row)) for row in table.rows)]


def _counted(table: Table, alone: Counter[Any]) -> list[str]:
    lines = [_plural(len(table.rows), "row")]
    if alone:
        first = next(iter(alone))
        lines.append(f"{sum(alone.values()):,} only here, such as")
        lines += [
            f"  {name} {_shown(cell)}" for name, cell in zip(table.columns, first, strict=True)
        ]
    return lines


def _lines(value: Any) -> list[str]:
    if isinstance(value, Table):
        return _counted(value, Counter()) if len(value.rows) > _MOST_ROWS else _rows(value)
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
