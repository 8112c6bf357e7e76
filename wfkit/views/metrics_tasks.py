"""Which tasks fail, and which are slow? A row for each task, the slowest first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from wfkit.core.durations import duration_words
from wfkit.core.metrics import TaskFigures
from wfkit.core.odds import quantile
from wfkit.core.states import TaskState
from wfkit.views.metrics_text import percent_words
from wfkit.views.shapes import (
    Fragment,
    element,
    group,
    moved,
    name_width,
    name_words,
    rectangle,
    title,
    words,
    words_width,
)
from wfkit.views.style import ACCENT, FAINT, FRAME, INK, LINE, SOFT_INK, TASK_LOOKS
from wfkit.views.timeline import ticks
from wfkit.views.wording import counted, shortened, visible

MOST_ROWS = 15
_ROW, _HEAD = 22.0, 40.0
_LONGEST = 28
_SHARE, _SHARE_WORDS, _RETRIES = 90.0, 92.0, 62.0
_RIGHT = 118.0
_MOST_MARKS = 5
_GOOD, _BAD = TASK_LOOKS[TaskState.SUCCESS], TASK_LOOKS[TaskState.FAILED]


class _Places(NamedTuple):
    """Where the columns of the table begin, and how long the axis of durations is."""

    share: float
    retries: float
    chart: float
    width: float
    longest: float

    def x(self, seconds: float) -> float:
        return self.chart + (self.width * seconds / self.longest if self.longest else 0.0)


def draw_tasks(tasks: Sequence[TaskFigures], width: float) -> Fragment:
    """Return how often each task succeeded and how long it took; nothing without tasks."""
    if not tasks:
        return Fragment(0, 0, "")
    shown = slowest_first(tasks)[:MOST_ROWS]
    places = _places(shown, width)
    height = _ROW * len(shown)
    parts = [
        *_heads(places, len(shown), len(tasks)),
        *(
            rectangle(-4, _HEAD + _ROW * i, width + 4, _ROW, rx=3, fill=FRAME)
            for i in range(1, len(shown), 2)
        ),
        moved("".join(_axis(places, height)), 0, _HEAD),
        *(moved(_row(it, places), 0, _HEAD + _ROW * i) for i, it in enumerate(shown)),
    ]
    below = 18.0 if places.longest else 0.0
    return Fragment(width, _HEAD + height + below, group(parts, class_="tasks"))


def slowest_first(tasks: Sequence[TaskFigures]) -> list[TaskFigures]:
    """Return the tasks by their median, the longest first; those that failed before the rest."""
    return sorted(tasks, key=lambda it: (-_median(it), -it.failed, -it.retries))


def _median(it: TaskFigures) -> float:
    return quantile(it.durations, 0.5) if it.durations else 0.0


def _places(shown: Sequence[TaskFigures], width: float) -> _Places:
    share = max(name_width(_name(it)) for it in shown) + 16
    retries = share + _SHARE + _SHARE_WORDS
    chart = retries + _RETRIES
    most = max((quantile(it.durations, 0.9) for it in shown if it.durations), default=0.0)
    longest = ticks(most)[-1].at if most else 0.0
    return _Places(share, retries, chart, width - chart - _RIGHT, longest)


def _name(it: TaskFigures) -> str:
    return shortened(visible(it.task), _LONGEST)


def _heads(places: _Places, shown: int, total: int) -> Iterator[str]:
    style = {"fill": SOFT_INK, "font_weight": "600"}
    order = "Each task, slowest first" if places.longest else "Each task"
    more = f" ({shown} of {total:,})" if shown < total else ""
    yield words(order + more, 0, 11, fill=INK, font_weight="600")
    yield words("success", places.share, 32, **style)
    yield words("retries", places.retries + 40, 32, text_anchor="end", **style)
    if places.longest:
        told = "median / 90 % within"
        yield words(told, places.chart, 32, **style)
        yield moved(_whisker(0, 22, -4), places.chart + words_width(told, 11.5), 32)


def _axis(places: _Places, height: float) -> Iterator[str]:
    if not places.longest:
        return
    marks = ticks(places.longest)
    step = -(-len(marks) // _MOST_MARKS)
    for mark in marks[::step]:
        x = places.x(mark.at)
        yield element("path", d=f"M{x:.1f},0V{height:.1f}", stroke=FAINT if mark.at else LINE)
        yield words(mark.text, x, height + 14, fill=SOFT_INK, text_anchor="middle")


def _row(it: TaskFigures, places: _Places) -> str:
    ran = it.success + it.failed
    y = _ROW / 2 + 4
    many = percent_words(it.success, ran)
    of = f", {it.failed:,} failed" if it.failed else ""
    parts = [
        title(f"{it.task}: {it.success:,} of {counted(ran, 'instance')} succeeded"),
        name_words(_name(it), places.share - 16, y, fill=INK, text_anchor="end"),
        *_share(it, places.share, ran),
        words(many + of, places.share + _SHARE + 6, y, fill=_BAD.ink if it.failed else INK),
        words(f"{it.retries:,}", places.retries + 40, y, fill=INK, text_anchor="end"),
        *(_durations(it, places) if places.longest and it.durations else ()),
    ]
    return group(parts, class_="task", data_failed=str(it.failed))


def _share(it: TaskFigures, x: float, ran: int) -> Iterator[str]:
    """Draw which part of the instances that ran succeeded, and which failed."""
    if not ran:
        return
    good = _SHARE * it.success / ran
    box = {"stroke": _GOOD.stroke, "stroke_width": "1"}
    if good:
        yield rectangle(x, 5, good, 12, class_="good", fill=_GOOD.fill, **box)
    if it.failed:
        bad = max(3.0, _SHARE - good)
        style = {"fill": _BAD.stroke, "stroke": _BAD.stroke}
        yield rectangle(x + _SHARE - bad, 5, bad, 12, class_="bad", **style)


def _durations(it: TaskFigures, places: _Places) -> Iterator[str]:
    median, most = quantile(it.durations, 0.5), quantile(it.durations, 0.9)
    left, right, end = places.x(0.0), places.x(median), places.x(most)
    yield rectangle(
        left,
        5,
        max(1.0, right - left),
        12,
        class_="median",
        fill=_GOOD.fill,
        stroke=_GOOD.stroke,
    )
    told = duration_words(median)
    if most > median:
        yield _whisker(right, end, 11)
        told = f"{told} / {duration_words(most)}"
    yield words(told, max(right, end) + 8, _ROW / 2 + 4, fill=INK)


def _whisker(left: float, right: float, y: float) -> str:
    d = f"M{left:.1f},{y:.1f}H{right:.1f}M{right:.1f},{y - 4:.1f}V{y + 4:.1f}"
    return element("path", class_="whisker", d=d, stroke=ACCENT, stroke_width="1.5")
