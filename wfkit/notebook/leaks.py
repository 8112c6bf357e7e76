"""What does a task read from the notebook without declaring it?"""

from __future__ import annotations

import dis
import functools
import inspect
import linecache
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import CodeType, FunctionType
from typing import Any, NamedTuple

from wfkit.core.task import Task


class Read(NamedTuple):
    """A name that code takes from around it, or puts there (`writes`), with its line."""

    name: str
    line: int
    writes: bool = False


class Leak(NamedTuple):
    """A read of the notebook: of a task, or a value. `helper` is the function it happens in."""

    read: Read
    value: object
    helper: str
    text: str


@dataclass(frozen=True, slots=True)
class TaskCode:
    """The code of a task's cell, and the names that the cell defines itself.

    `checks` are functions and schemas that it names in its flags (`--ensure _ok`).
    """

    name: str
    parameters: Sequence[str]
    code: CodeType
    own: Collection[str]
    checks: Sequence[str] = ()
    gives_nothing: bool = False


def leaks(
    task: TaskCode, namespace: Mapping[str, Any], is_value: Callable[[str], bool]
) -> list[Leak]:
    """Return what `task` reads from `namespace`, in its own code and in the helpers it uses.

    `is_value(name)` says whether a name of the notebook is a value rather than a function,
    class or import. Names that the notebook does not have are no leaks.
    """
    found: list[Leak] = []
    seen: set[str] = set()
    waiting = [("", task.code, outer) for outer in outer_reads(task.code, task.own)]
    checks = [it for it in task.checks if not _is_schema(namespace.get(it))]
    waiting += [("", task.code, Read(it, 1)) for it in checks if it not in task.own]
    while waiting:
        helper, code, read = waiting.pop(0)
        if read.name not in namespace and not read.writes:
            continue
        value = namespace.get(read.name)
        if read.writes or isinstance(value, Task) or is_value(read.name):
            text = linecache.getline(code.co_filename, read.line).strip()
            found.append(Leak(read, value, helper, text))
        elif read.name not in seen:
            seen.add(read.name)
            waiting += [(read.name, code, outer) for code, outer in _reads_of(value, namespace)]
    return found


def _is_schema(value: object) -> bool:
    return callable(getattr(value, "validate", None)) and not isinstance(value, Task)


def outer_reads(code: CodeType, own: Collection[str] = ()) -> Iterator[Read]:
    r"""Yield what the code of a cell (or function) reads that it does not define, by line.

    `own` are the names that the cell defines; its statements may use them only in order.

    >>> cell = compile("RATE = 2\ndef net(x):\n    return x * RATE + vat", "cell", "exec")
    >>> list(outer_reads(cell, {"RATE", "net"}))
    [Read(name='vat', line=3, writes=False)]
    """
    yield from sorted(set(_reads(code, frozenset(own))), key=lambda read: (read.line, read.name))


def _reads(code: CodeType, own: frozenset[str]) -> Iterator[Read]:
    in_order = not code.co_flags & inspect.CO_OPTIMIZED
    is_cell = code.co_name == "<module>"
    defined: set[str] = set()
    for step in dis.get_instructions(code):
        line = (step.positions.lineno if step.positions else None) or code.co_firstlineno
        if step.opname in _READS:
            known = defined if is_cell else own | defined
            if step.argval not in known:
                yield Read(step.argval, line)
        elif in_order and step.opname == "STORE_NAME":
            defined.add(step.argval)
        elif step.opname in _WRITES and step.argval not in own:
            yield Read(step.argval, line, writes=True)
    for inner in code.co_consts:
        if isinstance(inner, CodeType) and inner.co_name != "__annotate__":
            yield from _reads(inner, own)


_READS = frozenset({"LOAD_NAME", "LOAD_GLOBAL", "LOAD_FROM_DICT_OR_GLOBALS"})
_WRITES = frozenset({"STORE_GLOBAL", "DELETE_GLOBAL"})


def _reads_of(value: object, namespace: Mapping[str, Any]) -> Iterator[tuple[CodeType, Read]]:
    """Yield what a function or class of the notebook reads; a library's is its own affair."""
    for function in _functions(value):
        if function.__globals__ is namespace:
            for read in outer_reads(function.__code__):
                yield function.__code__, read


def _functions(value: object) -> Iterator[FunctionType]:
    """Yield the functions that `value` consists of: itself, what it wraps, its methods."""
    if isinstance(value, type):
        for member in vars(value).values():
            if not isinstance(member, type):
                yield from _functions(member)
        return
    if isinstance(value, FunctionType):
        yield value
    inner = _wrapped(value)
    if inner is not None and inner is not value:
        yield from _functions(inner)


def _wrapped(value: object) -> object:
    if isinstance(value, staticmethod | classmethod):
        return value.__func__
    if isinstance(value, property):
        return value.fget
    if isinstance(value, functools.cached_property):
        return value.func
    return getattr(value, "__dict__", {}).get("__wrapped__")
