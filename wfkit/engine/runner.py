"""Drives one run: ask the machine, write down, carry out, wait, feed back."""

from __future__ import annotations

import contextlib
import heapq
from collections.abc import Mapping, Sequence
from functools import cached_property, partial
from typing import Any, ClassVar

from wfkit.core import facts
from wfkit.core.errors import WfkitError
from wfkit.core.events import Event, EventType
from wfkit.core.facts import (
    AttemptStarted,
    CancelRequested,
    Command,
    Input,
    SetTimer,
    TimerFired,
    TimerKind,
)
from wfkit.core.graph import Graph, SourceKind
from wfkit.core.machine import Machine
from wfkit.core.masked_facts import masked_cancel, masked_finish
from wfkit.core.reopened import ReopenedMachine
from wfkit.core.run import RunSnapshot
from wfkit.core.states import Outcome, RunState, TaskState
from wfkit.core.task import REQUIRED
from wfkit.engine import redirects, stored
from wfkit.engine.attempt import Finished, Work
from wfkit.engine.bus import Bus
from wfkit.engine.cache import look_up
from wfkit.engine.capture import Capture, LogLine
from wfkit.engine.clock import Clock
from wfkit.engine.executors.base import Executor
from wfkit.engine.inputs import CannotExpand, Inputs
from wfkit.engine.kept import Kept, resolved
from wfkit.engine.kept_params import kept_params
from wfkit.engine.plan import RunPlan
from wfkit.engine.store import PARAMS, Store, StoredResult

_WRITE_EVERY = 0.005
_LIMITS = (TimerKind.TIMEOUT, TimerKind.WAIT_TIMEOUT)
Key = tuple[str, int]
AttemptKey = tuple[str, int, int]


