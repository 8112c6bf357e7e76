"""A recorded run is played again: by clicks, by keys alone, with and without a kernel."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from nbconvert import HTMLExporter
from playwright.sync_api import Browser, Locator, ViewportSize, expect

from tests.browser.lab import SECOND, Lab

pytestmark = pytest.mark.browser

SET_UP = """\
%env WFKIT_HOME=history
%load_ext wfkit
%dag new nightly_sales --start-date 1997-01-01 --clock virtual"""
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
CUSTOMERS = "%%task --takes 15s\ndef customers():\n    return 2"
REPORT = """\
%%task --takes 20s
def report(revenue, customers):
    raise ValueError("<img src=x onerror=alert(1)>")"""
MAIL = "%%task\ndef mail(report):\n    return report"
TASKS = [SET_UP, ORDERS, CLEAN, REVENUE, CUSTOMERS, REPORT, MAIL]
RUN, REPLAY = len(TASKS), len(TASKS) + 1
CELLS = [*TASKS, "%dag run --fault orders:2 --expect failed", "%dag replay"]
TALL: ViewportSize = {"width": 1280, "height": 1_600}
SECTION = "section.wfkit-replay"
RETRY = "orders attempt 1 raises ConnectionError: injected fault; next attempt at 40 s"
LAST = 41


def player(lab: Lab, cell: int = REPLAY) -> Locator:
    found = lab.cell(cell).locator(SECTION)
    expect(found).to_be_visible(timeout=20 * SECOND)
    return found


def card(it: Locator, name: str) -> Locator:
    return it.locator("g.task", has=it.page.locator(f".name >> text='{name}'"))


def at(it: Locator, frame: int) -> None:
    expect(it).to_have_attribute("data-frame", str(frame))


@pytest.fixture
def open_lab(lab: Lab) -> Lab:
    """A notebook that has run, with a replay at its end."""
    lab.page.set_viewport_size(TALL)
    lab.open(lab.write("replay.ipynb", CELLS))
    lab.run_all()
    return lab


def test_a_replay_is_played_by_mouse(open_lab: Lab) -> None:
    lab, it = open_lab, player(open_lab)
    at(it, LAST)
    lab.looks("end", it)
    it.get_by_role("button", name="First event").click()
    at(it, 1)
    it.get_by_role("button", name="Next event").click()
    at(it, 2)
    box = it.locator(".wf-timeline .over .track").bounding_box()
    assert box is not None
    lab.page.mouse.click(box["x"] + box["width"] * 0.12, box["y"] + 10)
    expect(it.locator(".what")).to_have_text("customers attempt 1 returns")
    it.get_by_role("button", name="Previous event").click()
    expect(it.locator(".at")).to_have_text("10 s")
    expect(it.locator(".what")).to_have_text(RETRY)
    expect(card(it, "orders")).to_have_attribute("data-state", "up_for_retry")
    expect(it.locator(".wf-log")).to_contain_text(RETRY)
    expect(it.locator(".now")).to_have_text("running")
    lab.looks("retry", it)
    check_picking(lab, it)
    it.get_by_label("Speed").select_option("8×")
    it.get_by_role("button", name="Play").click()
    at(it, LAST)
    expect(it.get_by_role("button", name="Play")).to_be_visible()
    expect(it.locator(".wf-timeline .end:not([hidden])")).to_have_text(["upstream failed"])
    assert (lab.script_errors, lab.console_errors) == ([], [])


def check_picking(lab: Lab, it: Locator) -> None:
    """A task that is clicked stands out with all that hangs together with it."""
    card(it, "revenue").click()
    expect(card(it, "customers")).to_have_class(re.compile("faded"))
    expect(card(it, "orders")).not_to_have_class(re.compile("faded"))
    expect(it.locator(".wf-log .line")).to_have_count(0)
    lab.looks("picked", it)
    it.get_by_label("Show the log of").select_option("orders")
    expect(it.locator(".wf-log .line")).to_have_count(2)


def test_a_replay_is_played_by_keys_alone(open_lab: Lab) -> None:
    lab, it, press = open_lab, player(open_lab), open_lab.page.keyboard.press
    it.get_by_role("button", name="First event").focus()
    press("Home")
    at(it, 1)
    for _ in range(8):
        press("ArrowRight")
    at(it, 9)
    expect(it.get_by_role("status")).to_have_text(f"10 s: {RETRY}")
    press("ArrowLeft")
    at(it, 8)
    while it.evaluate("it => !document.activeElement.matches('[data-card]')"):
        press("Tab")
    press("ArrowDown")
    press("Enter")
    expect(it.locator(".picked")).to_have_count(1)
    expect(it.locator("[data-card][aria-pressed='true']")).to_have_attribute(
        "aria-label", "orders: running, attempt 1 of 4"
    )
    lab.screenshot("by-keys", it)
    press("Escape")
    expect(it.locator(".faded")).to_have_count(0)
    press("End")
    at(it, LAST)
    it.locator(".wf-timeline").focus()
    press(" ")
    expect(it.get_by_role("button", name="Pause")).to_be_visible()
    press(" ")
    expect(it.get_by_role("button", name="Play")).to_be_visible()
    press("Control+s")
    expect(lab.notebook.page.locator(".jp-mod-dirty")).to_have_count(0)
    assert "wfkit-replay" in (lab.folder / "replay.ipynb").read_text("utf-8")
    assert lab.cell(REPLAY).locator(".jp-InputArea-editor").inner_text() == "%dag replay"
    assert lab.count() == len(CELLS)


def test_nothing_serious_is_wrong_for_those_who_see_or_hear_differently(open_lab: Lab) -> None:
    it = player(open_lab)
    assert open_lab.findings(SECTION) == []
    for _ in range(9):
        it.get_by_role("button", name="Previous event").click()
    card(it, "orders").click()
    assert open_lab.findings(SECTION) == []


def test_a_replay_needs_no_kernel_and_no_notebook(open_lab: Lab, browser: Browser) -> None:
    lab = open_lab
    lab.restart_kernel()
    player(lab).get_by_role("button", name="Previous event").click()
    at(player(lab), LAST - 1)
    lab.save()
    lab.close_notebook()
    path = lab.folder / "replay.ipynb"
    lab.open(path)
    at(player(lab), LAST)
    player(lab).get_by_role("button", name="First event").click()
    at(player(lab), 1)
    lab.screenshot("next-day")
    lab.close_notebook()
    lab.open(distrusted(path))
    expect(lab.cell(REPLAY).locator("img.wfkit-settled")).to_be_visible()
    expect(lab.notebook.locator(SECTION)).to_have_count(0)
    lab.screenshot("not-trusted", lab.cell(REPLAY))
    assert (lab.script_errors, lab.console_errors) == ([], [])
    check_exported(lab, path, browser)


def distrusted(path: Path) -> Path:
    """A copy that another than this JupyterLab has written."""
    notebook = json.loads(path.read_text("utf-8"))
    notebook["cells"][0]["source"] += "\n# from somebody else"
    copy = path.with_name("sent.ipynb")
    copy.write_text(json.dumps(notebook), "utf-8")
    return copy


def check_exported(lab: Lab, path: Path, browser: Browser) -> None:
    html, _ = HTMLExporter().from_filename(str(path))  # type: ignore[no-untyped-call]
    saved = lab.output / "saved.html"
    saved.write_text(html, "utf-8")
    page = browser.new_page()
    page.route(re.compile("^https?:"), lambda route: route.abort())
    page.goto(saved.as_uri(), wait_until="domcontentloaded")
    page.get_by_role("button", name="First event").click()
    at(page.locator(SECTION), 1)
    page.locator(SECTION).screenshot(path=lab.output / "exported.png")
    page.close()


def test_the_store_alone_is_enough_after_a_restart(open_lab: Lab) -> None:
    lab = open_lab
    lab.restart_kernel()
    lab.run_cell(0)
    lab.run_cell(REPLAY)
    assert lab.error_of(REPLAY) == ""
    it = player(lab)
    at(it, LAST)
    expect(card(it, "report")).to_have_attribute("data-state", "failed")
    lab.screenshot("from-the-store", it)
    assert (lab.script_errors, lab.console_errors) == ([], [])
