"""What came of a lesson's Dag in other engines? Recorded runs, as a table."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from wfkit.teach.lessons import lessons_root

if TYPE_CHECKING:
    import pandas as pd


def recorded_file() -> Path:
    """Return the file of the recorded runs."""
    return lessons_root() / "notebooks" / "data" / "recorded_runs.csv"


def recorded_runs() -> pd.DataFrame:
    """Return what came of each task of lesson 10 in Airflow, Prefect and Dagster, really run.

    A row is one task in one run; `state` is empty where the engine told nothing of the task.

    >>> recorded_runs()["engine"].unique().tolist()
    ['Airflow', 'Prefect', 'Dagster']
    """
    import pandas as pd

    return pd.read_csv(recorded_file(), keep_default_na=False)
