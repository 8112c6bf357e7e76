"""How is a decision written down? As events, numbered and in order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wfkit.core.events import Event, EventType
from wfkit.core.members import WHOLE, Instance
from wfkit.core.run import RunSnapshot
from wfkit.core.states import TASK_MOVES, RunState, TaskState, check_move

_TASK_STATE = EventType.TASK_STATE.value
_new = tuple.__new__
Detail = Mapping[str, Any] | None


class Journal:
    """The events of a run as they come about; `now` is the time that they get.

    It goes on where `snapshot` ends.
    """

    def __init__(self, run_id: str, snapshot: RunSnapshot | None = None) -> None:
        self.now = snapshot.time if snapshot else float("-inf")
        self._run_id = run_id
        self._seq = snapshot.seq if snapshot else 0
        self._events: list[Event] = []

    @property
    def seq(self) -> int:
        """The number of the newest event."""
        return self._seq

    def taken(self) -> list[Event]:
        """Return the events since the last call."""
        events, self._events = self._events, []
        return events

    def task_moved(self, it: Instance, to: TaskState, detail: Detail) -> None:
        """Move a task instance to another state. Raises IllegalMove."""
        before = it.state
        if to not in TASK_MOVES[before]:
            check_move(it.group.name, before, to)
        it.state = to
        self._seq += 1
        # Straight to the tuple: four events a task make this the busiest line of a run.
        fields = (
            self._seq,
            self.now,
            _TASK_STATE,
            self._run_id,
            it.group.name,
            it.map_index,
            it.attempt or None,
            before._value_,
            to._value_,
            detail,
        )
        self._events.append(_new(Event, fields))

    def run_moved(self, before: RunState | None, to: RunState, detail: Detail) -> None:
        """Write down that the run changed its state."""
        self._add(EventType.RUN_STATE, None, before and before.value, to.value, detail)

    def noted(
        self,
        kind: EventType,
        it: Instance | None,
        before: TaskState | None = None,
        to: TaskState | None = None,
        detail: Detail = None,
    ) -> None:
        """Write down another fact about a task instance, or about the run."""
        self._add(kind, it, before and before.value, to and to.value, detail)

    def _add(
        self,
        kind: EventType,
        it: Instance | None,
        before: str | None,
        to: str | None,
        detail: Detail,
    ) -> None:
        self._seq += 1
        task = it.group.name if it else None
        index = it.map_index if it else WHOLE
        attempt = (it.attempt or None) if it else None
        place = (self._run_id, task, index, attempt)
        self._events.append(Event(self._seq, self.now, kind.value, *place, before, to, detail))
