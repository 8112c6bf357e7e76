"""One attempt after another, on the runner's own thread."""

from __future__ import annotations

import heapq
import queue
from typing import Any

from wfkit.core.facts import AttemptStarted
from wfkit.engine.attempt import Finished, Work
from wfkit.engine.beside import run
from wfkit.engine.clock import Clock

_AT_ONCE = 0.002
_MOST_AT_ONCE = 50


class SerialExecutor:
    """Runs attempts one by one, in the order of priority and name."""

    lingers = False

    def __init__(self, slots: int, clock: Clock) -> None:
        self.inbox: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._clock = clock
        self._heap: list[Work] = []
        self._begun: Work | None = None
        self._at_once = 0

    def submit(self, work: Work) -> None:
        """Take an attempt; it starts when all before it have ended."""
        heapq.heappush(self._heap, work)

    def collect(self, until: float | None) -> list[Any]:
        """Begin the next attempt, or end the one that was begun, or wait."""
        if not self.inbox.empty():
            return [self.inbox.get()]
        if self._begun:
            work, self._begun = self._begun, None
            return [self._run(work)]
        if self._heap:
            self._begun = work = heapq.heappop(self._heap)
            return [AttemptStarted(work.name, work.map_index, work.attempt, self._clock.now())]
        message = self._clock.wait(self.inbox, until)
        return [] if message is None else [message]

    def _run(self, work: Work) -> Finished:
        began = self._clock.now()
        finished = run(work)
        self._at_once = self._at_once + 1 if self._clock.now() - began < _AT_ONCE else 0
        return finished

    def is_idle(self) -> bool:
        """Return True when there is nothing to run, or when a body is about to run.

        Then is the time to tell of its start: nobody hears anything until it has ended. Of many
        bodies in a row that end at once only the first fifty starts are worth that.
        """
        if self._begun is not None:
            return self.inbox.empty() and self._at_once < _MOST_AT_ONCE
        return not self._heap and self.inbox.empty()

    def revoke(self) -> None:
        """Forget every attempt that has not started."""
        self._heap.clear()

    def stop(self, task: str, map_index: int, attempt: int) -> None:
        """Forget the attempt if its body has not begun; a body on this thread runs to its end."""
        begun = self._begun
        if begun and (begun.name, begun.map_index, begun.attempt) == (task, map_index, attempt):
            self._begun = None

    def close(self) -> None:
        """Nothing is left behind by this executor."""
