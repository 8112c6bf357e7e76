"""Plays a scenario with the real machine, runner and store, through every crash, to its end."""

from __future__ import annotations

import queue
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, cast

from tests.engine.simulation.bodies import Flaky, Stage, value_of
from tests.engine.simulation.crash import Crash, CrashStore, Fuse, SimStore, crash, deaf
from tests.engine.simulation.lingering import LingeringExecutor
from tests.engine.simulation.scenario import POOLS, YESTERDAY, Again, Scenario
from tests.engine.simulation.story import Story
from tests.engine.simulation.witness import Action, Began, Ended, Opening, Witness
from wfkit.core import facts
from wfkit.core.errors import Fail, Skip
from wfkit.core.events import Event, EventType
from wfkit.core.facts import CancelRequested
from wfkit.core.graph import Graph
from wfkit.core.run import fold
from wfkit.core.states import RunState, TaskState
from wfkit.engine import capture
from wfkit.engine.attempt import sleep
from wfkit.engine.bus import Bus
from wfkit.engine.clock import Clock, SystemClock, VirtualClock
from wfkit.engine.executors.base import Executor
from wfkit.engine.executors.thread import ThreadExecutor
from wfkit.engine.executors.virtual import VirtualExecutor
from wfkit.engine.faults import Faults
from wfkit.engine.plan import RunPlan, reserve_run_id
from wfkit.engine.recovery import recover
from wfkit.engine.runner import Runner
from wfkit.engine.stored import from_bytes

DAG = "sim"
START = datetime(2000, 1, 1, tzinfo=UTC)
MOST_STEPS = 20_000
_TODAY = "manual__2000"
_UNRECORDED = frozenset({None, "lost", "cached"})


def _nothing() -> None:
    """A body has nothing else to do."""


class Stuck(Exception):
    """The run waits for something that will never happen."""


class SimClock(VirtualClock):
    """A virtual clock on which the user cancels the run at a moment, and nobody waits for ever."""

    def __init__(self, start: float, cancel_at: float | None) -> None:
        super().__init__(start)
        self._cancel_at = cancel_at

    def wait(self, inbox: queue.SimpleQueue[Any], until: float | None) -> Any:
        """Return the next message, or jump to `until`, or to the moment of the cancel."""
        at = self._cancel_at
        if at is not None and inbox.empty() and (until is None or until >= at):
            super().wait(inbox, at)
            self._cancel_at = None
            inbox.put(CancelRequested(self.now(), "by the scenario"))
        if until is None and inbox.empty():
            raise Stuck("nothing will ever happen again")
        return super().wait(inbox, until)


