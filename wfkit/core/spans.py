"""When did runs happen, on which calendar? What is told of a schedule that was followed."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from typing import NamedTuple

from wfkit.core.states import RunState


class RunSpan(NamedTuple):
    """One run. All times are in seconds since 1970 (UTC).

    It stands for the time from `begin` to `until`; `due` is when it was to start, `started` and
    `ended` are when it did and was over. `late` names what missed its deadline: tasks, and an
    empty name for the run itself.
    """

    run_type: str
    begin: float
    until: float
    due: float
    started: float
    ended: float
    state: RunState
    late: tuple[str, ...] = ()


class MissedRun(NamedTuple):
    """A run that stands for the time from `begin` to `due`, and never began."""

    begin: float
    due: float


class ClockChange(NamedTuple):
    """At `time` the wall clock jumps by `shift` seconds: a gap if that is more than zero."""

    time: float
    shift: float


class Period(NamedTuple):
    """What was looked at: a Dag, its schedule in words, a time, and what was special in it.

    `outage` is the time in which the scheduler was away, `missed` what never ran because of it.
    At most `max_active_runs` went on at a time, None where nothing says so. `nothing` is why
    there were no runs, `failure` how the first one ended that failed, `hint` what else people
    should know, in words. Times are in seconds since 1970 (UTC), `where` is the zone in which
    people read them.
    """

    dag: str
    schedule: str
    where: tzinfo
    start: float
    end: float
    changes: tuple[ClockChange, ...] = ()
    outage: tuple[float, float] | None = None
    missed: tuple[MissedRun, ...] = ()
    max_active_runs: int | None = None
    nothing: str = ""
    failure: str = ""
    hint: str = ""

    def local(self, time: float) -> datetime:
        """Return a time as the clocks of the zone show it.

        >>> Period("sales", "every hour", UTC, 0.0, 60.0).local(60.0).isoformat()
        '1970-01-01T00:01:00+00:00'
        """
        return datetime.fromtimestamp(time, UTC).astimezone(self.where)
