"""A Dag is explored: by clicks and by keys, in any theme, without a kernel."""

from __future__ import annotations

from contextlib import AbstractContextManager

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.lab import SECOND, Lab
from tests.browser.plain import opened
from tests.views.samples import HOSTILE
from wfkit.api.dag import Dag
from wfkit.core.task import Task, task
from wfkit.core.task_options import TaskOptions
from wfkit.notebook.playing import dag_bundle

pytestmark = pytest.mark.browser

SET_UP = "%load_ext wfkit\nimport pandas as pd\n%dag new nightly_sales --param region=all"
ORDERS = """\
%%task --retries 3 --retry-delay 30s --group extract
def orders(logical_date):
    "One day of purchases, as the shop exports them."
    return pd.DataFrame({"customer_id": [1, 2], "date": ["a", "b"], "amount": [12.5, 7.5]})"""
CUSTOMERS = "%%task --group extract\ndef customers():\n    return ['Ann', 'Bo']"
CLEAN = """\
%%task --group cleaning
def clean(orders, customers):
    "Rows without an amount go."
    return orders"""
UNIQUE = "%%task --group cleaning\ndef unique(clean):\n    return clean"
REVENUE = "%%task\ndef revenue(unique, vat=0.2):\n    return float(unique['amount'].sum())"
REPORT = "%%task\ndef report(revenue, region):\n    return f'{region}: {revenue}'"
TASKS = [SET_UP, ORDERS, CUSTOMERS, CLEAN, UNIQUE, REVENUE, REPORT]
MISSING = "%%task\ndef mail(reprt):\n    return reprt"
FIRST, BY_NAME = len(TASKS), len(TASKS) + 3
RUN = "run = dag.run()"
CELLS = [*TASKS, "%dag", RUN, MISSING + "\n", "dag"]
PAGE = "section.wfkit-explore"


def page(lab: Lab, cell: int) -> Locator:
    found = lab.cell(cell).locator(PAGE)
    expect(found).to_be_visible(timeout=20 * SECOND)
    return found


def group_button(it: Locator | Page, name: str) -> Locator:
    return it.get_by_role("group", name="Groups").get_by_role("button", name=name, exact=True)


def explored(browser: Browser, dag: Dag) -> AbstractContextManager[Page]:
    return opened(browser, dag_bundle(dag)["text/html"], PAGE)


def test_a_dag_is_explored_by_clicks_and_outlives_its_kernel(lab: Lab) -> None:
    lab.page.set_viewport_size({"width": 1280, "height": 1500})
    lab.open(lab.write("explore.ipynb", CELLS))
    lab.run_all()
    before = page(lab, FIRST)
    told = before.locator(".told")
    before.locator("[data-card]", has_text="revenue").click()
    expect(told).to_have_text(
        "revenue waits for unique (and so for customers, orders, clean); report waits for it."
    )
    expect(before.locator(".wf-boundary .middle .name")).to_have_text("revenue")
    expect(before.locator(".wf-boundary .shape")).to_have_count(0)

    it = page(lab, BY_NAME)
    it.locator("[data-card]", has_text="clean").click()
    card = it.locator(".wf-boundary")
    expect(card.locator(".side").first).to_contain_text("DataFrame, 2 × 3customer_id, date, amount")
    expect(card.locator(".middle")).to_contain_text("Rows without an amount go.")
    lab.looks("clean", it)
    card.get_by_role("button", name="unique").click()
    expect(it).to_have_attribute("data-picked", "unique")
    it.locator("[data-card]", has_text="mail").click()
    expect(card.locator(".notes")).to_have_text(
        "waits for `reprt`: no such task yet; did you mean `report`?"
    )
    lab.looks("missing", it)

    it.get_by_role("button", name="Collapse all").click()
    expect(it.locator("[data-card]")).to_have_count(6)
    it.locator("[data-card]", has_text="cleaning").click()
    expect(it.locator(".told")).to_contain_text(
        "cleaning waits for customers, orders; revenue waits"
    )
    lab.looks("collapsed", it)

    lab.restart_kernel()
    group_button(it, "extract").click()
    expect(it.locator("[data-card]")).to_have_count(7)
    assert (lab.script_errors, lab.console_errors) == ([], [])


