"""What is due of a Dag that begins to be served? What was missed, and all that comes."""

from __future__ import annotations

from datetime import datetime

from wfkit.api.dag_options import DagOptions
from wfkit.api.past import Past
from wfkit.engine.agenda import Agenda


def agenda_of(options: DagOptions, past: Past, now: datetime) -> Agenda:
    """Return the runs that are due from `now` on, with what was missed as `catchup` says.

    No date gets a second run, and what another schedule has brought is not brought again: after
    a change of the schedule only what begins later counts as missed.
    """
    timetable = options.timetable
    assert timetable is not None
    changed = past.end_of_other(timetable.text)
    known = [it for it in (timetable.start or past.newest_date(now), changed) if it]
    if known:
        intervals = timetable.missed(max(known), now, newest=not options.catchup)
    else:
        intervals = timetable.intervals(now)
    return Agenda(
        (it for it in intervals if changed is None or it.begin >= changed),
        catchup=options.catchup,
        max_active_runs=options.max_active_runs,
        done=past.dates,
    )
