"""Draws the picture of the README, from a real run: `python -m tests.project.readme_picture`."""

import os
from pathlib import Path

import nbformat
from nbclient import NotebookClient

from tests import SETTINGS

ROOT = Path(__file__).resolve().parents[2]
PICTURE = ROOT / ".readme" / "run.svg"
CELLS = [
    """\
import pandas as pd
from wfkit import sleep

%load_ext wfkit
%dag new nightly_sales --start-date 1997-01-01 --clock virtual""",
    """\
%%task --retries 3 --retry-delay 30s --backoff 2
def orders(logical_date, attempt):
    sleep(20)
    if attempt < 3:
        raise ConnectionError("the shop does not answer")
    shop = pd.read_csv("notebooks/data/cdnow.csv.gz")
    return shop[shop["date"] == f"{logical_date:%Y-%m-%d}"]""",
    """\
%%task
def sales(orders):
    sleep(15)
    return orders[orders["amount"] > 0]""",
    """\
%%task
def revenue(sales):
    sleep(10)
    return sales["amount"].sum()""",
    """\
%%task
def best_customers(sales):
    sleep(10)
    return sales.groupby("customer")["amount"].sum().nlargest(3)""",
    """\
%%task
def report(revenue, best_customers):
    return f"{revenue:,.2f}, mostly from {list(best_customers.index)}\"""",
    "%dag run --expect failed",
]


def run() -> dict[str, str]:
    """Run the cells in a notebook; return the settled picture of the run, in its forms."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(text) for text in CELLS])
    folder = {"metadata": {"path": str(ROOT)}}
    client = NotebookClient(notebook, timeout=60, kernel_name="python3", resources=folder)
    client.execute(env={**os.environ, **SETTINGS})
    return dict(notebook.cells[-1].outputs[0].data)


if __name__ == "__main__":
    PICTURE.parent.mkdir(exist_ok=True)
    PICTURE.write_text(run()["image/svg+xml"] + "\n", "utf-8")