def test_a_dag_is_explored_by_keys_alone(lab: Lab) -> None:
    lab.open(lab.write("explore.ipynb", [*TASKS, RUN, "%dag"]))
    lab.run_all()
    it = page(lab, len(TASKS) + 1)
    told, keys = it.locator(".told"), lab.page.keyboard
    expect(lab.notebook.locator(".wfkit-card")).to_have_count(6)
    lab.cell(0).scroll_into_view_if_needed()
    lab.looks("cards")
    group_button(it, "extract").focus()
    keys.press("Space")
    expect(it).to_have_attribute("data-folded", "0")
    expect(told).to_have_text("Collapsed: extract.")
    keys.press("Enter")
    expect(it).to_have_attribute("data-folded", "")
    for _ in range(3):
        keys.press("Tab")
    focused = lab.page.locator(":focus")
    expect(focused).to_have_attribute("aria-label", "customers")
    keys.press("ArrowRight")
    expect(focused).to_have_attribute("aria-label", "clean")
    keys.press("Enter")
    expect(told).to_have_text(
        "clean waits for customers, orders; unique waits for it (and so do revenue, report)."
    )
    expect(focused).to_have_attribute("aria-pressed", "true")
    keys.press("Tab")
    expect(focused).to_have_text("orders")
    keys.press("Enter")
    expect(it).to_have_attribute("data-picked", "orders")
    expect(focused).to_have_attribute("aria-label", "orders")
    keys.press("Escape")
    expect(it).to_have_attribute("data-picked", "")
    expect(told).to_contain_text("Pick a task")
    assert (lab.script_errors, lab.console_errors) == ([], [])


def named(name: str, group: str | None, doc: str = "") -> Task:
    def nothing() -> None: ...

    nothing.__doc__ = doc
    return Task(nothing, TaskOptions(group=group), name)


def test_nothing_serious_is_wrong_for_those_who_see_or_hear_differently(lab: Lab) -> None:
    lab.open(lab.write("explore.ipynb", [*TASKS, RUN, MISSING, "dag"]))
    lab.run_all()
    it = page(lab, len(TASKS) + 2)
    assert lab.findings(PAGE) == []
    it.locator("[data-card]", has_text="clean").first.click()
    group_button(it, "extract").click()
    assert lab.findings(PAGE) == []
    assert lab.findings(".wfkit-card") == []
    assert (lab.script_errors, lab.console_errors) == ([], [])


def test_with_five_groups_one_at_a_time_is_opened(browser: Browser) -> None:
    dag = Dag("large", [named(f"t{i:03}", f"g{i % 5}") for i in range(310)])
    with explored(browser, dag) as it:
        root = it.locator(PAGE)
        expect(root).to_have_attribute("data-folded", "0 1 2 3 4")
        expect(it.get_by_role("button", name="Open all")).to_be_disabled()
        group_button(it, "g1").click()
        expect(root).to_have_attribute("data-folded", "0 2 3 4")
        group_button(it, "g3").click()
        expect(root).to_have_attribute("data-folded", "0 1 2 4")
        group_button(it, "g3").click()
        expect(root).to_have_attribute("data-folded", "0 1 2 3 4")


def test_10000_tasks_open_at_once(browser: Browser) -> None:
    tasks = [named(f"t{i:05}", f"g{i % 100}" if i % 2 else None) for i in range(10_000)]
    with explored(browser, Dag("huge", tasks)) as it:
        expect(it.locator(PAGE)).to_contain_text("generation 1")
        expect(it.locator(".wf-boundary")).to_have_count(0)


def test_hostile_text_stays_text(browser: Browser) -> None:
    hostile = [it for it in HOSTILE if it.strip()]

    @task(retries=1)
    def show(text: object = tuple(hostile)) -> dict[str, int]:
        return dict.fromkeys(hostile, 1)

    tasks = [named(f"t{i}", text, text) for i, text in enumerate(hostile)]
    dag = Dag("hostile", [show, *tasks], params={"region": hostile[0]})
    dag.run(store=None)
    with explored(browser, dag) as it:
        cards = it.locator("[data-card]")
        shown = []
        for i in range(cards.count()):
            cards.nth(i).dispatch_event("click")
            shown.append(it.locator(".wf-boundary").inner_text())
        for tag in ("script", "img", "iframe", "a", "b"):
            assert it.locator(PAGE).locator(tag).count() == 0
        assert "<script>alert(1)</script>" in "\n".join(shown)
        it.wait_for_timeout(200)
