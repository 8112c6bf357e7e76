"""What does code take from around it, and where does it say so? Read off its bytecode."""

from __future__ import annotations

import dis
import functools
import inspect
from collections.abc import Collection, Iterator
from types import CodeType, FunctionType
from typing import NamedTuple


class Read(NamedTuple):
    """A name that code takes from around it, or puts there (`writes`), with its line."""

    name: str
    line: int
    writes: bool = False


class Place(NamedTuple):
    """A read and the column (in bytes, from 0) at which the code says it."""

    read: Read
    column: int


def outer_reads(code: CodeType, own: Collection[str] = ()) -> Iterator[Read]:
    r"""Yield what the code of a cell (or function) reads that it does not define, by line.

    `own` are the names that the cell defines; its statements may use them only in order.

    >>> cell = compile("RATE = 2\ndef net(x):\n    return x * RATE + vat", "cell", "exec")
    >>> list(outer_reads(cell, {"RATE", "net"}))
    [Read(name='vat', line=3, writes=False)]
    """
    found = {place.read for place in places(code, frozenset(own))}
    yield from sorted(found, key=lambda read: (read.line, read.name))


def places(code: CodeType, own: frozenset[str] = frozenset()) -> Iterator[Place]:
    r"""Yield each place where the code of a cell (or function) reads what it does not define.

    >>> list(places(compile("def net(x):\n    return x + vat", "cell", "exec")))
    [Place(read=Read(name='vat', line=2, writes=False), column=15)]
    """
    in_order = not code.co_flags & inspect.CO_OPTIMIZED
    is_cell = code.co_name == "<module>"
    defined: set[str] = set()
    for step in dis.get_instructions(code):
        line = (step.positions.lineno if step.positions else None) or code.co_firstlineno
        column = (step.positions.col_offset if step.positions else None) or 0
        if step.opname in _READS:
            known = defined if is_cell else own | defined
            if step.argval not in known:
                yield Place(Read(step.argval, line), column)
        elif in_order and step.opname == "STORE_NAME":
            defined.add(step.argval)
        elif step.opname in _WRITES and step.argval not in own:
            yield Place(Read(step.argval, line, writes=True), column)
    for inner in code.co_consts:
        if isinstance(inner, CodeType) and inner.co_name != "__annotate__":
            yield from places(inner, own)


_READS = frozenset({"LOAD_NAME", "LOAD_GLOBAL", "LOAD_FROM_DICT_OR_GLOBALS"})
_WRITES = frozenset({"STORE_GLOBAL", "DELETE_GLOBAL"})


def functions_in(value: object) -> Iterator[FunctionType]:
    """Yield the functions that `value` consists of: itself, what it wraps, its methods."""
    if isinstance(value, type):
        for member in vars(value).values():
            if not isinstance(member, type):
                yield from functions_in(member)
        return
    if isinstance(value, FunctionType):
        yield value
    inner = _wrapped(value)
    if inner is not None and inner is not value:
        yield from functions_in(inner)


def _wrapped(value: object) -> object:
    if isinstance(value, staticmethod | classmethod):
        return value.__func__
    if isinstance(value, property):
        return value.fget
    if isinstance(value, functools.cached_property):
        return value.func
    return getattr(value, "__dict__", {}).get("__wrapped__")
