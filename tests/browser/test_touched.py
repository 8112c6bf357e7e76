"""A grid and a schedule are touched: what is pointed at tells what happened, by mouse and keys."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.lab import Lab
from tests.browser.plain import opened
from tests.browser.test_schedule import CELLS
from wfkit import Dag, task
from wfkit.api.simulation import Simulation
from wfkit.notebook.playing import touched_bundle

pytestmark = pytest.mark.browser

SECTION = "section.wfkit-touched"
DECLARED = [*CELLS[:5], CELLS[8], "_.runs[-30:]"]
SCHEDULE = 4


def touched(lab: Lab, cell: int) -> Locator:
    found = lab.cell(cell).locator(SECTION)
    expect(found).to_be_visible()
    return found


def told(it: Locator | Page) -> Locator:
    return it.get_by_role("status")


def test_pictures_are_touched_by_keys_alone_and_outlive_their_kernel(lab: Lab) -> None:
    lab.page.set_viewport_size({"width": 1280, "height": 1_300})
    lab.open(lab.write("touched.ipynb", DECLARED))
    lab.run_all()
    lab.restart_kernel()
    keys = lab.page.keyboard
    it = touched(lab, SCHEDULE)
    expect(told(it)).to_have_text("Point at a run: it tells what happened.")
    it.locator("[data-at][tabindex='0']").focus()
    expect(told(it)).to_contain_text("run 29 of 29 stands for 1997-04-12 01:30 BST")
    keys.press("Home")
    keys.press("Enter")
    expect(told(it)).to_contain_text("run 1 of 29")
    for _ in range(6):
        keys.press("ArrowDown")
    expect(told(it)).to_contain_text("run 7 of 29")
    expect(told(it)).to_contain_text("failed after 46 min")
    expect(it.get_by_role("note", name="Kept")).to_contain_text("run 1 of 29")
    lab.looks("schedule", it)
    keys.press("Escape")
    expect(it).to_have_attribute("data-kept", "")
    assert lab.findings(SECTION) == []
    assert (lab.script_errors, lab.console_errors) == ([], [])


def nights(days: int) -> Simulation:
    @task(retries=2, retry_delay="5m", takes="12m")
    def orders(logical_date: object) -> int:
        day = int(f"{logical_date:%d}")
        if day % 7 == 0:
            raise ConnectionError("the shop is away")
        return day

    @task(takes="20m")
    def revenue(orders: int) -> int:
        return orders

    dag = Dag("nightly_sales", [orders, revenue], schedule="30 1 * * *", start_date="1997-03-15")
    return dag.simulate(days=days)


def test_a_cell_of_the_grid_tells_run_task_state_attempt_and_cause(browser: Browser) -> None:
    html = touched_bundle(nights(30).runs)["text/html"]
    with opened(browser, html, SECTION) as page:
        page.keyboard.press("Tab")
        page.keyboard.press("End")
        for key in ["ArrowDown", *["ArrowLeft"] * 5]:
            page.keyboard.press(key)
        expect(told(page)).to_contain_text("orders, scheduled__1997-04-07")
        expect(told(page)).to_contain_text("✘ failed in attempt 3")
        expect(told(page)).to_contain_text("ConnectionError: the shop is away")
        page.keyboard.press("Enter")
        page.keyboard.press("ArrowDown")
        expect(told(page)).to_contain_text("because orders failed after 3 attempts")
        kept = page.get_by_role("note", name="Kept")
        expect(kept).to_contain_text("orders, scheduled__1997-04-07")
        expect(page.locator("[aria-pressed='true']")).to_have_count(1)
        page.keyboard.press("Escape")
        expect(kept).to_be_hidden()


def test_a_picture_is_touched_by_mouse(browser: Browser) -> None:
    with opened(browser, touched_bundle(nights(90))["text/html"], SECTION) as page:
        columns = page.locator("[data-at]")
        assert columns.count() == 89
        columns.nth(6).hover()
        expect(told(page)).to_contain_text("from 1997-03-22 00:00 UTC to 1997-03-23 00:00 UTC")
        expect(told(page)).to_contain_text("1 run: 1 failed")
        columns.nth(6).click()
        columns.nth(7).hover()
        expect(page.get_by_role("note", name="Kept")).to_contain_text("1 failed")
        columns.nth(6).click()
        expect(page.locator(SECTION)).to_have_attribute("data-kept", "")
