"""How a run stands: a snapshot folded from its events."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar, NamedTuple

from wfkit.core.events import Event, EventType
from wfkit.core.states import Outcome, RunState, TaskState


class TaskInstance(NamedTuple):
    """One task inside one run. Times are in seconds since 1970 (UTC), None before they happen.

    `because` names the upstream task that decided an `upstream_failed` or `skipped`; `error` is
    the last error as plain data: type, message, traceback (lines) and line (the learner's own);
    `note` is what people should know about a success.
    """

    task: str
    map_index: int = -1
    state: TaskState = TaskState.NONE
    attempt: int = 0
    started: float | None = None
    ended: float | None = None
    because: str | None = None
    error: Mapping[str, Any] | None = None
    note: str = ""


class Attempt(NamedTuple):
    """One try of a task. `number` counts from 1; `outcome` is None while it runs.

    `delay` is the pause in seconds before the next attempt, where one follows.
    """

    task: str
    map_index: int
    number: int
    queued: float
    started: float | None = None
    ended: float | None = None
    outcome: Outcome | None = None
    error: Mapping[str, Any] | None = None
    delay: float | None = None


class RunSnapshot:
    """The fold of a run's events so far: grows by `apply`, and is only read otherwise.

    `detail` describes the run (dag, run_type, logical_date, params, upstream …) as its first
    event recorded it. `instances` and `attempts` are keyed by (task, map_index) and
    (task, map_index, number), in the order of the graph and of their start. `chosen` is what
    each branch last chose, `expanded_over` where the items of a task came from, `made_by` the
    code (its fingerprint) of each task instance when it last succeeded: a run that goes on does
    so with the code of that moment.
    """

    def __init__(self) -> None:
        self.run_id = ""
        self.detail: Mapping[str, Any] = {}
        self.state: RunState = RunState.QUEUED
        self.started: float | None = None
        self.ended: float | None = None
        self.instances: dict[tuple[str, int], TaskInstance] = {}
        self.attempts: dict[tuple[str, int, int], Attempt] = {}
        self.changed: set[tuple[str, int]] = set()
        self.late: list[str] = []
        self.chosen: dict[str, tuple[str, ...]] = {}
        self.made_by: dict[tuple[str, int], str | None] = {}
        self.expanded_over: dict[str, str] = {}
        self.seq = 0
        self.time = float("-inf")
        self._cleared: dict[tuple[str, int], int] = {}
        self._code: Mapping[str, str] = {}

    @property
    def dag_name(self) -> str:
        """Name of the Dag that the run belongs to."""
        return str(self.detail.get("dag", ""))

    @property
    def upstream(self) -> Mapping[str, list[str]]:
        """Direct upstream tasks of each task, as they were in this run."""
        found: Mapping[str, list[str]] = self.detail.get("upstream", {})
        return found

    def counts(self) -> Counter[TaskState]:
        """How many task instances are in which state."""
        return Counter(it.state for it in self.instances.values())

    def with_state(self, *states: TaskState) -> list[TaskInstance]:
        """The task instances that are in one of `states`, in the order of the graph."""
        return [it for it in self.instances.values() if it.state in states]

    def apply(self, event: Event) -> None:
        """Take in the next event."""
        self.seq, self.time = event.seq, event.time
        applied = self._HOW.get(event.type)
        if applied:
            applied(self, event)

    def attempts_of(self, task: str, map_index: int) -> list[Attempt]:
        """The attempts of a task instance since it was last cleared, in order."""
        first = self._cleared.get((task, map_index), 0) + 1
        numbers = itertools.takewhile(
            lambda number: (task, map_index, number) in self.attempts, itertools.count(first)
        )
        return [self.attempts[task, map_index, number] for number in numbers]

    def _apply_cleared(self, event: Event) -> None:
        key = (str(event.task), event.map_index)
        if event.detail and event.detail.get("collapsed"):
            for old in [it for it in self.instances if it[0] == event.task]:
                self._cleared[old] = self.instances.pop(old).attempt
        attempt = event.attempt or 0
        self._cleared[key] = attempt
        self.instances[key] = TaskInstance(*key, attempt=attempt)
        self.changed.add(key)

    def _apply_expanded(self, event: Event) -> None:
        task = str(event.task)
        self.instances.pop((task, -1), None)
        detail = event.detail or {}
        if "over" in detail:
            self.expanded_over[task] = detail["over"]
        for index in range(int(detail.get("length", 0))):
            self.instances[task, index] = TaskInstance(task, index)
            self.changed.add((task, index))

    def _apply_deadline_missed(self, event: Event) -> None:
        self.late.append(str(event.task or ""))

    def _apply_run(self, event: Event) -> None:
        self.run_id = event.run_id
        self.state = RunState(str(event.to_state))
        self._code = (event.detail or {}).get("code", self._code)
        if event.detail and event.from_state is None:
            self.detail = event.detail
            for name in self.upstream:
                self.instances[name, -1] = TaskInstance(name)
        if self.state is RunState.RUNNING:
            self.started = event.time if self.started is None else self.started
            self.ended = None
        elif self.state.is_terminal:
            self.ended = event.time

    def _apply_task(self, event: Event) -> None:
        key = (str(event.task), event.map_index)
        before = self.instances.get(key) or TaskInstance(*key)
        state = _TASK_STATES[str(event.to_state)]
        detail = event.detail or {}
        if state is TaskState.SUCCESS:
            self.made_by[key] = self._code.get(key[0])
            if "chosen" in detail:
                self.chosen[key[0]] = tuple(detail["chosen"])
        self.instances[key] = TaskInstance(
            *key,
            state,
            event.attempt or before.attempt,
            event.time if state is TaskState.RUNNING else before.started,
            event.time if state.is_terminal else before.ended,
            detail.get("because", before.because),
            None if state is TaskState.SUCCESS else detail.get("error", before.error),
            detail.get("note", before.note),
        )
        self.changed.add(key)
        if event.attempt:
            self._apply_attempt(event, (*key, event.attempt), detail)

    def _apply_attempt(
        self, event: Event, key: tuple[str, int, int], detail: Mapping[str, Any]
    ) -> None:
        known = self.attempts.get(key)
        if event.to_state == TaskState.QUEUED:
            if known is None:
                self.attempts[key] = Attempt(*key, queued=event.time)
        elif event.to_state == TaskState.RUNNING:
            if known is not None and known.started is None:
                self.attempts[key] = known._replace(started=event.time)
        elif "outcome" in detail and key in self.attempts:
            self.attempts[key] = self.attempts[key]._replace(
                ended=event.time,
                outcome=Outcome(detail["outcome"]),
                error=detail.get("error"),
                delay=detail.get("delay"),
            )

    _HOW: ClassVar[Mapping[str, Callable[[RunSnapshot, Event], None]]] = {
        EventType.TASK_STATE: _apply_task,
        EventType.RUN_STATE: _apply_run,
        EventType.CLEARED: _apply_cleared,
        EventType.EXPANDED: _apply_expanded,
        EventType.DEADLINE_MISSED: _apply_deadline_missed,
    }


_TASK_STATES = {it.value: it for it in TaskState}


def fold(events: Iterable[Event]) -> RunSnapshot:
    """Return the snapshot that `events` (all of one run, in order) add up to.

    >>> fold([Event(1, 0.0, "run_state", "r", to_state="queued", detail={"dag": "d"})]).dag_name
    'd'
    """
    snapshot = RunSnapshot()
    for event in events:
        snapshot.apply(event)
    return snapshot
