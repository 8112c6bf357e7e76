"""How reliable and how quick was a Dag, as text? The figures of its runs, and of each task."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from wfkit.core.durations import duration_words
from wfkit.core.metrics import DagFigures, RunFigures, TaskFigures
from wfkit.core.odds import quantile
from wfkit.core.states import RunState
from wfkit.views.style import RUN_LOOKS
from wfkit.views.wording import columns, counted, padded, shortened, visible

MOST_TASKS = 40
_LONGEST = 40
_FEWEST_FOR_A_TREND = 6


def metrics_text(known: DagFigures) -> str:
    """Return the figures as text.

    Times are told only where they are the same every time: where virtual clocks told them.
    """
    if not known.runs:
        return f"Metrics of {visible(known.dag)}: no runs yet"
    rows = _with_widths([f"{name}:", told] for name, told in _of_runs(known))
    table = _with_widths(_table(known)) if known.tasks else []
    return "\n".join([headline(known), *(f"  {line}" for line in (*rows, *table))])


def headline(known: DagFigures) -> str:
    """Return whose metrics these are, and of which runs."""
    newest = "the newest " if known.has_older else ""
    return f"Metrics of {visible(known.dag)} over {newest}{counted(len(known.runs), 'run')}"


def percent_words(part: int, whole: int) -> str:
    """Return a share in percent; only all of them are 100 %, and only none are 0 %.

    >>> percent_words(27, 30), percent_words(1_999, 2_000), percent_words(0, 0)
    ('90 %', '99.9 %', '–')
    """
    if not whole:
        return "–"
    percent = round(100 * part / whole, 1)
    if 0 < part < whole:
        percent = min(99.9, max(0.1, percent))
    return f"{percent:g} %"


def share_words(part: int, whole: int, thing: str = "") -> str:
    """Return how many of how many; a dash where there were none.

    >>> share_words(27, 30), share_words(27, 30, "run")
    ('27 of 30 (90 %)', '27 of 30 runs (90 %)')
    """
    if not whole:
        return "–"
    every = counted(whole, thing) if thing else f"{whole:,}"
    return f"{part:,} of {every} ({percent_words(part, whole)})"


def success_words(known: DagFigures) -> str:
    """Return how many runs succeeded, and how the others ended."""
    states = [run.outline.state for run in known.runs]
    others = [
        f"{states.count(it):,} {RUN_LOOKS[it].word}"
        for it in (RunState.FAILED, RunState.CANCELLED)
        if it in states
    ]
    return ", ".join([share_words(known.succeeded, len(known.ended), "run"), *others])


def retry_words(runs: Sequence[RunFigures]) -> str:
    """Return how many retries there were, and in how many runs."""
    total, number = sum(run.retries for run in runs), sum(run.retries > 0 for run in runs)
    return f"{total:,}, in {number:,} of {counted(len(runs), 'run')}" if total else "none"


def deadline_words(runs: Sequence[RunFigures]) -> str:
    """Return how many runs missed their deadline; nothing where there was none."""
    missed = [run.missed_deadline for run in runs if run.missed_deadline is not None]
    return f"missed by {share_words(sum(missed), len(missed), 'run')}" if missed else ""


def late_words(lateness: Sequence[float]) -> str:
    """Return how many runs began after they were due, and how late."""
    late = [seconds for seconds in lateness if seconds]
    if not late:
        return "none, each run began when it was due"
    told = share_words(len(late), len(lateness), "run")
    return f"{told}, at most {duration_words(max(late))} late"


def quantile_words(durations: Sequence[float]) -> list[str]:
    """Return the median, what 90 % do not exceed, and the longest."""
    ordered = sorted(durations)
    if not ordered:
        return ["–", "–", "–"]
    return [duration_words(quantile(ordered, part)) for part in (0.5, 0.9, 1.0)]


def trend_words(durations: Sequence[float]) -> str:
    """Return how the second half of the runs compares with the first; nothing for a few runs."""
    if len(durations) < _FEWEST_FOR_A_TREND:
        return ""
    half = len(durations) // 2
    before, after = quantile_words(durations[:half])[0], quantile_words(durations[-half:])[0]
    return f"median {before} in the first {half:,}, {after} in the last {half:,}"


def has_times(known: DagFigures) -> bool:
    """True if time passed in the runs, or between being due and their start."""
    return any(known.durations) or any(known.lateness)


def _of_runs(known: DagFigures) -> Iterator[tuple[str, str]]:
    yield "success", success_words(known)
    yield "retries", retry_words(known.runs)
    if told := deadline_words(known.runs):
        yield "deadline", told
    if not known.is_virtual or not has_times(known):
        return
    if known.lateness:
        yield "late starts", late_words(known.lateness)
    median, most, longest = quantile_words(known.durations)
    yield "duration", f"median {median}, 90 % within {most}, longest {longest}"
    if told := trend_words(known.durations):
        yield "trend", told


def _table(known: DagFigures) -> Iterator[list[str]]:
    with_times = known.is_virtual and has_times(known)
    head = ["task", "success", "failed", "did not run", "retries"]
    yield [*head, "median", "90 % within", "longest"] if with_times else head
    for it in known.tasks[:MOST_TASKS]:
        yield [*_cells(it), *(quantile_words(it.durations) if with_times else ())]
    if (more := len(known.tasks) - MOST_TASKS) > 0:
        yield [f"… and {counted(more, 'more task')}"]


def _cells(it: TaskFigures) -> Iterator[str]:
    yield shortened(visible(it.task), _LONGEST)
    yield share_words(it.success, it.success + it.failed)
    yield from (f"{number:,}" for number in (it.failed, it.not_run, it.retries))


def _with_widths(rows: Iterator[list[str]]) -> list[str]:
    table = list(rows)
    widths = [max(columns(row[i]) for row in table if i < len(row)) for i in range(len(table[0]))]
    return ["  ".join(map(padded, row, widths)).rstrip() for row in table]
