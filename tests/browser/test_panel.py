"""The fault panel: a task is broken, a policy chosen, a guess made, all by keys."""

from __future__ import annotations

import pytest
from playwright.sync_api import Keyboard, Locator, expect

from tests.browser.lab import SECOND, Lab

pytestmark = pytest.mark.browser

SET_UP = "%load_ext wfkit\n%dag new nightly_sales --start-date 1997-01-01 --clock virtual"
ORDERS = "%%task --takes 5m\ndef orders():\n    print('asking the shop')\n    return [12.5, 7.5]"
REVENUE = "%%task --takes 1m\ndef revenue(orders):\n    return sum(orders)"
REPORT = "%%task --takes 2m\ndef report(revenue):\n    return f'{revenue:,.2f}'"
CELLS = [SET_UP, ORDERS, REVENUE, REPORT, "%dag trial", "dag.last"]
PANEL = 4
CURED = "The run succeeded: orders needed 3 attempts, 2 in vain."


def opened(lab: Lab) -> Locator:
    lab.page.set_viewport_size({"width": 1280, "height": 1700})
    lab.open(lab.write("panel.ipynb", CELLS))
    lab.run_all()
    panel = lab.cell(PANEL).locator("section.wfkit-panel")
    expect(panel).to_be_visible(timeout=20 * SECOND)
    return panel


def fill(keys: Keyboard, text: str, then: str) -> None:
    keys.press("Control+a")
    keys.type(text)
    keys.press(then)


def test_a_fault_and_a_policy_are_tried_by_keys_alone(lab: Lab) -> None:
    it = opened(lab)
    told = it.locator(".verdict")
    expect(told).to_have_text("Nothing is broken yet.")
    keys = lab.page.keyboard

    it.get_by_label("Your guess").focus()
    keys.type("succeeds")
    keys.press("Tab")
    keys.press("Enter")
    expect(told).to_have_text("You said it succeeds. The run failed: orders had 1 attempt.")
    expect(it.locator("section.wfkit-replay")).to_have_attribute("data-run-state", "failed")
    lab.looks("failed", it)

    it.get_by_label("retries", exact=True).focus()
    keys.press("Control+a")
    keys.type("3")
    keys.press("Tab")
    keys.press("Control+a")
    keys.type("10m")
    keys.press("Enter")
    expect(told).to_have_text(
        "As you said. The run succeeded: orders needed 3 attempts, 2 in vain."
    )
    expect(it.locator(".command")).to_have_text(
        "%%task --retries 3 --retry-delay 10m   # the cell of orders\n%dag run --fault orders:2"
    )
    lab.looks("cured", it)

    fill(keys, "soon", "Enter")
    expect(told).to_contain_text('retry_delay="soon"')
    expect(it.locator("section.wfkit-replay")).to_have_attribute("data-run-state", "success")
    lab.looks("refused", it)
    assert lab.findings("section.wfkit-panel") == []
    assert "has no run yet" in lab.text_of(PANEL + 1)
    assert lab.script_errors == []
