"""When did each attempt wait, run and end? Bars on a time axis that starts with the run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import ceil
from typing import NamedTuple

from wfkit.core.run import Attempt, RunSnapshot
from wfkit.core.states import Outcome, TaskState
from wfkit.views.attempts import Row, attempt_look, rows, worth_showing
from wfkit.views.shapes import (
    Fragment,
    badge,
    element,
    group,
    moved,
    name_width,
    name_words,
    rectangle,
    title,
    words,
)
from wfkit.views.standing import error_line
from wfkit.views.style import FAINT, INK, LINE, SOFT_INK, TASK_LOOKS
from wfkit.views.wording import shortened

_RIGHT, _NARROWEST = 24.0, 240.0
_ROW, _BAR = 26.0, 16.0
_SIGN = 7.5
_LONGEST_LABEL = 26
_TICKS_AIMED_AT = 7
_STEPS = (
    *(base * 10.0**power for power in range(-4, 1) for base in (1, 2, 5)),
    *(10, 15, 30, 60, 120, 300, 600, 900, 1_800),
    *(3_600, 7_200, 10_800, 21_600, 43_200, 86_400),
)


class Tick(NamedTuple):
    """A mark on the axis: seconds from the start, and what is written there."""

    at: float
    text: str


def ticks(span: float) -> list[Tick]:
    """Return round marks from 0 to at least `span` (in seconds).

    >>> [tick.text for tick in ticks(95)]
    ['0 s', '15 s', '30 s', '45 s', '60 s', '75 s', '90 s', '105 s']
    >>> [tick.text for tick in ticks(0)]
    ['0 s']
    """
    if span <= 0:
        return [Tick(0.0, "0 s")]
    step = next((s for s in _STEPS if span / s <= _TICKS_AIMED_AT), None)
    step = step or 86_400.0 * ceil(span / 86_400 / _TICKS_AIMED_AT)
    unit, name = _unit(step)
    last = ceil(round(span / step, 6))
    return [Tick(i * step, f"{round(i * step / unit, 6):,g} {name}") for i in range(last + 1)]


def _unit(step: float) -> tuple[float, str]:
    for unit, name in ((86_400.0, "d"), (3_600.0, "h"), (60.0, "min"), (1.0, "s")):
        if step >= unit:
            return unit, name
    return (1.0, "s") if step >= 0.01 else (0.001, "ms")


class _Axis(NamedTuple):
    """Turns moments into x positions right of the labels."""

    start: float
    now: float
    left: float
    width: float
    ticks: list[Tick]

    def x(self, moment: float) -> float:
        return self.left + self.width * (moment - self.start) / self.ticks[-1].at


def draw_timeline(snapshot: RunSnapshot, width: float) -> Fragment | None:
    """Return the attempts of a run as bars, or None where the clock did not move.

    It is `width` wide, or more if the names leave too little. A long run shows the rows that
    are worth it.
    """
    every = rows(snapshot)
    shown = worth_showing(every)
    axis = _axis(snapshot, shown, width)
    if axis is None:
        return None
    height = _ROW * len(shown)
    parts = [
        words("Timeline", 0, 10, fill=SOFT_INK, font_weight="600"),
        moved("".join(_grid(axis, height)), 0, 20),
        *(moved(_draw_row(row, axis), 0, 20 + _ROW * i) for i, row in enumerate(shown)),
    ]
    total = 20 + height + 24
    if len(shown) < len(every):
        note = f"{len(shown)} of {len(every):,}: failed and retried first, then the longest"
        parts.append(words(note, 0, total + 8, fill=SOFT_INK))
        total += 14
    return Fragment(axis.left + axis.width + _RIGHT, total, group(parts, class_="timeline"))


def _axis(snapshot: RunSnapshot, shown: Sequence[Row], width: float) -> _Axis | None:
    every = snapshot.attempts.values()
    if not every:
        return None
    start = min(it.queued for it in every)
    if snapshot.started is not None:
        start = min(start, snapshot.started)
    moments = [it.ended or it.started or it.queued for it in every]
    now = max(moments) if snapshot.ended is None else max(*moments, snapshot.ended)
    if now <= start:
        return None
    left = max(name_width(_label(row)) for row in shown) + 16
    chart = max(width - left - _RIGHT, _NARROWEST)
    return _Axis(start, now, left, chart, ticks(now - start))


def _label(row: Row) -> str:
    return shortened(row.label, _LONGEST_LABEL)


def _grid(axis: _Axis, height: float) -> Iterator[str]:
    for tick in axis.ticks:
        x = axis.x(axis.start + tick.at)
        yield element("path", d=f"M{x:.1f},0V{height:.1f}", stroke=FAINT)
        yield words(tick.text, x, height + 14, fill=SOFT_INK, text_anchor="middle")


def _draw_row(row: Row, axis: _Axis) -> str:
    name = name_words(_label(row), axis.left - 12, _ROW / 2 + 4.5, fill=INK, text_anchor="end")
    if not row.attempts:
        return name + _unstarted(row, axis)
    middle = _ROW / 2
    waits = [shape for it in row.attempts for shape in _waits(it, axis, middle)]
    if _ended_while_waiting(row):
        waits.append(_unstarted(row, axis))
    bars = [_bar(row, it, axis, middle) for it in row.attempts]
    return name + "".join([*waits, *bars, *_signs(row, axis, middle)])


def _unstarted(row: Row, axis: _Axis) -> str:
    look = TASK_LOOKS[row.instance.state]
    x = axis.x(axis.start if row.instance.ended is None else row.instance.ended)
    is_late = x > axis.left + axis.width / 2
    beside, anchor = (x - 13, "end") if is_late else (x + 13, None)
    sign = badge(look, x, _ROW / 2, _SIGN)
    if row.attempts:
        return group([title(look.word), sign])
    return sign + words(look.word, beside, _ROW / 2 + 4, fill=look.ink, text_anchor=anchor)


def _ended_while_waiting(row: Row) -> bool:
    last, cancelled = row.attempts[-1], row.instance.state is TaskState.CANCELLED
    waited = last.started is None or (cancelled and last.outcome is not Outcome.CANCELLED)
    return waited and row.instance.ended is not None


def _waits(it: Attempt, axis: _Axis, y: float) -> Iterator[str]:
    started = next(at for at in (it.started, it.ended, axis.now) if at is not None)
    if started > it.queued:
        ends = (axis.x(it.queued), axis.x(started))
        yield _line(*ends, y, class_="wait", stroke=LINE, stroke_width="1.5")
    if it.delay and it.ended is not None:
        # A short dash on a thick line is a hatch that needs no pattern, so no id.
        end = min(it.ended + it.delay, axis.now)
        yield _line(
            axis.x(it.ended),
            axis.x(end),
            y,
            class_="delay",
            stroke=TASK_LOOKS[TaskState.UP_FOR_RETRY].stroke,
            stroke_width="8",
            stroke_dasharray="1.5 3.5",
        )


def _line(left: float, right: float, y: float, **attributes: str) -> str:
    return element("path", d=f"M{left:.1f},{y:.1f}H{right:.1f}", **attributes)


def _ends(it: Attempt, axis: _Axis) -> tuple[float, float] | None:
    if it.started is None:
        return None
    left = axis.x(it.started)
    return left, max(axis.x(axis.now if it.ended is None else it.ended), left + 4)


def _lost_while_waiting(it: Attempt, axis: _Axis) -> tuple[float, float] | None:
    if it.outcome is not Outcome.LOST or it.ended is None:
        return None
    return axis.x(it.ended), axis.x(it.ended)


def _bar(row: Row, it: Attempt, axis: _Axis, y: float) -> str:
    ends = _ends(it, axis)
    if ends is None:
        return ""
    look = attempt_look(it)
    box = rectangle(
        ends[0],
        y - _BAR / 2,
        ends[1] - ends[0],
        _BAR,
        rx=3,
        fill=look.fill,
        stroke=look.stroke,
        stroke_width="1.5",
        stroke_dasharray=look.dash,
    )
    state = it.outcome.value if it.outcome else "running"
    return group([title(_tooltip(row, it)), box], class_="attempt", data_outcome=state)


def _tooltip(row: Row, it: Attempt) -> str:
    head = f"{row.label}, attempt {it.number}: {attempt_look(it).word}"
    error = error_line(it.error) if it.outcome is not Outcome.RETURNED else ""
    return f"{head}\n{error}" if error else head


def _signs(row: Row, axis: _Axis, y: float) -> Iterator[str]:
    """Draw the sign of each outcome, from the last to the first, where it covers no other."""
    free_to = float("inf")
    for it in reversed(row.attempts):
        ends = _ends(it, axis) or _lost_while_waiting(it, axis)
        if ends is None:
            continue
        wide = ends[1] - ends[0] >= 2 * _SIGN + 6
        x = (ends[0] + ends[1]) / 2 if wide else ends[1] + _SIGN + 3
        if x + _SIGN <= free_to:
            yield badge(attempt_look(it), x, y, _SIGN)
            free_to = min(x - _SIGN, ends[0])
