"""How did many runs go, task by task? One state for each task instance of each run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from wfkit.core.events import EventType
from wfkit.core.outline import RunOutline, outline_of
from wfkit.core.run import RunSnapshot
from wfkit.core.states import TaskState


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


class Move(NamedTuple):
    """What an event says about the state of a task instance; `collapsed` as in its detail."""

    type: str
    task: str
    map_index: int
    to_state: str | None
    attempt: int | None = None
    collapsed: bool = False


def last_states(moves: Iterable[Move]) -> dict[tuple[str, int], Reached]:
    """Return the states that the events of one run lead to, as a fold of all of them would.

    >>> last_states([Move("task_state", "load", -1, "running"), Move("expanded", "load", -1, None)])
    {}
    """
    found: dict[tuple[str, int], tuple[str, int | None]] = {}
    for kind, task, index, state, attempt, collapsed in moves:
        if kind == EventType.EXPANDED:
            found.pop((task, -1), None)
        elif state is not None:
            if collapsed:
                for key in [key for key in found if key[0] == task]:
                    del found[key]
            found[task, index] = (state, attempt)
    return {key: Reached(TaskState(state), it or 0) for key, (state, it) in found.items()}


def grid_run(snapshot: RunSnapshot) -> GridRun:
    """Return what the grid tells of a run that is known in full."""
    instances = {key: Reached(it.state, it.attempt) for key, it in snapshot.instances.items()}
    return GridRun(outline_of(snapshot), instances)
