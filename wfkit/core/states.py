"""The states of task instances and runs, and the only moves between them, as data."""

from __future__ import annotations

from enum import StrEnum

from wfkit.core.errors import IllegalMove


class TaskState(StrEnum):
    """Where a task instance stands inside a run.

    | state             | meaning                                                     |
    |-------------------|-------------------------------------------------------------|
    | none              | waits for its upstream tasks                                |
    | scheduled         | may start, its trigger rule is satisfied                    |
    | queued            | handed to the executor, waits for a free slot               |
    | running           | an attempt is under way                                     |
    | up_for_retry      | an attempt failed, the next one waits for its delay         |
    | up_for_reschedule | a sensor waits between two pokes                            |
    | success           | returned a result                                           |
    | failed            | out of attempts                                             |
    | upstream_failed   | never started, because something it needs failed            |
    | skipped           | not needed in this run                                      |
    | cancelled         | the run was stopped before it ended                         |
    """

    NONE = "none"
    SCHEDULED = "scheduled"
    QUEUED = "queued"
    RUNNING = "running"
    UP_FOR_RETRY = "up_for_retry"
    UP_FOR_RESCHEDULE = "up_for_reschedule"
    SUCCESS = "success"
    FAILED = "failed"
    UPSTREAM_FAILED = "upstream_failed"
    SKIPPED = "skipped"
    CANCELLED = "cancelled"

    @property
    def is_terminal(self) -> bool:
        """True when nothing more happens to the task instance in this run."""
        return self in TERMINAL


class RunState(StrEnum):
    """Where a run of the whole Dag stands."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCESS = "success"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_terminal(self) -> bool:
        """True when the run has ended."""
        return self in RUN_TERMINAL


class Outcome(StrEnum):
    """How one attempt ended."""

    RETURNED = "returned"
    RAISED = "raised"
    TIMED_OUT = "timed_out"
    SKIPPED = "skipped"
    CANCELLED = "cancelled"
    CACHED = "cached"
    LOST = "lost"


_S = TaskState
TERMINAL = frozenset({_S.SUCCESS, _S.FAILED, _S.UPSTREAM_FAILED, _S.SKIPPED, _S.CANCELLED})
RUN_TERMINAL = frozenset({RunState.SUCCESS, RunState.FAILED, RunState.CANCELLED})

TASK_MOVES: dict[TaskState, frozenset[TaskState]] = {
    _S.NONE: frozenset({_S.SCHEDULED, _S.UPSTREAM_FAILED, _S.SKIPPED, _S.CANCELLED}),
    _S.SCHEDULED: frozenset({_S.QUEUED, _S.SUCCESS, _S.CANCELLED}),
    # A claim whose process died before the body began is lost like a running attempt.
    _S.QUEUED: frozenset({_S.RUNNING, _S.CANCELLED, _S.UP_FOR_RETRY, _S.FAILED}),
    _S.RUNNING: frozenset(
        {_S.SUCCESS, _S.FAILED, _S.SKIPPED, _S.UP_FOR_RETRY, _S.UP_FOR_RESCHEDULE, _S.CANCELLED}
    ),
    _S.UP_FOR_RETRY: frozenset({_S.SCHEDULED, _S.CANCELLED}),
    _S.UP_FOR_RESCHEDULE: frozenset({_S.SCHEDULED, _S.FAILED, _S.CANCELLED}),
    **{state: frozenset({_S.NONE}) for state in TERMINAL},
}
"""Every legal move of a task instance. Terminal states are left only by a `cleared` event."""

RUN_MOVES: dict[RunState, frozenset[RunState]] = {
    RunState.QUEUED: frozenset({RunState.RUNNING, RunState.CANCELLED, RunState.FAILED}),
    RunState.RUNNING: RUN_TERMINAL,
    **{state: frozenset({RunState.RUNNING}) for state in RUN_TERMINAL},
}
"""Every legal move of a run. An ended run is reopened only by a `cleared` event."""


def check_move(thing: str, before: TaskState, after: TaskState) -> None:
    """Raise IllegalMove unless `before` → `after` is in `TASK_MOVES`.

    >>> check_move("clean", TaskState.QUEUED, TaskState.RUNNING)
    >>> check_move("clean", TaskState.NONE, TaskState.SUCCESS)
    Traceback (most recent call last):
    wfkit.core.errors.IllegalMove: clean cannot go from none to success.
    """
    if after not in TASK_MOVES[before]:
        raise IllegalMove(f"{thing} cannot go from {before} to {after}.")
