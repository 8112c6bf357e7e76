"""Who is where in a run? All task instances, and how many of them are still open."""

from __future__ import annotations

from collections.abc import Iterator

from wfkit.core.graph import Graph
from wfkit.core.members import WHOLE, Group, Instance, tries
from wfkit.core.run import RunSnapshot
from wfkit.core.states import TERMINAL, TaskState

Key = tuple[str, int]


class Board:
    """The groups of a run in the order of the graph, as they stand in `snapshot`, or fresh.

    `open` counts the task instances that are not in a terminal state.
    """

    def __init__(self, graph: Graph, snapshot: RunSnapshot | None = None) -> None:
        self.groups = _groups_of(graph)
        self._newest: dict[Key, int] = {}
        if snapshot is not None:
            self._restore(snapshot)
        self._index = {(it.group.name, it.map_index): it for it in self}
        self.open = sum(it.state not in TERMINAL for it in self)

    def __iter__(self) -> Iterator[Instance]:
        return (it for group in self.groups.values() for it in group.members)

    def __len__(self) -> int:
        return len(self._index)

    def get(self, task: str, map_index: int) -> Instance | None:
        """Return a task instance, None where there is none (any more)."""
        return self._index.get((task, map_index))

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
            del self._index[group.name, it.map_index]
        return self._fill(group, [WHOLE])[0]

    def expand(self, group: Group, length: int) -> list[Instance]:
        """Put so many instances in the place of the one of a group; return them."""
        del self._index[group.name, WHOLE]
        self.open -= 1
        for down in group.downstream:
            down.tally.total += length - 1
        return self._fill(group, range(length))

    def _fill(self, group: Group, indices: list[int] | range) -> list[Instance]:
        newest = self._newest
        group.members = [Instance(group, n, newest.get((group.name, n), 0)) for n in indices]
        for it in group.members:
            self._index[group.name, it.map_index] = it
        self.open += len(group.members)
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
            group.members = [it] if index in (WHOLE, 0) else [*group.members, it]
        for group in self.groups.values():
            group.is_decided = not group.waiting()
            group.count_upstream()


def _waits_since(snapshot: RunSnapshot, it: Instance) -> float | None:
    if it.state not in (TaskState.UP_FOR_RESCHEDULE, TaskState.SCHEDULED):
        return None
    poked = snapshot.attempts.get((it.group.name, it.map_index, it.attempt))
    return poked.started if poked else None


def _groups_of(graph: Graph) -> dict[str, Group]:
    made = {name: Group(name, graph.tasks[name].options) for name in graph.order}
    for name, group in made.items():
        group.upstream = tuple(made[up] for up in graph.upstream[name])
        group.downstream = tuple(made[down] for down in graph.downstream[name])
        group.tally.total = len(group.upstream)
    return made
