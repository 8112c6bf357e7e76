"""Is this still the same code? A fingerprint of a function and the helpers that it calls."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from hashlib import blake2b
from types import CodeType, FunctionType
from typing import Any


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
    if not isinstance(function, FunctionType):
        yield getattr(function, "__qualname__", type(function).__qualname__)
        return
    if id(function) in seen:
        return
    seen.add(id(function))
    yield from _code(function.__code__)
    yield repr(function.__defaults__) if _is_plain(function.__defaults__) else ""
    for name in sorted(_names(function.__code__)):
        helper = function.__globals__.get(name)
        if isinstance(helper, FunctionType) and helper.__module__ == function.__module__:
            yield name
            yield from _parts(helper, seen)


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


def _is_plain(values: tuple[Any, ...] | None) -> bool:
    kinds = (int, float, str, bytes, bool, type(None))
    return all(isinstance(value, kinds) for value in values or ())


def _names(code: CodeType) -> set[str]:
    found = set(code.co_names)
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            found |= _names(constant)
    return found
