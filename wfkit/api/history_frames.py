"""The history of a Dag as pandas tables."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from wfkit.api.declaring import DeclaredDag
from wfkit.api.frames import moments
from wfkit.api.moments import zone
from wfkit.core.history import InstanceSpan, RunHistory
from wfkit.core.metrics import DagFigures, lateness
from wfkit.core.odds import quantile
from wfkit.core.outline import RunOutline

Key = tuple[str, int]
_NO_SPANS: tuple[tuple[()], ...] = ((),) * len(InstanceSpan._fields)


def history_frame(dag: DeclaredDag, runs: Sequence[RunHistory]) -> pd.DataFrame:
    """One row for each task instance of each run: the oldest run first, tasks as in the graph."""
    keys = _in_order(dag, runs)
    counts = [len(its) for its in keys]
    flat = [key for its in keys for key in its]
    late = [task in run.late for run, its in zip(runs, keys, strict=True) for task, _ in its]
    known = [run.instances[key] for run, its in zip(runs, keys, strict=True) for key in its]
    states, attempts, firsts, started, ended = zip(*known, strict=True) if known else _NO_SPANS
    where = dag.options.timezone
    of_runs = _outline_columns([run.outline for run in runs], where)
    repeated = {name: pd.Series(it).repeat(counts).array for name, it in of_runs.items()}
    since = np.repeat(_floats([_wanted(run.outline) for run in runs]), counts)
    began, first = _floats(started), np.array(firsts, dtype="int64")
    numbers = np.array(attempts, dtype="int64")
    return pd.DataFrame(
        {
            **{name: repeated[name] for name in ("run_id", "run_type", "logical_date")},
            "run_state": repeated["state"],
            "task": [task for task, _ in flat],
            "map_index": [index for _, index in flat],
            "state": list(map(str, states)),
            "attempts": numbers,
            "retries": np.where(first > 0, numbers - first, 0),
            "due": repeated["due"],
            "started": _local(started, where),
            "ended": _local(ended, where),
            "duration": _floats(ended) - began,
            "lateness": np.maximum(began - since, 0.0),
            "deadline_missed": np.array(late, dtype="bool"),
        }
    )


def _floats(values: Sequence[float | None]) -> NDArray[np.float64]:
    return np.array(values, dtype="float64")


def _in_order(dag: DeclaredDag, runs: Sequence[RunHistory]) -> list[list[Key]]:
    """Return the task instances of each run in the order of the graph, then by name."""
    place = {task: i for i, task in enumerate(dag.graph.order)}
    every = set[Key]().union(*(run.instances for run in runs))
    ordered = sorted(every, key=lambda key: (place.get(key[0], len(place)), key))
    rank = {key: i for i, key in enumerate(ordered)}
    return [sorted(run.instances, key=rank.__getitem__) for run in runs]


def _wanted(outline: RunOutline) -> float | None:
    """Return when a clock wanted the run to start, None where none did."""
    return None if lateness(outline) is None else _timestamp(outline.due)


def _outline_columns(
    outlines: Sequence[RunOutline], where: str
) -> dict[str, pd.Series | list[str] | pd.DatetimeIndex]:
    return {
        "run_id": [it.run_id for it in outlines],
        "run_type": [it.run_type for it in outlines],
        "logical_date": _local([_timestamp(it.logical_date) for it in outlines], where),
        "state": [it.state.value for it in outlines],
        "due": _local([_timestamp(it.due) for it in outlines], where),
    }


def _timestamp(date: str | None) -> float | None:
    try:
        return datetime.fromisoformat(date).timestamp() if date else None
    except ValueError:
        return None


def _local(seconds: Sequence[float | None], where: str) -> pd.DatetimeIndex:
    return moments(seconds).tz_convert(zone(where))


def run_frame(known: DagFigures, where: str) -> pd.DataFrame:
    """One row for each run, oldest first."""
    outlines = [run.outline for run in known.runs]
    return pd.DataFrame(
        {
            **_outline_columns(outlines, where),
            "started": _local([it.started for it in outlines], where),
            "ended": _local([it.ended for it in outlines], where),
            "duration": pd.Series([it.duration for it in outlines], dtype="float64"),
            "lateness": pd.Series([run.lateness for run in known.runs], dtype="float64"),
            "retries": [run.retries for run in known.runs],
            "deadline_missed": pd.array(
                [run.missed_deadline for run in known.runs], dtype="boolean"
            ),
        }
    )


def task_frame(known: DagFigures) -> pd.DataFrame:
    """One row for each task, in the order of the graph."""
    tasks = known.tasks
    return pd.DataFrame(
        {
            "success": [it.success for it in tasks],
            "failed": [it.failed for it in tasks],
            "not_run": [it.not_run for it in tasks],
            "success_rate": [
                it.success / (it.success + it.failed) if it.success + it.failed else float("nan")
                for it in tasks
            ],
            "retries": [it.retries for it in tasks],
            **{
                f"duration_{name}": [quantile(it.durations, part) for it in tasks]
                for name, part in (("50", 0.5), ("90", 0.9), ("max", 1.0))
            },
        },
        index=pd.Index([it.task for it in tasks], name="task", dtype=object),
    )
