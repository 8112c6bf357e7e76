"""Deliberate bugs in what is written down: records, results, recovery, the end of a run."""

from __future__ import annotations

from typing import Any

from tests.engine.simulation.breaking import Put, bug
from wfkit.core import machine, reopened
from wfkit.core.board import Board
from wfkit.core.graph import Graph
from wfkit.core.journal import Journal
from wfkit.core.machine import Machine
from wfkit.core.recovery import events_after_death
from wfkit.core.states import TERMINAL, Outcome, RunState, TaskState
from wfkit.engine import cache, recovery
from wfkit.engine.bus import Bus
from wfkit.engine.inputs import Inputs
from wfkit.engine.runner import Runner
from wfkit.engine.store import MemoryStore


@bug
def told_before_it_is_committed(put: Put) -> None:
    write = Runner._write

    def early(self: Runner) -> None:
        bus, self._bus = self._bus, Bus()
        bus.publish(self._events)
        write(self)
        self._bus = bus

    put(Runner, "_write", early)


@bug
def submitted_before_it_is_committed(put: Put) -> None:
    def write(self: Runner) -> None:
        plan, store = self.plan, self._store
        store.write_results(plan.dag, plan.run_id, self._results)
        store.write(plan.dag, plan.run_id, self._events)
        self._results, held, self._held = [], self._held, []
        self._bus.publish(self._events)
        self._events = []
        if self.state.is_terminal or len(store.events(plan.dag, plan.run_id)) % 7 == 0:
            store.commit()
        for command in held:
            getattr(self, self.HOW[type(command)])(command)

    put(Runner, "_write", write)


@bug
def result_outside_the_transaction(put: Put) -> None:
    keep = Runner._keep

    def at_once(self: Runner, report: Any) -> None:
        keep(self, report)
        self._store.write_results(self.plan.dag, self.plan.run_id, self._results)
        self._store.commit()
        self._results = []

    put(Runner, "_keep", at_once)


@bug
def result_after_its_event(put: Put) -> None:
    write = Runner._write

    def late(self: Runner) -> None:
        results, self._results = self._results, []
        write(self)
        self._store.write_results(self.plan.dag, self.plan.run_id, results)

    put(Runner, "_write", late)


@bug
def result_kept_before_the_machine_agrees(put: Put) -> None:
    take = Runner._take_finished

    def trusting(self: Runner, report: Any) -> None:
        if getattr(report.fact, "outcome", None) is Outcome.RETURNED:
            self._keep(report)
        take(self, report)

    put(Runner, "_take_finished", trusting)


@bug
def result_of_a_cleared_task_stays(put: Put) -> None:
    put(MemoryStore, "_forget", lambda self, key: None)


@bug
def time_goes_back(put: Put) -> None:
    def advance(self: Machine, fact: Any) -> machine.Decision:
        self._journal.now = fact.time
        self._commands = []
        getattr(self, self.HOW[type(fact)])(fact)
        self._settle()
        return machine.Decision(self._journal.taken(), self._commands)

    put(Machine, "advance", advance)


@bug
def numbers_begin_anew_after_a_crash(put: Put) -> None:
    init = Journal.__init__

    def forgetful(self: Journal, run_id: str, snapshot: Any = None) -> None:
        init(self, run_id, snapshot)
        self._seq = 0

    put(Journal, "__init__", forgetful)


@bug
def nothing_is_lost_in_a_crash(put: Put) -> None:
    put(recovery, "events_after_death", lambda *facts: events_after_death(*facts)[-1:])


@bug
def resume_runs_successes_again(put: Put) -> None:
    put(reopened, "_KEPT", frozenset({TaskState.SKIPPED}))


@bug
def resume_of_a_success_writes(put: Put) -> None:
    def resume(self: reopened.ReopenedMachine, fact: Any) -> None:
        self._move_run(RunState.RUNNING, fact.detail)
        self._clear(list(self._board.groups.values()), keep_good=True)
        self._go_on()

    put(reopened.ReopenedMachine, "_on_run_resumed", resume)


@bug
def attempts_are_counted_anew_after_a_crash(put: Put) -> None:
    init = Board.__init__

    def forgetful(self: Board, graph: Any, snapshot: Any = None) -> None:
        init(self, graph, snapshot)
        for it in self:
            it.attempt = 0 if it.state in TERMINAL else it.attempt

    put(Board, "__init__", forgetful)


@bug
def failures_are_forgotten_in_a_crash(put: Put) -> None:
    init = Board.__init__

    def forgetful(self: Board, graph: Any, snapshot: Any = None) -> None:
        init(self, graph, snapshot)
        for it in self:
            it.failures = 0

    put(Board, "__init__", forgetful)


@bug
def run_is_red_for_any_failure(put: Put) -> None:
    def judged(self: Machine) -> RunState:
        bad = any(it.state is TaskState.FAILED for it in self._board)
        return RunState.FAILED if bad else RunState.SUCCESS

    put(Machine, "_judged", judged)


@bug
def run_ends_with_its_leaves(put: Put) -> None:
    def settle(self: Machine) -> None:
        self._settle_instances()
        leaves = [g for g in self._board.groups.values() if not g.downstream]
        is_over = all(it.state in TERMINAL for group in leaves for it in group.members)
        if is_over and self.state is RunState.RUNNING:
            self._move_run(self._judged())

    put(Machine, "_settle", settle)


@bug
def poke_counts_as_an_attempt(put: Put) -> None:
    put(Machine, "_poke_again", lambda self, it: self._schedule(it))


@bug
def cache_ignores_the_inputs(put: Put) -> None:
    key = cache.cache_key
    put(cache, "cache_key", lambda task, inputs: key(task, {}))


@bug
def cache_ignores_the_code(put: Put) -> None:
    put(cache, "fingerprint", lambda function: "the same")


@bug
def items_come_in_the_wrong_order(put: Put) -> None:
    upstream = Inputs._upstream

    def backwards(self: Inputs, source: Any) -> Any:
        found = upstream(self, source)
        return found[::-1] if source.name in self._lengths else found

    put(Inputs, "_upstream", backwards)


@bug
def upstream_of_a_failed_task_is_stale(put: Put) -> None:
    put(Inputs, "forget", lambda self, cleared: None)


@bug
def tasks_are_visited_in_the_order_of_a_set(put: Put) -> None:
    connect = Graph._connect

    def scattered(self: Graph) -> None:
        connect(self)
        self.downstream = {name: tuple(set(below)) for name, below in self.downstream.items()}

    put(Graph, "_connect", scattered)
