"""Which executor does `executor=` mean?"""

from __future__ import annotations

import sys
from collections.abc import Callable

from wfkit.core.errors import InvalidOption, did_you_mean
from wfkit.engine.clock import Clock, VirtualClock
from wfkit.engine.executors.base import Executor
from wfkit.engine.executors.serial import SerialExecutor
from wfkit.engine.executors.thread import ThreadExecutor
from wfkit.engine.executors.virtual import VirtualExecutor


def _serial(slots: int, clock: Clock) -> Executor:
    if isinstance(clock, VirtualClock):
        return VirtualExecutor(1, clock, threads=False)
    return SerialExecutor(slots, clock)


def _thread(slots: int, clock: Clock) -> Executor:
    if isinstance(clock, VirtualClock):
        return VirtualExecutor(slots, clock)
    return ThreadExecutor(slots, clock)


def _process(slots: int, clock: Clock) -> Executor:
    from wfkit.engine.executors.process import ProcessExecutor

    return ProcessExecutor(slots, clock)


_EXECUTORS: dict[str, Callable[[int, Clock], Executor]] = {
    "serial": _serial,
    "thread": _thread,
    "process": _process,
}
EXECUTOR_NAMES = tuple(_EXECUTORS)


def executor_name(choice: str | None, clock: Clock) -> str:
    """Return the name of the executor to use; None is threads, where there are any.

    Raises InvalidOption for an unknown name, and for one that cannot follow the clock.
    """
    if choice is None:
        return "serial" if sys.platform == "emscripten" else "thread"
    if choice not in _EXECUTORS:
        raise InvalidOption(
            f'executor="{choice}" is unknown.{did_you_mean(choice, _EXECUTORS)}\n'
            f"Choose one of: {', '.join(_EXECUTORS)}."
        )
    if clock.is_virtual and choice not in ("serial", "thread"):
        raise InvalidOption(
            f'executor="{choice}" cannot follow a virtual clock.\n'
            "Use the executor thread, or the clock system."
        )
    return choice


def make_executor(name: str, slots: int, clock: Clock) -> Executor:
    """Return a fresh executor with so many slots."""
    return _EXECUTORS[name](slots, clock)
