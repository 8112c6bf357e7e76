"""How did the newest runs go, task by task? A column for each run, a row for each task."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from wfkit.core.durations import duration_words
from wfkit.core.grid import Grid, GridRun
from wfkit.core.states import RunState
from wfkit.views.grid_dates import Over, heads
from wfkit.views.grid_text import (
    Standings,
    grid_text,
    headline,
    letter,
    letters,
    retried,
    run_counts,
    seen,
    standings,
)
from wfkit.views.picture import Picture
from wfkit.views.shapes import (
    Fragment,
    badge,
    document,
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
from wfkit.views.standing import Standing
from wfkit.views.style import FAINT, INK, LINE, RUN_LOOKS, SOFT_INK
from wfkit.views.wording import counted, cut, shortened, visible

MOST_RUNS, MOST_TASKS = 50, 60
_WIDTH, _NARROWEST = 790.0, 420.0
_WIDE_CELL, _NARROW_CELL = 36.0, 11.4
_ROOM_FOR_SIGN, _ROOM_FOR_NUMBER = 28.0, 19.0
_ROW, _DATES, _BARS = 21.0, 30.0, 52.0
_LONGEST, _LONGEST_HEADLINE = 28, 92


class Columns(NamedTuple):
    """Where the runs stand that are shown, oldest first, and the tasks in their rows."""

    runs: Sequence[GridRun]
    known: Sequence[Standings]
    tasks: Sequence[str]
    left: float
    width: float

    def x(self, column: int) -> float:
        """Return where a column begins."""
        return self.left + self.width * column

    @property
    def right(self) -> float:
        """Where the last column ends."""
        return self.x(len(self.runs))


def grid_picture(grid: Grid) -> Picture:
    """Return the grid as a drawing with its text twin."""
    text = grid_text(grid)
    if not grid.runs:
        return Picture(text)
    return Picture(text, document(_draw(grid), headline(grid), text, "wfkit-grid"))


def _draw(grid: Grid) -> Fragment:
    columns = columns_of(grid)
    told = cut(headline(grid), _LONGEST_HEADLINE)
    width = max(columns.right + 12, words_width(told, 13.5), _NARROWEST)
    parts = [
        words(told, 0, 12, fill=INK, font_weight="600", font_size=14.0),
        words(run_counts(grid), 0, 30, fill=SOFT_INK),
    ]
    y = 44.0
    for part in (_dates(columns), _bars(columns), _rows(columns)):
        parts.append(moved(part.body, 0, y))
        y += part.height
    y += 18
    for line in (_left_out(grid, columns), *_legend(columns, width)):
        if line:
            parts.append(moved(line, 0, y))
            y += 18
    return Fragment(width, y - 8, group(parts, class_="grid"))


def columns_of(grid: Grid) -> Columns:
    """Return which runs and tasks of a grid are shown, and where (it has a run at least)."""
    tasks = grid.tasks[:MOST_TASKS]
    known = [standings(run) for run in grid.runs[-MOST_RUNS:]]
    left = max([name_width(_name(task, known)) for task in tasks] + [96.0]) + 14
    fitting = int((_WIDTH - left) / _NARROW_CELL)
    runs, known = grid.runs[-MOST_RUNS:][-fitting:], known[-fitting:]
    return Columns(runs, known, tasks, left, min(_WIDE_CELL, (_WIDTH - left) / len(runs)))


def _name(task: str, known: Sequence[Standings]) -> str:
    """Return the name of a task, with the number of its instances if it was expanded."""
    totals = {it[task].total for it in known if task in it}
    many = "–".join(f"{it:,}" for it in sorted({min(totals), max(totals)})) if totals else "1"
    return shortened(visible(task), _LONGEST) + ("" if many == "1" else f" ×{many}")


def _left_out(grid: Grid, columns: Columns) -> str:
    runs, tasks = len(grid.runs) - len(columns.runs), len(grid.tasks) - MOST_TASKS
    told = [counted(n, it) for n, it in ((runs, "older run"), (tasks, "more task")) if n > 0]
    return words(f"not shown: {' and '.join(told)}", 0, 0, fill=SOFT_INK) if told else ""


def _beside(columns: Columns, text: str, y: float, **style: str) -> str:
    return words(text, columns.left - 10, y, text_anchor="end", **{"fill": SOFT_INK, **style})


def _dates(columns: Columns) -> Fragment:
    above, below, time = heads([run.outline.logical_date for run in columns.runs], columns.width)
    parts = [_beside(columns, f"logical date, {time}" if time else "logical date", 24)]
    for column, text in above:
        parts.append(words(text, columns.x(column) + 2, 10, fill=INK, font_weight="600"))
    parts += [_over(columns, it) for it in below]
    return Fragment(0, _DATES, group(parts, class_="dates"))


def _over(columns: Columns, it: Over) -> str:
    x = columns.x(it.column) + columns.width / 2
    return words(it.text, x, 24, fill=INK, font_size=10.0, text_anchor="middle")


def _bars(columns: Columns) -> Fragment:
    """Draw how long each run took, as bars on the row of the whole runs."""
    times = [run.outline.duration or 0.0 for run in columns.runs]
    longest = max(times)
    if not longest:
        return Fragment(0, 0, "")
    top, base = 8.0, _BARS
    parts = [
        _beside(columns, "duration", (top + base) / 2 + 8),
        _beside(columns, duration_words(longest), top + 4),
        element("path", d=f"M{columns.left:.1f},{top:.1f}H{columns.right:.1f}", stroke=FAINT),
        element("path", d=f"M{columns.left:.1f},{base:.1f}H{columns.right:.1f}", stroke=LINE),
    ]
    for column, (run, seconds) in enumerate(zip(columns.runs, times, strict=True)):
        tall = (base - top) * seconds / longest
        if seconds:
            box = (columns.x(column) + 1.5, base - tall, columns.width - 3, tall)
            parts.append(_bar(run, box))
    return Fragment(0, _BARS, group(parts, class_="bars"))


def _bar(run: GridRun, box: tuple[float, float, float, float]) -> str:
    look = RUN_LOOKS[run.outline.state]
    told = title(f"{run.outline.run_id}: {duration_words(run.outline.duration or 0.0)}")
    shape = rectangle(*box, fill=_fill(run.outline.state), stroke=look.stroke)
    return group([told, shape], class_="took", data_state=run.outline.state.value)


def _fill(state: RunState) -> str:
    look = RUN_LOOKS[state]
    return look.stroke if state is RunState.FAILED else look.fill


def _rows(columns: Columns) -> Fragment:
    types, tasks = _types(columns), columns.tasks
    top = _ROW if types else 0.0
    parts = [
        types,
        _beside(columns, "the whole run", top + 15),
        *(
            name_words(
                _name(task, columns.known),
                columns.left - 10,
                top + _ROW * (i + 1) + 15,
                fill=INK,
                text_anchor="end",
            )
            for i, task in enumerate(tasks)
        ),
        *(moved(_column(columns, i), columns.x(i), top) for i in range(len(columns.runs))),
    ]
    return Fragment(0, top + _ROW * (len(tasks) + 1), "".join(parts))


def _types(columns: Columns) -> str:
    """Return a row with the initial of each run's type, where they differ."""
    kinds = [run.outline.run_type for run in columns.runs]
    if not _told_types(columns):
        return ""
    parts = [_beside(columns, "run type", 15)]
    for column, kind in enumerate(kinds):
        x = columns.x(column) + columns.width / 2
        parts.append(words(kind[:1], x, 15, fill=INK, text_anchor="middle"))
    return group(parts, class_="types")


