"""What is known of a run whose process died? The events that write it down."""

from __future__ import annotations

from collections.abc import Sequence

from wfkit.core.events import Event, EventType
from wfkit.core.members import tries
from wfkit.core.run import RunSnapshot
from wfkit.core.states import Outcome, RunState, TaskState

MOST_LOSSES = 3
"""So many lost attempts in a row fail a task."""

REASON = "the process that ran it ended"
STOPPED = "the scheduler was stopped"


def events_after_death(snapshot: RunSnapshot, time: float) -> list[Event]:
    """Return the events that end a run whose process is gone: live attempts are lost.

    `time` is in seconds since 1970 (UTC). A run that has ended needs none.
    """
    if snapshot.state.is_terminal:
        return []
    time = max(time, snapshot.time)
    found: list[Event] = []
    for it in snapshot.with_state(TaskState.QUEUED, TaskState.RUNNING):
        _, losses = tries(snapshot, it.task, it.map_index)
        to = TaskState.FAILED if losses + 1 >= MOST_LOSSES else TaskState.UP_FOR_RETRY
        place = (it.task, it.map_index, it.attempt)
        moved = (it.state.value, to.value, {"outcome": Outcome.LOST.value})
        found.append(_event(snapshot, len(found), time, EventType.TASK_STATE, *place, *moved))
    moved = (snapshot.state.value, RunState.FAILED.value, {"reason": REASON})
    found.append(_event(snapshot, len(found), time, EventType.RUN_STATE, None, -1, None, *moved))
    return found


def was_cut_off(events: Sequence[Event]) -> bool:
    """Return True for a run that did not end of its own: its process died, or had to stop."""
    if not events:
        return False
    last = events[-1]
    if last.to_state == RunState.CANCELLED:
        asked = [it for it in events if it.type == EventType.CANCEL_REQUESTED]
        return bool(asked and asked[-1].detail and asked[-1].detail.get("reason") == STOPPED)
    return bool(last.task is None and last.detail and last.detail.get("reason") == REASON)


def _event(
    snapshot: RunSnapshot, before: int, time: float, kind: EventType, *rest: object
) -> Event:
    return Event(snapshot.seq + before + 1, time, kind.value, snapshot.run_id, *rest)  # type: ignore[arg-type]
