"""How does a run stand right now? A snapshot of its own, grown by the events as they come."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from wfkit.api.dag_run import DagRun
from wfkit.core.events import Event
from wfkit.core.run import RunSnapshot


class Follower:
    """Folds the events of a run that is under way.

    The run's thread only hands its events over; all work is done by whoever calls `catch_up`.
    """

    def __init__(self, run: DagRun) -> None:
        self.snapshot = RunSnapshot()
        self._batches: deque[Sequence[Event]] = deque()
        self._seq = 0
        run.subscribe(self._batches.append)
        self._take(run.events)

    def catch_up(self) -> bool:
        """Take in what has happened since; return True if anything has."""
        before = self._seq
        while self._batches:
            self._take(self._batches.popleft())
        return self._seq > before

    def _take(self, events: Sequence[Event]) -> None:
        for event in events:
            if event.seq > self._seq:
                self.snapshot.apply(event)
                self._seq = event.seq
