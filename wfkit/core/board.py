"""Who is where in a run? All task instances, and how many of them are still open."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from wfkit.core.graph import Graph
from wfkit.core.members import WHOLE, Group, Instance, tries
from wfkit.core.run import RunSnapshot
from wfkit.core.states import TERMINAL, TaskState
from wfkit.core.trigger_rules import Tally

Key = tuple[str, int]


class Board:
    """The groups of a run in the order of the graph, as they stand in `snapshot`, or fresh.

    `size` counts the task instances, `open` those that are not in a terminal state.
    """

    def __init__(self, graph: Graph, snapshot: RunSnapshot | None = None) -> None:
        self._upstream = graph.upstream
        self.groups = _groups_of(graph)
        self._newest: dict[Key, int] = {}
        if snapshot is not None:
            self._restore(snapshot)
        self.size = sum(len(group.members) for group in self.groups.values())
        self.open = sum(it.state not in TERMINAL for it in self)

    def __iter__(self) -> Iterator[Instance]:
        return (it for group in self.groups.values() for it in group.members)

    def get(self, task: str, map_index: int) -> Instance | None:
        """Return a task instance, None where there is none (any more)."""
        group = self.groups.get(task)
        return group.member(map_index) if group else None

    def count_upstream(self, group: Group) -> None:
        """Make the tally of a group anew from the states of the instances above it."""
        above = self._above(group)
        group.tally = Tally(total=len(above))
        for it in above:
            if it.state in TERMINAL:
                group.tally.add(it.state)

    def culprit(self, group: Group, states: Iterable[TaskState]) -> str:
        """Return the task above a group with an instance in the first of `states` that occurs."""
        above = self._above(group)
        found = (it.group.name for state in states for it in above if it.state is state)
        return next(found, "")

    def _above(self, group: Group) -> list[Instance]:
        return [it for up in self._upstream[group.name] for it in self.groups[up].members]

    def reset(self, it: Instance) -> None:
        """Bring a task instance that ended back to where it began; attempt numbers go on."""
        it.state = TaskState.NONE
        it.failures = it.losses = 0
        it.waits_since = None
        self.open += 1

    def collapse(self, group: Group) -> Instance:
        """Undo the expansion of a group; return its one instance."""
        for it in group.members:
            self._newest[group.name, it.map_index] = it.attempt
            self.open -= it.state not in TERMINAL
        return self._fill(group, [WHOLE])[0]

    def expand(self, group: Group, length: int) -> list[Instance]:
        """Put so many instances in the place of the one of a group; return them."""
        self.open -= 1
        for down in group.downstream:
            down.tally.total += length - 1
        return self._fill(group, range(length))

    def _fill(self, group: Group, indices: list[int] | range) -> list[Instance]:
        newest = self._newest
        self.size += len(indices) - len(group.members)
        self.open += len(indices)
        group.members = [Instance(group, n, newest.get((group.name, n), 0)) for n in indices]
        return group.members

    def _restore(self, snapshot: RunSnapshot) -> None:
        for task, index, number in snapshot.attempts:
            self._newest[task, index] = max(number, self._newest.get((task, index), 0))
        for (task, index), seen in snapshot.instances.items():
            if task not in self.groups:
                continue
            group = self.groups[task]
            newest = max(seen.attempt, self._newest.get((task, index), 0))
            it = Instance(group, index, newest)
            it.state = seen.state
            it.failures, it.losses = tries(snapshot, task, index)
            it.waits_since = _waits_since(snapshot, it)
            if index in (WHOLE, 0):
                group.members = []
            group.members.append(it)
        for group in self.groups.values():
            group.is_decided = not group.waiting()
            self.count_upstream(group)


def _waits_since(snapshot: RunSnapshot, it: Instance) -> float | None:
    if it.state not in (TaskState.UP_FOR_RESCHEDULE, TaskState.SCHEDULED):
        return None
    poked = snapshot.attempts.get((it.group.name, it.map_index, it.attempt))
    return poked.started if poked else None


def _groups_of(graph: Graph) -> dict[str, Group]:
    made = {name: Group(name, graph.tasks[name].options) for name in graph.order}
    for name, group in made.items():
        group.downstream = tuple(made[down] for down in graph.downstream[name])
        group.tally.total = len(graph.upstream[name])
    return made
