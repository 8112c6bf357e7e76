"""What kind of value is it, and how large? Told without asking the value to describe itself."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import Any, NamedTuple

from wfkit.core.masking import masked
from wfkit.views.wording import counted, cut, visible

_MOST_NAMES = 6
_LONGEST_NAME = 24
_LONGEST_NUMBER = 64
_SIZED: Mapping[type, str] = {
    list: "item",
    tuple: "item",
    set: "item",
    frozenset: "item",
    dict: "key",
    str: "character",
    bytes: "byte",
}


class Shape(NamedTuple):
    """A kind of value with its size, and the names of its parts, if it has some: both in words."""

    kind: str
    parts: str = ""

    def __str__(self) -> str:
        return f"{self.kind}: {self.parts}" if self.parts else self.kind


def shape_of(value: object) -> Shape:
    """Return what a value is, by type and size.

    Only types that are known not to run anybody's code are looked into; of any other value this
    tells the type alone. No text in it is shown, as it may be a secret.

    >>> str(shape_of([1, 2, 3])), str(shape_of({"a": 1, "b": 2})), str(shape_of(2.5))
    ('list, 3 items', 'dict, 2 keys: a, b', 'float 2.5')
    """
    kind = type(value)
    if value is None:
        return Shape("None")
    if kind in (bool, int, float):
        return Shape(_number(value))
    if kind in _SIZED:
        return _sized(value, _SIZED[kind])
    return _of_library(value) or Shape(_name(kind))


def shape_of_mapped(values: Sequence[object]) -> Shape:
    """Return what the instances of an expanded task returned together.

    >>> str(shape_of_mapped([1, 2])), str(shape_of_mapped([[1], "a"]))
    ('2 × int', '2 × list or str')
    """
    kinds = dict.fromkeys(_name(type(it)) for it in values)
    return Shape(f"{len(values):,} × {' or '.join(islice(kinds, 3))}")


def _number(value: Any) -> str:
    is_long = type(value) is int and value.bit_length() > _LONGEST_NUMBER
    return "int" if is_long else f"{type(value).__name__} {value!r}"


def _sized(value: Any, unit: str) -> Shape:
    size = f"{type(value).__name__}, {counted(len(value), unit)}"
    return Shape(size, _labels(value, len(value)) if type(value) is dict else "")


def _of_library(value: object) -> Shape | None:
    """Return the shape of a table or an array, if its library was imported at all."""
    pandas, numpy = sys.modules.get("pandas"), sys.modules.get("numpy")
    if pandas and type(value) is getattr(pandas, "DataFrame", None):
        rows, width = value.shape  # type: ignore[attr-defined]
        return Shape(f"DataFrame, {rows:,} × {width:,}", _labels(value.columns, width))  # type: ignore[attr-defined]
    if pandas and type(value) is getattr(pandas, "Series", None):
        return Shape(f"Series of {value.dtype}, {counted(len(value), 'row')}")  # type: ignore[attr-defined, arg-type]
    if numpy and type(value) is getattr(numpy, "ndarray", None):
        sizes = " × ".join(f"{it:,}" for it in value.shape)  # type: ignore[attr-defined]
        return Shape(f"array of {value.dtype}, {sizes or 'one number'}")  # type: ignore[attr-defined]
    return None


def _labels(names: Iterable[object], number: int) -> str:
    shown = [_label(it) for it in islice(names, _MOST_NAMES)]
    return ", ".join([*shown, *(["…"] if number > len(shown) else [])])


def _label(name: object) -> str:
    if type(name) is str:
        return cut(visible(masked(name)), _LONGEST_NAME)
    return _number(name).partition(" ")[2] if type(name) is int else _name(type(name))


def _name(kind: type) -> str:
    # A metaclass may answer for the attribute in its own way.
    return cut(visible(type.__dict__["__name__"].__get__(kind)), _LONGEST_NAME)
