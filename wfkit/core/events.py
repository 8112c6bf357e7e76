"""What happened: the flat records that are the truth about a run."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, NamedTuple


class EventType(StrEnum):
    """What kind of fact an event records."""

    RUN_STATE = "run_state"
    TASK_STATE = "task_state"
    CANCEL_REQUESTED = "cancel_requested"
    CLEARED = "cleared"
    EXPANDED = "expanded"
    DEADLINE_MISSED = "deadline_missed"


class Event(NamedTuple):
    """One fact about a run; JSON-able, never changed.

    `seq` counts the events of a run from 1. `time` is in seconds since 1970 (UTC), on the clock
    of the run. `attempt` counts from 1 and is None for what belongs to no attempt. `detail`
    holds what only some events have, such as the outcome of the attempt that ended here.
    """

    seq: int
    time: float
    type: str
    run_id: str
    task: str | None = None
    map_index: int = -1
    attempt: int | None = None
    from_state: str | None = None
    to_state: str | None = None
    detail: Mapping[str, Any] | None = None

    @property
    def at(self) -> datetime:
        """The moment, aware, in UTC.

        >>> Event(1, 30.0, "run_state", "manual__x").at.isoformat()
        '1970-01-01T00:00:30+00:00'
        """
        return datetime.fromtimestamp(self.time, UTC)

    def to_dict(self) -> dict[str, Any]:
        """Return the event as plain data for JSON, `at` as ISO 8601 text."""
        plain = self._asdict()
        del plain["time"]
        return {"seq": self.seq, "at": self.at.isoformat(), **plain}
