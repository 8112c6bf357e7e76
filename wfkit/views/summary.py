"""What is shown of a graph too large to draw? Counts: per state and per generation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from wfkit.core.graph import Graph
from wfkit.core.states import TaskState
from wfkit.views.shapes import Fragment, badge, group, moved, rectangle, stacked, words
from wfkit.views.standing import Standing
from wfkit.views.style import FAINT, INK, SOFT_INK, TASK_LOOKS, TITLE_SIZE
from wfkit.views.text import generation_rows

_WIDTH = 620.0
_TILE_WIDTH, _TILE_HEIGHT, _GAP = 146.0, 46.0, 12.0
_TILES_IN_A_ROW = 4
_BAR_LEFT, _BAR_HEIGHT, _ROW = 150.0, 12.0, 20.0
_BAR_MOST = _WIDTH - _BAR_LEFT - 80


def draw_summary(
    graph: Graph, known: Mapping[str, Standing] | None = None, every_state: bool = False
) -> Fragment:
    """Return the counts of a graph as a drawing; its size hardly depends on the graph's.

    With `every_state` there is a tile for each state, also for those at zero: a live view
    fills in the text of class `number` inside `.count[data-state]`.
    """
    bars = _draw_bars(graph, known)
    if known is None:
        return bars
    counts = Counter(it.state for it in known.values())
    shown = [state for state in TaskState if every_state or counts[state]]
    return stacked([_draw_tiles(shown, counts), bars], gap=20)


def _draw_tiles(states: list[TaskState], counts: Mapping[TaskState, int]) -> Fragment:
    tiles = []
    for i, state in enumerate(states):
        row, column = divmod(i, _TILES_IN_A_ROW)
        tile = _tile(state, counts[state])
        tiles.append(moved(tile, column * (_TILE_WIDTH + _GAP), row * (_TILE_HEIGHT + _GAP)))
    rows = -(-len(states) // _TILES_IN_A_ROW)
    return Fragment(_WIDTH, rows * (_TILE_HEIGHT + _GAP) - _GAP, group(tiles, class_="counts"))


def _tile(state: TaskState, count: int) -> str:
    look = TASK_LOOKS[state]
    box = rectangle(
        0,
        0,
        _TILE_WIDTH,
        _TILE_HEIGHT,
        rx=8,
        class_="card",
        fill=look.fill,
        stroke=look.stroke,
        stroke_width=f"{look.weight:g}",
        stroke_dasharray=look.dash,
    )
    size: dict[str, str | float | None] = {"font_size": float(TITLE_SIZE), "font_weight": "600"}
    number = words(f"{count:,}", 38, 21, class_="number", fill=INK, **size)
    name = words(look.word, 38, 36, class_="word", fill=look.ink)
    sign = badge(look, 21, _TILE_HEIGHT / 2)
    return group([box, sign, number, name], class_="count", data_state=state.value)


def _draw_bars(graph: Graph, known: Mapping[str, Standing] | None) -> Fragment:
    rows = generation_rows(graph)
    most = max((len(names) for _, names in rows), default=1)
    bars = []
    for i, (label, names) in enumerate(rows):
        done = sum(known[name].state.is_terminal for name in names if name in known) if known else 0
        bars.append(moved("".join(_bar(label, len(names), done, most)), 0, i * _ROW))
    return Fragment(_WIDTH, len(rows) * _ROW, group(bars, class_="generations"))


def _bar(label: str, count: int, done: int, most: int) -> Iterator[str]:
    width = max(2.0, _BAR_MOST * count / most)
    yield words(label, 0, 12, fill=SOFT_INK)
    yield rectangle(_BAR_LEFT, 3, width, _BAR_HEIGHT, rx=3, fill=FAINT, stroke=SOFT_INK)
    if done:
        yield rectangle(_BAR_LEFT, 3, width * done / count, _BAR_HEIGHT, rx=3, fill=SOFT_INK)
    text = f"{done:,} of {count:,} ended" if done and done < count else f"{count:,}"
    yield words(text, _BAR_LEFT + width + 8, 12, fill=INK)