class World:
    """One process that plays a scenario: from opening the store to its end, or to its death."""

    def __init__(
        self,
        scenario: Scenario,
        stage: Stage,
        store: SimStore,
        witness: Witness,
        *,
        threads: bool = False,
        slots: int | None = None,
        in_body: Callable[[], None] = _nothing,
        is_real: bool = False,
    ) -> None:
        self._scenario = scenario
        self._stage = stage
        self._store = store
        self._witness = witness
        self._threads = threads
        self._slots = slots or scenario.slots
        self._in_body = in_body
        self._is_real = is_real
        self._turns: Counter[tuple[str, int]] = Counter()
        self._epoch = YESTERDAY

    def live(self) -> None:
        """Open the store, then do what is left to do. Raises Crash at the places of its death."""
        self._stage.player.play, self._store.listener = self._play, self._forget_turns
        try:
            self._act()
        finally:
            self._stage.player.leave()
            self._store.listener = deaf

    def _act(self) -> None:
        self._open()
        if self._stage.yesterday is not None and not self._witness.actions:
            with self._store.writing():
                self._begin(self._stage.yesterday, YESTERDAY)
        while (number := len(self._witness.done)) <= self._last_action:
            self._epoch = number
            with self._store.writing():
                self._do(number)
            self._witness.note("done", number)

    @property
    def _last_action(self) -> int:
        return len(self._scenario.again) + 1

    @property
    def _run_id(self) -> str:
        found = [it.run_id for it in self._store.runs(DAG) if it.run_id.startswith(_TODAY)]
        return found[-1] if found else ""

    def _open(self) -> None:
        run_id = self._run_id
        if run_id:
            events = self._store.events(DAG, run_id)
            keys = tuple(sorted(key for key in self._store.stored(DAG, run_id) if key[0]))
            self._witness.note("openings", Opening(run_id, len(events), keys))
        recover(cast(Any, self._store))

    def _do(self, number: int) -> None:
        """Do the user's next action; what a crash has interrupted is resumed instead."""
        run_id = self._run_id
        log = self._store.events(DAG, run_id) if run_id else []
        if self._is_interrupted(number, log):
            self._go_on(log)
            return
        self._witness.note("actions", Action(number, run_id, len(log)))
        if number == 0:
            self._begin(self._stage.today, number)
        elif number == self._last_action:
            if _is_success(log):
                self._go_on(log)
        else:
            self._again(self._scenario.again[number - 1], log)

    def _is_interrupted(self, number: int, log: Sequence[Event]) -> bool:
        actions = self._witness.actions
        if not actions or actions[-1].number != number or not log:
            return False
        return len(log) > actions[-1].length or number == 0

    def _again(self, again: Again, log: Sequence[Event]) -> None:
        if not again.cleared:
            if not _is_success(log):
                self._go_on(log)
            return
        graph = self._stage.today
        names = {again.cleared}
        if again.with_downstream:
            names |= graph.descendants(again.cleared)
        self._go_on(log, tuple(name for name in graph.order if name in names))

    def _begin(self, graph: Graph, epoch: int) -> None:
        is_today = epoch != YESTERDAY
        when = START if is_today else START.replace(year=1999)
        run_id = reserve_run_id(cast(Any, self._store), DAG, when, when.timestamp())
        cancel = self._scenario.cancel_at if is_today else None
        clock = self._clock(when.timestamp(), cancel)
        faults = Faults(self._scenario.faults if is_today else (), self._scenario.seed)
        plan = self._plan(graph, run_id, faults, self._scenario.rates[is_today])
        runner = Runner(plan, self._executor(clock), clock, self._store, self._bus())
        self._turns.clear()
        runner.start("thread")

    def _go_on(self, log: Sequence[Event], cleared: tuple[str, ...] = ()) -> None:
        graph, run_id, snapshot = self._stage.today, self._run_id, fold(log)
        clock = self._clock(snapshot.time - self._scenario.set_back)
        plan = self._plan(graph, run_id, Faults(), self._scenario.rates[1])
        bus = self._bus()
        self._turns = turns(log)
        runner = Runner(plan, self._executor(clock), clock, self._store, bus, snapshot=snapshot)
        if cleared:
            detail = {"cleared": list(cleared)}
            runner.go_on(facts.TasksCleared(clock.now(), cleared, detail))
        else:
            runner.go_on(facts.RunResumed(clock.now(), {"resumed": True}))

    def _plan(self, graph: Graph, run_id: str, faults: Faults, rate: int) -> RunPlan:
        return RunPlan(
            dag=DAG,
            graph=graph,
            run_id=run_id,
            logical_date=START,
            data_interval=(START, START),
            params={"rate": rate},
            seed=self._scenario.seed,
            pools=POOLS,
            deadline=self._scenario.deadline,
            faults=faults,
        )

    def _clock(self, start: float, cancel_at: float | None = None) -> Clock:
        if self._is_real:
            return SystemClock()
        return SimClock(start, None if cancel_at is None else start + cancel_at)

    def _executor(self, clock: Clock) -> Executor:
        if not isinstance(clock, VirtualClock):
            return ThreadExecutor(self._slots, clock)
        if self._scenario.lingers and not self._threads:
            return LingeringExecutor(self._slots, clock)
        return VirtualExecutor(self._slots, clock, threads=self._threads)

    def _bus(self) -> Bus:
        bus = Bus()
        bus.subscribe(self._hear)
        return bus

    def _hear(self, events: Sequence[Event]) -> None:
        if self._epoch != YESTERDAY:
            self._witness.hear(events)

    def _forget_turns(self, events: Sequence[Event]) -> None:
        # Told by the store: a body may begin before the runner's listeners have heard of it.
        for event in events:
            if event.type == EventType.CLEARED:
                forget_turns(self._turns, event)

    def _play(self, version: int, inputs: dict[str, Any]) -> Any:
        """The body of every task."""
        here = capture.current()
        assert here is not None
        task, index, attempt = here._key
        scene = self._stage.scenes[task]
        self._turns[task, index] += 1
        act = scene.act(index, self._epoch, self._turns[task, index])
        told = repr(inputs)
        place = (self._epoch, task, index, attempt)
        takes = act.takes + scene.options.get("takes", 0.0)
        self._witness.note("began", Began(*place, self._store.committed, version, takes, told))
        self._in_body()
        if act.takes:
            sleep(act.takes)
        value = value_of(scene, version, told) if act.kind == "returns" else None
        self._witness.note("ended", Ended(*place, act.kind, repr(value)))
        if act.kind == "fails":
            raise Fail("on purpose")
        if act.kind == "skips":
            raise Skip("on purpose")
        if act.kind in ("raises", "hangs"):
            raise Flaky("on purpose")
        return value


