"""What does a notebook show? A picture and its twin in text, in one object."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from wfkit.core.graph import Graph
from wfkit.core.run import RunSnapshot
from wfkit.views.attempts import took_time
from wfkit.views.first_error import draw_first_error
from wfkit.views.layout import NO_GRAPHVIZ
from wfkit.views.shapes import document, stacked
from wfkit.views.standing import standings
from wfkit.views.style import RUN_LOOKS
from wfkit.views.svg import draw_graph, draw_header, graph_svg
from wfkit.views.text import graph_text, run_headline, run_text, timeline_text
from wfkit.views.timeline import draw_timeline

_NARROWEST, _WIDEST = 600.0, 808.0


@dataclass(frozen=True)
class Picture:
    """A drawing with its text twin; front ends choose. `svg` is None without Graphviz.

    >>> Picture("Dag d: a → b")
    Dag d: a → b
    """

    text: str
    svg: str | None = None

    def __repr__(self) -> str:
        return self.text

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> Mapping[str, str]:
        bundle = {"text/plain": self.text}
        return bundle | {"image/svg+xml": self.svg} if self.svg else bundle


def graph_picture(
    name: str,
    graph: Graph,
    snapshot: RunSnapshot | None = None,
    highlight: str | None = None,
    group: str | None = None,
) -> Picture:
    """Return the picture of a Dag, with the states of a run where there is a snapshot.

    `highlight` brings out a task with its ancestors and descendants; `group` shows that group
    in full and the other groups as one card each. Raises UnknownTask or InvalidOption for
    names that the graph does not have.
    """
    text = graph_text(name, graph, snapshot, highlight, group)
    return _picture(text, graph_svg(name, graph, snapshot, highlight, group))


def run_picture(graph: Graph, snapshot: RunSnapshot) -> Picture:
    """Return the picture of a run: the graph with states, the first error, the timeline.

    The timeline is left out where no time passed: on a virtual clock that stood still. The
    text twin sums the run up. It lists the times of attempts only where they are the same in
    every run: on a virtual clock that moved.
    """
    text = run_text(snapshot)
    drawn = draw_graph(graph, standings(snapshot))
    if snapshot.detail.get("clock") == "virtual" and took_time(snapshot):
        text = f"{text}\n{timeline_text(snapshot, virtual=True)}"
    if drawn is None:
        return _picture(text, None)
    headline = run_headline(snapshot)
    header = draw_header(snapshot.dag_name, headline, RUN_LOOKS[snapshot.state])
    width = min(max(drawn.width, _NARROWEST), _WIDEST)
    below = (draw_first_error(snapshot, width), draw_timeline(snapshot, width))
    parts = [header, drawn, *(part for part in below if part)]
    return _picture(text, document(stacked(parts, gap=18), headline, text, "wfkit-settled"))


def _picture(text: str, svg: str | None) -> Picture:
    return Picture(text, svg) if svg else Picture(f"{text}\n{NO_GRAPHVIZ}")
