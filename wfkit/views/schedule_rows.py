"""How is a single run of a schedule drawn? A row: its data interval, when due, its wait, its time.

Left of the chart stands the logical date, right of it when the run began and how long it took.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple, Protocol

from wfkit.core.durations import duration_words
from wfkit.core.moments import moment_words
from wfkit.core.spans import MissedRun, Period, RunSpan
from wfkit.core.states import RunState
from wfkit.views.lateness import late_remark
from wfkit.views.schedule_text import began_words, by_due
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
from wfkit.views.style import FAINT, FRAME, FRAME_EDGE, INK, LATE, LINE, RUN_LOOKS, SOFT_INK

_ROW, _BAR, _SIGN = 18.0, 10.0, 6.0
_SHORTEST = 3.0
_GAP = 12.0
_HOLLOW = {"fill": "none", "stroke_width": "1", "stroke_dasharray": "3 2"}
_BEHIND = 22.0  # the sign of a short bar at the end of the axis stands there


class Axis(Protocol):
    """Turns times into x positions between the columns of words."""

    @property
    def left(self) -> float: ...

    @property
    def right(self) -> float: ...

    def x(self, time: float) -> float:
        """Return where this time is."""


class Row(NamedTuple):
    """One run, or one that never began, with the words beside the chart."""

    run: RunSpan | MissedRun
    label: str
    began: str
    took: str
    remark: str


class Table(NamedTuple):
    """All rows, and how wide the columns of words are."""

    rows: Sequence[Row]
    left: float
    began: float
    took: float
    right: float


def table_of(period: Period, runs: Sequence[RunSpan]) -> Table:
    """Return the words for each run, and how much room they need."""
    entries = by_due(period, runs)
    form = _form(period, entries)
    rows = [_row(period, it, form) for it in entries]
    left, began, took, remark = (
        max(words_width(head, 11.5), *(words_width(str(row[at]), size) for row in rows))
        for at, head, size in (
            (1, "logical date", 10.2),
            (2, "began", 11.5),
            (3, "took", 10.2),
            (4, "", 11.5),
        )
    )
    gap = _GAP if remark else 0.0
    return Table(rows, left + _GAP, began, took, _BEHIND + began + _GAP + took + remark + gap)


def _form(period: Period, entries: Sequence[RunSpan | MissedRun]) -> str:
    """Return how moments are written: as short as they are still told apart."""
    begins = [period.local(it.begin) for it in entries]
    shown = begins + [period.local(it.started) for it in entries if isinstance(it, RunSpan)]
    year = " %Y" if len({it.year for it in shown}) > 1 else ""
    seconds = ":%S" if any(it.second for it in shown) else ""
    # In the night when an hour comes twice, two runs have the same wall time.
    on_the_wall = {it.replace(tzinfo=None, fold=0) for it in begins}
    zone = " %Z" if period.changes and len(on_the_wall) < len(begins) else ""
    return f"%b{year} %H:%M{seconds}{zone}"


def _written(moment: datetime, form: str) -> str:
    return f"{moment.day} {moment:{form}}"


def _row(period: Period, run: RunSpan | MissedRun, form: str) -> Row:
    label = _written(period.local(run.begin), form)
    if isinstance(run, MissedRun):
        return Row(run, label, "never", "–", "missed")
    states = () if run.state is RunState.SUCCESS else (RUN_LOOKS[run.state].word,)
    kinds = ("catchup",) if run.run_type == "catchup" else ()
    return Row(
        run,
        label,
        _written(period.local(run.started), form),
        duration_words(run.ended - run.started),
        ", ".join(filter(None, (*states, *kinds, late_remark(run)))),
    )


def draw_rows(period: Period, table: Table, axis: Axis) -> Fragment:
    """Return a row for each run, oldest on top."""
    rows = [
        moved(_draw(period, table, row, axis, f"0 {i}"), 0, _ROW * i)
        for i, row in enumerate(table.rows)
    ]
    return Fragment(axis.right + table.right, _ROW * len(rows), "".join(rows))


def draw_bands(table: Table, axis: Axis) -> str:
    """Return the ground of every other row, which leads the eye from the date to the words."""
    width = axis.right + table.right + 8
    return "".join(
        rectangle(-4, _ROW * i, width, _ROW, rx=3, fill=FRAME) for i in range(1, len(table.rows), 2)
    )


def draw_heads(table: Table, axis: Axis) -> str:
    """Return the heads of the columns of words."""
    style = {"fill": SOFT_INK, "font_weight": "600"}
    began = axis.right + _BEHIND
    took = began + table.began + _GAP
    return "".join(
        (
            words("logical date", axis.left - _GAP, 0, text_anchor="end", **style),
            words("began", began, 0, **style),
            words("took", took, 0, **style),
        )
    )


def draw_legend(period: Period, runs: Sequence[RunSpan], x: float) -> str:
    """Return what the signs in the rows mean."""
    parts = []
    for sign, text, before in _signs(period, runs):
        parts.append(moved(sign + words(text, before, 12, fill=SOFT_INK), x, 0))
        x += before + words_width(text, 9.4) + 18
    return "".join(parts)


def _signs(period: Period, runs: Sequence[RunSpan]) -> Iterator[tuple[str, str, float]]:
    """Yield the signs that occur, what each means, and where that stands beside it."""
    if any(run.until > run.begin for run in runs):
        yield _interval(0, 22, 8), "data interval: the time that a run stands for", 28
    if period.missed:
        yield _interval(0, 22, 8, **_HOLLOW), "never began", 28
    yield _due(2, 8), "due", 9
    if any(run.started > run.due for run in runs):
        yield _wait(0, 18, 8), "waits", 24
    yield rectangle(0, 3, 14, _BAR, rx=2, fill=FAINT, stroke=LINE), "runs", 20


def _draw(period: Period, table: Table, row: Row, axis: Axis, at: str) -> str:
    y = _ROW / 2 + 4
    began = axis.right + _BEHIND
    took = began + table.began + _GAP
    remark = took + table.took + _GAP
    is_plain, ink = _how(row.run)
    parts = [
        title("\n".join(told_of(period, row.run))),
        rectangle(-4, 0, axis.right + table.right + 8, _ROW, class_="hit", fill="none"),
        words(row.label, axis.left - _GAP, y, fill=INK, text_anchor="end"),
        *_shapes(row.run, axis, _ROW / 2),
        words(row.began, began, y, fill=INK, font_weight=None if is_plain else "600"),
        words(row.took, took, y, fill=INK),
        words(row.remark, remark, y, fill=ink, font_weight="600") if row.remark else "",
    ]
    if isinstance(row.run, MissedRun):
        return group(parts, class_="missed", data_at=at)
    return group(parts, class_="run", data_state=row.run.state.value, data_at=at)


def _how(run: RunSpan | MissedRun) -> tuple[bool, str]:
    """Return whether a run began when it was due, and the ink for how it ended."""
    if isinstance(run, MissedRun):
        return False, INK
    if run.state is RunState.SUCCESS:
        return run.started == run.due, LATE.ink if run.late else INK
    return run.started == run.due, RUN_LOOKS[run.state].ink


def _shapes(run: RunSpan | MissedRun, axis: Axis, y: float) -> Iterator[str]:
    if isinstance(run, MissedRun):
        yield _interval(axis.x(run.begin), axis.x(run.due), y, **_HOLLOW) + _due(axis.x(run.due), y)
        return
    look = RUN_LOOKS[run.state]
    begin, until, due, started = (axis.x(it) for it in (run.begin, run.until, run.due, run.started))
    ended = max(axis.x(run.ended), started + _SHORTEST)
    if run.until > run.begin:
        yield _interval(begin, until, y)
    if run.started > run.due:
        yield _wait(due, started, y)
    yield _due(due, y)
    yield rectangle(
        started,
        y - _BAR / 2,
        ended - started,
        _BAR,
        class_="bar",
        rx=2,
        fill=look.fill,
        stroke=look.stroke,
        stroke_width="1.5",
    )
    has_room = ended - started >= 2 * _SIGN + 4
    yield badge(look, (started + ended) / 2 if has_room else ended + _SIGN + 2, y, _SIGN)


def _interval(left: float, right: float, y: float, **attributes: str) -> str:
    look = {"fill": FRAME_EDGE, "stroke": LINE, "stroke_width": "0.8", **attributes}
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


def told_of(period: Period, run: RunSpan | MissedRun) -> list[str]:
    """Return what is told of a run that is pointed at, line by line."""
    stands = moment_words(period.local(run.begin))
    if isinstance(run, MissedRun):
        due = moment_words(period.local(run.due))
        return [f"stands for {stands}", f"due {due}, never began"]
    until = moment_words(period.local(run.until))
    lines = [f"stands for {stands}" + (f" to {until}" if run.until > run.begin else "")]
    lines.append(f"due {moment_words(period.local(run.due))}, began {began_words(period, run)}")
    how = ", ".join(filter(None, (RUN_LOOKS[run.state].word, late_remark(run))))
    lines.append(f"{how} after {duration_words(run.ended - run.started)}")
    return lines
