"""What of a run is told without its tasks? Its kind, its dates, when it began and ended."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from wfkit.core.run import RunSnapshot
from wfkit.core.states import RunState


class RunOutline(NamedTuple):
    """One run. Times are in seconds since 1970 (UTC), None before they happen.

    `logical_date` is ISO 8601 text. `due` is when the schedule wanted the run to start, None for
    a run by hand; `deadlines` tell until when the run (the empty name) and its tasks should have
    ended. `is_virtual` is True where a virtual clock told the times.
    """

    run_id: str
    logical_date: str
    state: RunState
    run_type: str = ""
    is_virtual: bool = False
    due: str | None = None
    deadlines: Mapping[str, float] = {}
    started: float | None = None
    ended: float | None = None

    @property
    def duration(self) -> float | None:
        """Seconds from the start to the end, None before that.

        >>> RunOutline("r", "", RunState.SUCCESS, started=10.0, ended=40.0).duration
        30.0
        """
        if self.started is None or self.ended is None:
            return None
        return self.ended - self.started


def outlined(
    run_id: str,
    logical_date: str,
    state: RunState,
    detail: Mapping[str, Any],
    *,
    started: float | None,
    last: float | None,
) -> RunOutline:
    """Return the outline of a run whose first event has this `detail`, and whose last was then."""
    return RunOutline(
        run_id,
        logical_date,
        state,
        run_type=str(detail.get("run_type") or ""),
        is_virtual=detail.get("clock") == "virtual",
        due=detail.get("due"),
        deadlines=detail.get("deadlines") or {},
        started=started,
        ended=last if state.is_terminal else None,
    )


def outline_of(snapshot: RunSnapshot) -> RunOutline:
    """Return the outline of a run that is known in full."""
    detail = snapshot.detail
    date = str(detail.get("logical_date", ""))
    place = (snapshot.run_id, date, snapshot.state)
    return outlined(*place, detail, started=snapshot.started, last=snapshot.ended)
