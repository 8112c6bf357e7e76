"""What the machine knows of each task of a run: its group of instances, and how they stand."""

from __future__ import annotations

from collections.abc import Iterable

from wfkit.core.graph import Graph
from wfkit.core.run import RunSnapshot
from wfkit.core.states import Outcome, TaskState
from wfkit.core.task import TaskOptions
from wfkit.core.trigger_rules import Tally

WHOLE = -1
"""The map_index of a task that is not expanded, or not yet."""


class Instance:
    """One task instance, mutable: `attempt` counts from 1, 0 before the first."""

    __slots__ = ("attempt", "failures", "group", "losses", "map_index", "state", "waits_since")

    def __init__(self, group: Group, map_index: int = WHOLE, attempt: int = 0) -> None:
        self.group = group
        self.map_index = map_index
        self.attempt = attempt
        self.state = TaskState.NONE
        self.failures = 0
        self.losses = 0
        self.waits_since: float | None = None


class Group:
    """A task with its instances: one, or as many as it was expanded over.

    `is_decided` is True once its trigger rule has said that it starts, or that it never will.
    """

    __slots__ = (
        "downstream",
        "is_decided",
        "members",
        "name",
        "options",
        "retry",
        "rule",
        "tally",
        "upstream",
    )

    def __init__(self, name: str, options: TaskOptions) -> None:
        self.name = name
        self.options = options
        self.rule = options.trigger_rule
        self.retry = options.retry
        self.tally = Tally()
        self.is_decided = False
        self.members: list[Instance] = [Instance(self)]
        self.upstream: tuple[Group, ...] = ()
        self.downstream: tuple[Group, ...] = ()

    @property
    def is_expanded(self) -> bool:
        """True when each item of a list has an instance of its own."""
        return self.members[0].map_index != WHOLE

    def count_upstream(self) -> None:
        """Make the tally anew from the states of the upstream instances."""
        above = [it for group in self.upstream for it in group.members]
        self.tally = Tally(total=len(above))
        for it in above:
            if it.state.is_terminal:
                self.tally.add(it.state)

    def culprit(self, states: Iterable[TaskState]) -> str:
        """Return the first upstream task with an instance in one of `states`."""
        wanted = frozenset(states)
        names = (up.name for up in self.upstream for it in up.members if it.state in wanted)
        return next(names, "")


def groups_of(graph: Graph) -> dict[str, Group]:
    """Return a fresh group for every task, linked as the graph says, in its order."""
    made = {name: Group(name, graph.tasks[name].options) for name in graph.order}
    for name, group in made.items():
        group.upstream = tuple(made[up] for up in graph.upstream[name])
        group.downstream = tuple(made[down] for down in graph.downstream[name])
        group.tally.total = len(group.upstream)
    return made


def restore(groups: dict[str, Group], snapshot: RunSnapshot) -> dict[tuple[str, int], int]:
    """Bring fresh groups to where `snapshot` stands.

    Returns the number of the newest attempt of each instance.
    """
    highest: dict[tuple[str, int], int] = {}
    for task, index, number in snapshot.attempts:
        highest[task, index] = max(number, highest.get((task, index), 0))
    for (task, index), seen in snapshot.instances.items():
        if task not in groups:
            continue
        it = Instance(groups[task], index, max(seen.attempt, highest.get((task, index), 0)))
        it.state = seen.state
        it.failures, it.losses = tries(snapshot, task, index)
        if index == 0:
            groups[task].members = []
        if index == WHOLE:
            groups[task].members = [it]
        else:
            groups[task].members.append(it)
    for group in groups.values():
        group.is_decided = any(it.state is not TaskState.NONE for it in group.members)
        group.count_upstream()
    return highest


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
