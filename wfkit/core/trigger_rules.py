"""May a task start, given how its upstream tasks ended? (Airflow's trigger rules)

Source: Airflow documentation, "Trigger Rules". `upstream_failed` counts as failed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, StrEnum

from wfkit.core.states import TaskState


class TriggerRule(StrEnum):
    """When a task is allowed to start."""

    ALL_SUCCESS = "all_success"
    ALL_DONE = "all_done"
    ALL_FAILED = "all_failed"
    ONE_SUCCESS = "one_success"
    ONE_FAILED = "one_failed"
    NONE_FAILED = "none_failed"
    NONE_FAILED_MIN_ONE_SUCCESS = "none_failed_min_one_success"
    ALWAYS = "always"


class Verdict(Enum):
    """What follows from the states of the upstream tasks."""

    WAIT = "wait"
    START = "start"
    SKIP = "skipped"
    UPSTREAM_FAILED = "upstream_failed"


@dataclass(slots=True)
class Tally:
    """How many upstream instances there are, and how many have ended in which way."""

    total: int = 0
    success: int = 0
    failed: int = 0
    skipped: int = 0

    @property
    def all_done(self) -> bool:
        """True when no upstream instance can change any more."""
        return self.success + self.failed + self.skipped >= self.total

    def add(self, state: TaskState) -> None:
        """Count an upstream instance that reached `state` (a terminal one)."""
        if state is TaskState.SUCCESS:
            self.success += 1
        elif state is TaskState.SKIPPED:
            self.skipped += 1
        else:
            self.failed += 1


def verdict(rule: TriggerRule, tally: Tally) -> Verdict:
    """Return what `rule` says about a task whose upstream tasks stand as in `tally`.

    A task without upstream tasks always starts.

    >>> verdict(TriggerRule.ALL_SUCCESS, Tally(total=2, success=1))
    <Verdict.WAIT: 'wait'>
    >>> verdict(TriggerRule.ALL_SUCCESS, Tally(total=2, failed=1))
    <Verdict.UPSTREAM_FAILED: 'upstream_failed'>
    """
    return Verdict.START if tally.total == 0 else _RULES[rule](tally)


def _when_done(tally: Tally, at_the_end: Verdict) -> Verdict:
    return at_the_end if tally.all_done else Verdict.WAIT


def _all_success(tally: Tally) -> Verdict:
    if tally.failed:
        return Verdict.UPSTREAM_FAILED
    return _when_done(tally, Verdict.SKIP if tally.skipped else Verdict.START)


def _all_done(tally: Tally) -> Verdict:
    return _when_done(tally, Verdict.START)


def _all_failed(tally: Tally) -> Verdict:
    return _when_done(tally, Verdict.START if tally.failed == tally.total else Verdict.SKIP)


def _one_success(tally: Tally) -> Verdict:
    if tally.success:
        return Verdict.START
    return _when_done(tally, Verdict.UPSTREAM_FAILED if tally.failed else Verdict.SKIP)


def _one_failed(tally: Tally) -> Verdict:
    return Verdict.START if tally.failed else _when_done(tally, Verdict.SKIP)


def _none_failed(tally: Tally) -> Verdict:
    return Verdict.UPSTREAM_FAILED if tally.failed else _when_done(tally, Verdict.START)


def _none_failed_min_one_success(tally: Tally) -> Verdict:
    if tally.failed:
        return Verdict.UPSTREAM_FAILED
    return _when_done(tally, Verdict.START if tally.success else Verdict.SKIP)


def _always(tally: Tally) -> Verdict:
    return Verdict.START


_RULES: dict[TriggerRule, Callable[[Tally], Verdict]] = {
    TriggerRule.ALL_SUCCESS: _all_success,
    TriggerRule.ALL_DONE: _all_done,
    TriggerRule.ALL_FAILED: _all_failed,
    TriggerRule.ONE_SUCCESS: _one_success,
    TriggerRule.ONE_FAILED: _one_failed,
    TriggerRule.NONE_FAILED: _none_failed,
    TriggerRule.NONE_FAILED_MIN_ONE_SUCCESS: _none_failed_min_one_success,
    TriggerRule.ALWAYS: _always,
}
