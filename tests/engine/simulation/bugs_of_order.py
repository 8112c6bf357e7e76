"""Deliberate bugs in what happens when: retries, timeouts, cancel, limits, trigger rules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.engine.simulation.breaking import Put, bug
from wfkit.core import machine, reopened
from wfkit.core.board import Board
from wfkit.core.facts import TimerKind
from wfkit.core.machine import Machine
from wfkit.core.members import Group, Instance
from wfkit.core.pools import Pools
from wfkit.core.retry import RetryPolicy
from wfkit.core.states import TERMINAL, Outcome, TaskState
from wfkit.core.trigger_rules import Tally
from wfkit.engine import runner
from wfkit.engine.executors.virtual import VirtualExecutor


@bug
def backoff_is_ignored(put: Put) -> None:
    put(RetryPolicy, "delay_before", lambda self, attempt, draw=1.0: float(self.retry_delay))


@bug
def delay_is_ignored(put: Put) -> None:
    put(Machine, "_retry_at", lambda self, it, due: self._schedule(it))


@bug
def one_retry_too_many(put: Put) -> None:
    put(RetryPolicy, "allows", lambda self, failures: failures <= self.retries + 1)


@bug
def one_retry_too_few(put: Put) -> None:
    put(RetryPolicy, "allows", lambda self, failures: failures < self.retries)


@bug
def lost_for_ever(put: Put) -> None:
    put(machine, "MOST_LOSSES", 1_000)


@bug
def losses_count_as_failures(put: Put) -> None:
    def lose(self: Machine, it: Instance, detail: Mapping[str, Any]) -> None:
        it.failures += 1
        gone = not it.group.retry.allows(it.failures)
        self._move(it, TaskState.FAILED if gone else TaskState.UP_FOR_RETRY, detail)

    put(Machine, "_lose", lose)


@bug
def late_success_is_accepted(put: Put) -> None:
    def current(self: Machine, fact: Any) -> Instance | None:
        it = self._board.get(fact.task, fact.map_index)
        return it if it is not None and it.state is TaskState.RUNNING else None

    put(Machine, "_current", current)


@bug
def timeout_comes_late(put: Put) -> None:
    set_timer = Machine._set_timer

    def later(self: Machine, moment: float, kind: TimerKind, it: Instance) -> None:
        set_timer(self, moment + (kind is TimerKind.TIMEOUT), kind, it)

    put(Machine, "_set_timer", later)
    put(Machine, "_is_late", lambda self, it, ended: False)


@bug
def timeout_wins_a_tie(put: Put) -> None:
    put(runner, "_LIMITS", ())


@bug
def timeout_of_an_earlier_poke(put: Put) -> None:
    started = Machine._on_attempt_started

    def forgetful(self: Machine, fact: Any) -> None:
        started(self, fact)
        it = self._board.get(fact.task, fact.map_index)
        if it is not None:
            it.started = 0.0

    put(Machine, "_on_attempt_started", forgetful)
    put(Machine, "_is_late", lambda self, it, ended: False)


@bug
def cancel_is_ignored(put: Put) -> None:
    put(Machine, "_on_cancel_requested", lambda self, fact: None)


@bug
def cancel_stops_only_what_runs(put: Put) -> None:
    def cancel(self: Machine) -> None:
        for it in self._board:
            if it.state is TaskState.RUNNING:
                detail = {"outcome": Outcome.CANCELLED.value}
                self._move(it, TaskState.CANCELLED, detail)

    put(Machine, "_cancel_all", cancel)


@bug
def cancel_hands_slots_on(put: Put) -> None:
    put(Pools, "forget_waiting", lambda self: None)


@bug
def limit_is_off_by_one_on_a_retry(put: Put) -> None:
    collect = VirtualExecutor.collect

    def generous(self: VirtualExecutor, until: float | None) -> list[Any]:
        more = bool(self._heap) and self._heap[0].attempt > 1
        self._slots += more
        try:
            return collect(self, until)
        finally:
            self._slots -= more

    put(VirtualExecutor, "collect", generous)


@bug
def pool_is_off_by_one(put: Put) -> None:
    init = Pools.__init__

    def generous(self: Pools, slots: Mapping[str, int]) -> None:
        init(self, {name: number + 1 for name, number in slots.items()})

    put(Pools, "__init__", generous)


@bug
def pool_slot_is_never_given_back(put: Put) -> None:
    release = Pools.release

    def stingy(self: Pools, attempt: Any) -> Any:
        return iter(()) if attempt[2] > 1 else release(self, attempt)

    put(Pools, "release", stingy)


@bug
def skip_is_not_passed_on(put: Put) -> None:
    add = Tally.add

    def kind(self: Tally, state: TaskState) -> None:
        add(self, TaskState.SUCCESS if state is TaskState.SKIPPED else state)

    put(Tally, "add", kind)


@bug
def retry_counts_as_an_end(put: Put) -> None:
    retry_at = Machine._retry_at

    def hasty(self: Machine, it: Instance, due: float | None) -> None:
        for down in it.group.downstream:
            down.tally.add(TaskState.FAILED)
            self._consider(down)
        retry_at(self, it, due)

    put(Machine, "_retry_at", hasty)


@bug
def branch_is_not_followed(put: Put) -> None:
    put(Machine, "_follow", lambda self, branch, chosen: None)


@bug
def branch_is_forgotten_by_a_rerun(put: Put) -> None:
    go_on = reopened.ReopenedMachine._go_on

    def forgetful(self: reopened.ReopenedMachine) -> None:
        self._snapshot.chosen.clear()
        go_on(self)

    put(reopened.ReopenedMachine, "_go_on", forgetful)


@bug
def upstream_counts_twice_after_a_crash(put: Put) -> None:
    count = Board.count_upstream

    def twice(self: Board, group: Group) -> None:
        count(self, group)
        for it in [it for it in self._above(group) if it.state in TERMINAL]:
            group.tally.add(it.state)

    put(Board, "count_upstream", twice)


@bug
def last_item_is_left_out(put: Put) -> None:
    expand = Machine._expand
    put(Machine, "_expand", lambda self, group, length: expand(self, group, max(1, length - 1)))


@bug
def deadline_is_forgotten(put: Put) -> None:
    put(Machine, "_watch_deadlines", lambda self, deadlines: None)


@bug
def deadline_is_told_again(put: Put) -> None:
    put(reopened.ReopenedMachine, "_go_on", _watching_again(reopened.ReopenedMachine._go_on))


def _watching_again(go_on: Any) -> Any:
    def watching(self: reopened.ReopenedMachine) -> None:
        self._watch_deadlines(self._snapshot.detail["deadlines"])
        go_on(self)

    return watching
