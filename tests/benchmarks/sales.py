"""What does the benchmark of data that grows run? A shop's files, one part of the work for each."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from wfkit import Dag, task

MOST_FILES = 10_000


def days(folder: str) -> list[str]:
    """List the files, each of them one day."""
    return sorted(str(it) for it in Path(folder).glob("*.csv"))


@task(expand="days", result_format="parquet", max_map_length=MOST_FILES)
def purchases(days: str) -> pd.DataFrame:
    """Clean one day: every purchase that cost something, once, with its amount in cents."""
    day = pd.read_csv(days).drop_duplicates()
    day["cents"] = (day["amount"] * 100).round().astype("int64")
    return day[day["cents"] > 0].drop(columns="amount")


@task(expand="purchases", max_map_length=MOST_FILES)
def day_total(purchases: pd.DataFrame) -> dict[str, object]:
    """Sum one day up."""
    return {
        "month": purchases["date"].iloc[0][:7],
        "purchases": len(purchases),
        "customers": purchases["customer_id"].nunique(),
        "cents": int(purchases["cents"].sum()),
    }


def report(day_total: list[dict[str, object]]) -> pd.DataFrame:
    """Sum the months up."""
    return pd.DataFrame(day_total).groupby("month").sum()


dag = Dag("sales", [days, purchases, day_total, report], params={"folder": "."})
