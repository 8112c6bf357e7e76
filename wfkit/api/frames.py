"""Runs as pandas tables."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from wfkit.core.alerts import Delivery
from wfkit.core.run import RunSnapshot
from wfkit.engine.capture import LogLine


def moments(seconds: Sequence[float | None]) -> pd.DatetimeIndex:
    """Seconds since 1970 (UTC) as moments in UTC, to the microsecond."""
    micros = np.rint(np.array(seconds, dtype="float64") * 1e6)
    missing = np.isnan(micros)
    found = np.where(missing, 0, micros).astype("int64").view("datetime64[us]")
    found[missing] = np.datetime64("NaT")
    return pd.DatetimeIndex(found).tz_localize("UTC")


def instance_frame(snapshot: RunSnapshot) -> pd.DataFrame:
    """One row for each task instance, in the order of the graph."""
    rows = list(snapshot.instances.values())
    return pd.DataFrame(
        {
            "task": [it.task for it in rows],
            "map_index": [it.map_index for it in rows],
            "state": [it.state.value for it in rows],
            "attempt": [it.attempt for it in rows],
            "started": moments([it.started for it in rows]),
            "ended": moments([it.ended for it in rows]),
            "because": pd.Series([it.because for it in rows], dtype=object),
        }
    )


def attempt_frame(snapshot: RunSnapshot) -> pd.DataFrame:
    """One row for each attempt, in the order in which they were queued."""
    rows = list(snapshot.attempts.values())
    return pd.DataFrame(
        {
            "task": [it.task for it in rows],
            "map_index": [it.map_index for it in rows],
            "attempt": [it.number for it in rows],
            "outcome": pd.Series([it.outcome and it.outcome.value for it in rows], dtype=object),
            "queued": moments([it.queued for it in rows]),
            "started": moments([it.started for it in rows]),
            "ended": moments([it.ended for it in rows]),
            "error": pd.Series(
                [it.error and f"{it.error['type']}: {it.error['message']}" for it in rows],
                dtype=object,
            ),
        }
    )


def alert_frame(found: Sequence[Delivery]) -> pd.DataFrame:
    """One row for each alert and each of its receivers."""
    return pd.DataFrame(
        {
            "at": moments([it.alert.time for it in found]),
            "run_id": [it.alert.run_id for it in found],
            "task": pd.Series([it.alert.task for it in found], dtype=object),
            "map_index": [it.alert.map_index for it in found],
            "on": [it.alert.kind for it in found],
            "to": [it.to for it in found],
            "state": [it.state.value for it in found],
            "note": [it.note for it in found],
            "subject": [it.alert.subject for it in found],
        }
    )


def log_frame(run_id: str, lines: Sequence[LogLine]) -> pd.DataFrame:
    """One row for each line that a task printed, logged or displayed."""
    return pd.DataFrame(
        {
            "run_id": [run_id] * len(lines),
            "task": [line.task for line in lines],
            "map_index": [line.map_index for line in lines],
            "attempt": [line.attempt for line in lines],
            "at": moments([line.time for line in lines]),
            "level": [line.level for line in lines],
            "text": [line.text for line in lines],
        }
    )
