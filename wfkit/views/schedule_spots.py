"""What is told of each run of a schedule that somebody points at? As plain data for a page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from wfkit.core.moments import moment_words
from wfkit.core.spans import MissedRun, Period, RunSpan
from wfkit.core.states import RunState
from wfkit.views.grid_spots import Spot
from wfkit.views.schedule import MOST_ROWS, schedule_picture
from wfkit.views.schedule_counts import count_columns
from wfkit.views.schedule_rows import told_of
from wfkit.views.schedule_text import by_due, headline, run_counts, span_words


def schedule_data(period: Period, runs: Sequence[RunSpan]) -> dict[str, Any]:
    """Return what a schedule did as plain data for the browser, as `grid_data` does for a grid.

    A spot is a run, or in a long time all those that began in one unit of it.
    """
    is_counted = len(runs) + len(period.missed) > MOST_ROWS
    spots = _columns(period, runs) if is_counted else _rows(period, runs)
    return {
        "label": f"{headline(period)}, {span_words(period)}",
        "thing": "column" if is_counted else "run",
        "svg": schedule_picture(period, runs).svg,
        "spots": list(spots),
    }


def _rows(period: Period, runs: Sequence[RunSpan]) -> Iterator[Spot]:
    number = 0
    for row, run in enumerate(by_due(period, runs) if runs else ()):
        told = told_of(period, run)
        if isinstance(run, MissedRun):
            yield Spot(0, row, told)
            continue
        if run.state is not RunState.SUCCESS:
            told.append(f"why: dag.simulate(...).runs[{number}].explain()")
        number += 1
        yield Spot(0, row, [f"run {number} of {len(runs)}", *told])


def _columns(period: Period, runs: Sequence[RunSpan]) -> Iterator[Spot]:
    for column, (it, there) in enumerate(count_columns(period, runs)):
        begin, end = (moment_words(period.local(time)) for time in it)
        yield Spot(column, 0, [f"from {begin} to {end}", run_counts(there)])
