"""When is a Dag due, and which time does each of its runs stand for?

All moments in here are in UTC: Python compares times of one zone by what the wall clock shows,
which is wrong in the night when it shows an hour twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import pairwise, takewhile
from typing import NamedTuple

from wfkit.core.cron import Cron
from wfkit.core.schedules import Every, Schedule, describe
from wfkit.engine.fires import END, fires

_INSTANT = timedelta(microseconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# How far back the fire before a moment is looked for: 29 February can be eight years away, and
# 29 February on a Sunday forty.
_LOOKS_BACK = tuple(map(timedelta, (1 / 24, 1, 32, 366, 8 * 366, 41 * 366)))


class Interval(NamedTuple):
    """The data interval of a run, begin <= t < end (UTC); the run is due at its end."""

    begin: datetime
    end: datetime


@dataclass(frozen=True)
class Timetable:
    """A schedule in a time zone, for runs whose logical date is in `start <= t < end`.

    >>> from wfkit.core.schedules import schedule
    >>> nightly = Timetable(schedule("30 1 * * *"), UTC, datetime(1997, 1, 1, tzinfo=UTC))
    >>> nightly.next_after(datetime(1997, 1, 1, tzinfo=UTC)).isoformat()
    '1997-01-02T01:30:00+00:00'
    """

    schedule: Schedule
    where: tzinfo = UTC
    start: datetime | None = None
    end: datetime | None = None

    @property
    def is_timed(self) -> bool:
        """True if the clock decides when runs are due."""
        return isinstance(self.schedule, Cron | Every)

    def next_after(self, moment: datetime) -> datetime | None:
        """Return the first tick after `moment`; None where none comes, or no clock decides."""
        found = next(self.intervals(moment), None)
        return found.end if found else None

    def between(self, after: datetime, until: datetime) -> Iterator[datetime]:
        """Yield the ticks for which after < tick <= until, in order."""
        ticks = (interval.end for interval in self.intervals(after))
        return takewhile(lambda tick: tick <= until, ticks)

    def intervals(self, after: datetime) -> Iterator[Interval]:
        """Yield the data intervals that end after `after`, in order."""
        if not self.is_timed:
            return
        begin = self._last_fire(after) or after
        if self.start is not None and begin < self.start:
            begin = self.start
        for interval in map(Interval._make, pairwise(self._fires(begin - _INSTANT))):
            if self.end is not None and interval.begin >= self.end:
                return
            if interval.end > after:
                yield interval

    def interval_in(self, begin: datetime, end: datetime) -> Interval | None:
        """Return the first data interval that begins in `begin <= t < end`, start or no start."""
        found = next(map(Interval._make, pairwise(self._fires(begin - _INSTANT))), None)
        return found if found and found.begin < end else None

    def missed(self, since: datetime, now: datetime, newest: bool) -> Iterator[Interval]:
        """Yield what was due after `since`, or just the `newest` of it at `now`, and all later."""
        last = self.last_interval(now) if newest else None
        if last and last.end > since:
            yield last
        yield from self.intervals(now if newest else since)

    def first_interval(self) -> Interval | None:
        """Return the first data interval, None without a start."""
        return next(self.intervals(self.start), None) if self.start else None

    def last_interval(self, moment: datetime) -> Interval | None:
        """Return the newest data interval that has ended at `moment`, None where none has."""
        end = self._last_fire(moment) if self.is_timed else None
        begin = self._last_fire(end - _INSTANT) if end else None
        if begin and end and self.end and begin >= self.end:
            begin = self._last_fire(self.end - _INSTANT)
            end = next(self._fires(begin)) if begin else None
        if not begin or not end or (self.start and begin < self.start):
            return None
        return Interval(begin, end)

    def _fires(self, after: datetime) -> Iterator[datetime]:
        """Yield every moment after `after` that the schedule names, whatever start and end."""
        if isinstance(self.schedule, Cron):
            yield from fires(self.schedule, self.where, after)
        elif isinstance(self.schedule, Every):
            beat = timedelta(seconds=self.schedule.interval)
            anchor = self.start or _EPOCH
            beats = range((after - anchor) // beat + 1, (END - anchor) // beat)
            yield from (anchor + count * beat for count in beats)

    def _last_fire(self, moment: datetime) -> datetime | None:
        """Return the newest fire that is not after `moment`."""
        if isinstance(self.schedule, Every):
            return next(self._fires(moment - timedelta(seconds=self.schedule.interval)), None)
        for span in _LOOKS_BACK:
            last = None
            for fire in takewhile(lambda it: it <= moment, self._fires(moment - span)):
                last = fire
            if last:
                return last
        return None

    @property
    def text(self) -> str:
        """The schedule as text, with all that decides when its ticks come.

        >>> from wfkit.core.schedules import schedule
        >>> Timetable(schedule("30 1 * * *")).text, Timetable(schedule("every 1h")).text
        ('30 1 * * * UTC', 'every 1h since 1970-01-01T00:00:00+00:00')
        """
        if isinstance(self.schedule, Every):
            return f"{self.schedule} since {(self.start or _EPOCH).isoformat()}"
        is_cron = isinstance(self.schedule, Cron)
        return f"{self.schedule} {self._zone}" if is_cron else str(self.schedule)

    @property
    def _zone(self) -> str:
        return getattr(self.where, "key", str(self.where))

    def describe(self) -> str:
        """Return in plain words when runs are due."""
        told = describe(self.schedule)
        is_cron = isinstance(self.schedule, Cron)
        return f"{told}, {self._zone}" if is_cron else told
