"""What happened in a run, step by step? The twin of a replay in text."""

from __future__ import annotations

from collections.abc import Sequence

from wfkit.core.events import Event, EventType
from wfkit.core.run import RunSnapshot
from wfkit.core.states import TaskState
from wfkit.views.telling import Told
from wfkit.views.text import run_headline
from wfkit.views.wording import columns, counted, visible

_PREPARES = (TaskState.SCHEDULED, TaskState.QUEUED)


def story_text(
    snapshot: RunSnapshot, events: Sequence[Event], told: Sequence[Told], most: int | None = None
) -> str:
    """Return a run as a list of its events, with the seconds from its start, at most so many.

    That a task was scheduled and queued is told only where it had to wait. `snapshot` is the fold
    of `events`, `told` what `telling.told` gives for them.
    """
    shown = _steps(events)
    left_out = len(shown) - (most or len(shown))
    gap = len(shown)
    if left_out > 0:
        gap = 2 * (len(shown) - left_out) // 3
        shown = [*shown[:gap], *shown[gap + left_out :]]
    lines = [(str(events[i].seq), told[i].clock, told[i].what) for i in shown]
    widths = [max(columns(line[i]) for line in lines) for i in (0, 1)]
    rows = [f"  {number:>{widths[0]}}  {at:>{widths[1]}}  {what}" for number, at, what in lines]
    if left_out > 0:
        rows.insert(gap, f"  … {counted(left_out, 'line')} left out …")
    number, dag = counted(len(events), "event"), visible(snapshot.dag_name)
    return "\n".join([f"{run_headline(snapshot)}, {number} of {dag}", *rows])


def _steps(events: Sequence[Event]) -> list[int]:
    """Return the places of the events that are worth a line."""
    waited = _waited(events)
    return [
        i
        for i, event in enumerate(events)
        if event.to_state not in _PREPARES or event.task is None or event.seq in waited
    ]


def _waited(events: Sequence[Event]) -> set[int]:
    """Return the events after which a task instance had to wait for its turn."""
    found: set[int] = set()
    last: dict[tuple[str | None, int], Event] = {}
    for event in events:
        if event.type == EventType.TASK_STATE:
            before = last.get((event.task, event.map_index))
            if before is not None and before.to_state in _PREPARES and before.time < event.time:
                found.add(before.seq)
            last[event.task, event.map_index] = event
    return found
