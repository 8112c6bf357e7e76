"""The boundary card below a %%task cell: where there is a front end, and nowhere else."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.notebook.conftest import ORDERS, REPORT, REVENUE, Lab
from wfkit.notebook import live


@pytest.fixture
def seen(sales: Lab, monkeypatch: pytest.MonkeyPatch) -> Lab:
    """A notebook that somebody looks at."""
    monkeypatch.setattr(live, "is_live", lambda shell: True)
    return sales


def shown(lab: Lab, source: str, cell: str | None = None) -> dict[str, Any]:
    (bundle,) = lab.run(source, cell).bundles
    return bundle


def words_of(page: str) -> str:
    card = re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", card).split())


def test_the_card_stands_beside_the_line(seen: Lab) -> None:
    it = shown(seen, REVENUE, "r")
    assert set(it) == {"text/plain", "text/html"}
    assert it["text/plain"] == "revenue ← orders · → report · vat = 0.2 (default)"
    assert words_of(it["text/html"]) == (
        "inputs orders task vat = 0.2 default → revenue → output its result read by report"
    )
    assert "<script" not in it["text/html"]


def test_after_a_run_the_card_tells_types_and_sizes(seen: Lab) -> None:
    seen.dag.run(store=None)
    told = words_of(shown(seen, REVENUE, "r")["text/html"])
    assert "orders task list, 2 items vat = 0.2 default" in told
    assert "output int 7 read by report Types and sizes: last run." in told


def test_every_note_of_the_text_is_on_the_card(seen: Lab) -> None:
    cells = [
        "%%task\ndef tax(ordrs):\n    return 1",
        "%%task\ndef orders(logical_date):\n    [3, 4]",
        "%dag new stock",
        "%%task --dag nightly_sales\ndef mail(report):\n    return 1",
    ]
    notes = [
        "waits for `ordrs`: no such task yet; did you mean `orders`?",
        "returns nothing; did you forget `return`?",
        "",
        "in Dag nightly_sales",
    ]
    for cell, source, note in zip("to p", cells, notes, strict=True):
        it = shown(seen, source, cell.strip() or None)
        if note:
            assert note in it["text/plain"]
            assert words_of(it["text/html"]).count(note) == 1


def test_a_refusal_is_shown_as_before(seen: Lab) -> None:
    seen.ok("limit = 3")
    it = shown(seen, "%%task --expect NotebookLeak\ndef few():\n    return limit", "f")
    assert set(it) == {"text/plain"}


def test_without_a_front_end_nothing_changes(sales: Lab) -> None:
    for source, cell in ((ORDERS, "o"), (REPORT, "p")):
        assert set(shown(sales, source, cell)) == {"text/plain"}
