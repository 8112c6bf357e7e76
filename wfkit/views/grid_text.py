"""How did the newest runs go, as text? A line for each run, a letter for each task."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import NamedTuple

from wfkit.core.durations import duration_words
from wfkit.core.grid import Grid, GridRun
from wfkit.core.states import RunState, TaskState
from wfkit.views.standing import Standing, together
from wfkit.views.style import RUN_LOOKS, TASK_LOOKS, Look
from wfkit.views.wording import columns, counted, padded, shortened, visible

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
Standings = Mapping[str, Standing]
"""How each task of a run stands, by name."""

_LONGEST = 28
_WIDEST = 100
_MOST_NAMED = 3


def grid_text(grid: Grid) -> str:
    """Return the grid as text: a line for each run, with a letter for each task.

    Where the tasks are too many for a line, they are counted, and those that failed are named.
    """
    if not grid.runs:
        return "no runs yet"
    known = _all_standings(grid.runs)
    table = [list(it) for it in _table(grid, known)]
    widths = [max(columns(row[i]) for row in table) for i in range(len(table[0]))]
    lines = ["  ".join(map(padded, row, widths)).rstrip() for row in table]
    told = ", ".join(_legend(known)) if _fits(_names(grid)) else ""
    legend = [f"  {told}"] if told else []
    return "\n".join([headline(grid), *legend, *lines])


def headline(grid: Grid) -> str:
    """Return whose runs these are."""
    runs = f"The newest {counted(len(grid.runs), 'run')}" if grid.has_older else "Runs"
    return f"{runs} of {visible(grid.dag)}, oldest first"


def standings(run: GridRun) -> Standings:
    """Return how each task of a run stands, an expanded one by the most telling instance."""
    ended = run.outline.state.is_terminal
    alone = {task: _alone(*it, ended) for (task, index), it in run.instances.items() if index < 0}
    parts: dict[str, list[Standing]] = {}
    if len(alone) < len(run.instances):
        for (task, index), reached in run.instances.items():
            if index >= 0:
                parts.setdefault(task, []).append(_alone(*reached, ended))
    return alone | {task: together(states) for task, states in parts.items()}


def _all_standings(runs: Sequence[GridRun]) -> list[Standings]:
    """Return the standings of each run; runs that ended alike share them."""
    keys = [(id(run.instances), run.outline.state.is_terminal) for run in runs]
    known = {key: standings(run) for key, run in dict(zip(keys, runs, strict=True)).items()}
    return [known[key] for key in keys]


@cache
def _alone(state: TaskState, attempt: int, has_ended: bool) -> Standing:
    lost = has_ended and state is TaskState.UP_FOR_RETRY
    return Standing(state, attempt, done=int(state.is_terminal), is_lost=lost)


def letter(standing: Standing) -> str:
    """Return the letter of a state."""
    return standing.look.glyph if standing.is_lost else LETTERS[standing.state]


def letters(standing: Standing) -> str:
    """Return the letter of a state, with the number of the attempt from the second one on.

    >>> letters(Standing(TaskState.SUCCESS, attempt=1)), letters(Standing(TaskState.FAILED, 3))
    ('S', 'F3')
    """
    return f"{letter(standing)}{standing.attempt if standing.attempt > 1 else ''}"


def seen(known: Iterable[Standings]) -> list[tuple[str, Look]]:
    """Return the letters of the states that occur, and how each is shown."""
    order = list(TaskState)
    found = {(it.state, it.is_lost): it for standing in known for it in standing.values()}
    ranked = sorted(found.items(), key=lambda pair: (order.index(pair[0][0]), pair[0][1]))
    return [(letter(it), it.look) for _, it in ranked]


def retried(known: Iterable[Standings]) -> str:
    """Return what the number beside a letter means, nothing if every task needed one attempt."""
    every = (it for standing in known for it in standing.values())
    most = max(every, key=lambda it: it.attempt, default=None)
    if most is None or most.attempt < 2:
        return ""
    return f"{letters(most)}: in attempt {most.attempt}"


def _legend(known: Sequence[Standings]) -> Iterator[str]:
    """Yield what the letters mean that occur."""
    yield from (f"{sign} {look.word}" for sign, look in seen(known))
    yield from filter(None, [retried(known)])


def run_counts(grid: Grid) -> str:
    """Return how many runs there are in which state."""
    counts = Counter(run.outline.state for run in grid.runs)
    told = ", ".join(f"{counts[it]:,} {RUN_LOOKS[it].word}" for it in RunState if counts[it])
    return f"{counted(len(grid.runs), 'run')}: {told}"


class _Line(NamedTuple):
    """One run with its texts: how the whole of it went comes last."""

    run: str
    tasks: list[str]
    took: str
    state: str


def _table(grid: Grid, known: Sequence[Standings]) -> Iterator[Iterator[str]]:
    names = _names(grid)
    fits = _fits(names)
    told = {
        key: _cells(grid, its) if fits else [_counts(its)]
        for key, its in {id(its): its for its in known}.items()
    }
    cells = (told[id(its)] for its in known)
    head = _Line("run", names if fits else ["tasks"], "took", "state")
    lines = [head, *map(_line, grid.runs, cells)]
    has_times = any(line.took for line in lines[1:])
    for run, tasks, took, state in lines:
        yield iter((run, *tasks, *((took,) if has_times else ()), state))


def _names(grid: Grid) -> list[str]:
    return [shortened(visible(task), _LONGEST) for task in grid.tasks]


def _fits(names: Sequence[str]) -> bool:
    return bool(names) and sum(columns(name) + 2 for name in names) <= _WIDEST


def _line(run: GridRun, tasks: list[str]) -> _Line:
    outline = run.outline
    # What a real clock tells is another text every time.
    took = duration_words(outline.duration) if outline.is_virtual and outline.duration else ""
    return _Line(visible(outline.run_id), tasks, took, outline.state.value)


def _cells(grid: Grid, known: Standings) -> list[str]:
    return [_cell(known[task]) if task in known else "" for task in grid.tasks]


def _cell(standing: Standing) -> str:
    number = f" {standing.done}/{standing.total}" if standing.mapped else ""
    return f"{letters(standing)}{number}"


def _counts(known: Standings) -> str:
    number = Counter([it.state for it in known.values()])
    parts = [
        f"{number[it]:,} {TASK_LOOKS[it].word}{_named(it, known)}"
        for it in TaskState
        if it in number
    ]
    return ", ".join(parts)


def _named(state: TaskState, known: Standings) -> str:
    """Return the names of what failed: one looks for just those."""
    if state is not TaskState.FAILED:
        return ""
    tasks = sorted(task for task, it in known.items() if it.state is state)
    shown = [shortened(visible(task), _LONGEST) for task in tasks[:_MOST_NAMED]]
    return f" ({', '.join(shown)}{' …' if len(tasks) > _MOST_NAMED else ''})"
