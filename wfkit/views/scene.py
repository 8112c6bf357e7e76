"""What is drawn of a graph? Cards, edges between them, frames around them; no positions yet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import Enum
from typing import NamedTuple

from wfkit.core.errors import InvalidOption, did_you_mean
from wfkit.core.graph import Graph, SourceKind

MOST_CARDS = 300
MOST_EDGES = 2_000


class CardKind(Enum):
    """What a card stands for."""

    TASK = "task"
    GROUP = "group"
    MISSING = "missing"


class Card(NamedTuple):
    """One box: `tasks` are those it stands for (none behind a missing one)."""

    kind: CardKind
    title: str
    tasks: tuple[str, ...] = ()


class EdgeKind(Enum):
    """Why something waits: for data, only for order, or for what nobody provides."""

    DATA = "data"
    ORDER = "order"
    MISSING = "missing"


class Edge(NamedTuple):
    """An arrow from the card `tail` to the card `head` (places in `Scene.cards`)."""

    tail: int
    head: int
    kind: EdgeKind


class Frame(NamedTuple):
    """A labelled frame around the cards of a group."""

    title: str
    cards: tuple[int, ...]


class Scene(NamedTuple):
    """All that is drawn. The first cards are the tasks, in the order of the graph."""

    cards: tuple[Card, ...]
    edges: tuple[Edge, ...]
    frames: tuple[Frame, ...]

    @property
    def fits(self) -> bool:
        """True when there is little enough to draw it card by card."""
        return len(self.cards) <= MOST_CARDS and len(self.edges) <= MOST_EDGES


def scene(graph: Graph, group: str | None = None) -> Scene | None:
    """Return what to draw, or None if that is too much even with every group in one card.

    With `group` that group is shown in full and every other group as one card. Raises
    InvalidOption if there is no such group.
    """
    groups = groups_of(graph)
    if group is not None:
        return _fitting(_scene(graph, groups, folded=set(groups) - {_known(group, groups)}))
    return folded_scene(graph, ()) or folded_scene(graph, groups)


def whole_scene(graph: Graph) -> Scene:
    """Return every task and every group, however many there are."""
    return _scene(graph, groups_of(graph), folded=set())


def cone_of(graph: Graph, highlight: str | None) -> frozenset[str] | None:
    """Return a task with all its ancestors and descendants, None without a task.

    Raises UnknownTask if there is no such task.
    """
    if highlight is None:
        return None
    return graph.ancestors(highlight) | graph.descendants(highlight) | {highlight}


def _fitting(found: Scene) -> Scene | None:
    return found if found.fits else None


def folded_scene(graph: Graph, folded: Iterable[str]) -> Scene | None:
    """Return what to draw with these groups as one card each, None if that is too much."""
    inside = set(folded)
    groups = groups_of(graph)
    left = len(graph.tasks) - sum(len(groups[name]) - 1 for name in inside)
    return _fitting(_scene(graph, groups, inside)) if left <= MOST_CARDS else None


def groups_of(graph: Graph) -> dict[str, tuple[str, ...]]:
    """Return the tasks of each group, in the order of the graph."""
    found: dict[str, list[str]] = {}
    for name in graph.order:
        group = graph.tasks[name].options.group
        if group:
            found.setdefault(group, []).append(name)
    return {group: tuple(names) for group, names in found.items()}


def _known(group: str, groups: Mapping[str, object]) -> str:
    if group in groups:
        return group
    known = f"Groups: {', '.join(groups)}." if groups else "No task has a group yet."
    raise InvalidOption(f'no group is called "{group}".{did_you_mean(group, groups)}\n{known}')


def _scene(graph: Graph, groups: Mapping[str, tuple[str, ...]], folded: set[str]) -> Scene:
    inside = {name: group for group in folded for name in groups[group]}
    cards = [Card(CardKind.TASK, name, (name,)) for name in graph.order if name not in inside]
    cards += [Card(CardKind.GROUP, group, groups[group]) for group in groups if group in folded]
    place = {name: i for i, card in enumerate(cards) for name in card.tasks}
    wanted = dict.fromkeys(it.wanted for it in graph.missing)
    ghosts = {name: len(cards) + i for i, name in enumerate(wanted)}
    cards += [Card(CardKind.MISSING, name) for name in wanted]
    frames = tuple(
        Frame(group, tuple(place[name] for name in names))
        for group, names in groups.items()
        if group not in folded
    )
    return Scene(tuple(cards), _edges(graph, place, ghosts), frames)


def _edges(graph: Graph, place: Mapping[str, int], ghosts: Mapping[str, int]) -> tuple[Edge, ...]:
    found: dict[tuple[int, int], EdgeKind] = {}
    for name in graph.order:
        data = {s.name for s in graph.sources[name] if s.kind is SourceKind.UPSTREAM}
        for up in graph.upstream[name]:
            ends = (place[up], place[name])
            if up in data:
                found[ends] = EdgeKind.DATA
            else:
                found.setdefault(ends, EdgeKind.ORDER)
    for it in graph.missing:
        found[ghosts[it.wanted], place[it.task]] = EdgeKind.MISSING
    return tuple(Edge(tail, head, kind) for (tail, head), kind in found.items() if tail != head)