def _told_types(columns: Columns) -> str:
    """Return what the initials of the run types mean, nothing if all are of one type."""
    kinds = {run.outline.run_type for run in columns.runs} - {""}
    return ", ".join(f"{kind[:1]} {kind}" for kind in sorted(kinds)) if len(kinds) > 1 else ""


def _column(columns: Columns, column: int) -> str:
    run, known, width = columns.runs[column], columns.known[column], columns.width
    look = RUN_LOOKS[run.outline.state]
    radius = min(7.5, width / 2 - 1)
    whole = badge(look, width / 2, _ROW / 2, radius)
    parts = [
        title(f"{run.outline.run_id}: {look.word}"),
        group([whole], class_="whole", data_state=run.outline.state.value, data_at=f"{column} 0"),
    ]
    for row, task in enumerate(columns.tasks, start=1):
        if task in known:
            cell = _cell(run, task, known[task], width)
            at = {"class_": "cell", "data_state": known[task].state.value}
            parts.append(moved(group(cell, **at, data_at=f"{column} {row}"), 0, _ROW * row))
    return group(parts, class_="run")


def _cell(run: GridRun, task: str, standing: Standing, width: float) -> list[str]:
    look = standing.look
    gap = 1.5 if width > _ROOM_FOR_NUMBER else 0.75
    style = {"fill": look.fill, "stroke": look.stroke, "stroke_dasharray": look.dash}
    parts = [rectangle(gap, 1.5, width - 2 * gap, _ROW - 3, rx=3, **style)]
    x = width / 2
    if width >= _ROOM_FOR_SIGN:
        parts.insert(0, title(_tooltip(run, task, standing)))
        parts.append(badge(look, 10, _ROW / 2, 5.5))
        x = 15.5 + (width - 17) / 2
    shown = letters(standing) if width >= _ROOM_FOR_NUMBER else letter(standing)
    parts.append(words(shown, x, 14.5, fill=look.ink, font_weight="600", text_anchor="middle"))
    return parts


def _tooltip(run: GridRun, task: str, standing: Standing) -> str:
    told = f" ({standing.done} of {standing.total} instances ended)" if standing.mapped else ""
    many = f" in attempt {standing.attempt}" if standing.attempt > 1 else ""
    return f"{task}, {run.outline.run_id}: {standing.look.word}{many}{told}"


def _legend(columns: Columns, width: float) -> Iterator[str]:
    """Draw what the signs mean, as many as fit in each line."""
    known = columns.known
    signs = [(badge(look, 6, -4, 6), f"{it} {look.word}") for it, look in seen(known)]
    signs += [("", it) for it in (retried(known), _told_types(columns)) if it]
    parts: list[str] = []
    x = 0.0
    for sign, text in signs:
        before = 17.0 if sign else 0.0
        needed = before + words_width(text, 10.5) + 14
        if x + needed > width and parts:
            yield "".join(parts)
            parts, x = [], 0.0
        parts.append(moved(sign + words(text, before, 0, fill=INK), x, 0))
        x += needed
    yield "".join(parts)
