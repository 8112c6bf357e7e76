"""How likely is it to go well? Chances of each variant, and when its nights end."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from wfkit.core.odds import Chance, Nights, Odds, quantile
from wfkit.core.states import TaskState
from wfkit.views.picture import Picture
from wfkit.views.shapes import (
    Fragment,
    document,
    element,
    group,
    moved,
    name_width,
    name_words,
    rectangle,
    title,
    words,
)
from wfkit.views.style import ACCENT, FAINT, INK, LINE, SOFT_INK, TASK_LOOKS
from wfkit.views.timeline import Tick, ticks
from wfkit.views.wording import columns, counted, padded, shortened, visible

PARTS = (0.5, 0.9, 0.99)
_LONGEST_LABEL = 40
_ROW = 48.0
_CHART = 230.0
_VALUE = 150.0
_GAP = 26.0
_BINS = 46
_TALLEST = 34.0
_FAR = 4.0
_MOST_NAMED = 5
_GOOD = TASK_LOOKS[TaskState.SUCCESS]


def odds_picture(nights: Nights, rows: Sequence[Odds]) -> Picture:
    """Return the odds of each variant as a drawing with its text twin."""
    text = odds_text(nights, rows)
    return Picture(text, document(_draw(nights, rows), _headline(nights), text, "wfkit-odds"))


def odds_text(nights: Nights, rows: Sequence[Odds]) -> str:
    """Return the odds as a table: one line per variant."""
    head = ["variant", "success"]
    if nights.due is not None:
        head.append(_promise(nights))
    head += ["attempts", *(f"{part:.0%} by" for part in PARTS)]
    table = [head, *(list(_cells(nights, it)) for it in rows)]
    widths = [max(columns(row[i]) for row in table) for i in range(len(head))]
    lines = ["  ".join(map(padded, row, widths)).rstrip() for row in table]
    return "\n".join([_headline(nights), *(f"  {line}" for line in lines), *_notes(nights)])


def _headline(nights: Nights) -> str:
    return f"Odds of {visible(nights.dag)} over {counted(nights.number, 'night')}"


def _promise(nights: Nights) -> str:
    if nights.time_of_day:
        return f"ready by {visible(nights.time_of_day)}"
    return f"ready within {_duration(nights.due or 0.0)}"


def _notes(nights: Nights) -> Iterator[str]:
    if nights.recorded:
        yield f"  (durations as recorded before: {', '.join(map(visible, nights.recorded))})"


def _cells(nights: Nights, row: Odds) -> Iterator[str]:
    yield visible(row.variant)
    yield chance_words(row.success)
    if nights.due is not None:
        yield chance_words(row.on_time) if row.on_time else ""
    yield f"{row.attempts:.1f}"
    yield from (_duration(quantile(row.finishes, part)) for part in PARTS)


def chance_words(chance: Chance) -> str:
    """Return a chance in percent, with its interval.

    >>> chance_words(Chance(0.5, 0.469, 0.531))
    '50.0 % (46.9–53.1)'
    """
    low, high = 100 * chance.low, 100 * chance.high
    return f"{100 * chance.value:.1f} % ({low:.1f}–{high:.1f})"


def _duration(seconds: float) -> str:
    """Return seconds in whole numbers of a fitting unit: real ones are never twice the same."""
    if math.isnan(seconds):
        return "–"
    for unit, name in ((3_600.0, "h"), (60.0, "min")):
        if seconds >= 2 * unit:
            return f"{round(seconds / unit, 1):,g} {name}"
    return f"{seconds:.0f} s"


class _Charts(NamedTuple):
    """Where the two charts stand, and what their axes say."""

    left: float
    right: float
    marks: list[Tick]

    def chance(self, value: float) -> float:
        return self.left + _CHART * value

    def moment(self, seconds: float) -> float:
        whole = self.marks[-1].at
        return self.right + (_CHART * min(1.0, seconds / whole) if whole else 0.0)


def _draw(nights: Nights, rows: Sequence[Odds]) -> Fragment:
    label = max(name_width(_label(it)) for it in rows) + 14
    charts = _Charts(label, label + _CHART + _VALUE + _GAP, ticks(_span(nights, rows)))
    height = _ROW * len(rows)
    parts = [
        words(_headline(nights), 0, 12, fill=INK, font_weight="600", font_size=14.0),
        *_legend(nights, charts),
        moved("".join(_grid(charts, height)), 0, 52),
        *(moved(_row(nights, it, charts), 0, 52 + _ROW * i) for i, it in enumerate(rows)),
        moved("".join(_due_line(nights, charts, height)), 0, 52),
    ]
    return Fragment(charts.right + _CHART + 34, 52 + height + 24, group(parts, class_="odds"))


def _label(row: Odds) -> str:
    return shortened(visible(row.variant), _LONGEST_LABEL)


def _span(nights: Nights, rows: Sequence[Odds]) -> float:
    """Return the length of the time axis: up to the last end, and `due` unless it is far off."""
    last = max((it.finishes[-1] for it in rows if it.finishes), default=0.0)
    return max(last, nights.due) if nights.due and nights.due <= _FAR * last else last


def _legend(nights: Nights, charts: _Charts) -> Iterator[str]:
    yield _mark(charts.left + 5, 34, is_on_time=False)
    yield words("success", charts.left + 14, 38, fill=SOFT_INK)
    if nights.due is not None:
        yield _mark(charts.left + 75, 34, is_on_time=True)
        yield words(_promise(nights), charts.left + 84, 38, fill=SOFT_INK)
    yield words("end of the successful nights", charts.right, 38, fill=SOFT_INK)


def _grid(charts: _Charts, height: float) -> Iterator[str]:
    for percent in (0, 25, 50, 75, 100):
        yield from _tick(charts.chance(percent / 100), f"{percent} %", height)
    for i, tick in enumerate(charts.marks):
        is_named = len(charts.marks) <= _MOST_NAMED or i % 2 == 0
        yield from _tick(charts.moment(tick.at), tick.text if is_named else "", height)


def _tick(x: float, text: str, height: float) -> Iterator[str]:
    yield element("path", d=f"M{x:.1f},0V{height:.1f}", stroke=FAINT)
    yield words(text, x, height + 14, fill=SOFT_INK, text_anchor="middle")


def _row(nights: Nights, row: Odds, charts: _Charts) -> str:
    parts = [
        title(f"{row.variant}: {chance_words(row.success)}"),
        name_words(_label(row), charts.left - 12, _ROW / 2 + 4.5, fill=INK, text_anchor="end"),
        *_chance(row.success, 15.0, charts, is_on_time=False),
        *(_chance(row.on_time, 34.0, charts, is_on_time=True) if row.on_time else ()),
        *_histogram(row.finishes, charts),
    ]
    return group(parts, class_="variant")


def _chance(chance: Chance, y: float, charts: _Charts, *, is_on_time: bool) -> Iterator[str]:
    if math.isnan(chance.value):
        return
    low, high = charts.chance(chance.low), charts.chance(chance.high)
    colour = ACCENT if is_on_time else _GOOD.stroke
    ends = "".join(f"M{x:.1f},{y - 4:.1f}V{y + 4:.1f}" for x in (low, high))
    bar = f"{ends}M{low:.1f},{y:.1f}H{high:.1f}"
    yield element("path", class_="interval", d=bar, stroke=colour, stroke_width="1.5")
    yield _mark(charts.chance(chance.value), y, is_on_time=is_on_time)
    yield words(chance_words(chance), charts.left + _CHART + 22, y + 4, fill=INK)


def _mark(x: float, y: float, *, is_on_time: bool) -> str:
    if not is_on_time:
        return element("circle", class_="success", cx=x, cy=y, r=4, fill=_GOOD.stroke)
    shape = f"M{x:.1f},{y - 5:.1f}L{x + 5:.1f},{y:.1f}L{x:.1f},{y + 5:.1f}L{x - 5:.1f},{y:.1f}Z"
    return element(
        "path", class_="on-time", d=shape, fill="#fff", stroke=ACCENT, stroke_width="1.5"
    )


def _histogram(finishes: Sequence[float], charts: _Charts) -> Iterator[str]:
    """Draw how many of the successful nights ended when."""
    whole = charts.marks[-1].at
    counts = [0] * _BINS
    for finish in finishes:
        place = int(_BINS * finish / whole) if whole else 0
        counts[min(place, _BINS - 1)] += 1
    most = max(counts)
    edges = [charts.right + _CHART * i / _BINS for i in range(_BINS + 1)]
    for count, (left, right) in zip(counts, pairwise(edges), strict=True):
        if count:
            tall = max(1.0, _TALLEST * count / most)
            box = (left, _ROW - 4 - tall, right - left, tall)
            yield rectangle(*box, class_="nights", fill=_GOOD.fill, stroke=_GOOD.stroke)
    yield element(
        "path", d=f"M{edges[0]:.1f},{_ROW - 4:.1f}H{edges[-1]:.1f}", stroke=LINE, stroke_width="1"
    )


def _due_line(nights: Nights, charts: _Charts, height: float) -> Iterator[str]:
    if nights.due is not None and nights.due <= charts.marks[-1].at:
        x = charts.moment(nights.due)
        line = element("path", d=f"M{x:.1f},-4V{height:.1f}", stroke=ACCENT, stroke_dasharray="5 3")
        yield group([title(_promise(nights)), line], class_="due")
