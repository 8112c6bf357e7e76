"""A clock that stands still until somebody moves it."""

from __future__ import annotations

import queue
import threading
from typing import Any


class HandClock:
    """Time as the test wants it; `wait` waits for messages, or until the clock is moved."""

    is_virtual = False

    def __init__(self, now: float = 0.0) -> None:
        self._now = now
        self._moved = threading.Condition()
        self._inbox: queue.SimpleQueue[Any] | None = None

    def now(self) -> float:
        return self._now

    def sleep(self, seconds: float) -> None:
        self.move(seconds)

    def move(self, seconds: float) -> None:
        """Let time pass; who waits looks at the clock again."""
        self._now += seconds
        if self._inbox is not None:
            self._inbox.put(None)

    def wait(self, inbox: queue.SimpleQueue[Any], until: float | None) -> Any:
        self._inbox = inbox
        while until is None or self._now < until:
            message = inbox.get()
            if message is not None:
                return message
        return None
