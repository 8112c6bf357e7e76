"""What time is it, and how does one wait? The only place that reads the clock."""

from __future__ import annotations

import queue
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Protocol

from wfkit.core import options as check
from wfkit.core.errors import InvalidOption

VIRTUAL_START = datetime(2000, 1, 1, tzinfo=UTC).timestamp()


class Clock(Protocol):
    """Time as an argument: moments are seconds since 1970 (UTC), waits are in seconds."""

    is_virtual: bool

    def now(self) -> float:
        """Return this moment."""

    def sleep(self, seconds: float) -> None:
        """Let so much time pass for the caller."""

    def wait(self, inbox: queue.SimpleQueue[Any], until: float | None) -> Any:
        """Return the next message, or None when the moment `until` comes first."""


class SystemClock:
    """The clock on the wall.

    >>> SystemClock().now() > 1_700_000_000
    True
    """

    is_virtual = False

    def now(self) -> float:
        """Return this moment, in seconds since 1970 (UTC)."""
        return time.time()

    def sleep(self, seconds: float) -> None:
        """Really wait."""
        time.sleep(seconds)

    def wait(self, inbox: queue.SimpleQueue[Any], until: float | None) -> Any:
        """Return the next message, or None when the moment `until` comes first."""
        timeout = None if until is None else max(0.0, until - self.now())
        try:
            return inbox.get(timeout=timeout)
        except queue.Empty:
            return None


class VirtualClock:
    """A clock that jumps: waiting takes no real time, and plays the same every time.

    `start` is a datetime or seconds since 1970; the default is 2000-01-01 UTC. With `speed` time
    does pass: speed=60 plays a minute in a second, to be watched. A Dag that is given one runs
    on copies of it, so that each run begins at the same moment.

    >>> clock = VirtualClock()
    >>> clock.sleep(3600)
    >>> datetime.fromtimestamp(clock.now(), UTC).isoformat()
    '2000-01-01T01:00:00+00:00'
    """

    is_virtual = True

    def __init__(self, start: datetime | float | None = None, speed: float | None = None) -> None:
        if isinstance(start, datetime):
            start = start.timestamp()
        if speed is not None and not speed > 0:
            raise InvalidOption(f"speed={speed} is not possible: it must be more than zero.")
        self._start = None if start is None else float(start)
        self._now = VIRTUAL_START if start is None else float(start)
        self._ahead: float | None = None
        self._speed = speed

    def fresh(self, start: float | None = None) -> VirtualClock:
        """Return a clock like this one that has not moved yet.

        It begins at `start` if this one was not told where to.
        """
        return VirtualClock(start if self._start is None else self._start, self._speed)

    def now(self) -> float:
        """Return this virtual moment, in seconds since 1970 (UTC)."""
        return self._now + (self._ahead or 0.0)

    def sleep(self, seconds: float) -> None:
        """Let virtual time pass, at once."""
        if self._ahead is None:
            self._now += max(0.0, seconds)
        else:
            self._ahead += max(0.0, seconds)

    @contextmanager
    def running_ahead(self) -> Iterator[None]:
        """Let the time that passes in the block pass for the block alone."""
        before, self._ahead = self._ahead, 0.0
        try:
            yield
        finally:
            self._ahead = before

    def wait(self, inbox: queue.SimpleQueue[Any], until: float | None) -> Any:
        """Return the next message, or jump to `until` when there is none."""
        if until is None or not inbox.empty():
            return inbox.get()
        if self._speed is not None and until > self.now():
            try:
                return inbox.get(timeout=(until - self.now()) / self._speed)
            except queue.Empty:
                pass
        self._now = max(self._now, until)
        return None


_CLOCKS: dict[str, Callable[[], Clock]] = {"system": SystemClock, "virtual": VirtualClock}
CLOCK_NAMES = tuple(_CLOCKS)


def clock_for(choice: str | Clock, start: float | None = None) -> Clock:
    """Return the clock that "system", "virtual" or a Clock itself stands for.

    A virtual clock is a fresh one each time; `start` is where it begins if nothing else says so.

    >>> clock_for("virtual", start=0.0).now()
    0.0
    """
    if isinstance(choice, VirtualClock):
        return choice.fresh(start)
    if not isinstance(choice, str) and hasattr(choice, "is_virtual"):
        return choice
    name = check.choice("clock", choice, CLOCK_NAMES)
    return VirtualClock(start) if name == "virtual" else SystemClock()
