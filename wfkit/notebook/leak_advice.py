"""How does a learner get rid of a leak? In words, with their own names and values."""

from __future__ import annotations

import math
from collections.abc import Sequence

from wfkit.api.words import WrongValue, literal, split
from wfkit.core.errors import NotebookLeak
from wfkit.core.task import Task
from wfkit.notebook.leaks import Leak, TaskCode

_NOTEBOOKS_OWN = frozenset({"In", "Out", "dag"})
_WIDEST = 60
_LONGEST_VALUE = 40


def check(task: TaskCode, dag: str, found: Sequence[Leak]) -> None:
    """Raise NotebookLeak, by name and line, for the first of the leaks that were found.

    `dag` is the name of the Dag that the task belongs to.
    """
    if not found:
        return
    first = found[0]
    more = sorted({leak.read.name for leak in found} - {first.read.name})
    also = f" It also reads {_listed(more)}." if more else ""
    raise NotebookLeak(f"{_what(task, first)}{also}\n{_step(task, dag, first)}")


def _what(task: TaskCode, leak: Leak) -> str:
    line = f"line {leak.read.line}: {_short(leak.text)}" if leak.text else f"line {leak.read.line}"
    if leak.read.writes:
        return f'task "{task.name}" changes "{leak.read.name}" in the notebook ({line}).'
    through = f" through {leak.helper}" if leak.helper else ""
    return f'task "{task.name}" reads "{leak.read.name}" from the notebook{through} ({line}).'


def _step(task: TaskCode, dag: str, leak: Leak) -> str:
    name = leak.read.name
    if leak.read.writes:
        return f"Return {name} instead: a task's result is its only output."
    if leak.helper:
        default = _with_default(name, leak.value)
        return (
            f"Give {leak.helper} a parameter {name}, and hand it over from {task.name}:\n"
            f"{_head(task, default)}"
        )
    if isinstance(leak.value, Task):
        return f'"{name}" is a task: make it a parameter: {_head(task, name)}'
    if name in _NOTEBOOKS_OWN or name.startswith("_"):
        return "Ask for what it needs by a parameter: a task of that name, or a param of the Dag."
    if _with_default(name, leak.value) == name:
        return (
            f"Make {name} in a task of its own and ask for its result: {_head(task, name)}\n"
            "Or make it in this cell."
        )
    return (
        f"Give the task a value of its own: {_head(task, _with_default(name, leak.value))}\n"
        f"Or one of the Dag: %dag new {dag} … --param {_as_param(name, leak.value)}, "
        f"and {_head(task, name)}"
    )


def _head(task: TaskCode, parameter: str) -> str:
    """Return the first line of the task with one more parameter."""
    name = parameter.partition("=")[0]
    before = [it for it in task.parameters if it != name]
    return f"def {task.name}({', '.join([*before, parameter])}):"


def _with_default(name: str, value: object) -> str:
    """Return a parameter with its value as default, or without where the value is not plain."""
    text = repr(value) if _is_plain(value) else ""
    return f"{name}={text}" if text and len(text) <= _LONGEST_VALUE else name


def _is_plain(value: object) -> bool:
    if isinstance(value, list | tuple):
        return all(map(_is_plain, value))
    if isinstance(value, float):
        return math.isfinite(value)
    return value is None or isinstance(value, bool | int | str)


def _as_param(name: str, value: object) -> str:
    """Return how a value is written behind `--param`, with quotes only where it needs them."""
    bare = f"{name}={value}"
    for text in (bare, f"{name}={value!r}", f'"{name}={value!r}"'):
        if _says(text, name, value):
            return text
    return f"{name}=…"


def _says(text: str, name: str, value: object) -> bool:
    try:
        return [literal(it.removeprefix(f"{name}=")) for it in split(text)] == [value]
    except WrongValue:
        return False


def _short(text: str) -> str:
    return text if len(text) <= _WIDEST else text[: _WIDEST - 3] + "..."


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(f'"{name}"' for name in names[:6])
    return f"{shown} and {len(names) - 6} more" if len(names) > 6 else shown