def _is_success(log: Sequence[Event]) -> bool:
    states = (event.to_state for event in reversed(log) if event.type == EventType.RUN_STATE)
    return next(states, None) == RunState.SUCCESS


def turns(events: Sequence[Event]) -> Counter[tuple[str, int]]:
    """Count the turns of each instance that are on record since it was last cleared."""
    found: Counter[tuple[str, int]] = Counter()
    for event in events:
        if event.type == EventType.CLEARED:
            forget_turns(found, event)
        elif event.from_state == TaskState.RUNNING:
            is_poke = event.to_state == TaskState.UP_FOR_RESCHEDULE
            if is_poke or (event.detail or {}).get("outcome") not in _UNRECORDED:
                found[str(event.task), event.map_index] += 1
    return found


def forget_turns(found: Counter[tuple[str, int]], cleared: Event) -> None:
    """Take in that an instance, or the whole expansion of a task, begins anew."""
    task = str(cleared.task)
    if (cleared.detail or {}).get("collapsed"):
        for key in [key for key in found if key[0] == task]:
            del found[key]
    found.pop((task, cleared.map_index), None)


def play(
    scenario: Scenario, *, threads: bool = False, slots: int | None = None, crashes: bool = True
) -> Story:
    """Play a scenario in memory and return all that is known of it."""
    fuse = Fuse(scenario.crashes if crashes else (), MOST_STEPS, crash)
    store, witness, stage = CrashStore(fuse), Witness(), Stage(scenario)
    broken: Exception | None = None
    while True:
        try:
            World(scenario, stage, store, witness, threads=threads, slots=slots).live()
        except Crash:
            store.roll_back()
            continue
        except Exception as error:  # noqa: BLE001 - whatever the engine raises is a finding
            broken = error
        break
    return story_of(scenario, stage, store, witness, slots=slots or scenario.slots, broken=broken)


def story_of(
    scenario: Scenario,
    stage: Stage,
    store: SimStore,
    witness: Witness,
    *,
    slots: int,
    broken: BaseException | None = None,
    is_real: bool = False,
) -> Story:
    """Gather a story from where it was written down."""
    records = store.runs(DAG)
    run_id = records[-1].run_id if records else ""
    log = store.events(DAG, run_id) if run_id else []
    stored = store.stored(DAG, run_id)
    results = {key: from_bytes(data) for key, data in stored.items() if key[0]}
    return Story(scenario, stage.today, run_id, slots, log, results, witness, broken, is_real)
