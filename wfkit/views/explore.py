"""What does a page need to explore a graph? Drawings, relations and boundary cards, as data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations, islice
from typing import Any

from wfkit.core.graph import Graph, edges
from wfkit.views.boundary import boundary, group_boundary
from wfkit.views.boundary_html import boundary_html
from wfkit.views.cards import Faces
from wfkit.views.scene import CardKind, Scene, folded_scene, groups_of, scene
from wfkit.views.shape_words import Shape
from wfkit.views.shapes import document
from wfkit.views.summary import draw_summary
from wfkit.views.svg import draw_scene
from wfkit.views.wording import counted

MOST_DRAWN = 600
"""So many cards in all drawings of one page together; a layout takes time for each."""

MOST_LOOKED_AT = 20_000
"""So many tasks are sorted into cards for one page, counted anew for each drawing."""

_MOST_FREE = 4
Folded = tuple[str, ...]


def explore_data(
    name: str,
    graph: Graph,
    params: Mapping[str, Any] | None = None,
    shapes: Mapping[str, Shape] | None = None,
    group: str | None = None,
) -> dict[str, Any]:
    """Return a graph as plain data for the browser.

    - `names`: the tasks in the order of the graph; `edges`: pairs of places in it; `missing`:
      places with a name that is asked for in vain; `groups`: name and places of each.
    - `drawings`: of each the places of the groups that are folded into one card, the drawing
      (`svg`, None without Graphviz), its cards with the places behind them, and its edges. The
      first one is shown first. Which there are: `foldings` tells, as far as they fit.
    - `tasks`, `folds`: the boundary card (as HTML) of each task and group that has a card in a
      drawing, by place.
    """
    found = list(_scenes(graph, group))
    grouped = groups_of(graph)
    if not found:
        return _counts(name, graph)
    place = {task: i for i, task in enumerate(graph.order)}
    shown = {card.title for _, it in found for card in it.cards if card.kind is CardKind.TASK}
    return {
        "dag": name,
        "size": counted(len(graph.tasks), "task"),
        "names": graph.order,
        "edges": [[place[up], place[down]] for up, down in edges(graph)],
        "missing": [[place[it.task], it.wanted] for it in graph.missing],
        "groups": [[it, [place[task] for task in tasks]] for it, tasks in grouped.items()],
        "drawings": [_drawing(graph, grouped, *it) for it in found],
        "tasks": {
            place[it]: boundary_html(boundary(graph, it, params, shapes))
            for it in graph.order
            if it in shown
        },
        "folds": [
            boundary_html(group_boundary(graph, it, tasks, shapes)) for it, tasks in grouped.items()
        ],
    }


def foldings(groups: Sequence[str]) -> Iterator[Folded]:
    """Yield which groups may be folded together: the most useful first.

    None, all, all but one; up to four groups every other combination too.

    >>> list(foldings(["a", "b"]))
    [(), ('a', 'b'), ('b',), ('a',)]
    """
    every = tuple(groups)
    wanted = [(), every]
    wanted += [tuple(it for it in every if it != one) for one in every]
    if len(every) <= _MOST_FREE:
        wanted += [*combinations(every, 1), *combinations(every, 2)]
    yield from dict.fromkeys(wanted)


def _scenes(graph: Graph, group: str | None) -> Iterator[tuple[Folded, Scene]]:
    """Yield what is drawn, first what is shown first, until it is enough."""
    grouped = groups_of(graph)
    first = scene(graph, group)
    if first is None:
        return
    folded = tuple(card.title for card in first.cards if card.kind is CardKind.GROUP)
    yield folded, first
    left = MOST_DRAWN - len(first.cards)
    most = MOST_LOOKED_AT // len(graph.tasks) if graph.tasks else 0
    for wanted in islice(foldings(list(grouped)), most):
        found = None if wanted == folded else folded_scene(graph, wanted)
        if found and len(found.cards) <= left:
            left -= len(found.cards)
            yield wanted, found


def _drawing(
    graph: Graph, groups: Mapping[str, object], folded: Folded, found: Scene
) -> dict[str, Any]:
    place = {task: i for i, task in enumerate(graph.order)}
    number = {name: i for i, name in enumerate(groups)}
    drawn = draw_scene(found, Faces(graph))
    label = f"{counted(len(graph.tasks), 'task')} and what each waits for"
    return {
        "folded": sorted(number[it] for it in folded),
        "svg": document(drawn, label, label, "wfkit-explore") if drawn else None,
        "cards": [
            {
                "title": card.title,
                "tasks": [place[it] for it in card.tasks],
                "group": number[card.title] if card.kind is CardKind.GROUP else None,
            }
            for card in found.cards
        ],
        "edges": [[edge.tail, edge.head] for edge in found.edges],
    }


def _counts(name: str, graph: Graph) -> dict[str, Any]:
    """Return what is shown of a graph of which not even the groups fit on a page."""
    label = "Tasks of each generation"
    drawn = document(draw_summary(graph), label, label, "wfkit-explore")
    return {
        "dag": name,
        "size": counted(len(graph.tasks), "task"),
        "names": [],
        "edges": [],
        "missing": [],
        "groups": [],
        "drawings": [{"folded": [], "svg": drawn, "cards": [], "edges": []}],
        "tasks": {},
        "folds": [],
    }
