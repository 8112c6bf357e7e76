"""What the machine is told, and what it asks for in return."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, NamedTuple

from wfkit.core.states import Outcome


class RunStarted(NamedTuple):
    """The run begins; `detail` describes it and becomes part of its first event."""

    time: float
    detail: Mapping[str, Any]


class RunResumed(NamedTuple):
    """An ended run goes on: what did not succeed and was not skipped is cleared."""

    time: float
    detail: Mapping[str, Any]


class TasksCleared(NamedTuple):
    """Somebody wants these tasks to run again, whatever their state."""

    time: float
    tasks: tuple[str, ...]
    detail: Mapping[str, Any]


class AttemptStarted(NamedTuple):
    """An executor began to run the body of a task."""

    task: str
    map_index: int
    attempt: int
    time: float


class AttemptFinished(NamedTuple):
    """An attempt ended; `error` is plain data, `retryable` says if another attempt may help.

    `chosen` names the downstream tasks that a branch follows, `note` is what people should know
    about a success.
    """

    task: str
    map_index: int
    attempt: int
    time: float
    outcome: Outcome
    error: Mapping[str, Any] | None = None
    retryable: bool = True
    chosen: tuple[str, ...] | None = None
    note: str = ""


class Poked(NamedTuple):
    """A sensor looked, and what it waits for is not there yet."""

    task: str
    map_index: int
    attempt: int
    time: float


class Expanded(NamedTuple):
    """The list that a task is expanded over has so many items; None where it is no such list."""

    task: str
    length: int | None
    time: float


class CacheAnswered(NamedTuple):
    """The cache has a result for a task instance, or it has not; `chosen` is as it was then."""

    task: str
    map_index: int
    hit: bool
    time: float
    chosen: tuple[str, ...] | None = None


class TimerKind(StrEnum):
    """What a timer is for."""

    RETRY = "retry"
    TIMEOUT = "timeout"
    POKE = "poke"
    WAIT_TIMEOUT = "wait_timeout"
    DEADLINE = "deadline"


class TimerFired(NamedTuple):
    """A moment came that a SetTimer command asked for. A deadline of the run has no task.

    `is_injected` is True where a fault kept the attempt busy until then.
    """

    task: str
    map_index: int
    attempt: int
    time: float
    kind: TimerKind = TimerKind.RETRY
    is_injected: bool = False


class CancelRequested(NamedTuple):
    """Somebody asked to stop the run."""

    time: float
    reason: str = ""


class Stalled(NamedTuple):
    """Nothing can move any more, because slots are held by attempts that nobody can stop."""

    time: float


class Submit(NamedTuple):
    """Command: give this attempt to the executor; the higher priority goes first."""

    task: str
    map_index: int
    attempt: int
    priority: int


class Stop(NamedTuple):
    """Command: end this attempt, whose time is up, if the executor can."""

    task: str
    map_index: int
    attempt: int


class Expand(NamedTuple):
    """Command: say with Expanded over how many items this task goes."""

    task: str


class LookUp(NamedTuple):
    """Command: say with CacheAnswered if the cache has the result of this task instance."""

    task: str
    map_index: int


class SetTimer(NamedTuple):
    """Command: come back with TimerFired at `time`."""

    time: float
    task: str
    map_index: int
    attempt: int
    kind: TimerKind = TimerKind.RETRY


Input = (
    RunStarted
    | RunResumed
    | TasksCleared
    | AttemptStarted
    | AttemptFinished
    | Poked
    | Expanded
    | CacheAnswered
    | TimerFired
    | CancelRequested
    | Stalled
)
Command = Submit | Stop | Expand | LookUp | SetTimer
