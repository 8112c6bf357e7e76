"""What did a schedule do, as text? A headline, what was special, and a table of the runs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta, tzinfo

from wfkit.core.durations import duration_words
from wfkit.core.moments import local_words, moment_words
from wfkit.core.spans import ClockChange, MissedRun, Period, RunSpan
from wfkit.core.states import RunState
from wfkit.views.lateness import late_count, late_remark
from wfkit.views.style import RUN_LOOKS
from wfkit.views.wording import columns, counted, padded, visible

MOST_ROWS = 40
_MOST_CHANGES = 6
MISSED = "– missed"
_INTERVALS, _MOMENTS = "for the time since", "for the moment"


def schedule_text(period: Period, runs: Sequence[RunSpan]) -> str:
    """Return what a schedule did: one line per run, a long list without its middle."""
    table = _table(period, runs)
    return "\n".join([headline(period), _span(period, runs), *_notes(period, runs), *table])


def headline(period: Period) -> str:
    """Return whose schedule it is, in words."""
    return f"Simulation of {visible(period.dag)}: {visible(period.schedule)}"


def run_counts(runs: Sequence[RunSpan]) -> str:
    """Return how many runs there were, and how they ended."""
    counts = Counter(run.state for run in runs)
    states = [f"{counts[it]:,} {RUN_LOOKS[it].word}" for it in RunState if counts[it]]
    told = ", ".join(filter(None, (*states, late_count(runs))))
    return f"{counted(len(runs), 'run')}: {told}" if runs else "no runs"


def change_words(where: tzinfo, change: ClockChange) -> str:
    """Return what the wall clock of a zone does, as somebody sees it who looks at it."""
    after = datetime.fromtimestamp(change.time, UTC).astimezone(where)
    before = after.replace(tzinfo=None) - timedelta(seconds=change.shift)
    way, means = (
        ("forward", "the times between do not exist")
        if change.shift > 0
        else ("back", "the times between come twice")
    )
    (day, time), (new_day, new_time) = (local_words(it).split() for it in (before, after))
    jump = (
        f" on {day}: {time} becomes {new_time}"
        if day == new_day
        else f": {day} {time} becomes {new_day} {new_time}"
    )
    return f"clocks go {way} {duration_words(abs(change.shift))}{jump}, {means}"


def change_notes(where: tzinfo, changes: Sequence[ClockChange], most: int) -> Iterator[str]:
    """Yield what the clocks of a zone do, at most so many times, and how often they do more."""
    yield from (change_words(where, it) for it in changes[:most])
    if len(changes) > most:
        yield f"and {counted(len(changes) - most, 'more change')} of the clock"


def outage_words(period: Period) -> str:
    """Return when the scheduler was away, and what that cost; nothing if it never was."""
    if period.outage is None:
        return ""
    begin, end = (moment_words(period.local(it)) for it in period.outage)
    lost = f": {counted(len(period.missed), 'run')} never began" if period.missed else ""
    return f"scheduler away from {begin} to {end}{lost}"


def by_due(period: Period, runs: Sequence[RunSpan]) -> Sequence[RunSpan | MissedRun]:
    """Return the runs and, among them, those that never began, as they were due."""
    if not period.missed:
        return runs
    found: list[RunSpan | MissedRun] = [*runs, *period.missed]
    return sorted(found, key=lambda it: it.due)


def queue_words(period: Period, runs: Sequence[RunSpan]) -> str:
    """Return why runs waited that were due, where the scheduler was there; else nothing."""
    most = period.max_active_runs
    away, back = period.outage or (0.0, 0.0)
    possible = ((back if away <= run.due < back else run.due, run) for run in runs)
    if most is None or not any(run.started > moment for moment, run in possible):
        return ""
    return f"at most {counted(most, 'run')} at a time (max_active_runs), so later ones waited"


def failure_words(period: Period, runs: Sequence[RunSpan]) -> Sequence[str]:
    """Return why the first run failed that did, and where to read more; nothing if none did."""
    failed = [i for i, run in enumerate(runs) if run.state is RunState.FAILED]
    if not failed or not period.failure:
        return ()
    lead = "the run" if len(failed) == 1 else "first, the run"
    due = moment_words(period.local(runs[failed[0]].due))
    more = f"more about it: dag.simulate(...).runs[{failed[0]}].explain()"
    return (f"{lead} due {due} {period.failure}", more)


def span_words(period: Period) -> str:
    """Return the days that were looked at, with times of day only where they matter."""
    begin, end = (period.local(it) for it in (period.start, period.end))
    has_time = any(it.hour or it.minute for it in (begin, end))
    form = "%b %Y %H:%M" if has_time else "%b %Y"
    return " to ".join(f"{it.day} {it:{form}}" for it in (begin, end))


def began_words(period: Period, run: RunSpan) -> str:
    """Return when a run began, short where that was when it was due."""
    return "when due" if run.started == run.due else moment_words(period.local(run.started))


def state_words(run: RunSpan) -> str:
    """Return how a run ended, its type if that is of interest, and if it was late."""
    look = RUN_LOOKS[run.state]
    kind = " (catchup)" if run.run_type == "catchup" else ""
    return ", ".join(filter(None, (f"{look.glyph} {look.word}{kind}", late_remark(run))))


def _span(period: Period, runs: Sequence[RunSpan]) -> str:
    start, end = (moment_words(period.local(it)) for it in (period.start, period.end))
    return f"{start} to {end}, {run_counts(runs)}"


def _notes(period: Period, runs: Sequence[RunSpan]) -> Iterator[str]:
    notes = [period.hint, *change_notes(period.where, period.changes, _MOST_CHANGES)]
    notes += [outage_words(period), queue_words(period, runs)]
    notes += failure_words(period, runs)
    notes += [period.nothing] if not runs else []
    yield from (f"  {note}" for note in notes if note)


def _table(period: Period, runs: Sequence[RunSpan]) -> list[str]:
    entries = by_due(period, runs)
    if not entries:
        return []
    half = MOST_ROWS // 2
    is_long = len(entries) > MOST_ROWS
    shown = [*entries[:half], *entries[-half:]] if is_long else entries
    rows = [_head(runs), *(tuple(_cells(period, it)) for it in shown)]
    widths = [max(map(columns, column)) for column in zip(*rows, strict=True)]
    lines = [f"  {'  '.join(map(padded, row, widths))}".rstrip() for row in rows]
    if is_long:
        lines.insert(half + 1, f"  … {_hidden(entries[half:-half])} …")
    return lines


def _head(runs: Sequence[RunSpan]) -> tuple[str, ...]:
    is_event = bool(runs) and all(run.begin == run.until for run in runs)
    return ("due", _MOMENTS if is_event else _INTERVALS, "began", "took", "state")


def _hidden(entries: Sequence[RunSpan | MissedRun]) -> str:
    runs = [it for it in entries if isinstance(it, RunSpan)]
    missed = len(entries) - len(runs)
    return run_counts(runs) + (f", {missed:,} missed" if missed else "")


def _cells(period: Period, it: RunSpan | MissedRun) -> Iterator[str]:
    yield moment_words(period.local(it.due))
    yield moment_words(period.local(it.begin))
    if isinstance(it, MissedRun):
        yield from ("never", "–", MISSED)
    else:
        yield began_words(period, it)
        yield duration_words(it.ended - it.started)
        yield state_words(it)
