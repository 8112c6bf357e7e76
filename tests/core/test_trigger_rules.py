"""All eight rules on all ways in which up to three upstream tasks can stand."""

import itertools
from collections.abc import Callable, Sequence

import pytest

from wfkit.core.states import TaskState
from wfkit.core.trigger_rules import Tally, TriggerRule, Verdict, verdict

RUNNING, SUCCESS, FAILED, UPSTREAM_FAILED, SKIPPED = (
    TaskState.RUNNING,
    TaskState.SUCCESS,
    TaskState.FAILED,
    TaskState.UPSTREAM_FAILED,
    TaskState.SKIPPED,
)
STANDINGS = [
    standing
    for size in range(4)
    for standing in itertools.product(
        (RUNNING, SUCCESS, FAILED, UPSTREAM_FAILED, SKIPPED), repeat=size
    )
]


class Upstream:
    """The states of the upstream tasks, as questions one can ask in words."""

    def __init__(self, states: Sequence[TaskState]) -> None:
        self.states = states

    def any(self, *states: TaskState) -> bool:
        return not set(self.states).isdisjoint(states)

    def only(self, *states: TaskState) -> bool:
        return set(self.states) <= set(states)

    def ended(self) -> bool:
        return not self.any(RUNNING)

    def bad(self) -> bool:
        return self.any(FAILED, UPSTREAM_FAILED)


def all_success(up: Upstream) -> str:
    if up.bad():
        return "upstream_failed"
    if not up.ended():
        return "wait"
    return "start" if up.only(SUCCESS) else "skipped"


def all_done(up: Upstream) -> str:
    return "start" if up.ended() else "wait"


def all_failed(up: Upstream) -> str:
    if not up.ended():
        return "wait"
    return "start" if up.only(FAILED, UPSTREAM_FAILED) else "skipped"


def one_success(up: Upstream) -> str:
    if up.any(SUCCESS):
        return "start"
    if not up.ended():
        return "wait"
    return "skipped" if up.only(SKIPPED) else "upstream_failed"


def one_failed(up: Upstream) -> str:
    if up.bad():
        return "start"
    return "skipped" if up.ended() else "wait"


def none_failed(up: Upstream) -> str:
    if up.bad():
        return "upstream_failed"
    return "start" if up.ended() else "wait"


def none_failed_min_one_success(up: Upstream) -> str:
    if up.bad():
        return "upstream_failed"
    if not up.ended():
        return "wait"
    return "start" if up.any(SUCCESS) else "skipped"


def always(up: Upstream) -> str:
    return "start"


ORACLE: dict[str, Callable[[Upstream], str]] = {
    "all_success": all_success,
    "all_done": all_done,
    "all_failed": all_failed,
    "one_success": one_success,
    "one_failed": one_failed,
    "none_failed": none_failed,
    "none_failed_min_one_success": none_failed_min_one_success,
    "always": always,
}


def expected(rule: str, states: Sequence[TaskState]) -> str:
    """What the semantics say about a task whose upstream tasks are in `states`."""
    return ORACLE[rule](Upstream(states)) if states else "start"


def tally_of(states: Sequence[TaskState]) -> Tally:
    tally = Tally(total=len(states))
    for state in states:
        if state is not RUNNING:
            tally.add(state)
    return tally


def test_there_are_the_eight_rules_of_the_design() -> None:
    assert [rule.value for rule in TriggerRule] == list(ORACLE)


@pytest.mark.parametrize("rule", TriggerRule)
def test_rule_agrees_with_its_words_on_every_standing(rule: TriggerRule) -> None:
    assert len(STANDINGS) == 1 + 5 + 25 + 125
    found = {states: verdict(rule, tally_of(states)).value for states in STANDINGS}
    assert found == {states: expected(rule.value, states) for states in STANDINGS}


@pytest.mark.parametrize("rule", TriggerRule)
def test_rule_decides_once_everything_has_ended(rule: TriggerRule) -> None:
    ended = [states for states in STANDINGS if RUNNING not in states]
    assert all(verdict(rule, tally_of(states)) is not Verdict.WAIT for states in ended)


@pytest.mark.parametrize("rule", TriggerRule)
def test_rule_does_not_take_back_what_it_said(rule: TriggerRule) -> None:
    for states in STANDINGS:
        if RUNNING not in states or verdict(rule, tally_of(states)) is Verdict.WAIT:
            continue
        first = verdict(rule, tally_of(states))
        later = [tuple(s if s is not RUNNING else SUCCESS for s in states)]
        assert {verdict(rule, tally_of(it)) for it in later} == {first}


def test_tally_counts_upstream_failed_and_cancelled_as_failed() -> None:
    tally = Tally(total=5)
    for state in (SUCCESS, FAILED, UPSTREAM_FAILED, TaskState.CANCELLED, SKIPPED):
        assert not tally.all_done
        tally.add(state)
    assert (tally.success, tally.failed, tally.skipped) == (1, 3, 1)
    assert tally.all_done
