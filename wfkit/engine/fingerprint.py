"""Is this still the same code? A fingerprint of a function and the helpers that it calls."""

from __future__ import annotations

import inspect
import pickle
from collections.abc import Callable, Iterable, Iterator
from hashlib import blake2b
from types import CellType, CodeType, FunctionType
from typing import Any

_MOST_PARTS = 10_000
# The methods of the plain types, whatever a class of the learner's makes of them.
_PARTS: dict[type, Callable[[Any], Iterable[Any]]] = {
    set: set.__iter__,
    frozenset: frozenset.__iter__,
    list: list.__iter__,
    tuple: tuple.__iter__,
    dict: dict.items,
}
_UNORDERED = (set, frozenset)
_PLAIN: tuple[Any, ...] = (bool, float, complex, str, bytes, type(None))


class _TooLarge(Exception):
    """A constant has more parts than can be looked at one by one."""


def fingerprint(function: Callable[..., Any]) -> str:
    """Return a short text that changes when the code of `function` or of its helpers does.

    Helpers are the functions of the same module that it names, and theirs in turn. Comments,
    line numbers and file names do not count.

    >>> fingerprint(lambda x: x + 1) == fingerprint(lambda x: x + 1)
    True
    >>> fingerprint(lambda x: x + 1) == fingerprint(lambda x: x + 2)
    False
    """
    digest = blake2b(digest_size=8)
    for part in _parts(function, set()):
        digest.update(part.encode("utf-8", "backslashreplace"))
        digest.update(b"\0")
    return digest.hexdigest()


def _parts(function: Any, seen: set[int]) -> Iterator[str]:
    function = inspect.unwrap(function) if callable(function) else function
    if not isinstance(function, FunctionType):
        yield getattr(function, "__qualname__", type(function).__qualname__)
        return
    if id(function) in seen:
        return
    seen.add(id(function))
    yield from _code(function.__code__)
    yield from map(_value, function.__defaults__ or ())
    yield from map(_value, sorted((function.__kwdefaults__ or {}).items()))
    yield from (_value(cell.cell_contents) for cell in function.__closure__ or () if _is_set(cell))
    for name in sorted(_names(function.__code__)):
        if name in function.__globals__:
            yield name
            yield from _of_global(function.__globals__[name], function.__module__, seen)


def _of_global(value: Any, module: str, seen: set[int]) -> Iterator[str]:
    if getattr(value, "__module__", None) != module:
        yield _value(value)
    elif isinstance(value, FunctionType):
        yield from _parts(value, seen)
    elif isinstance(value, type) and id(value) not in seen:
        seen.add(id(value))
        for name, member in sorted(vars(value).items()):
            if isinstance(member, FunctionType):
                yield name
                yield from _parts(member, seen)


def _is_set(cell: CellType) -> bool:
    try:
        return cell.cell_contents is not None
    except ValueError:
        return False


def _code(code: CodeType) -> Iterator[str]:
    yield code.co_code.hex()
    yield repr(code.co_names)
    yield repr(code.co_varnames)
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _code(constant)
        else:
            yield _constant(constant)


def _constant(value: object) -> str:
    if isinstance(value, frozenset):
        return f"frozenset({sorted(map(repr, value))})"
    return repr(value)


def _value(value: Any) -> str:
    """Return a constant as text; what is no plain value counts by its type alone. Never raises."""
    try:
        return _told(value, [_MOST_PARTS])
    except (_TooLarge, RecursionError):
        pass
    try:
        return blake2b(pickle.dumps(value, protocol=5), digest_size=8).hexdigest()
    except Exception:  # noqa: BLE001 - any class may refuse in its own way
        return type(value).__qualname__


def _told(value: Any, left: list[int]) -> str:
    left[0] -= 1
    if left[0] < 0:
        raise _TooLarge
    for kind, parts in _PARTS.items():
        if isinstance(value, kind):
            told = [_told(part, left) for part in parts(value)]
            return f"{kind.__name__}{sorted(told) if kind in _UNORDERED else told}"
    for kind in _PLAIN:
        if isinstance(value, kind):
            return str(kind.__repr__(value))
    if isinstance(value, int):
        return hex(int.__index__(value))  # a decimal text has a limit
    return type(value).__qualname__


def _names(code: CodeType) -> set[str]:
    found = set(code.co_names)
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            found |= _names(constant)
    return found
