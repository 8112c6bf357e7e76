"""Which executor does `executor=` mean?"""

from __future__ import annotations

import sys
from collections.abc import Callable

from wfkit.core.errors import InvalidOption, did_you_mean
from wfkit.engine.clock import Clock
from wfkit.engine.executors.base import Executor
from wfkit.engine.executors.serial import SerialExecutor
from wfkit.engine.executors.thread import ThreadExecutor

_EXECUTORS: dict[str, Callable[[int, Clock], Executor]] = {
    "serial": SerialExecutor,
    "thread": ThreadExecutor,
}
EXECUTOR_NAMES = tuple(_EXECUTORS)


def executor_name(choice: str | None, clock: Clock) -> str:
    """Return the name of the executor to use; None leaves the choice to the clock.

    Raises InvalidOption for an unknown name, and for threads on a virtual clock.
    """
    if choice is None:
        return "serial" if clock.is_virtual or sys.platform == "emscripten" else "thread"
    if choice not in _EXECUTORS:
        raise InvalidOption(
            f'executor="{choice}" is unknown.{did_you_mean(choice, _EXECUTORS)}\n'
            f"Choose one of: {', '.join(_EXECUTORS)}."
        )
    if choice != "serial" and clock.is_virtual:
        raise InvalidOption(
            f'executor="{choice}" cannot follow a virtual clock.\n'
            'Use executor="serial", or clock="system".'
        )
    return choice


def make_executor(name: str, slots: int, clock: Clock) -> Executor:
    """Return a fresh executor with so many slots."""
    return _EXECUTORS[name](slots, clock)
