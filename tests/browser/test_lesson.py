"""What a learner sees in JupyterLab: the lesson, a run, a failure, and what the file keeps."""

from __future__ import annotations

import base64
import json
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from nbconvert import HTMLExporter
from playwright.sync_api import Browser, Locator, ViewportSize, expect

from tests.browser.lab import SECOND, Lab
from wfkit.teach.course import copy_lessons

pytestmark = pytest.mark.browser

PATIENCE = 20 * SECOND
PICTURE = "image/svg+xml"
# Each task goes on when the test lets it, by a file of its name.
SET_UP = """\
from pathlib import Path
from wfkit import sleep
%load_ext wfkit
%dag new nightly_sales --max-active-tasks 1

def wait_for(task):
    while not Path(task).exists():
        sleep(0.02)"""
ORDERS = '%%task --retries 1\ndef orders():\n    wait_for("orders")\n    return [12.5, 7.5]'
CUSTOMERS = '%%task\ndef customers():\n    wait_for("customers")\n    return 2'
REVENUE = "%%task\ndef revenue(orders):\n    return sum(orders)"
REPORT = "%%task\ndef report(revenue, customers):\n    return revenue / customers"
BROKEN_LINE = 'return sum(orders["amount"])'
BROKEN = REVENUE.replace("return sum(orders)", BROKEN_LINE)
TASKS = [SET_UP, ORDERS, CUSTOMERS, REVENUE, REPORT]
RUN = len(TASKS)
LESSONS = [
    ("00_start_here", 5),
    ("01_task_boundaries", 4),
    ("03_orchestration", 5),
    ("04_scheduling", 8),
    ("07_modularity", 3),
    ("10_graduate", 3),
]
WIDE_AND_TALL: ViewportSize = {"width": 1280, "height": 1_600}


@pytest.mark.parametrize(("name", "pictures"), LESSONS)
def test_a_lesson_runs_to_its_end(lab: Lab, name: str, pictures: int) -> None:
    copy_lessons(lab.folder)
    lab.open(lab.folder / "notebooks" / f"{name}.ipynb")
    lab.run_all()
    look_through(lab)
    assert lab.failed_cells() == []
    assert lab.script_errors == []
    code = [cell for cell in range(lab.count()) if lab.prompt(cell).inner_text().strip()]
    assert len(code) >= 19
    assert [cell for cell in code if not re.match(r"\[\d+\]:", lab.prompt(cell).inner_text())] == []
    assert len([it for it in code if kinds(lab, it) & {PICTURE}]) >= pictures
    assert too_wide(lab) == []


def test_a_run_is_seen_while_it_runs_and_kept_when_it_ends(lab: Lab, browser: Browser) -> None:
    lab.page.set_viewport_size(WIDE_AND_TALL)
    path = lab.write("sales.ipynb", [*TASKS, "%dag run", "%dag run  # again"])
    lab.open(path)
    for cell in range(RUN):
        lab.run_cell(cell)
    lab.run_cell(RUN, wait=False)
    see(lab, customers="running", orders="queued", revenue="none", report="none")
    expect(view(lab)).to_contain_text("0 of 4 ended")
    lab.looks("live")
    let_go(lab, "customers")
    see(lab, customers="success", orders="running", revenue="none", report="none")
    expect(view(lab)).to_contain_text("1 of 4 ended")
    lab.screenshot("live-orders")
    let_go(lab, "orders")
    lab.wait_until_run()
    expect(view(lab)).to_have_count(0)
    check_settled(lab)
    lab.set_source(TASKS.index(REVENUE), BROKEN)
    lab.run_cell(TASKS.index(REVENUE))
    lab.run_cell(RUN + 1)
    lab.looks("failed", lab.cell(RUN + 1))
    check_failure(lab)
    lab.save()
    check_saved(lab, path, browser)


def test_both_buttons_stop_a_run(lab: Lab) -> None:
    lab.page.set_viewport_size(WIDE_AND_TALL)
    lab.open(lab.write("stop.ipynb", [*TASKS, "%dag run"]))
    lab.run_all(wait=False)
    see(lab, customers="running")
    lab.notebook.locator("[data-jp-item-name=interrupt]").click()
    lab.wait_until_run()
    assert "is cancelled: 0 of 4 tasks had succeeded" in lab.error_of(RUN)
    lab.looks("interrupted", lab.cell(RUN))
    lab.set_source(RUN, "%dag run --background")
    lab.run_cell(RUN)
    see(lab, customers="running")
    lab.screenshot("background", lab.cell(RUN))
    assert lab.findings("section.wfkit-run") == []
    view(lab).locator("[data-card]").first.focus()
    lab.page.keyboard.press("Enter")
    expect(view(lab).locator(".picked")).to_have_count(1)
    view(lab).get_by_role("button", name="Cancel").focus()
    lab.page.keyboard.press("Enter")
    expect(view(lab)).to_have_count(0, timeout=PATIENCE)
    lab.screenshot("cancelled", lab.cell(RUN))
    (shown,) = lab.outputs_of(RUN)
    assert "■ cancelled  customers" in shown["data"]["text/plain"]
    assert lab.failed_cells() == []


