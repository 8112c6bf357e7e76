"""What is told of each cell of the grid that somebody points at? As plain data for a page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, NamedTuple

from wfkit.core.durations import duration_words
from wfkit.core.grid import Grid, GridRun
from wfkit.core.moments import moment_words
from wfkit.core.states import RunState, TaskState
from wfkit.views.explain import explained
from wfkit.views.grid import Columns, columns_of, grid_picture
from wfkit.views.grid_text import headline
from wfkit.views.reasons import Story
from wfkit.views.standing import Standing
from wfkit.views.style import RUN_LOOKS
from wfkit.views.wording import visible

MOST_EXPLAINED = 20_000
"""So many task instances are looked at for one page, those of the newest runs first."""


class Spot(NamedTuple):
    """A place of a picture, and what is told of it line by line."""

    column: int
    row: int
    told: list[str]


def grid_data(grid: Grid, story_of: Callable[[str], Story]) -> dict[str, Any]:
    """Return the grid as plain data for the browser; `story_of` knows a run by its run_id.

    - `svg`: the drawing, None without runs; `label`: what it is of.
    - `spots`: column and row of each cell (row 0 is the whole run, `data-at` in the drawing), and
      what is told of it: where it stands, in which attempt, and why.
    """
    picture = grid_picture(grid)
    spots = list(_spots(columns_of(grid), story_of)) if grid.runs else []
    return {"label": headline(grid), "thing": "cell", "svg": picture.svg, "spots": spots}


def _spots(columns: Columns, story_of: Callable[[str], Story]) -> Iterator[Spot]:
    left = MOST_EXPLAINED
    for column in reversed(range(len(columns.runs))):
        run = columns.runs[column]
        left -= len(run.instances)
        story = story_of(run.outline.run_id) if left >= 0 and _is_remarkable(run) else None
        yield Spot(column, 0, _told_of_run(run))
        for row, task in enumerate(columns.tasks, start=1):
            if task in columns.known[column]:
                told = _told_of_task(task, columns.known[column][task], story)
                yield Spot(column, row, [f"{visible(task)}, {visible(run.outline.run_id)}", *told])


def _is_remarkable(run: GridRun) -> bool:
    """Return True for a run of which there is more to tell than its states."""
    if run.outline.state is not RunState.SUCCESS:
        return True
    return any(it.attempt > 1 or it.state is not TaskState.SUCCESS for it in run.instances.values())


def _told_of_run(run: GridRun) -> list[str]:
    look, outline = RUN_LOOKS[run.outline.state], run.outline
    took = "" if outline.duration is None else f" after {duration_words(outline.duration)}"
    date = _date(outline.logical_date)
    stands = [f"stands for {date}"] if date else []
    return [visible(outline.run_id), f"{look.glyph} {look.word}{took}", *stands]


def _date(text: str) -> str:
    try:
        return moment_words(datetime.fromisoformat(text))
    except ValueError:
        return visible(text)


def _told_of_task(task: str, standing: Standing, story: Story | None) -> list[str]:
    look = standing.look
    state = f"{look.glyph} {look.word}"
    if standing.attempt > 1:
        state += f" in attempt {standing.attempt}"
    if standing.mapped:
        state += f", {standing.done} of {standing.total} instances ended"
    is_plain = standing.state is TaskState.SUCCESS and standing.attempt <= 1
    if story is None or is_plain:
        return [state]
    return [state, *(line.strip() for line in explained(story, task).split("\n"))]
