"""How does a Dag grow with its data? Seconds over partitions, with a line for each executor."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from wfkit.core.durations import duration_words
from wfkit.core.scaling import ScaleRun, Scaling
from wfkit.views.picture import Picture
from wfkit.views.shapes import (
    Fragment,
    document,
    element,
    group,
    moved,
    rectangle,
    title,
    words,
    words_width,
)
from wfkit.views.style import ACCENT, FAINT, GHOST_LINE, INK, LINE, PAPER, SOFT_INK
from wfkit.views.timeline import Tick, ticks
from wfkit.views.wording import columns, counted, cut, listed, padded, visible

_LEFT, _WIDE, _TALL = 64.0, 520.0, 250.0
_TOP = 58.0
_LABEL, _ROW = 17.0, 34.0
_LONGEST_HEADLINE, _LONGEST_RESULT = 90, 60
_MOST_MARKS = 6
_NONE = (
    "no run to compare yet\n"
    "  Run it on the system clock, on one executor and another: "
    "%dag run --clock system --executor process"
)


class _Look(NamedTuple):
    """How an executor is told from the others: by colour, dash and the shape of its marks."""

    colour: str
    dash: str
    mark: str


_CIRCLE = "M-5,0A5,5 0 1 1 5,0A5,5 0 1 1 -5,0Z"
_SQUARE = "M-4.5,-4.5H4.5V4.5H-4.5Z"
_DIAMOND = "M0,-6L6,0L0,6L-6,0Z"
_TRIANGLE = "M0,-6L5.8,4.6H-5.8Z"
_LOOKS: Mapping[str, _Look] = {
    "serial": _Look(LINE, "2 3", _CIRCLE),
    "thread": _Look(ACCENT, "7 3", _SQUARE),
    "process": _Look(INK, "", _DIAMOND),
    "dask": _Look(GHOST_LINE, "11 3 2 3", _TRIANGLE),
}
_OTHER = _Look(SOFT_INK, "1 3", _CIRCLE)


def _look(executor: str) -> _Look:
    return _LOOKS.get(executor, _OTHER)


def scaling_picture(known: Scaling) -> Picture:
    """Return the seconds of each run as a drawing, and what is the same every time as text."""
    text = scaling_text(known)
    if not known.runs:
        return Picture(text)
    described = "\n".join([text, *map(_tooltip, known.runs)])
    return Picture(text, document(_draw(known), _headline(known), described, "wfkit-scaling"))


def scaling_text(known: Scaling) -> str:
    """Return a line for each run: where it ran, over how many partitions, what came of it."""
    if not known.runs:
        return f"{_headline(known)}: {_NONE}"
    head = ["partitions", "executor", f"result of {visible(known.task)}"]
    cells = [[f"{it.partitions:,}", visible(it.executor), _result(it)] for it in known.runs]
    widths = [max(columns(row[i]) for row in (head, *cells)) for i in range(len(head))]
    rows = ["  ".join(map(padded, row, widths)).rstrip() for row in (head, *cells)]
    return "\n".join([_headline(known), *(f"  {row}" for row in rows), *_verdict(known)])


def _headline(known: Scaling) -> str:
    return f"Scaling of {visible(known.dag)}"


def _result(it: ScaleRun) -> str:
    return cut(visible(it.result), _LONGEST_RESULT)


def _verdict(known: Scaling) -> Iterator[str]:
    if known.same:
        yield f"  all executors came to equal results over {_over(known.same)}"
    if known.different:
        yield f"  executors came to different results over {_over(known.different)}"


def _over(numbers: Sequence[int]) -> str:
    unit = "partition" if numbers[-1] == 1 else "partitions"
    return f"{listed([f'{it:,}' for it in numbers])} {unit}"


def _tooltip(it: ScaleRun) -> str:
    parts = counted(it.partitions, "partition")
    return f"{visible(it.executor)} over {parts}: {_seconds(it.seconds)}"


def _seconds(seconds: float) -> str:
    return f"{seconds:.3g} s" if seconds < 60 else duration_words(seconds)


class _Chart(NamedTuple):
    """Where a number of partitions and a duration are."""

    most: int
    times: Sequence[Tick]

    def x(self, partitions: float) -> float:
        return _LEFT + _WIDE * partitions / self.most

    def y(self, seconds: float) -> float:
        whole = self.times[-1].at
        return _TALL * (1 - seconds / whole) if whole else _TALL


class _Label(NamedTuple):
    """What stands at the end of a line."""

    y: float
    text: str
    colour: str


def _draw(known: Scaling) -> Fragment:
    chart = _Chart(
        max(it.partitions for it in known.runs), ticks(max(it.seconds for it in known.runs))
    )
    is_one = len({it.partitions for it in known.runs}) == 1
    drawn = _bars(known.runs, chart.times) if is_one else _lines(known, chart)
    told = f"seconds from start to end{_over_one(known.runs[0]) if is_one else ''}"
    head = words(
        cut(_headline(known), _LONGEST_HEADLINE), 0, 12, fill=INK, font_weight="600", font_size=14.0
    )
    below = _TOP + drawn.height
    verdict = [it.strip() for it in _verdict(known)]
    parts = [
        head,
        words(told, 0, 36, fill=SOFT_INK),
        moved(drawn.body, 0, _TOP),
        *(words(it, 0, below + 20 * (i + 1), fill=INK) for i, it in enumerate(verdict)),
    ]
    return Fragment(drawn.width, below + 20 * len(verdict), group(parts, class_="scaling"))


def _over_one(it: ScaleRun) -> str:
    return f", over {counted(it.partitions, 'partition')}"


def _bars(runs: Sequence[ScaleRun], times: Sequence[Tick]) -> Fragment:
    """Draw runs over the same number of partitions below each other."""
    tall, whole = _ROW * len(runs), times[-1].at
    parts = []
    for tick in times:
        x = _LEFT + (_WIDE * tick.at / whole if whole else 0.0)
        parts.append(element("path", d=f"M{x:.1f},0V{tall:.1f}", stroke=FAINT))
        parts.append(words(tick.text, x, tall + 16, fill=SOFT_INK, text_anchor="middle"))
    for i, it in enumerate(runs):
        long = _WIDE * it.seconds / whole if whole else 0.0
        parts.append(moved(_bar(it, max(long, 1.0)), 0, _ROW * i))
    return Fragment(_LEFT + _WIDE + 90, tall + 22, "".join(parts))


def _bar(it: ScaleRun, long: float) -> str:
    look = _look(it.executor)
    parts = [
        title(_tooltip(it)),
        words(visible(it.executor), _LEFT - 10, _ROW / 2 + 4, fill=INK, text_anchor="end"),
        rectangle(_LEFT, 7, long, _ROW - 14, rx=3, fill=look.colour),
        words(_seconds(it.seconds), _LEFT + long + 8, _ROW / 2 + 4, fill=INK, font_weight="600"),
    ]
    return group(parts, class_="executor")


def _lines(known: Scaling, chart: _Chart) -> Fragment:
    """Draw a line for each executor, from few partitions to many."""
    lines = {name: [it for it in known.runs if it.executor == name] for name in known.executors}
    labels = _spread([_label(name, its, chart) for name, its in lines.items()])
    right = chart.x(chart.most) + 16
    parts = [
        *_grid(chart, known.runs),
        *(_line(name, its, chart) for name, its in lines.items()),
        *(words(it.text, right, it.y + 4, fill=it.colour, font_weight="600") for it in labels),
    ]
    wide = right + 8 + max(words_width(it.text) for it in labels)
    return Fragment(wide, _TALL + 40, "".join(parts))


def _grid(chart: _Chart, runs: Sequence[ScaleRun]) -> Iterator[str]:
    for i, tick in enumerate(chart.times):
        y, right = chart.y(tick.at), chart.x(chart.most)
        yield element("path", d=f"M{_LEFT:.1f},{y:.1f}H{right:.1f}", stroke=FAINT)
        if len(chart.times) <= _MOST_MARKS or i % 2 == 0:
            yield words(tick.text, _LEFT - 8, y + 4, fill=SOFT_INK, text_anchor="end")
    yield element("path", d=f"M{_LEFT:.1f},{_TALL:.1f}H{chart.x(chart.most):.1f}", stroke=LINE)
    for partitions in _named(runs, chart):
        x = chart.x(partitions)
        yield element("path", d=f"M{x:.1f},{_TALL:.1f}v5", stroke=LINE)
        yield words(f"{partitions:,}", x, _TALL + 18, fill=SOFT_INK, text_anchor="middle")
    middle = chart.x(chart.most / 2)
    yield words("partitions", middle, _TALL + 36, fill=SOFT_INK, text_anchor="middle")


def _named(runs: Sequence[ScaleRun], chart: _Chart) -> Iterator[int]:
    """Yield the numbers of partitions that have room for their name, the largest first."""
    free = float("inf")
    for partitions in sorted({it.partitions for it in runs}, reverse=True):
        half = words_width(f"{partitions:,}") / 2
        if chart.x(partitions) + half <= free:
            yield partitions
            free = chart.x(partitions) - half - 6


def _line(executor: str, runs: Sequence[ScaleRun], chart: _Chart) -> str:
    look = _look(executor)
    points = [(chart.x(it.partitions), chart.y(it.seconds)) for it in runs]
    path = "M" + "L".join(f"{x:.1f},{y:.1f}" for x, y in points)
    line = element(
        "path",
        d=path,
        fill="none",
        stroke=look.colour,
        stroke_width="2",
        stroke_dasharray=look.dash,
    )
    marks = [
        moved(group([title(_tooltip(it)), _mark(look)], class_="mark"), x, y)
        for it, (x, y) in zip(runs, points, strict=True)
    ]
    return group([line, *marks], class_="executor")


def _mark(look: _Look) -> str:
    return element("path", d=look.mark, fill=look.colour, stroke=PAPER, stroke_width="1.5")


def _label(executor: str, runs: Sequence[ScaleRun], chart: _Chart) -> _Label:
    last = runs[-1]
    text = f"{visible(executor)}, {_seconds(last.seconds)}"
    return _Label(chart.y(last.seconds), text, _look(executor).colour)


def _spread(labels: Sequence[_Label]) -> list[_Label]:
    """Return the labels from top to bottom, each where it covers no other."""
    found: list[_Label] = []
    for it in sorted(labels):
        least = found[-1].y + _LABEL if found else 0.0
        found.append(it._replace(y=max(it.y, least)))
    over = max(0.0, found[-1].y - _TALL) if found else 0.0
    return [it._replace(y=it.y - over) for it in found]
