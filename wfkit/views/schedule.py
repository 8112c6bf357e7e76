"""When does work run, and why? The runs of a schedule on a calendar."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from wfkit.core.durations import duration_words
from wfkit.core.spans import ClockChange, MissedRun, Period, RunSpan
from wfkit.core.states import RunState
from wfkit.views.calendar import calendar_ticks
from wfkit.views.picture import Picture
from wfkit.views.schedule_counts import count_legend, draw_counts
from wfkit.views.schedule_text import (
    began_words,
    by_due,
    change_words,
    headline,
    moment_words,
    outage_words,
    run_counts,
    schedule_text,
)
from wfkit.views.shapes import (
    Fragment,
    badge,
    document,
    element,
    group,
    moved,
    rectangle,
    title,
    words,
    words_width,
)
from wfkit.views.style import ACCENT, FAINT, FRAME_EDGE, INK, LINE, RUN_LOOKS, SOFT_INK
from wfkit.views.timeline import Tick

MOST_ROWS = 60
_LEFT, _CHART = 104.0, 500.0
_RIGHT = _LEFT + _CHART + 12
_ROW, _BAR, _SIGN = 18.0, 10.0, 6.0
_BESIDE = 2 * _SIGN + 4
_NOTE = 15.0
_NEVER = "never, missed"
_HOLLOW = {"fill": "none", "stroke_width": "1", "stroke_dasharray": "3 2"}


class Axis(NamedTuple):
    """Turns times into x positions right of the labels."""

    start: float
    end: float
    ticks: list[Tick]

    def x(self, time: float) -> float:
        part = (time - self.start) / (self.end - self.start)
        # Beside the last bar there must be room for its sign.
        return _LEFT + (_CHART - _BESIDE) * min(1.0, max(0.0, part))


def schedule_picture(period: Period, runs: Sequence[RunSpan]) -> Picture:
    """Return what a schedule did as a drawing with its text twin.

    A row for each run; more than 60 runs are counted, day by day.
    """
    text = schedule_text(period, runs)
    return Picture(text, document(_draw(period, runs), headline(period), text, "wfkit-schedule"))


def _draw(period: Period, runs: Sequence[RunSpan]) -> Fragment:
    axis = _axis(period, runs)
    is_folded = len(runs) + len(period.missed) > MOST_ROWS
    body = draw_counts(period, runs, axis.x) if is_folded else _rows(period, runs, axis)
    notes = list(_notes(period))
    top = 76.0 + _NOTE * len(notes)
    parts = [
        words(headline(period), 0, 12, fill=INK, font_weight="600", font_size=14.0),
        words(run_counts(runs), 0, 30, fill=SOFT_INK),
        *(moved(note, 0, 48 + _NOTE * i) for i, note in enumerate(notes)),
        moved(count_legend(runs, _LEFT) if is_folded else _legend(period, runs), 0, top - 28),
        moved("".join(_special(period, axis, body.height)), 0, top),
        moved("".join(_grid(axis, body.height)), 0, top),
        moved(body.body, 0, top),
        moved("".join(_lines_of_changes(period, axis, body.height)), 0, top),
    ]
    width = max(body.width, words_width(headline(period), 14.0))
    return Fragment(width, top + body.height + 20, group(parts, class_="schedule"))


def _axis(period: Period, runs: Sequence[RunSpan]) -> Axis:
    start = min([period.start, *(run.begin for run in runs)])
    end = max([period.end, *(run.ended for run in runs)])
    return Axis(start, end, calendar_ticks(start, end, period.where))


def _notes(period: Period) -> Iterator[str]:
    """Draw what was special, each with the sign that it has in the chart."""
    for change in period.changes[:2]:
        text = change_words(period, change)
        yield _clock_sign(change, 6, -4) + words(text, 18, 0, fill=ACCENT)
    if len(period.changes) > 2:
        yield words(f"and {len(period.changes) - 2} more changes of the clock", 18, 0, fill=ACCENT)
    if period.outage:
        hatch = _hatch(0, 12, -9, 10)
        yield hatch + words(outage_words(period), 18, 0, fill=SOFT_INK)


def _legend(period: Period, runs: Sequence[RunSpan]) -> str:
    head = {"fill": SOFT_INK, "font_weight": "600"}
    parts = [
        words("stands for", _LEFT - 12, 12, text_anchor="end", **head),
        words("began, took", _RIGHT, 12, **head),
    ]
    x = _LEFT
    for sign, text, before in _signs(period, runs):
        parts.append(moved(sign + words(text, before, 12, fill=SOFT_INK), x, 0))
        x += before + 6.2 * len(text) + 12
    return "".join(parts)


def _signs(period: Period, runs: Sequence[RunSpan]) -> Iterator[tuple[str, str, float]]:
    """Yield the signs that occur, what each means, and where that stands beside it."""
    if any(run.until > run.begin for run in runs):
        yield _interval(0, 22, 8), "the time that it stands for", 28
    if period.missed:
        yield _interval(0, 22, 8, **_HOLLOW), "never began", 28
    yield _due(0, 8), "due", 6
    if any(run.started > run.due for run in runs):
        yield _wait(0, 18, 8), "waits", 24
    yield rectangle(0, 3, 14, _BAR, rx=2, fill=FAINT, stroke=LINE), "runs", 20


def _grid(axis: Axis, height: float) -> Iterator[str]:
    for tick in axis.ticks:
        x = axis.x(tick.at)
        yield element("path", d=f"M{x:.1f},0V{height:.1f}", stroke=FAINT)
        yield words(tick.text, x, height + 14, fill=SOFT_INK, text_anchor="middle")


def _special(period: Period, axis: Axis, height: float) -> Iterator[str]:
    if period.outage:
        left, right = (axis.x(it) for it in period.outage)
        shape = _hatch(left, right, 0, height)
        yield group([title(outage_words(period)), shape], class_="outage")


def _hatch(left: float, right: float, top: float, height: float) -> str:
    # A short dash on a thick line is a hatch that needs no pattern, so no id.
    return element(
        "path",
        d=f"M{left:.1f},{top + height / 2:.1f}H{max(right, left + 2):.1f}",
        stroke=FAINT,
        stroke_width=height,
        stroke_dasharray="3 3",
    )


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
        shapes = [title(change_words(period, change)), line, _clock_sign(change, x, -4)]
        yield group(shapes, class_="gap" if change.shift > 0 else "fold")


def _clock_sign(change: ClockChange, x: float, y: float) -> str:
    """Draw an arrow to the right for a gap, to the left for a fold."""
    way = 5 if change.shift > 0 else -5
    d = f"M{x - way:.1f},{y - 5:.1f}L{x + way:.1f},{y:.1f}L{x - way:.1f},{y + 5:.1f}Z"
    return element("path", d=d, fill=ACCENT)


def _rows(period: Period, runs: Sequence[RunSpan], axis: Axis) -> Fragment:
    entries = by_due(period, runs)
    drawn = (
        _missed(period, it, axis) if isinstance(it, MissedRun) else _row(period, it, axis)
        for it in entries
    )
    rows = [moved(row, 0, _ROW * i) for i, row in enumerate(drawn)]
    ends = [_NEVER, *(_end(period, run) for run in runs)]
    width = _RIGHT + max(map(words_width, ends))
    return Fragment(width, max(_ROW * len(entries), 2 * _ROW), "".join(rows))


def _label(period: Period, begin: float) -> str:
    shown = period.local(begin)
    text = f"{shown.day} {shown:%b %H:%M}"
    return words(text, _LEFT - 12, _ROW / 2 + 4, fill=INK, text_anchor="end")


def _missed(period: Period, it: MissedRun, axis: Axis) -> str:
    middle = _ROW / 2
    begin, due = axis.x(it.begin), axis.x(it.due)
    dates = f"stands for {moment_words(period.local(it.begin))}"
    parts = [
        title(f"{dates}\ndue {moment_words(period.local(it.due))}, never began"),
        _label(period, it.begin),
        _interval(begin, due, middle, **_HOLLOW),
        _due(due, middle),
        words(_NEVER, _RIGHT, middle + 4, fill=INK, font_weight="600"),
    ]
    return group(parts, class_="missed")


def _row(period: Period, run: RunSpan, axis: Axis) -> str:
    look = RUN_LOOKS[run.state]
    middle = _ROW / 2
    begin, until, due, started = (axis.x(it) for it in (run.begin, run.until, run.due, run.started))
    ended = max(axis.x(run.ended), started + 3)
    wide = ended - started >= _BESIDE
    sign = (started + ended) / 2 if wide else ended + _SIGN + 2
    parts = [
        title(_tooltip(period, run)),
        _label(period, run.begin),
        _interval(begin, until, middle) if run.until > run.begin else "",
        _wait(due, started, middle) if run.started > run.due else "",
        _due(due, middle),
        rectangle(
            started,
            middle - _BAR / 2,
            ended - started,
            _BAR,
            class_="bar",
            rx=2,
            fill=look.fill,
            stroke=look.stroke,
            stroke_width="1.5",
        ),
        badge(look, sign, middle, _SIGN),
        words(_end(period, run), _RIGHT, middle + 4, fill=look.ink),
    ]
    return group(parts, class_="run", data_state=run.state.value)


def _interval(left: float, right: float, y: float, **attributes: str) -> str:
    look = {"fill": FRAME_EDGE, "stroke": LINE, "stroke_width": "0.5", **attributes}
    return rectangle(left, y - 4, max(1.0, right - left), 8, class_="interval", **look)


def _due(x: float, y: float) -> str:
    return element(
        "path", class_="due", d=f"M{x:.1f},{y - 7:.1f}V{y + 7:.1f}", stroke=INK, stroke_width="1.5"
    )


def _wait(left: float, right: float, y: float) -> str:
    return element(
        "path",
        class_="wait",
        d=f"M{left:.1f},{y:.1f}H{right:.1f}",
        stroke=LINE,
        stroke_width="1.5",
        stroke_dasharray="2 2",
    )


def _end(period: Period, run: RunSpan) -> str:
    shown = period.local(run.started)
    is_same_day = shown.date() == period.local(run.due).date()
    began = f"{shown:%H:%M}" if is_same_day else f"{shown.day} {shown:%b %H:%M}"
    word = "" if run.state is RunState.SUCCESS else f", {RUN_LOOKS[run.state].word}"
    return f"{began}, {duration_words(run.ended - run.started)}{word}"


def _tooltip(period: Period, run: RunSpan) -> str:
    stands = moment_words(period.local(run.begin))
    until = moment_words(period.local(run.until))
    lines = [f"stands for {stands}" + (f" to {until}" if run.until > run.begin else "")]
    lines.append(f"due {moment_words(period.local(run.due))}, began {began_words(period, run)}")
    lines.append(f"{RUN_LOOKS[run.state].word} after {duration_words(run.ended - run.started)}")
    return "\n".join(lines)
