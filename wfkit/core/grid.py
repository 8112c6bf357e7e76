"""How did many runs go, task by task? One state for each task instance of each run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from wfkit.core.events import EventType
from wfkit.core.states import RunState, TaskState

InstanceStates = Mapping[tuple[str, int], TaskState]
"""The states of task instances, by task and map_index."""


class GridRun(NamedTuple):
    """One run: its logical date as ISO 8601 text, its state and those of its task instances."""

    run_id: str
    logical_date: str
    state: RunState
    instances: InstanceStates


class Grid(NamedTuple):
    """The newest runs of a Dag, oldest of them first, and its tasks in the order of the graph."""

    dag: str
    tasks: Sequence[str]
    runs: Sequence[GridRun]


class Move(NamedTuple):
    """What an event says about the state of a task instance; `collapsed` as in its detail."""

    type: str
    task: str
    map_index: int
    to_state: str | None
    collapsed: bool = False


def last_states(moves: Iterable[Move]) -> dict[tuple[str, int], TaskState]:
    """Return the states that the events of one run lead to, as a fold of all of them would.

    >>> last_states([Move("task_state", "load", -1, "running"), Move("expanded", "load", -1, None)])
    {}
    """
    found: dict[tuple[str, int], str] = {}
    for kind, task, index, state, collapsed in moves:
        if kind == EventType.EXPANDED:
            found.pop((task, -1), None)
        elif state is not None:
            if collapsed:
                for key in [key for key in found if key[0] == task]:
                    del found[key]
            found[task, index] = state
    return {key: TaskState(state) for key, state in found.items()}