class Runner:
    """Runs one plan to its end. Everything happens on the thread that calls `run`.

    `snapshot` is where an earlier process left the run, for one that goes on, and `results` what
    is still in memory of it.
    """

    # By name, as in Machine: methods bound to it would make a circle, and keep what tasks returned
    # until the garbage collector comes.
    HOW: ClassVar[Mapping[type, str]] = {
        facts.Submit: "_submit",
        facts.Stop: "_stop",
        facts.Expand: "_expand",
        facts.LookUp: "_look_up",
        SetTimer: "_set_timer",
    }

    def __init__(
        self,
        plan: RunPlan,
        executor: Executor,
        clock: Clock,
        store: Store,
        bus: Bus,
        *,
        snapshot: RunSnapshot | None = None,
        results: Mapping[Key, Any] | None = None,
    ) -> None:
        self.plan = plan
        self._executor = executor
        self._clock = clock
        self._store = store
        self._bus = bus
        self._machine = _machine(plan, snapshot, executor.lingers)
        self._inputs = Inputs(plan, partial(_loaded, plan, store), *_known(snapshot))
        self._inputs.results.update(results or {})
        self._timers: list[SetTimer] = []
        self._held: list[Command] = []
        self._live: dict[AttemptKey, Capture] = {}
        self._keys: dict[Key, str] = {}
        self._events: list[Event] = []
        self._lines: list[LogLine] = []
        self._results: list[StoredResult] = []
        self._written = 0.0
        self._heard = float("-inf")
        self._has_priorities = any(it.options.priority for it in plan.graph.tasks.values())

    @cached_property
    def _read_by_others(self) -> frozenset[str]:
        return _read_tasks(self.plan.graph)

    @property
    def state(self) -> RunState:
        """Where the run stands."""
        return self._machine.state or RunState.QUEUED

    @property
    def finished(self) -> int:
        """How many task instances have ended so far."""
        return self._machine.finished

    @property
    def seq(self) -> int:
        """The number of the newest event of the run."""
        return self._machine.seq

    def result(self, task: str, map_index: int, default: Any) -> Any:
        """Return what a task returned, or `default` where there is nothing."""
        try:
            return self._inputs.result((task, map_index))
        except KeyError:
            return default

    def results(self) -> dict[Key, Any]:
        """Return what is in memory of what tasks returned: the very values."""
        found = self._inputs.results.items()
        return {key: value for key, value in found if not isinstance(value, Kept)}

    def now(self) -> float:
        """Return this moment, on the clock of the run."""
        return self._clock.now()

    def cancel(self, reason: str = "") -> None:
        """Ask the run to stop; callable from any thread, returns at once."""
        self._executor.inbox.put(CancelRequested(self._clock.now(), reason))

    def start(self, executor_name: str) -> RunState:
        """Run from the beginning until the run has ended, and return its state."""
        now, plan = self._clock.now(), self.plan
        if self._store.is_durable and plan.params:
            data = stored.as_bytes("params", kept_params(plan.params))
            self._results.append(StoredResult(PARAMS, data))
        detail = self.plan.describe(executor_name, self._clock.is_virtual, now)
        return self.go_on(facts.RunStarted(now, detail))

    def go_on(self, fact: Input) -> RunState:
        """Take in the fact that sets the run going, run to the end, and return the state."""
        try:
            with redirects.installed():
                for event in self._feed(fact):
                    if event.type == EventType.CLEARED:
                        self._inputs.forget(event)
                while self._has_news() or not self.state.is_terminal:
                    self._turn()
            return self.state
        finally:
            self._executor.close()

    def _turn(self) -> None:
        if self._is_time_to_write():
            self._write()
        elif not (self._fire_timers() or self._is_stalled()):
            self._listen()

    def _fire_timers(self) -> bool:
        # What ends in the very moment in which its time is up has ended in time: hear it first.
        now, timers, held, has_fired = self._clock.now(), self._timers, [], False
        while timers and timers[0].time <= now:
            timer = heapq.heappop(timers)
            if timer.kind in _LIMITS and timer.time > self._heard:
                held.append(timer)
            else:
                self._fire(timer)
                has_fired = True
        for timer in held:
            heapq.heappush(timers, timer)
        return has_fired

    def _listen(self) -> None:
        began = self._clock.now()
        reports = self._executor.collect(self._patience())
        for report in reports:
            self._take(report)
        # On a virtual clock much may end in one moment: only silence says that all is heard.
        if not reports:
            self._heard = self._clock.now()
        elif not self._clock.is_virtual:
            self._heard = began

    def _patience(self) -> float | None:
        """Return until when nothing else is to be done."""
        moments = [timer.time for timer in self._timers[:1]]
        if self._has_news():
            moments.append(self._written + _WRITE_EVERY)
        return min(moments, default=None)

    def _fire(self, timer: SetTimer) -> None:
        key = timer[1:4]
        effect = self.plan.faults.effect(*key)
        is_injected = effect.hangs or effect.slow > 0
        self._feed(TimerFired(*key, self._clock.now(), timer.kind, is_injected))

    def _is_stalled(self) -> bool:
        if self._live or self._held or not self._machine.is_waiting_for_slots or self._has_timers():
            return False
        self._feed(facts.Stalled(self._clock.now()))
        return True

    def _has_timers(self) -> bool:
        """True if a timer may still move something; limits of what has ended do not count."""
        limits = (TimerKind.DEADLINE, TimerKind.TIMEOUT, TimerKind.WAIT_TIMEOUT)
        return any(timer.kind not in limits for timer in self._timers)

    def _take(self, report: AttemptStarted | Finished | CancelRequested) -> None:
        if isinstance(report, Finished):
            self._take_finished(report)
        elif isinstance(report, CancelRequested):
            self._take_cancel(report)
        else:
            self._feed(report)

    def _take_finished(self, report: Finished) -> None:
        fact = report.fact
        if report.result is None and fact.task in self._read_by_others:
            fact = _noted(fact)
        fact = masked_finish(fact)
        if self._live.pop(fact[:3], None) is not None:
            self._lines += report.lines
        events = self._feed(fact)
        # Whose time was up is not listened to any more: its result must not be kept.
        if events and events[0][4:7] == fact[:3] and events[0].to_state == TaskState.SUCCESS:
            self._keep(report)

    def _keep(self, report: Finished) -> None:
        fact, data = report.fact, report.pickled
        key = (fact.task, fact.map_index)
        self._inputs.results[key] = report.result
        cached = self._keys.get(key)
        # A result that was damaged on purpose must not be found by later runs.
        if cached is not None and self.plan.faults.effect(*fact[:3]).is_bad:
            cached = None
        if data is None and cached is not None:
            with contextlib.suppress(stored.CannotStore):
                data = stored.as_bytes(fact.task, report.result)
        if data is not None:
            self._results.append(StoredResult(key, data, cached))

    def _take_cancel(self, request: CancelRequested) -> None:
        self._executor.revoke()
        while not self._executor.inbox.empty():
            report = self._executor.inbox.get()
            if not isinstance(report, CancelRequested):
                self._take(report)
        for key in list(self._live):
            self._end(key)
        self._feed(masked_cancel(request))

    def _end(self, key: AttemptKey) -> None:
        live = self._live.pop(key, None)
        if live is not None:
            live.is_cancelled = True
            self._lines += live.finish()
            self._executor.stop(*key)

    def _feed(self, fact: Input) -> list[Event]:
        decision = self._machine.advance(fact)
        self._events += decision.events
        self._held += decision.commands
        return decision.events

    def _write(self) -> None:
        """Make all news durable, then carry out what waits for that, then tell everybody."""
        dag, run_id = self.plan.dag, self.plan.run_id
        events, self._events = self._events, []
        if self._lines:
            self._store.write_lines(dag, run_id, self._lines)
            self._lines = []
        results, self._results = self._results, []
        if results:
            self._store.write_results(dag, run_id, results)
        if events:
            self._store.write(dag, run_id, events)
        self._store.commit()
        self._let_go(results)
        self._written = self._clock.now()
        held, self._held = self._held, []
        if self._has_priorities:
            held.sort(key=_urgency)
        for command in held:
            getattr(self, self.HOW[type(command)])(command)
        if events:
            self._bus.publish(events)

    def _let_go(self, results: Sequence[StoredResult]) -> None:
        """Keep the way to a table in its file instead of the table itself."""
        for key, data, _ in results:
            if key in self._inputs.results and data.startswith(stored.PARQUET):
                kept = self._store.kept(self.plan.dag, self.plan.run_id, key)
                # Small or large, who reads it reads what was written.
                self._inputs.results[key] = kept or stored.from_bytes(data)

    def _has_news(self) -> bool:
        return bool(self._events or self._held or self._results or self._lines)

    def _is_time_to_write(self) -> bool:
        # On a real clock short tasks share a commit; nothing starts before its own is through.
        if not self._has_news():
            return False
        if self._clock.is_virtual or self._executor.is_idle() or self.state.is_terminal:
            return True
        return self._clock.now() - self._written > _WRITE_EVERY

    def _set_timer(self, command: SetTimer) -> None:
        heapq.heappush(self._timers, command)

    def _submit(self, command: facts.Submit) -> None:
        if not self.state.is_terminal:
            self._executor.submit(self._work(command))

    def _work(self, command: facts.Submit) -> Work:
        name, index, attempt, priority = command
        kept = self._live[name, index, attempt] = Capture(name, index, attempt, self._clock)
        graph = self.plan.graph
        inputs, refusal = self._given(name, index, attempt)
        return Work(
            -priority,
            name,
            index,
            attempt,
            graph.tasks[name],
            inputs,
            self._clock,
            kept,
            self.plan.effect(name, index, attempt),
            graph.downstream[name],
            self._store.is_durable,
            refusal,
        )

    def _given(
        self, name: str, index: int, attempt: int
    ) -> tuple[dict[str, Any], WfkitError | None]:
        """Return the inputs of an attempt, or why it cannot have them."""
        if index == -1 and self.plan.graph.tasks[name].options.expand:
            return {}, self._refusal(name)
        try:
            return self._inputs.of(name, index, attempt), None
        except stored.Unreadable as error:
            return {}, error.with_traceback(None)

    def _refusal(self, name: str) -> WfkitError:
        try:
            self._inputs.items(name)
        except (CannotExpand, stored.Unreadable) as error:
            return error.with_traceback(None)
        return CannotExpand(
            f"{name} is repeated over something that was no list yet when it started.\n"
            "Give it a trigger rule that waits for all its upstream tasks."
        )

    def _stop(self, command: facts.Stop) -> None:
        self._end((command.task, command.map_index, command.attempt))

    def _expand(self, command: facts.Expand) -> None:
        try:
            length: int | None = len(self._inputs.items(command.task))
        except (CannotExpand, stored.Unreadable):
            length = None
        if length:
            self._inputs.expanded(command.task, length)
        self._feed(facts.Expanded(command.task, length, self._clock.now()))

    def _look_up(self, command: facts.LookUp) -> None:
        if self.state.is_terminal:
            return
        name, index = command
        inputs, refusal = self._given(name, index, 1)
        if refusal:
            self._feed(facts.CacheAnswered(name, index, False, self._clock.now()))
            return
        known = {parameter: resolved(value) for parameter, value in inputs.items()}
        found = look_up(self._store, self.plan.dag, self.plan.graph, name, known)
        if found.data is not None:
            self._inputs.results[name, index] = found.result
            self._results.append(StoredResult((name, index), found.data, found.key))
        elif found.key is not None:
            self._keys[name, index] = found.key
        now, is_hit = self._clock.now(), found.data is not None
        self._feed(facts.CacheAnswered(name, index, is_hit, now, found.chosen))


