"""Which runs of a Dag are due, and which of them may start now?"""

from __future__ import annotations

from collections import deque
from collections.abc import Container, Iterable, Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from wfkit.engine.timetable import Interval

AWAY = timedelta(minutes=1)
"""Who looks at a tick later than this was away, so that `catchup` decides what is made up for."""

MOST_WAITING = 1_000
"""So many runs wait at the most; further ticks are looked at when there is room."""


class SeenFile(NamedTuple):
    """A file as it was when it arrived: `size` in bytes, `changed` in nanoseconds since 1970."""

    path: str
    size: int = 0
    changed: int = 0


class Occasion(NamedTuple):
    """What makes one run: its type, the time it stands for, when it was due, new files.

    `resumes` is the run_id of a run that was cut off and goes on.
    """

    run_type: str
    interval: Interval
    due: datetime
    files: tuple[SeenFile, ...] = ()
    resumes: str | None = None


class Agenda:
    """The runs of one Dag that are due, in order; at most `max_active_runs` at a time.

    `intervals` become due one after another, as long as they end by `until`. Those whose logical
    date is in `done` are passed over. When several are found long after they were due, all of
    them count with `catchup`, else only the newest.

    >>> from datetime import UTC
    >>> from wfkit.core.schedules import Every
    >>> from wfkit.engine.timetable import Timetable
    >>> begin = datetime(1997, 1, 1, tzinfo=UTC)
    >>> agenda = Agenda(Timetable(Every("1d"), start=begin).intervals(begin))
    >>> agenda.wakes_at.isoformat()
    '1997-01-02T00:00:00+00:00'
    >>> [it.interval.begin.day for it in agenda.due(begin + timedelta(days=1))]
    [1]
    """

    def __init__(
        self,
        intervals: Iterable[Interval] = (),
        *,
        until: datetime | None = None,
        catchup: bool = False,
        max_active_runs: int = 1,
        done: Container[datetime] = (),
        run_type: str = "scheduled",
    ) -> None:
        self.active = 0
        self._intervals = iter(intervals)
        self._next = next(self._intervals, None)
        self._until = until
        self._catchup = catchup
        self._most = max_active_runs
        self._done = done
        self._run_type = run_type
        self._waiting: deque[Occasion] = deque()

    @property
    def wakes_at(self) -> datetime | None:
        """The next tick, None where the clock brings no more, or no more can wait."""
        is_full = len(self._waiting) >= MOST_WAITING
        if is_full or self._next is None or (self._until and self._next.end > self._until):
            return None
        return self._next.end

    @property
    def is_idle(self) -> bool:
        """True if nothing runs or waits."""
        return not self.active and not self._waiting

    def due(self, now: datetime) -> list[Occasion]:
        """Return the runs that are to start now; each is then active until `ended` is called."""
        for interval in self._ticked(now):
            if interval.begin not in self._done:
                is_late = self._catchup and now - interval.end > AWAY
                run_type = "catchup" if is_late else self._run_type
                self.add(Occasion(run_type, interval, interval.end))
        found = []
        while self._waiting and self.active < self._most:
            found.append(self._waiting.popleft())
            self.active += 1
        return found

    def add(self, occasion: Occasion) -> None:
        """Queue a run, also one that no clock has brought."""
        self._waiting.append(occasion)

    def ended(self) -> None:
        """One of the active runs has ended."""
        self.active -= 1

    def drop_waiting(self) -> None:
        """Forget what is due but has not started."""
        self._waiting.clear()

    def go_on_as(self, other: Agenda) -> None:
        """Follow the intervals and options of another agenda; what runs or waits here stays."""
        self._intervals, self._next = other._intervals, other._next
        self._until, self._catchup, self._most = other._until, other._catchup, other._most
        self._done = other._done
        known = set(self._waiting)
        self._waiting.extend(it for it in other._waiting if it not in known)

    def _ticked(self, now: datetime) -> Iterator[Interval]:
        """Yield what is due; of what was missed while away only the newest, without catchup."""
        at = self.wakes_at
        if at is None or at > now:
            return
        is_away = not self._catchup and now - at > AWAY
        newest = None
        while self._next and at is not None and at <= now:
            newest = self._next
            self._next = next(self._intervals, None)
            if not is_away:
                yield newest
            at = self.wakes_at
        if is_away and newest:
            yield newest
