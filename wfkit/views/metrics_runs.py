"""How did the runs go, and do they become slower? A column for each run, or for several."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import ceil
from typing import NamedTuple

from wfkit.core.durations import duration_words
from wfkit.core.metrics import RunFigures, moving_median
from wfkit.core.odds import quantile
from wfkit.core.states import RunState
from wfkit.views.grid_dates import heads
from wfkit.views.shapes import (
    Fragment,
    badge,
    element,
    group,
    moved,
    rectangle,
    title,
    words,
    words_width,
)
from wfkit.views.style import ACCENT, FAINT, INK, LINE, RUN_LOOKS, SOFT_INK
from wfkit.views.timeline import ticks

MOST_COLUMNS = 60
_LEFT, _TALL, _SIGNS = 120.0, 92.0, 20.0
_WIDEST = 36.0
_HEAD, _DATES = 22.0, 30.0
_MOST_MARKS = 4
_MEDIAN_OF = 7
_FEWEST_FOR_A_LINE = 3


class Column(NamedTuple):
    """One run, or several that follow each other: seconds that they took (their median)."""

    runs: Sequence[RunFigures]
    seconds: float | None

    @property
    def failed(self) -> int:
        """How many of them did not succeed."""
        return sum(run.outline.state is not RunState.SUCCESS for run in self.runs)

    @property
    def state(self) -> RunState:
        """The state of the one that tells most."""
        states = [run.outline.state for run in self.runs]
        return RunState.FAILED if RunState.FAILED in states else states[-1]


class _Place(NamedTuple):
    """Where the columns stand."""

    width: float
    number: int
    longest: float

    def x(self, column: float) -> float:
        return _LEFT + self.width * column

    @property
    def right(self) -> float:
        return self.x(self.number)


def draw_runs(runs: Sequence[RunFigures], width: float) -> Fragment:
    """Return how long the runs took and how they ended, oldest on the left."""
    columns = _columns(runs)
    each = min(_WIDEST, (width - _LEFT) / len(columns))
    longest = max((it.seconds or 0.0 for it in columns), default=0.0)
    place = _Place(each, len(columns), longest)
    parts = [(_HEAD, _head(columns, longest)), (_DATES, _dates(columns, place))]
    if longest:
        parts.append((_TALL + 2, "".join(_durations(columns, place))))
    parts.append((_SIGNS, "".join(_signs(columns, place))))
    drawn, y = [], 0.0
    for tall, body in parts:
        drawn.append(moved(body, 0, y))
        y += tall
    return Fragment(width, y, group(drawn, class_="runs"))


def _columns(runs: Sequence[RunFigures]) -> list[Column]:
    """Return the runs in columns of as many as needed, so that the newest column is full."""
    size = ceil(len(runs) / MOST_COLUMNS)
    rest = len(runs) % size
    parts = [runs[:rest]] if rest else []
    parts += [runs[start : start + size] for start in range(rest, len(runs), size)]
    return [Column(part, _median(part)) for part in parts]


def _median(runs: Sequence[RunFigures]) -> float | None:
    known = [run.outline.duration for run in runs if run.outline.duration is not None]
    return quantile(sorted(known), 0.5) if known else None


def _head(columns: Sequence[Column], longest: float) -> str:
    size = max(len(it.runs) for it in columns)
    told = "Each run" if size == 1 else f"Each {size} runs"
    parts = [words(told, 0, 11, fill=INK, font_weight="600")]
    if longest:
        look = RUN_LOOKS[RunState.SUCCESS]
        box = rectangle(0, -9, 14, 10, fill=look.fill, stroke=look.stroke)
        of = "duration" if size == 1 else "median duration"
        parts.append(moved(box + words(of, 20, 0, fill=SOFT_INK), _LEFT, 11))
        if len(columns) > _FEWEST_FOR_A_LINE:
            line = element("path", d="M0,-4H18", stroke=ACCENT, stroke_width="2")
            told = f"median of {_MEDIAN_OF} in a row"
            x = _LEFT + 20 + words_width(of, 10) + 16
            parts.append(moved(line + words(told, 24, 0, fill=SOFT_INK), x, 11))
    return "".join(parts)


def _dates(columns: Sequence[Column], place: _Place) -> str:
    dates = [it.runs[-1].outline.logical_date for it in columns]
    above, below, time = heads(dates, place.width)
    name = f"logical date, {time}" if time and len(columns[-1].runs) == 1 else "logical date"
    parts = [_beside(name, 24)]
    for column, text in above:
        parts.append(words(text, place.x(column) + 2, 10, fill=INK, font_weight="600"))
    for column, text in below:
        x = place.x(column + 0.5)
        parts.append(words(text, x, 24, fill=INK, font_size=10.0, text_anchor="middle"))
    return "".join(parts)


def _beside(text: str, y: float, **style: str) -> str:
    return words(text, _LEFT - 8, y, text_anchor="end", **{"fill": SOFT_INK, **style})


def _durations(columns: Sequence[Column], place: _Place) -> Iterator[str]:
    marks = ticks(place.longest)
    step = ceil(len(marks) / _MOST_MARKS)
    top = max(place.longest, marks[-1].at)

    def y(seconds: float) -> float:
        return 6 + (_TALL - 6) * (1 - seconds / top)

    for mark in marks[::step]:
        line = f"M{_LEFT:.1f},{y(mark.at):.1f}H{place.right:.1f}"
        yield element("path", d=line, stroke=FAINT if mark.at else LINE)
        yield _beside(mark.text, y(mark.at) + 4)
    for i, column in enumerate(columns):
        if column.seconds:
            yield _bar(column, (place.x(i), y(column.seconds)), place.width)
    if len(columns) > _FEWEST_FOR_A_LINE:
        yield _median_line(columns, place, [y(it) for it in _smoothed(columns)])


def _bar(column: Column, corner: tuple[float, float], width: float) -> str:
    look = RUN_LOOKS[column.state if len(column.runs) == 1 else RunState.SUCCESS]
    is_bad = look is RUN_LOOKS[RunState.FAILED]
    gap = 1.5 if width > 8 else 0.5
    shape = rectangle(
        corner[0] + gap,
        corner[1],
        width - 2 * gap,
        max(1.0, _TALL - corner[1]),
        fill=look.stroke if is_bad else look.fill,
        stroke=look.stroke,
    )
    told = f"{column.runs[-1].outline.run_id}: {duration_words(column.seconds or 0.0)}"
    return group([title(told), shape], class_="took", data_state=column.state.value)


def _smoothed(columns: Sequence[Column]) -> list[float]:
    known = [it.seconds for it in columns if it.seconds is not None]
    found = iter(moving_median(known, _MEDIAN_OF))
    last = 0.0
    return [last := next(found) if it.seconds is not None else last for it in columns]


def _median_line(columns: Sequence[Column], place: _Place, ys: Sequence[float]) -> str:
    points = [f"{place.x(i + 0.5):.1f},{y:.1f}" for i, y in enumerate(ys) if i >= _first(columns)]
    d = "M" + "L".join(points)
    return element("path", class_="trend", d=d, fill="none", stroke=ACCENT, stroke_width="2")


def _first(columns: Sequence[Column]) -> int:
    """Return the first column with a duration."""
    return next((i for i, it in enumerate(columns) if it.seconds is not None), 0)


def _signs(columns: Sequence[Column], place: _Place) -> Iterator[str]:
    """Draw how each run ended by its sign, of several runs how many did not succeed."""
    is_each = all(len(it.runs) == 1 for it in columns)
    yield _beside("the whole run" if is_each else "not success", 15)
    bad = RUN_LOOKS[RunState.FAILED]
    for i, column in enumerate(columns):
        x = place.x(i + 0.5)
        if is_each:
            sign = badge(RUN_LOOKS[column.state], x, 11, min(7.5, place.width / 2 - 1))
            yield group([sign], class_="whole", data_state=column.state.value)
        elif column.failed:
            text = str(column.failed)
            size = min(11.0, 11.0 * place.width / words_width(text))
            style = {"fill": bad.ink, "font_weight": "600", "text_anchor": "middle"}
            yield words(text, x, 15, class_="bad", font_size=size, **style)
