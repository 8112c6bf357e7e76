"""How is a value written as code?"""

from __future__ import annotations

import ast
import math
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from decimal import Decimal
from enum import Enum
from pathlib import PurePath
from typing import Any
from uuid import UUID

from wfkit.core.errors import WfkitError
from wfkit.core.options import shown
from wfkit.export import expressions as write

_DEEPEST = 50

Use = Callable[[str, str], str]
"""Gives the name by which a file calls something that it imports, from its module and name."""


class CannotWrite(WfkitError):
    """A value has no form as code."""


def literal(value: Any, use: Use, depth: int = 0) -> ast.expr:
    """Return the code that makes `value`. Raises CannotWrite for what is not plain data.

    >>> make = lambda module, name: name
    >>> write.written(literal({"day": date(1997, 1, 2), "rates": (0.5, -1)}, make))
    '{"day": date(1997, 1, 2), "rates": (0.5, -1)}'
    """
    kind = type(value)
    if depth > _DEEPEST:
        raise CannotWrite("it is nested too deeply to be written as code.")
    if kind in _PARTS:
        return _PARTS[kind](value, lambda part: literal(part, use, depth + 1))
    if kind in (int, float, complex) and not _is_odd(value):
        return ast.parse(repr(value), mode="eval").body if kind is not int else _whole(value)
    if value is None or kind in (bool, str, bytes):
        return write.constant(value)
    made = _made(value, use)
    if made is None:
        raise CannotWrite(f"{shown(value)} (of type {kind.__name__}) has no form as code.")
    return made


def is_json(value: Any, depth: int = 0) -> bool:
    """Return True if `value` is the same after a trip through JSON.

    >>> is_json({"a": [1, None]}), is_json({1: 2}), is_json((1, 2))
    (True, False, False)
    """
    if depth > _DEEPEST:
        return False
    if value is None or type(value) in (bool, str, int):
        return True
    if type(value) is float:
        return math.isfinite(value)
    if type(value) is list:
        return all(is_json(part, depth + 1) for part in value)
    is_named = type(value) is dict and all(type(key) is str for key in value)
    return is_named and all(is_json(part, depth + 1) for part in value.values())


def _is_odd(value: Any) -> bool:
    return not (isinstance(value, int) or math.isfinite(abs(value)))


def _whole(value: int) -> ast.expr:
    number = write.constant(abs(value))
    return ast.UnaryOp(ast.USub(), number) if value < 0 else number


_Part = Callable[[Any], ast.expr]


def _list(value: Any, part: _Part) -> ast.expr:
    return write.sequence([part(it) for it in value])


def _tuple(value: Any, part: _Part) -> ast.expr:
    return ast.Tuple([part(it) for it in value], ast.Load())


def _dict(value: Any, part: _Part) -> ast.expr:
    return write.mapping([(part(key), part(it)) for key, it in value.items()])


def _set(value: Any, part: _Part) -> ast.expr:
    items = [part(it) for it in sorted(value, key=repr)]
    return ast.Set(items) if items else write.call("set")


def _frozenset(value: Any, part: _Part) -> ast.expr:
    return write.call("frozenset", _set(value, part)) if value else write.call("frozenset")


_PARTS: dict[type, Callable[[Any, _Part], ast.expr]] = {
    list: _list,
    tuple: _tuple,
    dict: _dict,
    set: _set,
    frozenset: _frozenset,
}


def _made(value: Any, use: Use) -> ast.expr | None:
    make = _MAKERS.get(type(value))
    if make is not None:
        return make(value, use)
    if isinstance(value, PurePath):
        return write.call(use("pathlib", "Path"), write.constant(str(value)))
    if isinstance(value, Enum) and type(value).__module__ not in ("__main__", "builtins"):
        kind = type(value)
        return write.name(f"{use(kind.__module__, kind.__name__)}.{value.name}")
    return None


def _odd_number(value: float, use: Use) -> ast.expr:
    return write.call("float", write.constant(str(value)))


def _day(value: date, use: Use) -> ast.expr:
    return write.call(use("datetime", "date"), *map(_whole, value.timetuple()[:3]))


def _time(value: time, use: Use) -> ast.expr | None:
    if value.tzinfo is not None:
        return None
    parts = [value.hour, value.minute, value.second, value.microsecond]
    return write.call(use("datetime", "time"), *map(_whole, _without_zeros(parts, 2)))


def _of_text(value: Any, use: Use) -> ast.expr:
    kind = type(value)
    return write.call(use(kind.__module__, kind.__name__), write.constant(str(value)))


def duration(value: timedelta, use: Use) -> ast.expr:
    """Return a timedelta in its largest unit that has no fraction, if one has none."""
    units = ((unit, size) for unit, size in _UNITS if value and not value % size)
    unit, size = next(units, ("seconds", timedelta(seconds=1)))
    named = {unit: value // size}
    if value % size:
        parts = {"days": value.days, "seconds": value.seconds, "microseconds": value.microseconds}
        named = {name: it for name, it in parts.items() if it}
    numbers = {name: _whole(it) for name, it in named.items()}
    return write.call(use("datetime", "timedelta"), **numbers)


_UNITS = (
    ("days", timedelta(days=1)),
    ("hours", timedelta(hours=1)),
    ("minutes", timedelta(minutes=1)),
    ("seconds", timedelta(seconds=1)),
    ("milliseconds", timedelta(milliseconds=1)),
)


def moment(value: datetime, use: Use) -> ast.expr:
    """Return a datetime with its zone."""
    parts = [*value.timetuple()[:6], value.microsecond]
    named = {} if value.tzinfo is None else {"tzinfo": zone(value.tzinfo, use)}
    fold = {"fold": write.constant(1)} if value.fold else {}
    numbers = map(_whole, _without_zeros(parts, 3))
    return write.call(use("datetime", "datetime"), *numbers, **named, **fold)


def zone(value: tzinfo, use: Use) -> ast.expr:
    """Return a time zone. Raises CannotWrite for one that the data base does not name."""
    if value is UTC:
        return write.name(use("datetime", "UTC"))
    key = getattr(value, "key", None)
    if isinstance(key, str):
        return write.call(use("zoneinfo", "ZoneInfo"), write.constant(key))
    offset = value.utcoffset(None)
    if offset is None:
        raise CannotWrite(f"{shown(value)} is no zone that can be written as code.")
    return write.call(use("datetime", "timezone"), duration(offset, use))


def _without_zeros(parts: list[int], least: int) -> list[int]:
    while len(parts) > least and not parts[-1]:
        parts = parts[:-1]
    return parts


_MAKERS: dict[type, Callable[[Any, Use], ast.expr | None]] = {
    float: _odd_number,
    timedelta: duration,
    datetime: moment,
    date: _day,
    time: _time,
    Decimal: _of_text,
    UUID: _of_text,
}
