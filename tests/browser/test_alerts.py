"""What a learner sees of alerts: the inbox, and what arrived, also after a kernel was restarted."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.lab import Lab
from tests.views.samples import texts, with_class

pytestmark = pytest.mark.browser

# A history that lasts, as a learner has it: those of tests end with their kernel.
BEGIN = """\
%env WFKIT_HOME=history
%load_ext wfkit
from wfkit.testing import local_mail, local_slack
mail, slack = local_mail(), local_slack()
def diary(alert): ..."""
NEW = """\
%dag new nightly_sales --schedule '30 1 * * *' --start-date 1997-03-01 --end-date 1997-03-05
%dag alert --to mail --on failure,retry,deadline,recovered
%dag alert --to slack
%dag alert --to "json://127.0.0.1:1/" --on failure
%dag alert --to diary --on success"""
ORDERS = """\
%%task --retries 1 --deadline 1s
def orders(logical_date):
    if logical_date.day < 4:
        raise ConnectionError("shop: <script>alert(1)</script> <img src=x onerror=alert(1)>")
    return [3, 4]"""
REVENUE = "%%task\ndef revenue(orders):\n    return sum(orders)"
RUNS = """\
for day in ("1997-03-02", "1997-03-03"):
    dag.run(logical_date=day, expect="failed")
dag.run(logical_date="1997-03-04")
sent = len(mail), len(slack)"""
CELLS = [BEGIN, NEW, ORDERS, REVENUE, RUNS, "%dag alerts", "mail", "slack"]
LASTING = 4
INBOX, MAIL, SLACK = range(5, 8)
SECTION = "section.wfkit-touched"
HOSTILE = "ConnectionError: shop: <script>alert(1)</script>"


def test_alerts_are_seen_and_told_also_by_a_new_kernel(lab: Lab) -> None:
    lab.page.set_viewport_size({"width": 1280, "height": 1_800})
    lab.open(lab.write("alerts.ipynb", CELLS))
    lab.run_all()
    assert lab.failed_cells() == []
    expect(lab.picture(INBOX)).to_be_visible()
    parts = {"inbox": INBOX, "mail": MAIL, "slack": SLACK}
    lab.looks_of(
        {name: lab.cell(it).locator(".jp-Cell-outputWrapper") for name, it in parts.items()}
    )
    check(lab)
    for cell, head in ((MAIL, "local mail: "), (SLACK, "local Slack: ")):
        told = lab.text_of(cell)
        assert told.startswith(head)
        assert f"nightly_sales failed: orders, {HOSTILE}" in told
        assert "Next step:" in told
    touch(lab)
    before = lab.text_twin(INBOX)
    lab.restart_kernel()
    for cell in (*range(LASTING), INBOX):
        lab.run_cell(cell)
    assert lab.text_twin(INBOX) == before
    check(lab)
    assert lab.script_errors == []


def touch(lab: Lab) -> None:
    """Go through the inbox by keys: each alert tells all that it says."""
    inbox = lab.cell(INBOX).locator(SECTION)
    told = inbox.get_by_role("status")
    expect(told).to_have_text("Point at an alert: it tells what happened.")
    inbox.locator("[data-at][tabindex='0']").focus()
    expect(told).to_contain_text("nightly_sales succeeded")
    lab.page.keyboard.press("Home")
    lab.page.keyboard.press("ArrowDown")
    expect(told).to_contain_text(HOSTILE)
    expect(told).to_contain_text("Next step:")
    expect(told).to_contain_text("not sent to json://127.0.0.1: no connection")
    lab.looks("touched", inbox)
    assert lab.findings(SECTION) == []


def check(lab: Lab) -> None:
    told = lab.text_twin(INBOX)
    root = lab.drawing(INBOX)
    kinds = [it.get("data-kind") for it in with_class(root, "alert")]
    assert {*kinds} == {"failure", "retry", "recovered", "success"}
    assert kinds.count("failure") == 2
    shown = [*texts(root)]
    assert any(it.startswith(f"nightly_sales failed: orders, {HOSTILE[:30]}") for it in shown)
    assert any(it.startswith("✘ not sent to json://127.0.0.1: no connection") for it in shown)
    assert {*kinds} <= {*shown}
    assert f"✘ failure: nightly_sales failed: orders, {HOSTILE[:60]}" in told
    assert "✔ success: nightly_sales succeeded" in told
