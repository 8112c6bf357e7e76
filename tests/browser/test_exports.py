"""What a learner sees of their Dag in other engines: three files beside each other."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.lab import Lab

pytestmark = pytest.mark.browser

CELLS = [
    """\
import pandas as pd
%load_ext wfkit
%dag new nightly_sales --schedule '30 1 * * *' --timezone Europe/London \\
    --start-date 1997-01-01 --clock virtual --param top=3""",
    '''\
%%task --retries 3 --retry-delay 30s --backoff 2
def orders(logical_date):
    """One day of purchases, as the shop exports them."""
    return pd.read_csv(f"data/drops/{logical_date:%Y-%m-%d}.csv")''',
    "%%task\ndef revenue(orders):\n    return orders['amount'].sum()",
    '''\
%%task
def best_customers(orders, top):
    """Who bought most."""
    return orders.groupby("customer")["amount"].sum().nlargest(top)''',
    '''\
%%task --timeout 5m
def report(revenue, best_customers):
    return f"{revenue:.2f}, most from {best_customers.index[0]}"''',
]
ALL, ONE = 5, 6


def test_three_files_are_read_beside_each_other(lab: Lab) -> None:
    lab.page.set_viewport_size({"width": 1600, "height": 2_400})
    lab.open(lab.write("export.ipynb", [*CELLS, "%dag export", "%dag export airflow"]))
    lab.run_all()
    page = lab.cell(ALL).locator(".wf-beside")
    expect(page.locator("thead").first.locator("th")).to_have_text(
        ["Airflow 3", "Prefect 3", "Dagster"]
    )
    rows = page.locator("> table > tbody > tr > th")
    names = ["orders", "best_customers", "revenue", "report"]
    expect(rows).to_have_text(["not the same", "above the tasks", *names, "the Dag"])
    page.get_by_text("The words of all four").click()
    expect(page.get_by_text("AirflowSkipException")).to_be_visible()
    lab.looks_of({"export-all": page, "export-one": lab.cell(ONE).locator(".wf-beside")})
    assert lab.findings(".wf-beside") == []
    assert lab.script_errors == []
