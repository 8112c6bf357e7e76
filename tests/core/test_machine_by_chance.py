"""Whatever happens in whatever graph, some things always hold; and the checks can fail."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.chance import Run
from tests.core.invariants import complaints
from wfkit.core.errors import IllegalMove
from wfkit.core.events import EventType
from wfkit.core.facts import AttemptFinished, CancelRequested, TimerFired
from wfkit.core.machine import Machine
from wfkit.core.run import fold
from wfkit.core.states import RunState, TaskState

SEEDS = st.integers(0, 2**32 - 1)


def wrong_with(run: Run) -> list[str]:
    run.play()
    if not (run.machine.state and run.machine.state.is_terminal):
        return ["the run has nothing left to do, but does not end"]
    return complaints(run.graph, run.events, run.hopeless)


@pytest.mark.slow
@settings(max_examples=400)
@given(SEEDS)
def test_invariants_hold(seed: int) -> None:
    assert wrong_with(Run(seed)) == []


@settings(max_examples=50)
@given(SEEDS)
def test_same_seed_gives_the_same_log_whatever_the_order_of_declaration(seed: int) -> None:
    first = Run(seed).play().events
    assert Run(seed).play().events == first
    assert Run(seed, shuffled=True).play().events == first


@settings(max_examples=50)
@given(SEEDS)
def test_fold_agrees_with_the_machine_and_never_fails_on_the_way(seed: int) -> None:
    run = Run(seed).play()
    for length in range(len(run.events) + 1):
        snapshot = fold(run.events[:length])
        assert sum(snapshot.counts().values()) == len(snapshot.instances)
    inside = {(it.group.name, it.map_index): it for it in run.machine._board}
    for key, seen in snapshot.instances.items():
        assert (inside[key].state, inside[key].attempt) == (seen.state, seen.attempt)
    assert snapshot.state is run.machine.state


@settings(max_examples=50)
@given(SEEDS)
def test_events_are_json(seed: int) -> None:
    for event in Run(seed).play().events:
        assert json.loads(json.dumps(event.to_dict())) == event.to_dict()


# Each of these machines has one bug. A set of checks that lets one through is no set of checks.


class OneRetryTooMany(Machine):
    def _fail(self, it: Any, detail: Any, retryable: bool) -> None:
        it.failures -= it.failures == 1 and it.attempt == 2
        super()._fail(it, detail, retryable)


class OneRetryTooFew(Machine):
    def _fail(self, it: Any, detail: Any, retryable: bool) -> None:
        it.failures += it.failures == 0 and it.group.retry.retries > 1
        super()._fail(it, detail, retryable)


class RetriesWhatIsHopeless(Machine):
    def _on_attempt_finished(self, fact: AttemptFinished) -> None:
        super()._on_attempt_finished(fact._replace(retryable=not fact.retryable))


class RetriesAtOnce(Machine):
    def _fail(self, it: Any, detail: Any, retryable: bool) -> None:
        super()._fail(it, detail, retryable)
        if it.state is TaskState.UP_FOR_RETRY:
            self._commands.pop()
            self._schedule(it)


class ForgetsTheBackoff(Machine):
    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        for group in self._board.groups.values():
            group.options = group.options.changed({"backoff": 1})


class BelievesLateTimers(Machine):
    def _on_timer_fired(self, fact: TimerFired) -> None:
        it: Any = self._board.get(fact.task, fact.map_index)
        if it.state is not TaskState.RUNNING:
            self._schedule(it)


class BelievesEveryResult(Machine):
    def _on_attempt_finished(self, fact: AttemptFinished) -> None:
        it: Any = self._board.get(fact.task, fact.map_index)
        if not it.state.is_terminal:
            it.state = TaskState.RUNNING
        super()._on_attempt_finished(fact._replace(attempt=it.attempt))


class IgnoresCancel(Machine):
    def _on_cancel_requested(self, fact: CancelRequested) -> None:
        self._journal.noted(EventType.CANCEL_REQUESTED, None, detail={})


class KeepsSkipsToItself(Machine):
    def _settle(self) -> None:
        self._ended = type(self._ended)(i for i in self._ended if i.state is not TaskState.SKIPPED)
        super()._settle()


class TakesSkippedForSuccess(Machine):
    def _settle(self) -> None:
        for it in self._ended:
            if it.state is TaskState.SKIPPED:
                for down in it.group.downstream:
                    down.tally.success += 1
                    down.tally.skipped -= 1
        super()._settle()


class LooksAtOneUpstreamOnly(Machine):
    def _consider(self, group: Any) -> None:
        group.tally.total = min(1, group.tally.total)
        super()._consider(group)


class JudgesByEveryTask(Machine):
    def _judged(self) -> RunState:
        states = {it.state for it in self._board}
        if TaskState.CANCELLED in states:
            return RunState.CANCELLED
        bad = states & {TaskState.FAILED, TaskState.UPSTREAM_FAILED}
        return RunState.FAILED if bad else RunState.SUCCESS


class LetsTimeGoBack(Machine):
    def advance(self, fact: Any) -> Any:
        self._journal.now = float("-inf")
        return super().advance(fact)


class CountsAttemptsFromZero(Machine):
    def _schedule(self, it: Any) -> None:
        it.attempt -= it.failures == 1 and it.attempt == 1
        super()._schedule(it)


class EndsTwice(Machine):
    def _settle(self) -> None:
        ended = self.state
        super()._settle()
        if self.state is not ended and self.state is RunState.FAILED:
            self._move_run(RunState.FAILED)


BUGS = [
    OneRetryTooMany,
    OneRetryTooFew,
    RetriesWhatIsHopeless,
    RetriesAtOnce,
    ForgetsTheBackoff,
    BelievesLateTimers,
    BelievesEveryResult,
    IgnoresCancel,
    KeepsSkipsToItself,
    TakesSkippedForSuccess,
    LooksAtOneUpstreamOnly,
    JudgesByEveryTask,
    LetsTimeGoBack,
    CountsAttemptsFromZero,
    EndsTwice,
]


@pytest.mark.parametrize("bug", BUGS)
def test_checks_notice_a_machine_with_a_bug(bug: type[Machine]) -> None:
    def is_caught(seed: int) -> bool:
        try:
            return bool(wrong_with(Run(seed, bug)))
        except (IllegalMove, AssertionError):
            return True

    assert any(is_caught(seed) for seed in range(200))
