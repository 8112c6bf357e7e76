"""Is this still the same code? A fingerprint of a function and the helpers that it calls."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from hashlib import blake2b
from types import CellType, CodeType, FunctionType
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
    """Return a constant as text; what is no plain value counts by its type alone."""
    if isinstance(value, set | frozenset):
        return f"{{{sorted(map(_value, value))}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_value, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{_value(k)}: {_value(v)}' for k, v in value.items())}}}"
    kinds = (int, float, complex, str, bytes, type(None))
    return repr(value) if isinstance(value, kinds) else type(value).__qualname__


def _names(code: CodeType) -> set[str]:
    found = set(code.co_names)
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            found |= _names(constant)
    return found
