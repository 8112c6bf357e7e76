"""How did many runs go, task by task? One state for each task instance of each run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from wfkit.core.events import Event, EventType
from wfkit.core.outline import RunOutline, outline_of
from wfkit.core.run import RunSnapshot
from wfkit.core.states import TaskState

# Looked up once: an enumeration takes longer to answer than all the rest of `take`.
_EXPANDED, _CLEARED = EventType.EXPANDED.value, EventType.CLEARED.value
_NOWHERE = ("", 0)


class Reached(NamedTuple):
    """Where a task instance stands, and in which attempt; 0 before the first one."""

    state: TaskState
    attempt: int = 0


InstanceStates = Mapping[tuple[str, int], Reached]
"""Where task instances stand, by task and map_index."""


class GridRun(NamedTuple):
    """One run, and where its task instances stand."""

    outline: RunOutline
    instances: InstanceStates


class Grid(NamedTuple):
    """The newest runs of a Dag, oldest of them first, and its tasks in the order of the graph.

    `has_older` says that there are runs before those.
    """

    dag: str
    tasks: Sequence[str]
    runs: Sequence[GridRun]
    has_older: bool = False


class LastStates:
    """Where the task instances that have moved stand, by events of one run taken in order.

    That is what a fold of all the events would find. `seq` is that of the last event.

    >>> last = LastStates()
    >>> last.take([Event(1, 0.0, "task_state", "r", "load", attempt=1, to_state="running")])
    >>> last.take([Event(2, 0.0, "task_state", "r", "load", attempt=1, to_state="success")])
    >>> last.reached, last.seq
    ({('load', -1): ('success', 1)}, 2)
    """

    def __init__(self) -> None:
        self.reached: dict[tuple[str, int], tuple[str, int]] = {}
        self.seq = 0

    def take(self, events: Iterable[Event]) -> None:
        """Take in further events."""
        found, seq = self.reached, self.seq
        # Unpacked, as every event of every run comes by here.
        for seq, _, kind, _, task, index, attempt, _, state, detail in events:  # noqa: B007
            if task is None:
                continue
            if kind == _EXPANDED:
                found.pop((task, -1), None)
            elif kind == _CLEARED:
                self._clear((task, index), attempt, bool(detail and detail.get("collapsed")))
            elif state is not None:
                key = (task, index)
                found[key] = (state, attempt or found.get(key, _NOWHERE)[1])
        self.seq = seq

    def _clear(self, key: tuple[str, int], attempt: int | None, is_collapsed: bool) -> None:
        if is_collapsed:
            for other in [it for it in self.reached if it[0] == key[0]]:
                del self.reached[other]
        self.reached[key] = (TaskState.NONE.value, attempt or 0)

    @property
    def states(self) -> dict[tuple[str, int], Reached]:
        """Where each task instance stands."""
        return {key: Reached(TaskState(it), attempt) for key, (it, attempt) in self.reached.items()}


def grid_run(snapshot: RunSnapshot) -> GridRun:
    """Return what the grid tells of a run that is known in full."""
    instances = {key: Reached(it.state, it.attempt) for key, it in snapshot.instances.items()}
    return GridRun(outline_of(snapshot), instances)
