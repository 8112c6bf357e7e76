"""What does a graph look like? Graphviz gives the places, the drawing is our own."""

from __future__ import annotations

from collections.abc import Iterator

from wfkit.core.graph import Graph
from wfkit.core.run import RunSnapshot
from wfkit.views.cards import RING, Faces, card_size, draw_card
from wfkit.views.layout import Layout, Point, is_wide, layout
from wfkit.views.scene import Card, EdgeKind, Frame, Scene, cone_of, scene
from wfkit.views.shapes import (
    Box,
    Fragment,
    badge,
    curve,
    document,
    moved,
    rectangle,
    stacked,
    title,
    union,
    words,
    words_width,
)
from wfkit.views.shapes import group as grouped
from wfkit.views.standing import Standing, standings
from wfkit.views.style import (
    ACCENT,
    FRAME,
    FRAME_EDGE,
    GHOST_LINE,
    INK,
    LINE,
    RUN_LOOKS,
    SMALL_SIZE,
    SOFT_INK,
    TITLE_SIZE,
    Look,
)
from wfkit.views.summary import draw_summary
from wfkit.views.text import graph_headline, graph_text
from wfkit.views.wording import cut, visible

_EDGE_DASH = {EdgeKind.DATA: None, EdgeKind.ORDER: "6 4", EdgeKind.MISSING: "2 4"}
_FRAME_SIDE, _FRAME_TOP = 12.0, 24.0


def draw_graph(
    graph: Graph,
    known: dict[str, Standing] | None = None,
    highlight: str | None = None,
    group: str | None = None,
) -> Fragment | None:
    """Return the drawing of a graph, or None without Graphviz.

    `known` tells how the tasks stand; without it the cards show no states. More than 300 tasks
    become one card per group, and where that is still too much, counts (which need no Graphviz).
    Raises UnknownTask if `highlight` is no task, InvalidOption if there is no such group.
    """
    found = scene(graph, group)
    if found is None:
        return draw_summary(graph, known)
    return draw_scene(found, Faces(graph, known, cone_of(graph, highlight), highlight))


def draw_scene(found: Scene, faces: Faces) -> Fragment | None:
    """Return the drawing of a scene, or None without Graphviz."""
    if not found.cards:
        return Fragment(0, 0, "")
    places = layout(found, *_plan(found, faces))
    return None if places is None else _draw(found, faces, places)


def _plan(found: Scene, faces: Faces) -> tuple[list[tuple[float, float]], bool]:
    """Return the sizes of the cards, and if the graph runs downwards: the same with any states."""
    with_states = Faces(faces.graph, known={})
    down = is_wide(found, [card_size(with_states, card) for card in found.cards])
    return [card_size(faces, card) for card in found.cards], down


def _draw(found: Scene, faces: Faces, places: Layout) -> Fragment:
    boxes = [_box(faces, card, at) for card, at in zip(found.cards, places.middles, strict=True)]
    frames = [_around([boxes[i] for i in frame.cards]) for frame in found.frames]
    parts = [
        grouped(map(_frame, found.frames, frames), class_="frames"),
        grouped(_edges(found, faces, places), class_="edges", stroke_width="1.5"),
        grouped(_cards(found, faces, boxes), class_="tasks"),
    ]
    bends = [Box(x, y, x, y) for points in places.curves for x, y in points]
    whole = union([*boxes, *frames, *bends])
    body = moved("".join(parts), -whole.left, -whole.top)
    return Fragment(whole.right - whole.left, whole.bottom - whole.top, body)


def _box(faces: Faces, card: Card, middle: Point) -> Box:
    (x, y), (width, height) = middle, card_size(faces, card)
    return Box(x - width / 2, y - height / 2, x + width / 2, y + height / 2)


def _around(cards: list[Box]) -> Box:
    left, top, right, bottom = union(cards)
    return Box(left - _FRAME_SIDE, top - _FRAME_TOP, right + _FRAME_SIDE, bottom + _FRAME_SIDE)


def _frame(frame: Frame, box: Box) -> str:
    left, top, right, bottom = box
    room = int((right - left - 16) / (SMALL_SIZE * 0.66))
    border = rectangle(left, top, right - left, bottom - top, rx=10, fill=FRAME, stroke=FRAME_EDGE)
    shown = cut(visible(frame.title), room)
    label = words(shown, left + 10, top + 16, fill=SOFT_INK, font_weight="600")
    return grouped([title(frame.title), border, label], class_="frame")


def _edges(found: Scene, faces: Faces, places: Layout) -> Iterator[str]:
    for edge, points in zip(found.edges, places.curves, strict=True):
        ends = (found.cards[edge.tail], found.cards[edge.head])
        faded = any(faces.fades(card) for card in ends)
        lit = faces.highlighted is not None and not faded
        colour = GHOST_LINE if edge.kind is EdgeKind.MISSING else ACCENT if lit else LINE
        line = curve(
            points,
            gap=RING + 3 if faces.chosen in ends[1].tasks else 1.5,
            stroke=colour,
            stroke_width="2.5" if lit else None,
            stroke_dasharray=_EDGE_DASH[edge.kind],
        )
        yield grouped(
            [line],
            class_=f"edge {edge.kind.value}",
            data_tail=float(edge.tail),
            data_head=float(edge.head),
            opacity="0.3" if faded else None,
        )


def _cards(found: Scene, faces: Faces, boxes: list[Box]) -> Iterator[str]:
    for i, (card, box) in enumerate(zip(found.cards, boxes, strict=True)):
        yield moved(draw_card(faces, card, i), box.left, box.top)


def draw_header(name: str, detail: str, look: Look | None = None) -> Fragment:
    """Return a heading: the name of a Dag, a line about it and, with `look`, a run's sign."""
    left = 28.0 if look else 0.0
    sign = badge(look, 10, 17, 10) if look else ""
    shown = cut(visible(name), 60)
    body = (
        sign
        + words(shown, left, 13, font_size=float(TITLE_SIZE), font_weight="600", fill=INK)
        + words(detail, left, 30, fill=look.ink if look else SOFT_INK)
    )
    return Fragment(left + max(words_width(shown, TITLE_SIZE), words_width(detail)), 34, body)


def graph_svg(
    name: str,
    graph: Graph,
    snapshot: RunSnapshot | None = None,
    highlight: str | None = None,
    group: str | None = None,
) -> str | None:
    """Return the picture of a Dag (of a run, with `snapshot`), or None without Graphviz.

    Raises UnknownTask if `highlight` is no task, InvalidOption if `group` is no group.
    """
    known = standings(snapshot) if snapshot else None
    drawn = draw_graph(graph, known, highlight, group)
    if drawn is None:
        return None
    look = RUN_LOOKS[snapshot.state] if snapshot else None
    headline = graph_headline(name, graph, snapshot)
    header = draw_header(name, headline.partition(": ")[2], look)
    description = graph_text(name, graph, snapshot, highlight, group)
    return document(stacked([header, drawn], gap=14), headline, description, "wfkit-graph")