def _loaded(plan: RunPlan, store: Store, key: Key) -> Any:
    """Return what an earlier process stored, or the way to it."""
    where = (plan.dag, plan.run_id, key)
    if plan.graph.tasks[key[0]].options.result_format == "parquet":
        found = store.kept(*where)
        if found is not None:
            return found
    return stored.restored(key[0], store.read_result(*where))


def _urgency(command: Command) -> int:
    return -command.priority if isinstance(command, facts.Submit) else 0


def _read_tasks(graph: Graph) -> frozenset[str]:
    """Return the tasks whose results are inputs of others that do without a default."""
    return frozenset(
        source.name
        for sources in graph.sources.values()
        for source in sources
        if source.kind is SourceKind.UPSTREAM and source.default is REQUIRED
    )


def _machine(plan: RunPlan, snapshot: RunSnapshot | None, lingers: bool) -> Machine:
    options: dict[str, Any] = {"pools": plan.pools, "draw": plan.draw, "lingers": lingers}
    if snapshot is None:
        return Machine(plan.graph, plan.run_id, **options)
    return ReopenedMachine(plan.graph, plan.run_id, snapshot, **options)


def _noted(fact: facts.AttemptFinished | facts.Poked) -> facts.AttemptFinished | facts.Poked:
    if isinstance(fact, facts.AttemptFinished) and fact.outcome is Outcome.RETURNED:
        return fact._replace(note="returned nothing; did you forget return?")
    return fact


def _known(snapshot: RunSnapshot | None) -> tuple[frozenset[Key], dict[str, int]]:
    if snapshot is None:
        return frozenset(), {}
    done = (it for it in snapshot.instances.values() if it.state is TaskState.SUCCESS)
    lengths: dict[str, int] = {}
    for task, index in snapshot.instances:
        if index >= 0:
            lengths[task] = max(lengths.get(task, 0), index + 1)
    return frozenset((it.task, it.map_index) for it in done), lengths
