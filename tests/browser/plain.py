"""A bare page in the real browser, with one output of a cell in it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Page

from wfkit.api.replay import Replay
from wfkit.notebook.playing import replay_bundle

PLAYER = "section.wfkit-replay"


@contextmanager
def played(browser: Browser, replay: Replay) -> Iterator[Page]:
    """Open a page that shows nothing but a replay; fails if a script of it does."""
    with opened(browser, replay_bundle(replay)["text/html"], PLAYER) as page:
        yield page


@contextmanager
def opened(browser: Browser, html: str, selector: str) -> Iterator[Page]:
    """Open a page with `html` alone and wait for `selector`; fails if a script of it does."""
    page = browser.new_page(viewport={"width": 1000, "height": 1_000})
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("dialog", lambda dialog: errors.append(dialog.message))
    page.set_content(f"<!doctype html><body>{html}</body>")
    page.locator(selector).wait_for()
    yield page
    page.close()
    assert errors == []
