"""What do executors share whose attempts run elsewhere? What waits, and what was heard of it."""

from __future__ import annotations

import queue
import threading
from typing import Any

from wfkit.engine.attempt import Work
from wfkit.engine.clock import Clock


class QueuedExecutor:
    """Keeps at most `slots` attempts going beside who collects their reports.

    `_starting` is held by whoever takes an attempt from those that wait, or adds one.
    """

    def __init__(self, slots: int, clock: Clock) -> None:
        self.inbox: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._clock = clock
        self._slots = slots
        self._heap: list[Work] = []
        self._starting = threading.Lock()

    def collect(self, until: float | None) -> list[Any]:
        """Return every report that is there, waiting until `until` for the first one."""
        first = self._clock.wait(self.inbox, until)
        if first is None:
            return []
        found = [first]
        while not self.inbox.empty():
            found.append(self.inbox.get())
        return found

    def is_idle(self) -> bool:
        """Return True when no report is waiting, and no attempt."""
        return self.inbox.empty() and not self._heap

    def revoke(self) -> None:
        """Forget every attempt that has not started; of all others the start is in the inbox."""
        with self._starting:
            self._heap.clear()
