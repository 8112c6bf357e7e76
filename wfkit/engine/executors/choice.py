"""Which executor does `executor=` mean?"""

from __future__ import annotations

import sys
from collections.abc import Callable

from wfkit.core.errors import InvalidOption, did_you_mean
from wfkit.core.options import shown
from wfkit.engine.clock import Clock, VirtualClock
from wfkit.engine.executors.base import Executor
from wfkit.engine.executors.serial import SerialExecutor
from wfkit.engine.executors.thread import ThreadExecutor
from wfkit.engine.executors.virtual import VirtualExecutor


def _serial(slots: int, clock: Clock, _: str | None) -> Executor:
    if isinstance(clock, VirtualClock):
        return VirtualExecutor(1, clock, threads=False)
    return SerialExecutor(slots, clock)


def _thread(slots: int, clock: Clock, _: str | None) -> Executor:
    if isinstance(clock, VirtualClock):
        return VirtualExecutor(slots, clock)
    return ThreadExecutor(slots, clock)


def _process(slots: int, clock: Clock, _: str | None) -> Executor:
    from wfkit.engine.executors.process import ProcessExecutor

    return ProcessExecutor(slots, clock)


def _dask(slots: int, clock: Clock, address: str | None) -> Executor:
    from wfkit.engine.executors.dask import DaskExecutor

    return DaskExecutor(slots, clock, address)


_EXECUTORS: dict[str, Callable[[int, Clock, str | None], Executor]] = {
    "serial": _serial,
    "thread": _thread,
    "process": _process,
    "dask": _dask,
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


def check_address(name: str, address: str | None) -> None:
    """Raise InvalidOption for an address that this executor has no use for, and NoCluster.

    For Dask it waits until a worker is ready: before anything of a run is written down.
    """
    if name == "dask":
        from wfkit.engine.executors.dask_cluster import ready

        ready(address)
    elif address is not None:
        raise InvalidOption(
            f"address={shown(address)} is that of a Dask scheduler, but the executor is {name}.\n"
            'Write executor="dask" too, or leave the address out.'
        )


def make_executor(name: str, slots: int, clock: Clock, address: str | None = None) -> Executor:
    """Return a fresh executor with so many slots; `address` is that of a Dask scheduler.

    Raises NoCluster where there is no such cluster.
    """
    return _EXECUTORS[name](slots, clock, address)
