"""Where does each card go? Graphviz decides, in whichever form it is installed."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Sequence
from typing import NamedTuple

from wfkit.views.scene import Scene

NO_GRAPHVIZ = "(Text only: Graphviz is missing. For pictures: pip install pygraphviz)"
FRAME_MARGIN = 26
_INCH = 72.0
_RIGHTWARDS = ("LR", "0.28 ranksep=0.33", "tailport=e headport=w")
_DOWNWARDS = ("TB", "0.3 ranksep=0.36", "")
_RANK_GAP = 24
_FRAME_GAP = 20
_WIDEST = 832

Point = tuple[float, float]
Size = tuple[float, float]
_Engine = Callable[[str], str]
_one_at_a_time = threading.Lock()


class Layout(NamedTuple):
    """Positions in pixels, y downwards: the middle of each card, the curve of each edge.

    A curve is a point followed by Bézier triples.
    """

    middles: tuple[Point, ...]
    curves: tuple[tuple[Point, ...], ...]


def layout(scene: Scene, sizes: Sequence[Size], down: bool = False) -> Layout | None:
    """Return the positions of cards with these sizes (width, height), or None without Graphviz.

    The graph runs from left to right, with `down` from top to bottom.
    """
    source = layout_source(scene, sizes, down)
    for engine in (_bundled, _installed):
        try:
            return _parsed(engine(source), scene)
        except (ImportError, OSError, ValueError):
            continue
    return None


def engine_at_work() -> str | None:
    """Return which Graphviz draws here, pygraphviz or dot, or None if neither does."""
    for name, engine in (("pygraphviz", _bundled), ("dot", _installed)):
        try:
            if engine("digraph {n0->n1;}").startswith("graph"):
                return name
        except (ImportError, OSError, ValueError):
            continue
    return None


def is_wide(scene: Scene, sizes: Sequence[Size]) -> bool:
    """Return True if the scene would be too wide for a notebook and is narrower downwards."""
    layers = _layers(scene)
    across = sum(max(sizes[i][0] for i in layer) + _RANK_GAP for layer in layers)
    across += _FRAME_GAP * len(scene.frames)
    if across <= _WIDEST:
        return False
    return across > max(sum(sizes[i][0] + 24 for i in layer) for layer in layers)


def _layers(scene: Scene) -> list[list[int]]:
    below: list[list[int]] = [[] for _ in scene.cards]
    waiting = [0] * len(scene.cards)
    for edge in scene.edges:
        below[edge.tail].append(edge.head)
        waiting[edge.head] += 1
    found: list[list[int]] = []
    ready = [i for i, left in enumerate(waiting) if not left]
    while ready:
        found.append(ready)
        following = []
        for tail in ready:
            for head in below[tail]:
                waiting[head] -= 1
                if not waiting[head]:
                    following.append(head)
        ready = following
    return found or [list(range(len(scene.cards)))]


def layout_source(scene: Scene, sizes: Sequence[Size], down: bool) -> str:
    """Return the scene as DOT without any text: only opaque names, sizes and edges."""
    direction, gaps, ports = _DOWNWARDS if down else _RIGHTWARDS
    nodes = (
        f"n{i}[width={width / _INCH:.4f} height={height / _INCH:.4f}];"
        for i, (width, height) in enumerate(sizes)
    )
    frames = (
        f"subgraph cluster_{i} {{margin={FRAME_MARGIN}; {' '.join(f'n{c};' for c in frame.cards)}}}"
        for i, frame in enumerate(scene.frames)
    )
    edges = (f"n{edge.tail}->n{edge.head};" for edge in scene.edges)
    head = (
        f"digraph {{graph [rankdir={direction} nodesep={gaps}];"
        f'node [shape=box fixedsize=true label=""]; edge [arrowhead=none {ports}];'
    )
    return "\n".join([head, *nodes, *frames, *edges, "}"])


@functools.lru_cache(maxsize=16)
def _bundled(source: str) -> str:
    import pygraphviz

    # Graphviz keeps global state: one layout at a time, also when tasks run in threads.
    with _one_at_a_time:
        drawn: bytes = pygraphviz.AGraph(string=source).draw(format="plain", prog="dot")
    return drawn.decode("ascii")


@functools.lru_cache(maxsize=16)
def _installed(source: str) -> str:
    import graphviz

    try:
        return str(graphviz.Source(source).pipe(format="plain", engine="dot", encoding="utf-8"))
    except (graphviz.ExecutableNotFound, graphviz.CalledProcessError) as failure:
        raise OSError("no system Graphviz") from failure


def _parsed(plain: str, scene: Scene) -> Layout:
    middles: dict[int, Point] = {}
    curves: dict[tuple[int, int], tuple[Point, ...]] = {}
    height = 0.0
    for line in plain.replace("\\\n", "").splitlines():
        kind, *words = line.split()
        if kind == "graph":
            height = float(words[2]) * _INCH
        elif kind == "node":
            middles[int(words[0][1:])] = _point(words[1], words[2], height)
        elif kind == "edge":
            last = 3 + 2 * int(words[2])
            points = tuple(_point(words[i], words[i + 1], height) for i in range(3, last, 2))
            curves[int(words[0][1:]), int(words[1][1:])] = points
    return Layout(
        tuple(middles[i] for i in range(len(scene.cards))),
        tuple(curves[edge.tail, edge.head] for edge in scene.edges),
    )


def _point(x: str, y: str, height: float) -> Point:
    return float(x) * _INCH, height - float(y) * _INCH
