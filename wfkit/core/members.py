"""What the machine knows of each task of a run: its group of instances, and how they stand."""

from __future__ import annotations

from wfkit.core.retry import RetryPolicy
from wfkit.core.run import RunSnapshot
from wfkit.core.states import Outcome, TaskState
from wfkit.core.task_options import TaskOptions
from wfkit.core.trigger_rules import Tally, Verdict, verdict

WHOLE = -1
"""The map_index of a task that is not expanded, or not yet."""


class Instance:
    """One task instance, mutable: `attempt` counts from 1, 0 before the first."""

    __slots__ = (
        "attempt",
        "failures",
        "group",
        "losses",
        "map_index",
        "started",
        "state",
        "waits_since",
    )

    def __init__(self, group: Group, map_index: int = WHOLE, attempt: int = 0) -> None:
        self.group = group
        self.map_index = map_index
        self.attempt = attempt
        self.state = TaskState.NONE
        self.failures = 0
        self.losses = 0
        self.started = 0.0
        self.waits_since: float | None = None


class Group:
    """A task with its instances: one, or as many as it was expanded over.

    `is_decided` is True once its trigger rule has said that it starts, or that it never will.
    `left_out_by` names the branch above it that chose other tasks.
    """

    __slots__ = (
        "downstream",
        "is_decided",
        "left_out_by",
        "members",
        "name",
        "options",
        "rule",
        "tally",
    )

    def __init__(self, name: str, options: TaskOptions) -> None:
        self.name = name
        self.options = options
        self.rule = options.trigger_rule
        self.tally = Tally()
        self.is_decided = False
        self.left_out_by = ""
        self.members: list[Instance] = [Instance(self)]
        self.downstream: tuple[Group, ...] = ()

    @property
    def retry(self) -> RetryPolicy:
        """What decides about further attempts."""
        return self.options.retry

    @property
    def is_expanded(self) -> bool:
        """True when each item of a list has an instance of its own."""
        return self.members[0].map_index != WHOLE

    @property
    def has_succeeded(self) -> bool:
        """True when every instance returned a result."""
        return all(it.state is TaskState.SUCCESS for it in self.members)

    def verdict(self) -> Verdict:
        """Return what follows from how the upstream instances stand.

        What a branch left out is skipped when everything above it has ended, unless it is
        upstream_failed by then: whoever ends first must not decide which of the two it is.
        """
        found = verdict(self.rule, self.tally)
        if self.left_out_by and found is not Verdict.UPSTREAM_FAILED:
            return Verdict.SKIP if self.tally.all_done else Verdict.WAIT
        return found

    def member(self, map_index: int) -> Instance | None:
        """Return one of the instances, None where there is none of that number."""
        first = self.members[0]
        if first.map_index == map_index:
            return first
        return self.members[map_index] if 0 < map_index < len(self.members) else None

    def waiting(self) -> list[Instance]:
        """Return the instances that the trigger rule decides about."""
        return [it for it in self.members if it.state is TaskState.NONE]


def tries(snapshot: RunSnapshot, task: str, index: int) -> tuple[int, int]:
    """Return how many attempts failed since the last clearing, and how many were lost in a row."""
    failures = losses = 0
    for attempt in snapshot.attempts_of(task, index):
        if attempt.outcome is Outcome.LOST:
            losses += 1
        elif attempt.outcome is not None:
            losses = 0
            failures += attempt.outcome in (Outcome.RAISED, Outcome.TIMED_OUT)
    return failures, losses
