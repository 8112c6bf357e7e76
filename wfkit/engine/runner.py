"""Drives one run: ask the machine, write down, carry out, wait, feed back."""

from __future__ import annotations

import heapq
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b
from typing import Any

from wfkit.core.errors import StoreError
from wfkit.core.events import Event
from wfkit.core.graph import Graph, Source, SourceKind
from wfkit.core.machine import (
    AttemptStarted,
    CancelRequested,
    Command,
    Input,
    Machine,
    RunStarted,
    SetTimer,
    Submit,
    TimerFired,
)
from wfkit.core.states import Outcome, RunState
from wfkit.core.task import REQUIRED
from wfkit.engine import capture
from wfkit.engine.attempt import Finished, Work
from wfkit.engine.bus import Bus
from wfkit.engine.capture import Capture, LogLine
from wfkit.engine.clock import Clock
from wfkit.engine.executors.base import Executor
from wfkit.engine.store import Store, plain

_COMMIT_EVERY = 0.002
_ABSENT: Any = object()
Key = tuple[str, int]


@dataclass(frozen=True, kw_only=True)
class RunPlan:
    """What is to be run, and what its tasks may ask for. `earlier` holds results of other runs."""

    dag: str
    graph: Graph
    run_id: str
    run_type: str = "manual"
    logical_date: datetime
    data_interval: tuple[datetime, datetime]
    params: Mapping[str, Any] = field(default_factory=dict)
    seed: int = 0
    earlier: Mapping[str, Any] = field(default_factory=dict)

    def context(self) -> dict[str, Any]:
        """The values of the context names, but for `attempt`."""
        return {
            "logical_date": self.logical_date,
            "data_interval_start": self.data_interval[0],
            "data_interval_end": self.data_interval[1],
            "run_id": self.run_id,
            "params": dict(self.params),
            "files": [],
        }

    def describe(self, executor: str, is_virtual: bool) -> dict[str, Any]:
        """The run as plain data, for its first event."""
        return {
            "dag": self.dag,
            "run_type": self.run_type,
            "logical_date": self.logical_date.isoformat(),
            "data_interval": [moment.isoformat() for moment in self.data_interval],
            "params": plain(self.params),
            "seed": self.seed,
            "executor": executor,
            "clock": "virtual" if is_virtual else "system",
            "upstream": {name: list(self.graph.upstream[name]) for name in self.graph.order},
        }

    def draw(self, task: str, map_index: int, attempt: int) -> float:
        """Return the number in [0, 1) that jitters the pause before an attempt.

        A hash of seed, run, task and attempt, so that it is the same every time.
        """
        text = f"{self.seed}\n{self.run_id}\n{task}\n{map_index}\n{attempt}"
        digest = blake2b(text.encode(), digest_size=7).digest()
        return int.from_bytes(digest, "big") / 2**56


