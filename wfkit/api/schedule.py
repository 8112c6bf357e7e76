"""When is a Dag due? Its schedule, as people ask it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import islice

from wfkit.api.dag_options import DagOptions
from wfkit.api.declaring import DeclaredDag
from wfkit.api.moments import clock_changes, moment, utc, zone
from wfkit.core.errors import InvalidOption
from wfkit.core.moments import moment_words
from wfkit.engine.clock import clock_for
from wfkit.engine.timetable import Interval, Timetable

Moment = str | date
_MOST_CHANGES = 2


class DagSchedule:
    """When runs of a Dag are due, as moments in its time zone.

    >>> from wfkit import Dag
    >>> dag = Dag("sales", schedule="30 1 * * *", timezone="Europe/London", start_date="1997-01-01",
    ...           clock="virtual")
    >>> dag.schedule
    every day at 01:30, Europe/London; next: 1997-01-02 01:30 GMT
    >>> [f"{tick:%d %b %H:%M %Z}" for tick in dag.schedule.between("1997-03-29", "1997-03-31")]
    ['29 Mar 01:30 GMT', '30 Mar 02:00 BST']
    """

    def __init__(self, options: DagOptions, timetable: Timetable) -> None:
        self._options = options
        self.timetable = timetable

    def next_after(self, moment: Moment) -> datetime | None:
        """Return the first tick after `moment`; None where none comes, or no clock decides."""
        tick = self.timetable.next_after(self._utc("moment", moment))
        return self._local(tick) if tick else None

    def between(self, after: Moment, until: Moment) -> Iterator[datetime]:
        """Yield the ticks for which after < tick <= until, in order."""
        bounds = self._utc("after", after), self._utc("until", until)
        return map(self._local, self.timetable.between(*bounds))

    def describe(self, after: Moment | None = None) -> str:
        """Return in plain words when runs are due, with the next tick after `after` (now)."""
        tick = self.next_after(self._now() if after is None else after)
        told = self.timetable.describe()
        return f"{told}; next: {moment_words(tick)}" if tick else told

    def upcoming(self, n: int, after: Moment | None) -> Upcoming:
        """Return the next `n` ticks after `after` (now)."""
        begin = self._utc("after", self._now() if after is None else after)
        found = islice(self.timetable.intervals(begin), n)
        intervals = [Interval(*map(self._local, interval)) for interval in found]
        nothing = "no more ticks" if self.timetable.is_timed else "no clock decides"
        return Upcoming(self.timetable.describe(), intervals, nothing)

    def _now(self) -> datetime:
        start = self._options.start_date
        clock = clock_for(self._options.clock, start.timestamp() if start else None)
        return datetime.fromtimestamp(clock.now(), UTC)

    def _utc(self, name: str, value: Moment) -> datetime:
        return utc(moment(name, value, zone(self._options.timezone)))

    def _local(self, moment: datetime) -> datetime:
        return moment.astimezone(zone(self._options.timezone))

    def __repr__(self) -> str:
        return self.describe()


def known_schedule(dag: DeclaredDag) -> DagSchedule:
    """Return the schedule of a Dag. Raises InvalidOption where it has none."""
    timetable = dag.options.timetable
    if timetable is None:
        raise InvalidOption(
            f"{dag.name} has no schedule, so no run is ever due.\n"
            'Give it one, such as schedule="30 1 * * *".'
        )
    return DagSchedule(dag.options, timetable)


@dataclass(frozen=True)
class Upcoming:
    """The next ticks of a Dag; `intervals` are the times that their runs stand for.

    `nothing` says why there are none.
    """

    told: str
    intervals: Sequence[Interval]
    nothing: str = "no more ticks"

    def __repr__(self) -> str:
        if not self.intervals:
            return f"{self.told}\n  {self.nothing}"
        rows = [
            ("due", "for the time since"),
            *((moment_words(end), moment_words(begin)) for begin, end in self.intervals),
        ]
        width = max(len(due) for due, _ in rows)
        lines = [*self._changes(), *(f"{due:<{width}}  {begin}" for due, begin in rows)]
        return "\n".join([self.told, *(f"  {line}" for line in lines)])

    def _changes(self) -> Iterator[str]:
        """Tell what the clocks do meanwhile: it explains ticks that look odd."""
        from wfkit.views.schedule_text import change_notes

        first, last = self.intervals[0].begin, self.intervals[-1].end
        where = last.tzinfo or UTC
        return change_notes(where, clock_changes(where, first, last), _MOST_CHANGES)