def look_through(lab: Lab) -> None:
    """Keep pictures of the whole notebook, one screen after another."""
    lab.page.set_viewport_size(WIDE_AND_TALL)
    page = lab.notebook.locator(".jp-WindowedPanel-outer")
    height, screen = page.evaluate("it => [it.scrollHeight, it.clientHeight]")
    for number, top in enumerate(range(0, height, screen), start=1):
        page.evaluate("(it, top) => it.scrollTop = top", top)
        lab.looks(f"page-{number}")


def too_wide(lab: Lab) -> list[int]:
    """The widths of pictures that are wider than the place that a notebook has for them."""
    found: list[int] = lab.notebook.locator(".jp-RenderedSVG").evaluate_all(
        "all => all.filter(it => it.scrollWidth > it.clientWidth).map(it => it.scrollWidth)"
    )
    return found


def view(lab: Lab) -> Locator:
    """The live view of the run."""
    return lab.cell(RUN).locator("section.wfkit-run")


def see(lab: Lab, **states: str) -> None:
    """Wait until the live view shows each of these tasks in its state, by sign and by word."""
    words = {"none": "waiting"}
    for name, state in states.items():
        task = view(lab).locator("g.task", has=lab.page.locator(f".name >> text='{name}'"))
        expect(task).to_have_attribute("data-state", state, timeout=PATIENCE)
        expect(task.locator(".state")).to_have_text(words.get(state, state))


def let_go(lab: Lab, task: str) -> None:
    (lab.folder / task).touch()


def kinds(lab: Lab, cell: int) -> set[str]:
    """The forms in which the outputs of a cell would be saved."""
    return {kind for it in lab.outputs_of(cell) for kind in it.get("data", {})}


def check_settled(lab: Lab) -> None:
    (shown,) = lab.outputs_of(RUN)
    assert set(shown["data"]) == {"text/plain", PICTURE}
    for task in ("orders", "customers", "revenue", "report"):
        assert f"✔ success  {task}" in shown["data"]["text/plain"]


def check_failure(lab: Lab) -> None:
    """The error is one block: what failed, where in the learner's code, what did not run."""
    failed = RUN + 1
    assert lab.failed_cells() == [failed]
    error = lab.error_of(failed)
    assert f"  → {BROKEN_LINE}\n    TypeError: list indices must be integers" in error
    assert "line 3, in revenue" in error
    assert "Did not run because of it: report." in error
    assert "site-packages" not in error
    assert len(error.splitlines()) < 10
    expect(lab.cell(failed)).to_contain_text(BROKEN_LINE)


def check_saved(lab: Lab, path: Path, browser: Browser) -> None:
    """The file shows both runs to somebody who has neither a kernel nor a network."""
    text = path.read_text("utf-8")
    assert "widgets" not in json.loads(text)["metadata"]
    assert "widget-view" not in text
    html, _ = HTMLExporter().from_filename(str(path))  # type: ignore[no-untyped-call]
    saved = lab.output / "saved.html"
    saved.write_text(html, "utf-8")
    page = browser.new_page()
    page.route(re.compile("^https?:"), lambda route: route.abort())
    page.goto(saved.as_uri(), wait_until="domcontentloaded")
    pictures = page.locator(f"img[src^='data:{PICTURE}']")
    expect(pictures).to_have_count(2)
    drawn = [decoded(picture) for picture in pictures.all()]
    assert "success" in drawn[0]
    assert f"line 3: {BROKEN_LINE}" in drawn[1]
    page.screenshot(path=lab.output / "saved.png", full_page=True)
    page.close()


def decoded(picture: Locator) -> str:
    """The text of a picture that is whole enough for the browser to draw."""
    assert picture.evaluate("it => it.complete && it.naturalWidth > 300")
    _, _, data = (picture.get_attribute("src") or "").partition("base64,")
    return " ".join(ET.fromstring(base64.b64decode(data)).itertext())
