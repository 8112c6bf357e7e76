"""Are two results the same? Compared by what they say, whatever their order and exact type."""

from __future__ import annotations

import math
import numbers
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from enum import Enum
from typing import Any, NamedTuple

_CLOSE = 1e-6


class Table(NamedTuple):
    """A DataFrame, or a Series with named index, in normal form: columns and rows sorted."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]


def same(yours: object, expected: object) -> bool:
    """Return True if both say the same.

    Tables: the order of rows and columns and the index do not count. Numbers: 1e-6 apart, or less,
    relative to their size; 1 is 1.0. Sets and mappings have no order, lists have one.

    >>> same([1, 2.0], (1.0, 2)), same({"a", "b"}, {"b", "a"}), same([1, 2], [2, 1])
    (True, True, False)
    """
    return _same(normal(yours), normal(expected))


def normal(value: Any) -> Any:
    """Return `value` in plain Python: tables, tuples, mappings, sets, numbers, texts.

    >>> normal([1, {"a": (2, 3)}])
    (1, {'a': (2, 3)})
    """
    kind = type(value).__name__
    if kind == "DataFrame":
        return _table(value)
    if kind in ("Series", "Index"):
        return _series(value)
    if kind == "ndarray":
        return normal(value.tolist())
    return _plain(value)


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return normal(value.value)
    if isinstance(value, bool):
        return value
    if isinstance(value, numbers.Real):
        return int(value) if isinstance(value, numbers.Integral) else float(value)
    return _parts(value)


def _parts(value: object) -> Any:
    if isinstance(value, Mapping):
        return {str(normal(key)): normal(part) for key, part in value.items()}
    if isinstance(value, AbstractSet):
        return tuple(sorted(map(normal, value), key=_order))
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return tuple(map(normal, value))
    return value


def _table(frame: Any) -> Table:
    named = [name for name in frame.index.names if name is not None]
    flat = frame.reset_index() if named else frame
    columns = sorted(map(str, flat.columns))
    flat = flat.set_axis(list(map(str, flat.columns)), axis=1)[columns]
    rows = [tuple(normal(cell) for cell in row) for row in flat.itertuples(index=False, name=None)]
    return Table(tuple(columns), tuple(sorted(rows, key=_order)))


def _series(series: Any) -> Any:
    if any(name is not None for name in getattr(series, "index", series).names):
        return _table(series.to_frame(series.name if series.name is not None else "value"))
    return normal(series.tolist())


def _order(row: Any) -> Any:
    if isinstance(row, tuple):
        return (2, tuple(_order(part) for part in row))
    if isinstance(row, bool | int | float) and row == row:  # noqa: PLR0124 - NaN is not itself
        return (0, float(row))
    return (1, str(row))


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, int | float) and isinstance(other, int | float):
        nan = [isinstance(it, float) and math.isnan(it) for it in (one, other)]
        return all(nan) if any(nan) else math.isclose(one, other, rel_tol=_CLOSE, abs_tol=_CLOSE)
    if isinstance(one, tuple) and isinstance(other, tuple):
        return len(one) == len(other) and all(map(_same, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    return bool(type(one) is type(other) and one == other)
