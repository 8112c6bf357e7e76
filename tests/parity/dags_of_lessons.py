"""The Dag of lesson 10: what came of it elsewhere is recorded for the lesson."""

# mypy: disable-error-code="no-untyped-def,no-untyped-call"

from __future__ import annotations

from pathlib import Path

import pandas as pd

from tests.parity.cases import case
from wfkit import Dag, task

DROPS = Path(__file__).parent / "drops"
NIGHT = "1997-02-24T01:30"


def _nightly(name: str, *, is_checked: bool = False) -> Dag:
    @task(retries=3, retry_delay="1s", backoff=2)
    def orders(logical_date, folder, attempt):
        """One day of purchases. The shop's server is busy at first, every night."""
        if attempt < 3:
            raise ConnectionError("server busy")
        return pd.read_csv(f"{folder}/{logical_date:%Y-%m-%d}.csv")

    def revenue(orders):
        """The money of the day."""
        return round(float(orders["amount"].sum()), 2)

    def customers(orders):
        """How many people bought something."""
        return int(orders["customer_id"].nunique())

    def report(revenue, customers, logical_date):
        """One line for the boss."""
        return f"{logical_date:%d %B}: {revenue:,.2f} from {customers} customers"

    @task(trigger_rule="all_done", after="report")
    def check(revenue):
        """Fails aloud where there is no report."""
        if revenue is None:
            raise RuntimeError("no report tonight")
        return "all is well"

    more = [check] if is_checked else []
    return Dag(
        name,
        [orders, revenue, customers, report, *more],
        schedule="30 1 * * *",
        timezone="Europe/London",
        start_date="1997-01-01",
        params={"folder": "data/drops"},
    )


@case(logical_date=NIGHT, params={"folder": str(DROPS)})
def nightly_sales() -> Dag:
    return _nightly("nightly_sales")


@case(logical_date=NIGHT, params={"folder": "lost"})
def nightly_sales_without_file() -> Dag:
    return _nightly("nightly_sales_without_file")


@case(logical_date=NIGHT, params={"folder": "lost"})
def nightly_sales_checked() -> Dag:
    return _nightly("nightly_sales_checked", is_checked=True)