class Runner:
    """Runs one plan to its end. Everything happens on the thread that calls `run`.

    `results` maps (task, map_index) to what the task returned.
    """

    def __init__(
        self, plan: RunPlan, executor: Executor, clock: Clock, store: Store, bus: Bus
    ) -> None:
        self.plan = plan
        self.results: dict[Key, Any] = {}
        self._executor = executor
        self._clock = clock
        self._store = store
        self._bus = bus
        self._machine = Machine(plan.graph, plan.run_id, plan.draw)
        self._context = plan.context()
        self._timers: list[SetTimer] = []
        self._held: list[Command] = []
        self._live: dict[Key, Capture] = {}
        self._events: list[Event] = []
        self._lines: list[LogLine] = []
        self._committed = 0.0
        self._has_priorities = any(it.options.priority for it in plan.graph.tasks.values())

    @property
    def state(self) -> RunState:
        """Where the run stands."""
        return self._machine.state or RunState.QUEUED

    @property
    def finished(self) -> int:
        """How many task instances have ended so far."""
        return self._machine.finished

    def cancel(self, reason: str = "") -> None:
        """Ask the run to stop; callable from any thread, returns at once."""
        self._executor.inbox.put(CancelRequested(self._clock.now(), reason))

    def run(self, executor_name: str = "") -> RunState:
        """Run until the run has ended, and return its state."""
        detail = self.plan.describe(executor_name, self._clock.is_virtual)
        try:
            with capture.installed():
                self._feed(RunStarted(self._clock.now(), detail))
                self._write(must_commit=True)
                while not self.state.is_terminal:
                    self._turn()
            return self.state
        finally:
            self._executor.close()

    def _turn(self) -> None:
        while self._timers and self._timers[0].time <= self._clock.now():
            timer = heapq.heappop(self._timers)
            self._feed(TimerFired(*timer[1:], self._clock.now()))
        if not self._events:
            until = self._timers[0].time if self._timers else None
            for report in self._executor.collect(until):
                self._take(report)
        self._write(must_commit=False)

    def _take(self, report: AttemptStarted | Finished | CancelRequested) -> None:
        if isinstance(report, Finished):
            self._take_finished(report)
        elif isinstance(report, CancelRequested):
            self._take_cancel(report)
        else:
            self._feed(report)

    def _take_finished(self, report: Finished) -> None:
        fact = report.fact
        key = (fact.task, fact.map_index)
        if self._live.pop(key, None) is None:
            return
        if fact.outcome is Outcome.RETURNED:
            self.results[key] = report.result
        self._lines += report.lines
        self._feed(fact)

    def _take_cancel(self, request: CancelRequested) -> None:
        self._executor.revoke()
        while not self._executor.inbox.empty():
            report = self._executor.inbox.get()
            if not isinstance(report, CancelRequested):
                self._take(report)
        for live in self._live.values():
            live.is_cancelled = True
            self._lines += live.finish()
        self._live.clear()
        self._feed(request)

    def _feed(self, fact: Input) -> None:
        decision = self._machine.advance(fact)
        self._events += decision.events
        self._held += decision.commands

    def _write(self, must_commit: bool) -> None:
        plan, events = self.plan, self._events
        if self._lines:
            self._store.write_lines(plan.dag, plan.run_id, self._lines)
            self._lines = []
        if events:
            self._store.write(plan.dag, plan.run_id, events)
            self._events = []
        if must_commit or self._is_time_to_commit():
            self._store.commit()
            self._committed = self._clock.now()
            held, self._held = self._held, []
            if self._has_priorities:
                held.sort(key=_urgency)
            for command in held:
                self._carry_out(command)
        if events:
            self._bus.publish(events)

    def _is_time_to_commit(self) -> bool:
        # On a real clock short tasks share a commit; nothing starts before its own is through.
        if self._clock.is_virtual or self._executor.is_idle() or self.state.is_terminal:
            return True
        return self._clock.now() - self._committed > _COMMIT_EVERY

    def _carry_out(self, command: Command) -> None:
        if isinstance(command, SetTimer):
            heapq.heappush(self._timers, command)
        elif not self.state.is_terminal:
            self._executor.submit(self._work(command))

    def _work(self, command: Submit) -> Work:
        name, index, attempt, priority = command
        kept = self._live[name, index] = Capture(name, index, attempt, self._clock)
        inputs = self._inputs(name, attempt)
        task = self.plan.graph.tasks[name]
        return Work(-priority, name, index, attempt, task, inputs, self._clock, kept)

    def _inputs(self, name: str, attempt: int) -> dict[str, Any]:
        inputs = {}
        for source in self.plan.graph.sources[name]:
            value = self._value(source, attempt)
            if value is not _ABSENT:
                inputs[source.parameter] = value
        return inputs

    def _value(self, source: Source, attempt: int) -> Any:
        if source.kind is SourceKind.UPSTREAM:
            value = self.results.get((source.name, -1), _ABSENT)
            return value if value is not _ABSENT else _default(source)
        if source.kind is SourceKind.CONTEXT:
            return attempt if source.name == "attempt" else self._context[source.name]
        if source.kind is SourceKind.PARAM:
            return self.plan.params[source.name]
        if source.kind is SourceKind.EARLIER:
            return self.plan.earlier.get(source.name, _ABSENT)
        return _ABSENT


def _default(source: Source) -> Any:
    return None if source.default is REQUIRED else _ABSENT


def _urgency(command: Command) -> int:
    return -command.priority if isinstance(command, Submit) else 0


def reserve_run_id(store: Store, dag: str, logical_date: datetime, created: float) -> str:
    """Reserve and return the run_id of a run by hand: `manual__` and the logical date.

    A date that already has one gets `_2`, `_3` and so on.
    """
    base = f"manual__{logical_date.isoformat()}"
    for number in range(1, 1_000_000):
        run_id = base if number == 1 else f"{base}_{number}"
        if store.add_run(dag, run_id, logical_date.isoformat(), created):
            store.commit()
            return run_id
    raise StoreError(
        f"{dag} has too many runs for {logical_date.isoformat()}.\nChoose another date."
    )
