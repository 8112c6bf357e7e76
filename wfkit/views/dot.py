"""What is a graph in Graphviz's own language? For people who take it elsewhere."""

from __future__ import annotations

from collections.abc import Iterator

from wfkit.core.graph import Graph
from wfkit.core.run import RunSnapshot
from wfkit.views.cards import GHOST, PLAIN
from wfkit.views.scene import Card, CardKind, Edge, EdgeKind, Scene, cone_of, whole_scene
from wfkit.views.standing import Standing, standing_of, standings
from wfkit.views.style import ACCENT, FAINT, FRAME, FRAME_EDGE, INK, LINE, Look
from wfkit.views.wording import visible

_EDGE_STYLE = {EdgeKind.DATA: "solid", EdgeKind.ORDER: "dashed", EdgeKind.MISSING: "dotted"}


def to_dot(
    graph: Graph,
    name: str = "",
    snapshot: RunSnapshot | None = None,
    highlight: str | None = None,
) -> str:
    """Return the graph as DOT under a title, with the states of a run where there is a snapshot.

    Nodes are called n0, n1 … in the order of the graph: names are only ever labels, in which
    Graphviz finds no ports, no HTML and no links. Raises UnknownTask if `highlight` is no task.

    >>> from wfkit.core.task import Task
    >>> def orders(): ...
    >>> 'n0 [label="orders"' in to_dot(Graph([Task(orders)]))
    True
    """
    found = whole_scene(graph)
    known = standings(snapshot) if snapshot else {}
    cone = cone_of(graph, highlight)
    lines = [
        f"rankdir=LR fontname=Helvetica label={quoted(name)} labelloc=t labeljust=l",
        f'node [shape=box style="rounded,filled" fontname=Helvetica color="{LINE}"]',
        f'edge [color="{LINE}" arrowsize=0.7]',
        *(_node(i, card, known, cone, highlight) for i, card in enumerate(found.cards)),
        *_clusters(found),
        *(_edge(edge, found, cone) for edge in found.edges),
    ]
    return "\n".join(["digraph {", *(f"  {line}" for line in lines), "}", ""])


def quoted(text: str, *more: str) -> str:
    r"""Return text as a DOT string in which nothing has a special meaning; `more` are lines below.

    >>> print(quoted('a\\b "c" &amp;', "second"))
    "a\\b \"c\" &amp;amp;\nsecond"
    """
    return '"' + "\\n".join(_escaped(part) for part in (text, *more)) + '"'


def _escaped(text: str) -> str:
    text = visible(text).replace("\\", "\\\\")
    return text.replace('"', '\\"').replace("&", "&amp;")


def _node(
    index: int,
    card: Card,
    known: dict[str, Standing],
    cone: frozenset[str] | None,
    highlight: str | None,
) -> str:
    standing = standing_of(card.tasks, known)
    look = _look(card, standing)
    below = [f"{look.glyph} {look.word}"] if look.word else []
    faded = cone is not None and not cone.intersection(card.tasks)
    dash = "rounded,filled,dashed" if look.dash else "rounded,filled"
    return (
        f"n{index} [label={quoted(card.title, *below)} "
        f'fillcolor="{look.fill}" color="{FAINT if faded else look.stroke}" '
        f'fontcolor="{FRAME_EDGE if faded else INK}" style="{dash}" '
        f"penwidth={3 if highlight in card.tasks else look.weight:g}]"
    )


def _look(card: Card, standing: Standing | None) -> Look:
    if card.kind is CardKind.MISSING:
        return GHOST
    return standing.look if standing else PLAIN


def _clusters(found: Scene) -> Iterator[str]:
    for i, frame in enumerate(found.frames):
        members = " ".join(f"n{card};" for card in frame.cards)
        yield (
            f'subgraph cluster_{i} {{label={quoted(frame.title)} style="rounded,filled" '
            f'fillcolor="{FRAME}" color="{FRAME_EDGE}" {members}}}'
        )


def _edge(edge: Edge, found: Scene, cone: frozenset[str] | None) -> str:
    style = f"style={_EDGE_STYLE[edge.kind]}"
    if cone is not None:
        lit = all(cone.intersection(found.cards[end].tasks) for end in (edge.tail, edge.head))
        style += f' color="{ACCENT if lit else FAINT}"'
    return f"n{edge.tail} -> n{edge.head} [{style}]"
