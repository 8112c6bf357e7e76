"""What a learner sees of the figures of a Dag, also after the kernel was started anew."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.lab import Lab
from tests.browser.test_schedule import CELLS as SCHEDULE
from tests.browser.test_schedule import NEW
from tests.views.samples import texts, with_class
from wfkit.core.states import RunState
from wfkit.views.style import RUN_LOOKS

pytestmark = pytest.mark.browser

# A history that lasts, as a learner has it: those of tests end with their kernel.
HOME = "%env WFKIT_HOME=history"
TASKS = [
    f"{HOME}\n%load_ext wfkit\n{NEW} --start-date 1997-03-15 --deadline 45m",
    *SCHEDULE[1:4],
    """\
from wfkit import RunFailed
try:
    dag.backfill("1997-03-15", "1997-04-14")
except RunFailed as failed:
    print(type(failed).__name__)""",
]
METRICS, TABLE, YEAR = range(5, 8)
CELLS = [
    *TASKS,
    "%dag metrics",
    'dag.history().groupby("task")["retries"].sum()',
    "dag.simulate(days=365).metrics()",
]
NAMES = {METRICS: "metrics", YEAR: "year"}


def test_metrics_are_seen_and_told_also_by_a_new_kernel(lab: Lab) -> None:
    lab.page.set_viewport_size({"width": 1280, "height": 1_600})
    lab.open(lab.write("metrics.ipynb", CELLS))
    lab.run_all()
    assert lab.failed_cells() == []
    for cell in NAMES:
        expect(lab.picture(cell)).to_be_visible()
    lab.looks_of(
        {name: lab.cell(it).locator(".jp-Cell-outputWrapper") for it, name in NAMES.items()}
    )
    check(lab)
    told = lab.text_twin(METRICS)
    lab.restart_kernel()
    for cell in (*range(len(TASKS) - 1), METRICS):
        lab.run_cell(cell)
    assert lab.text_twin(METRICS) == told
    check(lab)
    assert lab.script_errors == []


def check(lab: Lab) -> None:
    told = " ".join(lab.text_twin(METRICS).split())
    assert "success: 27 of 30 runs (90 %), 3 failed" in told
    assert "deadline: missed by 3 of 30 runs (10 %)" in told
    root = lab.drawing(METRICS)
    assert {"90 %", "27 of 30 runs succeeded", "3 missed"} <= {*texts(root)}
    wholes = [*with_class(root, "whole")]
    assert len(wholes) == 30
    for it in wholes:
        (sign,) = (icon.get("d") for icon in with_class(it, "icon"))
        assert sign == RUN_LOOKS[RunState(it.get("data-state") or "")].icon
