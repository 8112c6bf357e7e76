"""How did earlier runs go? What is told of them and of each of their task instances."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from wfkit.core.events import EventType
from wfkit.core.outline import RunOutline, outline_of
from wfkit.core.run import RunSnapshot
from wfkit.core.states import TERMINAL, TaskState


class InstanceSpan(NamedTuple):
    """One task instance of a run, since it was last cleared.

    `attempt` is the number of its newest attempt and `first` that of its first one, 0 before
    there is one. `started` is when the first attempt began and `ended` when the instance came to
    its end, in seconds since 1970 (UTC).
    """

    state: TaskState
    attempt: int = 0
    first: int = 0
    started: float | None = None
    ended: float | None = None

    @property
    def retries(self) -> int:
        """How many attempts followed the first one."""
        return self.attempt - self.first if self.first else 0

    @property
    def duration(self) -> float | None:
        """Seconds from the start of the first attempt to the end, pauses between them included.

        >>> InstanceSpan(TaskState.SUCCESS, 3, 1, started=10.0, ended=40.0).duration
        30.0
        """
        if self.started is None or self.ended is None:
            return None
        return self.ended - self.started


Instances = Mapping[tuple[str, int], InstanceSpan]
"""Task instances of one run, by task and map_index."""


class RunHistory(NamedTuple):
    """One run with its task instances.

    `late` names the tasks that missed their deadline; the run itself has the empty name.
    """

    outline: RunOutline
    instances: Instances
    late: frozenset[str] = frozenset()


class Move(NamedTuple):
    """What an event of a run says about a task instance; `collapsed` as in its detail."""

    run: int | str
    type: str
    task: str
    map_index: int
    to_state: str | None
    attempt: int | None = None
    time: float = 0.0
    collapsed: bool = False


_EXPANDED, _CLEARED = EventType.EXPANDED.value, EventType.CLEARED.value
_RUNNING = TaskState.RUNNING.value
_new = tuple.__new__
_STATES = {state.value: (state, state in TERMINAL) for state in TaskState}
_NEVER: tuple[None, None] = (None, None)


def instance_spans(moves: Iterable[Move]) -> dict[tuple[str, int], InstanceSpan]:
    """Return what the moves of one run lead to, as a fold of its events would.

    Moves that end in a state which was left again may be missing; without those to "running"
    it is not known when an instance started.

    >>> instance_spans([Move(1, "task_state", "load", -1, "success", 2, 30.0)])
    {('load', -1): InstanceSpan(state=<TaskState.SUCCESS: 'success'>, attempt=2, first=0, \
started=None, ended=30.0)}
    """
    last: dict[tuple[str, int], tuple[str, int | None, float]] = {}
    began: dict[tuple[str, int], tuple[int | None, float | None]] = {}
    for _, kind, task, index, state, attempt, time, collapsed in moves:
        key = (task, index)
        if state is None:
            if kind == _EXPANDED:
                last.pop((task, -1), None)
            continue
        if state == _RUNNING:
            began.setdefault(key, (attempt, time))
        elif kind == _CLEARED:
            for old in [it for it in last if it[0] == task] if collapsed else [key]:
                last.pop(old, None)
                began.pop(old, None)
        last[key] = (state, attempt, time)
    return {key: _span(*it, *began.get(key, _NEVER)) for key, it in last.items()}


def _span(
    state: str, attempt: int | None, time: float, first: int | None, started: float | None
) -> InstanceSpan:
    known, has_ended = _STATES[state]
    # Straight to the tuple: a history may have a hundred thousand of them.
    fields = (known, attempt or 0, first or 0, started, time if has_ended else None)
    return _new(InstanceSpan, fields)


def run_history(snapshot: RunSnapshot) -> RunHistory:
    """Return what is told of a run that is known in full."""
    instances = {}
    for key, it in snapshot.instances.items():
        attempts = [one for one in snapshot.attempts_of(*key) if one.started is not None]
        first, started = (attempts[0].number, attempts[0].started) if attempts else (0, None)
        ended = it.ended if it.state.is_terminal else None
        instances[key] = InstanceSpan(it.state, it.attempt, first, started, ended)
    return RunHistory(outline_of(snapshot), instances, frozenset(snapshot.late))
