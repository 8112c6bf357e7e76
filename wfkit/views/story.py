"""What happened in a run, step by step? The twin of a replay in text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from wfkit.core.durations import duration_words
from wfkit.core.events import Event, EventType
from wfkit.core.run import fold
from wfkit.core.states import TaskState
from wfkit.views.telling import told
from wfkit.views.text import run_headline
from wfkit.views.wording import columns, counted, visible

_PREPARES = (TaskState.SCHEDULED, TaskState.QUEUED)


def story_text(events: Sequence[Event], most: int | None = None) -> str:
    """Return a run as a list of its events, with the seconds from its start, at most so many.

    That a task was scheduled and queued is told only where it had to wait.
    """
    lines = [_line(number, at, what) for number, at, what in _steps(events)]
    left_out = len(lines) - (most or len(lines))
    if left_out > 0:
        half = len(lines) - left_out - (len(lines) - left_out) // 3
        more = ("", "", f"… {counted(left_out, 'line')} left out …")
        lines = [*lines[:half], more, *lines[half + left_out :]]
    widths = [max(columns(line[i]) for line in lines) for i in (0, 1)]
    snapshot = fold(events)
    head = (
        f"{run_headline(snapshot)}, {counted(len(events), 'event')} of {visible(snapshot.dag_name)}"
    )
    rows = (
        f"  {number:>{widths[0]}}  {' ' * (widths[1] - columns(at))}{at}  {what}"
        for number, at, what in lines
    )
    return "\n".join([head, *rows])


def _line(number: int, at: float, what: str) -> tuple[str, str, str]:
    return str(number), duration_words(at), what


def _steps(events: Sequence[Event]) -> Iterator[tuple[int, float, str]]:
    waited = _waited(events)
    for event, (at, what) in zip(events, told(events), strict=True):
        if event.to_state not in _PREPARES or event.task is None or event.seq in waited:
            yield event.seq, at, what


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
