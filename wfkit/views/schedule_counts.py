"""How many runs began in each hour, day or week, and how did they end?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, time
from typing import NamedTuple

from wfkit.core.spans import Period, RunSpan
from wfkit.core.states import RunState
from wfkit.views.schedule_text import run_counts
from wfkit.views.shapes import Fragment, badge, element, group, rectangle, title, words
from wfkit.views.style import FAINT, INK, LINE, RUN_LOOKS, SOFT_INK

_TALLEST, _ABOVE, _SIGN = 130.0, 24.0, 5.0
_BASE = _ABOVE + _TALLEST
_ROOM = 24.0
_MOST_COLUMNS = 120
_DAY = 86_400


class Column(NamedTuple):
    """The time of one column, in seconds since 1970 (UTC)."""

    begin: float
    end: float


def draw_counts(period: Period, runs: Sequence[RunSpan], x: Callable[[float], float]) -> Fragment:
    """Return a column for each hour, day or week, with the runs that began in it, by state."""
    name, days = _unit(runs)
    found: dict[Column, list[RunSpan]] = {}
    for run in runs:
        found.setdefault(_column(period, run.started, days), []).append(run)
    most = max(map(len, found.values()))
    bars = (_draw(there, x(it.begin), x(it.end), most) for it, there in found.items())
    return Fragment(x(float("inf")) + _ROOM, _BASE, "".join([*_scale(x, most, name), *bars]))


def count_legend(runs: Sequence[RunSpan], x: float) -> str:
    """Return how each state that occurs is drawn."""
    parts = []
    for state in RunState:
        if any(run.state is state for run in runs):
            look = RUN_LOOKS[state]
            box = rectangle(x, 2, 14, 12, fill=_fill(state), stroke=look.stroke)
            parts += [box, badge(look, x + 22, 8, _SIGN), words(look.word, x + 31, 12, fill=INK)]
            x += 31 + 6.2 * len(look.word) + 16
    return "".join(parts)


def _unit(runs: Sequence[RunSpan]) -> tuple[str, int]:
    """Return what a column is called and of how many days it is, 0 for an hour."""
    days = (runs[-1].started - runs[0].started) / _DAY
    if days <= 4:
        return "hour", 0
    if days <= _MOST_COLUMNS:
        return "day", 1
    weeks = 1 + int(days / 7 / _MOST_COLUMNS)
    return ("week" if weeks == 1 else f"{weeks} weeks"), 7 * weeks


def _column(period: Period, moment: float, days: int) -> Column:
    if not days:
        begin = moment - moment % 3_600
        return Column(begin, begin + 3_600)
    number = period.local(moment).toordinal() - 1  # day 1 was a Monday
    first = number - number % days + 1
    begin, end = (
        datetime.combine(date.fromordinal(it), time(), period.where).timestamp()
        for it in (first, first + days)
    )
    return Column(begin, end)


def _scale(x: Callable[[float], float], most: int, name: str) -> Iterator[str]:
    left, right = x(float("-inf")), x(float("inf"))
    for count, colour in ((0, LINE), (most, FAINT)):
        y = _BASE - _TALLEST * count / most
        yield element("path", d=f"M{left:.1f},{y:.1f}H{right:.1f}", stroke=colour)
        yield words(f"{count:,}", left - 8, y + 4, fill=SOFT_INK, text_anchor="end")
    yield words("runs begun", left - 8, _BASE - 70, fill=SOFT_INK, text_anchor="end")
    yield words(f"in each {name}", left - 8, _BASE - 55, fill=SOFT_INK, text_anchor="end")


def _draw(runs: Sequence[RunSpan], left: float, right: float, most: int) -> str:
    counts = Counter(run.state for run in runs)
    width = max(1.5, right - left)
    gap = min(1.5, width / 6)
    parts, y = [title(run_counts(runs))], _BASE
    for state in filter(counts.get, RunState):
        tall = max(2.0, _TALLEST * counts[state] / most)
        y -= tall
        parts.append(_part(state, (left + gap, y, width - 2 * gap, tall), counts))
    if width >= _ROOM:
        middle = (left + right) / 2
        parts.append(words(f"{len(runs):,}", middle, y - 5, fill=INK, text_anchor="middle"))
    return group(parts, class_="count")


def _part(
    state: RunState, box: tuple[float, float, float, float], counts: Mapping[RunState, int]
) -> str:
    x, y, width, height = box
    shape = rectangle(*box, fill=_fill(state), stroke=RUN_LOOKS[state].stroke)
    has_room = min(width, height) >= 2 * _SIGN + 4
    sign = badge(RUN_LOOKS[state], x + width / 2, y + height / 2, _SIGN) if has_room else ""
    many = str(counts[state])
    return group([shape, sign], class_="part", data_state=state.value, data_count=many)


def _fill(state: RunState) -> str:
    # Dark among light ones: in a narrow column there is no room for a sign.
    look = RUN_LOOKS[state]
    return look.stroke if state is RunState.FAILED else look.fill
