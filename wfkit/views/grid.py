"""How did the newest runs go, task by task? A column for each run, a row for each task."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from wfkit.core.grid import Grid, GridRun
from wfkit.core.states import TaskState
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
)
from wfkit.views.standing import Standing, together
from wfkit.views.style import FAINT, INK, RUN_LOOKS, SOFT_INK, TASK_LOOKS
from wfkit.views.wording import columns, counted, padded, shortened, visible

MOST_RUNS, MOST_TASKS = 50, 60
_MOST_SIGNS = 600
LETTERS: Mapping[TaskState, str] = {
    TaskState.NONE: "-",
    TaskState.SCHEDULED: "D",
    TaskState.QUEUED: "Q",
    TaskState.RUNNING: "R",
    TaskState.UP_FOR_RETRY: "A",
    TaskState.UP_FOR_RESCHEDULE: "W",
    TaskState.SUCCESS: "S",
    TaskState.FAILED: "F",
    TaskState.UPSTREAM_FAILED: "U",
    TaskState.SKIPPED: "K",
    TaskState.CANCELLED: "C",
}
_CELL, _ROW, _HEAD = 30.0, 21.0, 66.0
_LONGEST = 28
_WIDEST = 100


def grid_picture(grid: Grid) -> Picture:
    """Return the grid as a drawing with its text twin."""
    text = grid_text(grid)
    if not grid.runs:
        return Picture(text)
    return Picture(text, document(_draw(grid), _headline(grid), text, "wfkit-grid"))


def grid_text(grid: Grid) -> str:
    """Return the grid as text: a line for each run, with a letter for each task.

    Where the tasks are too many for a line, they are counted.
    """
    if not grid.runs:
        return "no runs yet"
    ids = [visible(run.run_id) for run in grid.runs]
    names = [shortened(visible(task), _LONGEST) for task in grid.tasks]
    fits = names and sum(columns(name) + 2 for name in names) <= _WIDEST
    cells = [_cells(grid, run) if fits else [_counts(run)] for run in grid.runs]
    head = names if fits else ["tasks"]
    rows = [["run", *head, "state"]]
    rows += [
        [name, *cell, run.state.value]
        for name, cell, run in zip(ids, cells, grid.runs, strict=True)
    ]
    widths = [max(columns(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = ["  ".join(map(padded, row, widths)).rstrip() for row in rows]
    told = ", ".join(f"{LETTERS[it]} {TASK_LOOKS[it].word}" for it in _seen(grid))
    legend = [f"  {told}"] if fits and told else []
    return "\n".join([_headline(grid), *legend, *lines])


def _headline(grid: Grid) -> str:
    return f"Runs of {visible(grid.dag)}, oldest first"


def _cells(grid: Grid, run: GridRun) -> list[str]:
    known = _standings(run)
    return [_letter(known[task]) if task in known else "" for task in grid.tasks]


def _letter(standing: Standing) -> str:
    number = f" {standing.done}/{standing.total}" if standing.mapped else ""
    return f"{LETTERS[standing.state]}{number}"


def _counts(run: GridRun) -> str:
    states = [it.state for it in _standings(run).values()]
    return ", ".join(
        f"{states.count(it):,} {TASK_LOOKS[it].word}" for it in TaskState if it in states
    )


def _standings(run: GridRun) -> dict[str, Standing]:
    """Return how each task of a run stands, an expanded one by the most telling instance."""
    parts: dict[str, list[Standing]] = {}
    for (task, _), state in run.instances.items():
        parts.setdefault(task, []).append(Standing(state, done=int(state.is_terminal)))
    return {task: together(states) for task, states in parts.items()}


def _seen(grid: Grid) -> list[TaskState]:
    seen = {it.state for run in grid.runs for it in _standings(run).values()}
    return [state for state in TaskState if state in seen]


def _draw(grid: Grid) -> Fragment:
    runs, tasks = grid.runs[-MOST_RUNS:], grid.tasks[:MOST_TASKS]
    left = max([name_width(_name(task)) for task in tasks] + [120.0]) + 14
    height = _HEAD + _ROW * (len(tasks) + 1)
    has_signs = len(runs) * len(tasks) <= _MOST_SIGNS
    parts = [
        words(_headline(grid), 0, 12, fill=INK, font_weight="600", font_size=14.0),
        moved(_names(tasks, left), 0, 22 + _HEAD),
        *(
            moved(_column(run, tasks, has_signs), left + _CELL * i, 22)
            for i, run in enumerate(runs)
        ),
    ]
    y = 22 + height + 18
    for line in (_left_out(grid), *_legend(grid)):
        if line:
            parts.append(moved(line, 0, y))
            y += 18
    width = max(left + _CELL * len(runs) + 40, 420)
    return Fragment(width, y - 6, group(parts, class_="grid"))


def _left_out(grid: Grid) -> str:
    runs, tasks = len(grid.runs) - MOST_RUNS, len(grid.tasks) - MOST_TASKS
    told = [counted(n, it) for n, it in ((runs, "older run"), (tasks, "more task")) if n > 0]
    return words(f"not shown: {' and '.join(told)}", 0, 0, fill=SOFT_INK) if told else ""


def _name(task: str) -> str:
    return shortened(visible(task), _LONGEST)


def _names(tasks: Sequence[str], left: float) -> str:
    head = words("the whole run", left - 10, 14, fill=SOFT_INK, text_anchor="end")
    rows = (
        name_words(_name(task), left - 10, _ROW * (i + 1) + 15, fill=INK, text_anchor="end")
        for i, task in enumerate(tasks)
    )
    return head + "".join(rows)


def _column(run: GridRun, tasks: Sequence[str], has_signs: bool) -> str:
    known, look = _standings(run), RUN_LOOKS[run.state]
    turned = f"translate({_CELL / 2 + 4:.1f} {_HEAD - 6:.1f}) rotate(-60)"
    parts = [
        title(f"{run.run_id}: {look.word}"),
        group([words(_date(run), 0, 0, fill=SOFT_INK)], transform=turned),
        group(
            [badge(look, _CELL / 2, _HEAD + 10, 7.5)], class_="whole", data_state=run.state.value
        ),
        element("path", d=f"M0,{_HEAD + _ROW:.1f}H{_CELL:.1f}", stroke=FAINT),
    ]
    for i, task in enumerate(tasks):
        if task in known:
            cell = _cell(run, task, known[task], has_signs)
            parts.append(moved(cell, 0, _HEAD + _ROW * (i + 1)))
    return group(parts, class_="run")


def _date(run: GridRun) -> str:
    try:
        shown = datetime.fromisoformat(run.logical_date)
    except ValueError:
        return ""
    day = f"{shown.day} {shown:%b}"
    return f"{day} {shown:%H:%M}" if shown.hour or shown.minute else day


def _cell(run: GridRun, task: str, standing: Standing, has_sign: bool) -> str:
    look = TASK_LOOKS[standing.state]
    told = f" ({standing.done} of {standing.total} instances ended)" if standing.mapped else ""
    parts = [
        rectangle(
            1.5,
            1.5,
            _CELL - 3,
            _ROW - 3,
            rx=3,
            fill=look.fill,
            stroke=look.stroke,
            stroke_dasharray=look.dash,
        )
    ]
    if has_sign:
        parts.insert(0, title(f"{task}, {run.run_id}: {look.word}{told}"))
        parts.append(badge(look, 10, _ROW / 2, 5.5))
    x = 22.0 if has_sign else _CELL / 2
    letter = LETTERS[standing.state]
    parts.append(words(letter, x, 14.5, fill=look.ink, font_weight="600", text_anchor="middle"))
    return group(parts, class_="cell", data_state=standing.state.value)


def _legend(grid: Grid) -> Iterator[str]:
    """Draw what the signs mean, a few in each line."""
    parts: list[str] = []
    x = 0.0
    for state in _seen(grid):
        look = TASK_LOOKS[state]
        told = words(f"{LETTERS[state]} {look.word}", x + 17, 0, fill=INK)
        parts.append(badge(look, x + 6, -4, 6) + told)
        x += 17 + 6.6 * (len(look.word) + 2) + 14
        if x > 330:
            yield "".join(parts)
            parts, x = [], 0.0
    yield "".join(parts)
