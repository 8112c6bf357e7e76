"""Which time does a run by hand stand for?"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from wfkit.api.declaring import DeclaredDag
from wfkit.api.moments import is_whole_day, moment, utc, zone
from wfkit.engine.agenda import Occasion
from wfkit.engine.clock import Clock
from wfkit.engine.timetable import Interval, Timetable

_INSTANT = timedelta(microseconds=1)


def begins(dag: DeclaredDag, asked: str | date | None) -> float | None:
    """Return where a virtual clock begins for a run by hand, in seconds since 1970 (UTC).

    That is when the run would have been due; without a schedule, the start date of the Dag.
    """
    options = dag.options
    timetable = options.timetable
    if timetable and timetable.is_timed:
        first = _asked_for(dag, timetable, asked) if asked else timetable.first_interval()
        if first:
            return first.end.timestamp()
    return options.start_date.timestamp() if options.start_date else None


def by_hand(dag: DeclaredDag, asked: str | date | None, clock: Clock) -> Occasion:
    """Return what a run by hand stands for: the date that was asked for, else the last interval.

    On a virtual clock it is the first interval. Without a schedule it is just this moment.
    """
    now = datetime.fromtimestamp(int(clock.now()), UTC)
    timetable = dag.options.timetable
    if asked is not None:
        found = _asked_for(dag, timetable, asked)
    else:
        found = (timetable and timetable.last_interval(now)) or Interval(now, now)
    return Occasion("manual", found, now)


def _asked_for(dag: DeclaredDag, timetable: Timetable | None, asked: str | date) -> Interval:
    """Return the interval that begins at a moment, or first on a day, else just the moment."""
    begin = moment("logical_date", asked, zone(dag.options.timezone))
    end = begin + timedelta(days=1) if is_whole_day(asked) else begin + _INSTANT
    if timetable and timetable.is_timed:
        found = timetable.interval_in(utc(begin), utc(end))
        if found:
            return found
    return Interval(utc(begin), utc(begin))
