"""A recorded run is played again: by clicks, by keys, without a kernel, in any theme."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.lab import SECOND, Lab

pytestmark = pytest.mark.browser

SET_UP = "%load_ext wfkit\n%dag new nightly_sales --start-date 1997-01-01 --clock virtual"
ORDERS = """\
%%task --retries 3 --retry-delay 30s --backoff 2 --takes 10s
def orders():
    print("connecting to the shop")
    return [12.5, 7.5, 20]"""
CLEAN = """\
%%task --expand orders --takes 5s
def clean(orders):
    print("row", orders)
    return orders"""
REVENUE = "%%task --takes 5s\ndef revenue(clean):\n    return sum(clean)"
REPORT = """\
%%task --takes 20s
def report(revenue, customers):
    raise ValueError("<img src=x onerror=alert(1)>")"""
CUSTOMERS = "%%task --takes 15s\ndef customers():\n    return 2"
TASKS = [SET_UP, ORDERS, CLEAN, REVENUE, CUSTOMERS, REPORT]
RUN, REPLAY = len(TASKS), len(TASKS) + 1
CELLS = [*TASKS, "%dag run --fault orders:2 --expect failed", "%dag replay"]


def page(lab: Lab, cell: int = REPLAY) -> Locator:
    return lab.cell(cell).locator("section.wfkit-replay")


def test_a_replay_is_played_by_mouse_and_by_keys(lab: Lab) -> None:
    lab.page.set_viewport_size({"width": 1280, "height": 1500})
    lab.open(lab.write("replay.ipynb", CELLS))
    lab.run_all()
    it = page(lab)
    expect(it).to_be_visible(timeout=20 * SECOND)
    lab.looks("last", it)
    it.get_by_label("Event", exact=True).focus()
    lab.page.keyboard.press("Home")
    expect(it).to_have_attribute("data-frame", "1")
    for _ in range(9):
        lab.page.keyboard.press("ArrowRight")
    expect(it).to_have_attribute("data-frame", "10")
    lab.looks("retry", it)
    lab.save()
    assert lab.script_errors == []
