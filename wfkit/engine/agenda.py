"""Which runs of a Dag are due, and which of them may start now?"""

from __future__ import annotations

from collections import deque
from collections.abc import Container, Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from wfkit.engine.timetable import Interval, Timetable

AWAY = timedelta(minutes=1)
"""Who looks at a tick later than this was away, so that `catchup` decides what is made up for."""


class Occasion(NamedTuple):
    """What makes one run: its type, the time it stands for, when it was due, new files."""

    run_type: str
    interval: Interval
    due: datetime
    files: tuple[str, ...] = ()


class Agenda:
    """The runs of one Dag that are due, in order; at most `max_active_runs` at a time.

    `done` holds the logical dates that have a run already. Ticks after `since` that passed before
    `now` were missed: with `catchup` all of them get a run, else only the newest. No tick after
    `until` counts.

    >>> from datetime import UTC
    >>> from wfkit.core.schedules import Every
    >>> begin = datetime(1997, 1, 1, tzinfo=UTC)
    >>> agenda = Agenda(Timetable(Every("1d"), start=begin), begin)
    >>> agenda.wakes_at.isoformat()
    '1997-01-02T00:00:00+00:00'
    >>> [it.interval.begin.day for it in agenda.due(begin + timedelta(days=1))]
    [1]
    """

    def __init__(
        self,
        timetable: Timetable,
        now: datetime,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        catchup: bool = False,
        max_active_runs: int = 1,
        done: Container[datetime] = (),
        run_type: str = "scheduled",
    ) -> None:
        self.timetable = timetable
        self.active = 0
        self._catchup = catchup
        self._most = max_active_runs
        self._done = done
        self._until = until
        self._run_type = run_type
        self._waiting: deque[Occasion] = deque()
        self._open(now, since)

    def _open(self, now: datetime, since: datetime | None) -> None:
        begin = since if since and self._catchup else now
        self._intervals: Iterator[Interval] = self.timetable.intervals(begin)
        self._next = next(self._intervals, None)
        missed = self.timetable.last_interval(now) if since and not self._catchup else None
        if missed and since and missed.end > since:
            self._queue(missed, self._run_type)

    @property
    def wakes_at(self) -> datetime | None:
        """The next tick, None where the clock brings no more."""
        if self._next is None or (self._until and self._next.end > self._until):
            return None
        return self._next.end

    @property
    def is_idle(self) -> bool:
        """True if nothing runs or waits."""
        return not self.active and not self._waiting

    def due(self, now: datetime) -> list[Occasion]:
        """Return the runs that are to start now; each is then active until `ended` is called."""
        ticked = list(self._ticked(now))
        if ticked and now - ticked[0].end > AWAY:
            ticked = ticked if self._catchup else ticked[-1:]
        for interval in ticked:
            is_late = self._catchup and now - interval.end > AWAY
            self._queue(interval, "catchup" if is_late else self._run_type)
        found = []
        while self._waiting and self.active < self._most:
            found.append(self._waiting.popleft())
            self.active += 1
        return found

    def add(self, occasion: Occasion) -> None:
        """Queue a run that no clock has brought."""
        self._waiting.append(occasion)

    def ended(self) -> None:
        """One of the active runs has ended."""
        self.active -= 1

    def _ticked(self, now: datetime) -> Iterator[Interval]:
        while (at := self.wakes_at) is not None and at <= now and self._next:
            yield self._next
            self._next = next(self._intervals, None)

    def _queue(self, interval: Interval, run_type: str) -> None:
        if interval.begin not in self._done:
            self._waiting.append(Occasion(run_type, interval, interval.end))
