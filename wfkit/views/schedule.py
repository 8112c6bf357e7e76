"""When does work run, and why? The runs of a schedule on a calendar."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from wfkit.core.spans import ClockChange, Period, RunSpan
from wfkit.core.states import RunState
from wfkit.views.calendar import calendar_ticks
from wfkit.views.picture import Picture
from wfkit.views.schedule_counts import count_legend, counted_span, draw_counts
from wfkit.views.schedule_rows import draw_bands, draw_heads, draw_legend, draw_rows, table_of
from wfkit.views.schedule_text import (
    change_words,
    failure_words,
    headline,
    outage_words,
    queue_words,
    run_counts,
    schedule_text,
    span_words,
)
from wfkit.views.shapes import Fragment, badge, document, element, group, moved, title, words
from wfkit.views.style import ACCENT, FAINT, FRAME_EDGE, INK, LINE, RUN_LOOKS, SOFT_INK
from wfkit.views.timeline import Tick
from wfkit.views.wording import cut, shortened, visible

MOST_ROWS = 60
_WIDTH = 800.0
_LONGEST = 92
_COUNTS_LEFT, _COUNTS_RIGHT = 104.0, 24.0
_NOTE, _TALL_WITHOUT_RUNS = 15.0, 64.0


class Axis(NamedTuple):
    """Turns times into x positions between the columns of words."""

    start: float
    end: float
    left: float
    right: float
    ticks: list[Tick]

    def x(self, time: float) -> float:
        """Return where this time is."""
        part = (time - self.start) / (self.end - self.start)
        return self.left + (self.right - self.left) * min(1.0, max(0.0, part))


class _Chart(NamedTuple):
    """What is drawn above the axis, the ground below that, and the legend and heads on top."""

    axis: Axis
    head: Fragment
    body: Fragment
    ground: str = ""


def schedule_picture(period: Period, runs: Sequence[RunSpan]) -> Picture:
    """Return what a schedule did as a drawing with its text twin.

    A row for each run; more than 60 runs are counted, day by day.
    """
    text = schedule_text(period, runs)
    return Picture(text, document(_draw(period, runs), headline(period), text, "wfkit-schedule"))


def _draw(period: Period, runs: Sequence[RunSpan]) -> Fragment:
    chart = _chart(period, runs)
    notes = list(_notes(period, runs))
    height = chart.body.height
    below = 42.0 + _NOTE * len(notes)
    top = below + chart.head.height + 14
    parts = [
        words(_short_headline(period), 0, 12, fill=INK, font_weight="600", font_size=14.0),
        words(f"{span_words(period)}, {run_counts(runs)}", 0, 30, fill=SOFT_INK),
        *(moved(note, 0, 48 + _NOTE * i) for i, note in enumerate(notes)),
        moved(chart.head.body, 0, below),
        moved(chart.ground, 0, top),
        moved("".join(_special(period, chart.axis, height)), 0, top),
        moved("".join(_grid(chart.axis, height)), 0, top),
        moved(chart.body.body, 0, top),
        moved("".join(_lines_of_changes(period, chart.axis, height)), 0, top),
    ]
    return Fragment(_WIDTH, top + height + 20, group(parts, class_="schedule"))


def _short_headline(period: Period) -> str:
    dag = shortened(visible(period.dag), _LONGEST // 2)
    return cut(headline(period._replace(dag=dag)), _LONGEST)


def _chart(period: Period, runs: Sequence[RunSpan]) -> _Chart:
    if not runs:
        axis = _axis(period, (period.start, period.end), _COUNTS_LEFT, _COUNTS_RIGHT)
        return _Chart(axis, Fragment(0, 0, ""), _nothing(period))
    if len(runs) + len(period.missed) > MOST_ROWS:
        axis = _axis(period, counted_span(period, runs), _COUNTS_LEFT, _COUNTS_RIGHT)
        legend = Fragment(0, 16, count_legend(runs, axis.left))
        return _Chart(axis, legend, draw_counts(period, runs, axis.x))
    table = table_of(period, runs)
    span = (min(run.begin for run in runs), max(run.ended for run in runs))
    axis = _axis(period, span, table.left, table.right)
    heads = draw_legend(period, runs, axis.left) + moved(draw_heads(table, axis), 0, 32)
    ground = draw_bands(table, axis)
    return _Chart(axis, Fragment(0, 24, heads), draw_rows(period, table, axis), ground)


def _axis(period: Period, span: tuple[float, float], left: float, right: float) -> Axis:
    start, end = min(period.start, span[0]), max(period.end, span[1])
    return Axis(start, end, left, _WIDTH - right, calendar_ticks(start, end, period.where))


def _nothing(period: Period) -> Fragment:
    parts = [words("no runs", _WIDTH / 2, 28, fill=INK, text_anchor="middle", font_weight="600")]
    if period.nothing:
        parts.append(words(period.nothing, _WIDTH / 2, 45, fill=SOFT_INK, text_anchor="middle"))
    return Fragment(_WIDTH, _TALL_WITHOUT_RUNS, "".join(parts))


def _notes(period: Period, runs: Sequence[RunSpan]) -> Iterator[str]:
    """Draw what was special, each with the sign that it has in the chart."""
    for change in period.changes[:2]:
        text = change_words(period.where, change)
        yield _clock_sign(change, 6, -4) + words(text, 18, 0, fill=ACCENT)
    if len(period.changes) > 2:
        yield words(f"and {len(period.changes) - 2} more changes of the clock", 18, 0, fill=ACCENT)
    if period.outage:
        yield _hatch(0, 12, -9, 10) + words(outage_words(period), 18, 0, fill=SOFT_INK)
    if told := queue_words(period, runs):
        yield _dots(0, 12, -4) + words(told, 18, 0, fill=SOFT_INK)
    if period.hint:
        yield words(period.hint, 18, 0, fill=SOFT_INK)
    for why in failure_words(period, runs)[:1]:
        look = RUN_LOOKS[RunState.FAILED]
        yield badge(look, 6, -4, 5) + words(cut(why, _LONGEST + 20), 18, 0, fill=look.ink)


def _grid(axis: Axis, height: float) -> Iterator[str]:
    for tick in axis.ticks:
        x, is_hour = axis.x(tick.at), ":" in tick.text
        yield element("path", d=f"M{x:.1f},0V{height:.1f}", stroke=FAINT if is_hour else FRAME_EDGE)
        fill = SOFT_INK if is_hour else INK
        yield words(tick.text, x, height + 14, fill=fill, text_anchor="middle")


def _special(period: Period, axis: Axis, height: float) -> Iterator[str]:
    if period.outage:
        left, right = (axis.x(it) for it in period.outage)
        edges = f"M{left:.1f},0V{height:.1f}M{right:.1f},0V{height:.1f}"
        shapes = [_hatch(left, right, 0, height), element("path", d=edges, stroke=LINE)]
        yield group([title(outage_words(period)), *shapes], class_="outage")


def _hatch(left: float, right: float, top: float, height: float) -> str:
    # A short dash on a thick line is a hatch that needs no pattern, so no id.
    return element(
        "path",
        d=f"M{left:.1f},{top + height / 2:.1f}H{max(right, left + 2):.1f}",
        stroke=FRAME_EDGE,
        stroke_width=height,
        stroke_dasharray="1.5 4.5",
    )


def _dots(left: float, right: float, y: float) -> str:
    d = f"M{left:.1f},{y:.1f}H{right:.1f}"
    return element("path", d=d, stroke=LINE, stroke_width="1.5", stroke_dasharray="2 2")


def _lines_of_changes(period: Period, axis: Axis, height: float) -> Iterator[str]:
    for change in period.changes:
        x = axis.x(change.time)
        line = element(
            "path",
            d=f"M{x:.1f},0V{height:.1f}",
            stroke=ACCENT,
            stroke_dasharray="4 3",
            stroke_width="1.5",
        )
        shapes = [title(change_words(period.where, change)), line, _clock_sign(change, x, -4)]
        yield group(shapes, class_="gap" if change.shift > 0 else "fold")


def _clock_sign(change: ClockChange, x: float, y: float) -> str:
    """Draw an arrow to the right for a gap, to the left for a fold."""
    way = 5 if change.shift > 0 else -5
    d = f"M{x - way:.1f},{y - 5:.1f}L{x + way:.1f},{y:.1f}L{x - way:.1f},{y + 5:.1f}Z"
    return element("path", d=d, fill=ACCENT)
