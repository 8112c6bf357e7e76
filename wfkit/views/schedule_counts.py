"""How many runs began in each minute, hour, day or week, and how did they end?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, time
from typing import NamedTuple

from wfkit.core.spans import Period, RunSpan
from wfkit.core.states import RunState
from wfkit.views.schedule_text import run_counts
from wfkit.views.shapes import (
    Fragment,
    badge,
    element,
    group,
    rectangle,
    title,
    words,
    words_width,
)
from wfkit.views.style import FAINT, INK, LINE, RUN_LOOKS, SOFT_INK

_TALLEST, _ABOVE, _SIGN = 130.0, 34.0, 5.0
_BASE = _ABOVE + _TALLEST
_ROOM = 11.0
_MOST_COLUMNS = 120
_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400
# From the base upwards: what did not go well stands on it, where lengths compare best.
_ORDER = (
    RunState.FAILED,
    RunState.CANCELLED,
    RunState.RUNNING,
    RunState.QUEUED,
    RunState.SUCCESS,
)


class Unit(NamedTuple):
    """What a column stands for: a word for it, and its length in seconds or else in days."""

    name: str
    seconds: int = 0
    days: int = 0


class Column(NamedTuple):
    """The time of one column, in seconds since 1970 (UTC)."""

    begin: float
    end: float


def draw_counts(period: Period, runs: Sequence[RunSpan], x: Callable[[float], float]) -> Fragment:
    """Return a column for each of many equal times, with the runs that began in it, by state."""
    unit, found = _unit(runs), count_columns(period, runs)
    most = max(len(there) for _, there in found)
    bars = (
        _draw(there, x(it.begin), x(it.end), most, f"{i} 0") for i, (it, there) in enumerate(found)
    )
    return Fragment(0, _BASE, "".join([*_scale(x, most, unit.name, runs), *bars]))


def count_columns(
    period: Period, runs: Sequence[RunSpan]
) -> list[tuple[Column, Sequence[RunSpan]]]:
    """Return each column in which runs began, with these, in the order of time."""
    unit = _unit(runs)
    found: dict[Column, list[RunSpan]] = {}
    for run in runs:
        found.setdefault(_column(period, run.started, unit), []).append(run)
    return list(found.items())


def counted_span(period: Period, runs: Sequence[RunSpan]) -> tuple[float, float]:
    """Return the begin of the first column and the end of the last one."""
    unit = _unit(runs)
    first, last = (_column(period, run.started, unit) for run in (runs[0], runs[-1]))
    return first.begin, last.end


def count_legend(runs: Sequence[RunSpan], x: float) -> str:
    """Return how each state that occurs is drawn."""
    parts = []
    for state in reversed(_ORDER):
        if any(run.state is state for run in runs):
            look = RUN_LOOKS[state]
            box = rectangle(x, 2, 14, 12, fill=_fill(state), stroke=look.stroke)
            parts += [box, badge(look, x + 22, 8, _SIGN), words(look.word, x + 31, 12, fill=INK)]
            x += 31 + words_width(look.word, 10) + 14
    return "".join(parts)


def _unit(runs: Sequence[RunSpan]) -> Unit:
    """Return for how long a column stands, so that there are at most so many."""
    seconds = runs[-1].started - runs[0].started
    if seconds <= (_MOST_COLUMNS - 1) * _MINUTE:
        return Unit("minute", seconds=_MINUTE)
    if seconds <= 4 * _DAY:
        return Unit("hour", seconds=_HOUR)
    if seconds <= _MOST_COLUMNS * _DAY:
        return Unit("day", days=1)
    weeks = 1 + int(seconds / _DAY / 7 / _MOST_COLUMNS)
    return Unit("week" if weeks == 1 else f"{weeks} weeks", days=7 * weeks)


def _column(period: Period, moment: float, unit: Unit) -> Column:
    if unit.seconds:
        begin = moment - moment % unit.seconds
        return Column(begin, begin + unit.seconds)
    number = period.local(moment).toordinal() - 1  # day 1 was a Monday
    first = number - number % unit.days + 1
    begin, end = (
        datetime.combine(date.fromordinal(it), time(), period.where).timestamp()
        for it in (first, first + unit.days)
    )
    return Column(begin, end)


def _scale(
    x: Callable[[float], float], most: int, name: str, runs: Sequence[RunSpan]
) -> Iterator[str]:
    left, right = x(float("-inf")), x(float("inf"))
    beside = {"text_anchor": "end"}
    for count, colour in ((0, LINE), (most, FAINT)):
        y = _BASE - _TALLEST * count / most
        yield element("path", d=f"M{left:.1f},{y:.1f}H{right:.1f}", stroke=colour)
        yield words(f"{count:,}", left - 8, y + 4, fill=SOFT_INK, **beside)
    yield words("runs begun", left - 8, _BASE - 70, fill=SOFT_INK, **beside)
    yield words(f"in each {name}", left - 8, _BASE - 55, fill=SOFT_INK, **beside)
    if bad := {run.state for run in runs if _is_bad(run)}:
        told = "failed" if bad == {RunState.FAILED} else "not success"
        ink = RUN_LOOKS[RunState.FAILED].ink
        yield words(told, left - 8, 16, fill=ink, font_weight="600", **beside)


def _is_bad(run: RunSpan) -> bool:
    return run.state is not RunState.SUCCESS


def _draw(runs: Sequence[RunSpan], left: float, right: float, most: int, at: str) -> str:
    counts = Counter(run.state for run in runs)
    width = max(1.5, right - left)
    gap = min(1.5, width / 6)
    parts, y = [title(run_counts(runs))], _BASE
    for state in filter(counts.get, _ORDER):
        tall = max(2.0, _TALLEST * counts[state] / most)
        y -= tall
        parts.append(_part(state, (left + gap, y, width - 2 * gap, tall), counts))
    bad = str(sum(map(_is_bad, runs)))
    if bad != "0" and width >= max(_ROOM, words_width(bad)):
        style = {"fill": RUN_LOOKS[RunState.FAILED].ink, "text_anchor": "middle"}
        parts.append(words(bad, (left + right) / 2, 16, class_="bad", font_weight="600", **style))
    return group(parts, class_="count", data_at=at)


def _part(
    state: RunState, box: tuple[float, float, float, float], counts: Mapping[RunState, int]
) -> str:
    x, y, width, height = box
    shape = rectangle(*box, fill=_fill(state), stroke=RUN_LOOKS[state].stroke)
    has_room = state is not RunState.SUCCESS and min(width, height) >= 2 * _SIGN + 4
    sign = badge(RUN_LOOKS[state], x + width / 2, y + height / 2, _SIGN) if has_room else ""
    many = str(counts[state])
    return group([shape, sign], class_="part", data_state=state.value, data_count=many)


def _fill(state: RunState) -> str:
    # Dark among light ones: in a narrow column there is no room for a sign.
    look = RUN_LOOKS[state]
    return look.stroke if state is RunState.FAILED else look.fill
