"""How do tasks, inputs and results get from one process to another?"""

from __future__ import annotations

import io
import linecache
import logging
import os
import pickle
import sys
import sysconfig
import types
import warnings
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import cloudpickle

from wfkit.core.errors import WfkitError
from wfkit.core.secret import Secret
from wfkit.core.task import Task
from wfkit.engine import stored
from wfkit.engine.attempt import Work
from wfkit.engine.failure import in_a_line
from wfkit.engine.faults import Effect

FOREIGN = tuple(sysconfig.get_paths()[name] for name in ("stdlib", "purelib", "platlib"))
"""Where modules live that a learner does not write."""


class CannotSend(WfkitError):
    """A task, or what it is given, cannot be sent to another process."""


class Setting(NamedTuple):
    """What a worker takes over from the process that it works for.

    `modules` are those that the worker may not find by itself, as file and search path.
    `sources` are texts of code that is in no file, such as cells. `filters` are those of
    `warnings`, `levels` those of loggers.
    """

    folder: str
    environment: Mapping[str, str]
    path: list[str]
    arguments: list[str]
    modules: Mapping[str, tuple[str | None, list[str] | None]]
    sources: Mapping[str, list[str]]
    filters: list[Any]
    levels: Mapping[str, int]


class Order(NamedTuple):
    """An attempt as it travels: what `Work` says, but for its task."""

    name: str
    map_index: int
    attempt: int
    inputs: Mapping[str, Any]
    effect: Effect
    downstream: tuple[str, ...]
    keeps: bool


class _Travelling(cloudpickle.Pickler):  # type: ignore[misc]
    """Pickles by value what cloudpickle does, and secrets too: they go to a process of ours."""

    def reducer_override(self, it: Any) -> Any:
        if isinstance(it, Secret):
            return Secret, (it.get_secret_value(),)
        return super().reducer_override(it)


def packed(value: Any, protocol: int = 5) -> bytes:
    """Return any value as bytes for another process: never for a disk, as secrets are in clear."""
    found = io.BytesIO()
    _Travelling(found, protocol=protocol).dump(value)
    return found.getvalue()


def setting() -> bytes:
    """Return the Setting of this process, to be sent."""
    found = Setting(
        os.getcwd(),  # noqa: PTH109 - it is text that travels
        dict(os.environ),
        list(sys.path),
        list(sys.argv),
        dict(_modules()),
        dict(_sources()),
        [it for it in warnings.filters if it[2].__module__ == "builtins"],
        dict(_levels()),
    )
    return pickle.dumps(found, protocol=5)


def _sources() -> Iterator[tuple[str, list[str]]]:
    for name, entry in list(linecache.cache.items()):
        if len(entry) == 4 and entry[1] is None:  # without an age: it is in no file
            yield name, entry[2]


def _modules() -> Iterator[tuple[str, tuple[str | None, list[str] | None]]]:
    for name, module in list(sys.modules.items()):
        spec = getattr(module, "__spec__", None)
        if name == "__main__" or spec is None or spec.origin in ("built-in", "frozen"):
            continue
        file = spec.origin if spec.has_location else None
        folders = spec.submodule_search_locations
        found = None if folders is None else [str(folder) for folder in folders]
        home = file or (found[0] if found else "")
        if home and not home.startswith(FOREIGN):
            yield name, (file, found)


def _levels() -> Iterator[tuple[str, int]]:
    yield "", logging.getLogger().level
    for name, it in list(logging.Logger.manager.loggerDict.items()):
        if isinstance(it, logging.Logger) and it.level:
            yield name, it.level


def packed_task(task: Task) -> bytes:
    """Return a task as bytes. Raises CannotSend, which names what refuses."""
    try:
        found = packed(task.silent())
    except Exception as cause:
        raise CannotSend(
            f"{task.name} cannot be sent to a process: {_culprit(task)}{_why(cause)}.\n"
            'Create it inside the task, or run with executor="thread".'
        ) from cause
    return found


class PackedTasks:
    """Tasks as bytes, each packed once, so that a run keeps the code that it began with."""

    def __init__(self) -> None:
        self._known: dict[str, bytes] = {}

    def of(self, task: Task) -> bytes:
        """Return a task as bytes. Raises CannotSend."""
        if task.name not in self._known:
            self._known[task.name] = packed_task(task)
        return self._known[task.name]


def packed_order(work: Work) -> bytes:
    """Return an attempt as bytes. Raises CannotSend, which names the input that refuses."""
    order = Order(
        work.name,
        work.map_index,
        work.attempt,
        dict(work.inputs),
        work.effect,
        work.downstream,
        work.keeps,
    )
    try:
        found = packed(order)
    except Exception as cause:
        where = stored.member(order.inputs, "inputs", packed)
        raise CannotSend(
            f"{work.name} cannot be given its inputs in a process: {where} is{_why(cause)}.\n"
            'Give it plain data, or run with executor="thread".'
        ) from cause
    return found


def _why(cause: BaseException) -> str:
    return f" not picklable ({in_a_line(cause)})"


def _culprit(task: Task) -> str:
    for name, value in _reached(task.function):
        try:
            packed(value)
        except Exception:  # noqa: BLE001 - any class may refuse in its own way
            return f'its "{name}" is'
    return "it is"


def _reached(function: Callable[..., Any]) -> Iterator[tuple[str, Any]]:
    if not isinstance(function, types.FunctionType):
        return
    code = function.__code__
    for name, cell in zip(code.co_freevars, function.__closure__ or (), strict=True):
        yield name, cell.cell_contents
    for name in code.co_names:
        if name in function.__globals__:
            yield name, function.__globals__[name]


def packed_result(keeps: bool, name: str, result: Any, result_format: str) -> bytes:
    """Return a result as bytes, in the process that made it; with `keeps` as a store keeps it.

    Raises CannotStore, which names the member that refuses.
    """
    if not keeps:
        try:
            return stored.as_bytes(name, result)
        except stored.CannotStore:
            return _packed_by_value(name, result)
    try:
        return stored.as_bytes(name, result, result_format)
    except stored.CannotStore:
        _publish(result)
        return stored.as_bytes(name, result, result_format)


def _packed_by_value(name: str, result: Any) -> bytes:
    try:
        found = packed(result)
    except Exception as cause:
        where = stored.member(result, dumps=packed)
        raise stored.CannotStore(
            f"what {name} returned cannot leave its process: {where} is{_why(cause)}.\n"
            'Return data instead, or run with executor="thread".'
        ) from cause
    stored.check_size(name, found)
    return found


def _publish(result: Any) -> None:
    """Let classes and functions of a notebook be found in `__main__`, as in the notebook.

    What is stored refers to them by name.
    """
    try:
        _Publisher(io.BytesIO(), protocol=5).dump(result)
    except Exception:  # noqa: BLE001 - what is wrong is told by who stores it
        return


class _Publisher(pickle.Pickler):
    def reducer_override(self, it: Any) -> Any:
        if isinstance(it, type | types.FunctionType) and it.__module__ == "__main__":
            vars(sys.modules["__main__"])[it.__qualname__] = it
        return NotImplemented
