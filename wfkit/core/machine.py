"""What happens next in a run: one input in, events and commands out.

The machine decides and nothing else: it has no clock, no thread, no file. Whoever drives it
writes the events down and carries out the commands. The cost of an input is the number of
the task's neighbours, never the size of the graph.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from wfkit.core.events import Event, EventType
from wfkit.core.graph import Graph
from wfkit.core.retry import RetryPolicy
from wfkit.core.states import TASK_MOVES, TERMINAL, Outcome, RunState, TaskState, check_move
from wfkit.core.trigger_rules import Tally, TriggerRule, Verdict, verdict


class RunStarted(NamedTuple):
    """The run begins; `detail` describes it and becomes part of its first event."""

    time: float
    detail: Mapping[str, Any]


class AttemptStarted(NamedTuple):
    """An executor began to run the body of a task."""

    task: str
    map_index: int
    attempt: int
    time: float


class AttemptFinished(NamedTuple):
    """An attempt ended; `error` is plain data, `retryable` says if another attempt may help."""

    task: str
    map_index: int
    attempt: int
    time: float
    outcome: Outcome
    error: Mapping[str, Any] | None = None
    retryable: bool = True


class TimerFired(NamedTuple):
    """A moment came that a SetTimer command asked for."""

    task: str
    map_index: int
    attempt: int
    time: float


class CancelRequested(NamedTuple):
    """Somebody asked to stop the run."""

    time: float
    reason: str = ""


class Submit(NamedTuple):
    """Command: give this attempt to the executor; the higher priority goes first."""

    task: str
    map_index: int
    attempt: int
    priority: int


class SetTimer(NamedTuple):
    """Command: come back with TimerFired at `time`."""

    time: float
    task: str
    map_index: int
    attempt: int


Input = RunStarted | AttemptStarted | AttemptFinished | TimerFired | CancelRequested
Command = Submit | SetTimer


class Decision(NamedTuple):
    """The events to write down, then the commands to carry out."""

    events: list[Event]
    commands: list[Command]


class _Instance:
    __slots__ = (
        "attempt",
        "downstream",
        "failures",
        "map_index",
        "retry",
        "rule",
        "state",
        "tally",
        "task",
    )

    def __init__(self, task: str, rule: TriggerRule, retry: RetryPolicy, upstream: int) -> None:
        self.task = task
        self.map_index = -1
        self.rule = rule
        self.retry = retry
        self.state = TaskState.NONE
        self.attempt = 0
        self.failures = 0
        self.tally = Tally(total=upstream)
        self.downstream: tuple[_Instance, ...] = ()


def _no_draw(task: str, map_index: int, attempt: int) -> float:
    return 1.0


_RETURNED: Mapping[str, Any] = {"outcome": Outcome.RETURNED.value}
_CANCELLED: Mapping[str, Any] = {"outcome": Outcome.CANCELLED.value}
_LIVE = frozenset({TaskState.QUEUED, TaskState.RUNNING})
_END_STATE = {
    Outcome.RETURNED: TaskState.SUCCESS,
    Outcome.CACHED: TaskState.SUCCESS,
    Outcome.SKIPPED: TaskState.SKIPPED,
}
_DECISIVE = {
    Verdict.SKIP: (TaskState.SKIPPED, TaskState.SUCCESS),
    Verdict.UPSTREAM_FAILED: (TaskState.FAILED, TaskState.UPSTREAM_FAILED),
}


class Machine:
    """The state of one run, moved on by inputs.

    `draw(task, map_index, attempt)` gives the number in [0, 1) that jitter multiplies a retry
    delay with.

    >>> from wfkit.core.task import Task
    >>> def orders(): ...
    >>> machine = Machine(Graph([Task(orders)]), "manual__1997-01-01")
    >>> decision = machine.advance(RunStarted(0.0, {}))
    >>> [(e.task, e.to_state) for e in decision.events]
    [(None, 'queued'), (None, 'running'), ('orders', 'scheduled'), ('orders', 'queued')]
    >>> decision.commands
    [Submit(task='orders', map_index=-1, attempt=1, priority=0)]
    """

    def __init__(
        self,
        graph: Graph,
        run_id: str,
        draw: Callable[[str, int, int], float] = _no_draw,
    ) -> None:
        self.run_id = run_id
        self.state: RunState | None = None
        self._graph = graph
        self._draw = draw
        self._seq = 0
        self._time = float("-inf")
        self._events: list[Event] = []
        self._commands: list[Command] = []
        self._ended: deque[_Instance] = deque()
        self._instances = _instances(graph)
        self._open = len(self._instances)
        self._advance: dict[type, Callable[[Any], None]] = {
            RunStarted: self._on_run_started,
            AttemptStarted: self._on_attempt_started,
            AttemptFinished: self._on_attempt_finished,
            TimerFired: self._on_timer_fired,
            CancelRequested: self._on_cancel_requested,
        }

    @property
    def finished(self) -> int:
        """How many task instances are in a terminal state."""
        return len(self._instances) - self._open

    def advance(self, fact: Input) -> Decision:
        """Take in one fact and return what follows from it.

        A fact about an attempt that is no longer the current one changes nothing: the late
        result of a cancelled attempt is dropped here. A time that lies before the last event
        counts as the time of that event.
        """
        self._time = max(self._time, fact.time)
        self._events, self._commands = [], []
        self._advance[type(fact)](fact)
        self._settle()
        return Decision(self._events, self._commands)

    def _on_run_started(self, fact: RunStarted) -> None:
        self._move_run(RunState.QUEUED, fact.detail)
        self._move_run(RunState.RUNNING)
        for name in self._graph.order:
            self._consider(self._instances[name, -1])

    def _on_attempt_started(self, fact: AttemptStarted) -> None:
        it = self._instances[fact.task, fact.map_index]
        if it.state is TaskState.QUEUED and it.attempt == fact.attempt:
            self._move(it, TaskState.RUNNING)

    def _on_attempt_finished(self, fact: AttemptFinished) -> None:
        it = self._instances[fact.task, fact.map_index]
        if it.state is not TaskState.RUNNING or it.attempt != fact.attempt:
            return
        end = _END_STATE.get(fact.outcome)
        detail = _RETURNED if fact.outcome is Outcome.RETURNED else _detail(fact)
        if end:
            self._move(it, end, detail)
        else:
            self._fail(it, fact, detail)

    def _fail(self, it: _Instance, fact: AttemptFinished, detail: Mapping[str, Any]) -> None:
        it.failures += 1
        if not (fact.retryable and it.retry.allows(it.failures)):
            self._move(it, TaskState.FAILED, detail)
            return
        draw = self._draw(it.task, it.map_index, it.attempt + 1)
        delay = it.retry.delay_before(it.failures + 1, draw)
        self._move(it, TaskState.UP_FOR_RETRY, {**detail, "delay": delay})
        if delay:
            self._commands.append(SetTimer(self._time + delay, it.task, it.map_index, it.attempt))
        else:
            self._schedule(it)

    def _on_timer_fired(self, fact: TimerFired) -> None:
        it = self._instances[fact.task, fact.map_index]
        if it.state is TaskState.UP_FOR_RETRY and it.attempt == fact.attempt:
            self._schedule(it)

    def _on_cancel_requested(self, fact: CancelRequested) -> None:
        if self.state is not RunState.RUNNING:
            return
        self._record(EventType.CANCEL_REQUESTED, detail={"reason": fact.reason})
        for name in self._graph.order:
            it = self._instances[name, -1]
            if not it.state.is_terminal:
                self._move(it, TaskState.CANCELLED, _CANCELLED if it.state in _LIVE else None)
        self._ended.clear()

    def _settle(self) -> None:
        while self._ended:
            it = self._ended.popleft()
            for down in it.downstream:
                down.tally.add(it.state)
                if down.state is TaskState.NONE:
                    self._consider(down)
        if not self._open and self.state is RunState.RUNNING:
            self._move_run(self._judged())

    def _consider(self, it: _Instance) -> None:
        found = verdict(it.rule, it.tally)
        if found is Verdict.START:
            self._schedule(it)
        elif found is not Verdict.WAIT:
            self._move(it, TaskState(found.value), {"because": self._decisive(it, found)})

    def _decisive(self, it: _Instance, found: Verdict) -> str:
        above = [self._instances[name, -1] for name in self._graph.upstream[it.task]]
        return next(up.task for state in _DECISIVE[found] for up in above if up.state is state)

    def _schedule(self, it: _Instance) -> None:
        it.attempt += 1
        self._move(it, TaskState.SCHEDULED)
        self._move(it, TaskState.QUEUED)
        priority = self._graph.tasks[it.task].options.priority
        self._commands.append(Submit(it.task, it.map_index, it.attempt, priority))

    def _judged(self) -> RunState:
        leaves = {self._instances[name, -1].state for name in self._graph.leaves}
        if TaskState.CANCELLED in {it.state for it in self._instances.values()}:
            return RunState.CANCELLED
        failed = leaves & {TaskState.FAILED, TaskState.UPSTREAM_FAILED}
        return RunState.FAILED if failed else RunState.SUCCESS

    def _move(self, it: _Instance, to: TaskState, detail: Mapping[str, Any] | None = None) -> None:
        before = it.state
        if to not in TASK_MOVES[before]:
            check_move(it.task, before, to)
        it.state = to
        self._seq += 1
        # Straight to the tuple: four events a task make this the busiest line of a run.
        fields = (
            self._seq,
            self._time,
            _TASK_STATE,
            self.run_id,
            it.task,
            it.map_index,
            it.attempt or None,
            before._value_,
            to._value_,
            detail,
        )
        self._events.append(_new(Event, fields))
        if to in TERMINAL:
            self._open -= 1
            self._ended.append(it)

    def _move_run(self, to: RunState, detail: Mapping[str, Any] | None = None) -> None:
        before, self.state = self.state, to
        self._record(EventType.RUN_STATE, before and before.value, to.value, detail)

    def _record(
        self,
        kind: EventType,
        before: str | None = None,
        to: str | None = None,
        detail: Mapping[str, Any] | None = None,
    ) -> None:
        self._seq += 1
        self._events.append(
            Event(
                self._seq,
                self._time,
                kind.value,
                self.run_id,
                from_state=before,
                to_state=to,
                detail=detail,
            )
        )


_TASK_STATE = EventType.TASK_STATE.value
_new = tuple.__new__


def _instances(graph: Graph) -> dict[tuple[str, int], _Instance]:
    made = {
        name: _Instance(name, it.options.trigger_rule, it.options.retry, len(graph.upstream[name]))
        for name, it in graph.tasks.items()
    }
    for name, it in made.items():
        it.downstream = tuple(made[down] for down in graph.downstream[name])
    return {(name, -1): it for name, it in made.items()}


def _detail(fact: AttemptFinished) -> dict[str, Any]:
    detail: dict[str, Any] = {"outcome": fact.outcome.value}
    if fact.error is not None:
        detail["error"] = dict(fact.error)
    return detail
