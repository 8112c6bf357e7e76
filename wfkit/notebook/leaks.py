"""What does a task read from the notebook without declaring it?"""

from __future__ import annotations

import linecache
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import CodeType
from typing import Any, NamedTuple

from wfkit.core.reads import Read, functions_in, outer_reads
from wfkit.core.task import Task


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


def _reads_of(value: object, namespace: Mapping[str, Any]) -> Iterator[tuple[CodeType, Read]]:
    """Yield what a function or class of the notebook reads; a library's is its own affair."""
    for function in functions_in(value):
        if function.__globals__ is namespace:
            for read in outer_reads(function.__code__):
                yield function.__code__, read
