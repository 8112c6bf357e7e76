"""What did a schedule do, as text? A headline, what was special, and a table of the runs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from wfkit.core.spans import ClockChange, Period, RunSpan
from wfkit.core.states import RunState
from wfkit.views.style import RUN_LOOKS
from wfkit.views.wording import columns, counted, padded, visible

MOST_ROWS = 40
_MOST_CHANGES = 6
_UNITS = (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1))
_HEAD = ("due", "stands for", "began", "took", "state")


def schedule_text(period: Period, runs: Sequence[RunSpan]) -> str:
    """Return what a schedule did: one line per run, a long list without its middle."""
    table = _table(period, runs)
    return "\n".join([headline(period), _span(period, runs), *_notes(period), *table])


def headline(period: Period) -> str:
    """Return whose schedule it is, in words."""
    return f"Simulation of {visible(period.dag)}: {visible(period.schedule)}"


def run_counts(runs: Sequence[RunSpan]) -> str:
    """Return how many runs there were, and how they ended."""
    counts = Counter(run.state for run in runs)
    states = [f"{counts[it]:,} {RUN_LOOKS[it].word}" for it in RunState if counts[it]]
    return f"{counted(len(runs), 'run')}: {', '.join(states)}" if runs else "no runs"


def moment_words(moment: datetime) -> str:
    """Return a moment to the minute, with its zone; seconds only if there are some."""
    seconds = ":%S" if moment.second or moment.microsecond else ""
    return f"{moment:%Y-%m-%d %H:%M{seconds} %Z}"


def duration_words(seconds: float) -> str:
    """Return a duration in its two largest units.

    >>> [duration_words(it) for it in (0.25, 90, 3_600, 93_600)]
    ['0.25 s', '1 min 30 s', '1 h', '1 d 2 h']
    """
    if seconds < 60:
        return f"{round(seconds, 3):g} s"
    parts: list[str] = []
    left = round(seconds)
    for name, unit in _UNITS:
        count, left = divmod(left, unit)
        if count or parts:
            parts.append(f"{count} {name}" if count else "")
    return " ".join(filter(None, parts[:2]))


def change_words(period: Period, change: ClockChange) -> str:
    """Return what the wall clock does, as somebody sees it who looks at it."""
    after = period.local(change.time)
    before = after.replace(tzinfo=None) - timedelta(seconds=change.shift)
    way, means = (
        ("forward", "the times between do not exist")
        if change.shift > 0
        else ("back", "the times between come twice")
    )
    jump = f"{before:%H:%M} becomes {after:%H:%M}"
    far = duration_words(abs(change.shift))
    return f"clocks go {way} {far} on {before:%Y-%m-%d}: {jump}, {means}"


def outage_words(period: Period) -> str:
    """Return when the scheduler was away; nothing if it never was."""
    if period.outage is None:
        return ""
    begin, end = (moment_words(period.local(it)) for it in period.outage)
    return f"scheduler away from {begin} to {end}"


def began_words(period: Period, run: RunSpan) -> str:
    """Return when a run began, short where that was when it was due."""
    return "when due" if run.started == run.due else moment_words(period.local(run.started))


def state_words(run: RunSpan) -> str:
    """Return how a run ended, and its type if that is of interest."""
    look = RUN_LOOKS[run.state]
    return f"{look.glyph} {look.word}" + (" (catchup)" if run.run_type == "catchup" else "")


def _span(period: Period, runs: Sequence[RunSpan]) -> str:
    start, end = (moment_words(period.local(it)) for it in (period.start, period.end))
    return f"{start} to {end}, {run_counts(runs)}"


def _notes(period: Period) -> Iterator[str]:
    notes = [change_words(period, it) for it in period.changes[:_MOST_CHANGES]]
    more = len(period.changes) - len(notes)
    notes += [f"and {more} more changes of the clock"] if more > 0 else []
    yield from (f"  {note}" for note in (*notes, outage_words(period)) if note)


def _table(period: Period, runs: Sequence[RunSpan]) -> list[str]:
    if not runs:
        return []
    half = MOST_ROWS // 2
    is_long = len(runs) > MOST_ROWS
    shown = [*runs[:half], *runs[-half:]] if is_long else runs
    rows = [_HEAD, *(tuple(_cells(period, run)) for run in shown)]
    widths = [max(columns(row[i]) for row in rows) for i in range(len(_HEAD))]
    lines = [f"  {'  '.join(map(padded, row, widths))}".rstrip() for row in rows]
    if is_long:
        hidden = runs[half:-half]
        lines.insert(half + 1, f"  … {run_counts(hidden)} …")
    return lines


def _cells(period: Period, run: RunSpan) -> Iterator[str]:
    yield moment_words(period.local(run.due))
    yield moment_words(period.local(run.begin))
    yield began_words(period, run)
    yield duration_words(run.ended - run.started)
    yield state_words(run)
