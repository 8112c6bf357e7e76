"""A run that was cut off and went on: the timeline marks where, and tells what that cost."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from tests.api.cutting import cut_off_in
from tests.browser.lab import findings
from tests.browser.plain import PLAYER, played

pytestmark = pytest.mark.browser


def test_a_crash_and_its_resume_are_seen_and_stepped_through_by_keys(browser: Browser) -> None:
    with played(browser, cut_off_in("revenue", pause=3_600)) as page:
        it = page.locator(PLAYER)
        expect(it.locator(".flag")).to_have_text(["✖ cut off here", "▶ went on here"])
        cut, on = (it.locator(".flag").nth(i).bounding_box() for i in range(2))
        gap = it.locator(".gap").bounding_box()
        assert cut is not None
        assert on is not None
        assert gap is not None
        assert cut["x"] + cut["width"] == pytest.approx(gap["x"], abs=2)
        assert on["x"] == pytest.approx(gap["x"] + gap["width"], abs=2)
        expect(it.locator(".cost")).to_have_text(
            "Cut off at 14 s: revenue attempt 1 was lost."
            " Went on at 1 h 14 s: orders did not run again."
        )
        page.keyboard.press("Tab")
        page.keyboard.press("Home")
        status = it.get_by_role("status")
        for _ in range(9):
            page.keyboard.press("ArrowRight")
        expect(status).to_contain_text("14 s: revenue attempt 1 is lost")
        page.keyboard.press("ArrowRight")
        page.keyboard.press("ArrowRight")
        expect(status).to_have_text("1 h 14 s: the run goes on; not run again: orders")
        assert findings(page, PLAYER) == []
