"""What a learner sees of a Dag over more and more partitions, on one executor and another."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.lab import Lab, findings
from tests.views.samples import texts, with_class
from wfkit.core.scaling import ScaleRun, Scaling
from wfkit.engine.executors.choice import EXECUTOR_NAMES
from wfkit.views.scaling import scaling_picture

pytestmark = pytest.mark.browser

HOME = "%env WFKIT_HOME=history"
TASKS = [
    f"{HOME}\n%load_ext wfkit\n%dag new sales --clock system --param days=4",
    "%%task\ndef parts(days):\n    return list(range(days))",
    "%%task --expand parts\ndef work(parts):\n    return sum(i * i for i in range(300_000))",
    "%%task\ndef total(work):\n    return sum(work)",
]
RUNS = """\
for days in (4, 12):
    for executor in ("serial", "thread", "process"):
        dag.run({"days": days}, executor=executor)"""
CELLS = [*TASKS, RUNS, "%dag scaling", "%dag scaling --n 3"]
LINES, BARS = len(TASKS) + 1, len(TASKS) + 2
TOLD = """\
Scaling of sales
  partitions  executor  result of total
  4           serial    int 35999820000200000
  4           thread    int 35999820000200000
  4           process   int 35999820000200000
  12          serial    int 107999460000600000
  12          thread    int 107999460000600000
  12          process   int 107999460000600000
  all executors came to equal results over 4, 12 partitions"""


def test_scaling_is_seen_and_told_also_by_a_new_kernel(lab: Lab) -> None:
    lab.page.set_viewport_size({"width": 1280, "height": 1_600})
    lab.open(lab.write("scaling.ipynb", CELLS))
    lab.run_all()
    assert lab.failed_cells() == []
    for cell in (LINES, BARS):
        expect(lab.picture(cell)).to_be_visible()
    parts = {"scaling": LINES, "scaling-one": BARS}
    lab.looks_of(
        {name: lab.cell(it).locator(".jp-Cell-outputWrapper") for name, it in parts.items()}
    )
    assert lab.text_twin(LINES) == TOLD
    assert len([*with_class(lab.drawing(LINES), "mark")]) == 6
    assert "seconds from start to end, over 12 partitions" in texts(lab.drawing(BARS))
    lab.restart_kernel()
    for cell in (*range(len(TASKS)), LINES):
        lab.run_cell(cell)
    assert lab.text_twin(LINES) == TOLD
    assert lab.script_errors == []


def test_nobody_is_kept_from_reading_the_picture(browser: Browser) -> None:
    """In a page of its own, as a saved notebook that was exported has it."""
    page = browser.new_page()
    runs = [ScaleRun("r", it, parts, 1.0, "int 1") for parts in (1, 9) for it in EXECUTOR_NAMES]
    for known in (Scaling("sales", "total", runs), Scaling("sales", "total", runs[:4])):
        drawn = scaling_picture(known).svg
        page.set_content(f'<html lang="en"><title>a</title><main><h1>a</h1>{drawn}</main></html>')
        assert findings(page, "main") == []
        assert page.get_by_role("img", name="Scaling of sales").count() == 1
    page.close()
