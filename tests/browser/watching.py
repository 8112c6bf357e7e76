"""Does anything of a hostile text come alive in a page, and is all of it seen as text?"""

from __future__ import annotations

from collections.abc import Iterable

from playwright.sync_api import Page

from tests.browser.payloads import PAYLOADS, SIGN

HEAR = "window.hits = []; window.__hit = (place) => { window.hits.push(String(place)) }; 0"
# What would run or load at a touch has not come alive yet, but must not be there either.
ALIVE = """
sign => {
  const LOADS = /^(on.*|src|srcset|srcdoc|href|xlink:href|action|formaction|data|style|content)$/;
  const isOurs = (text) => text.includes("__hit") || text.includes(sign);
  const isCode = (it) => it.matches("style, script:not([type*=json])");
  // JupyterLab makes a link of each address in plain text, to be opened in a window of its own.
  const isLink = (it) => it.matches("a[target=_blank]") && it.href === it.textContent;
  const isPicture = (text) => text.startsWith("data:image/svg+xml");
  const isBad = ({ name, value }) => LOADS.test(name) && isOurs(value) && !isPicture(value);
  return [...document.querySelectorAll("*")].flatMap((it) => {
    const bad = isLink(it) ? [] : [...it.attributes].filter(isBad).map(({ name }) => name);
    if (isCode(it) && isOurs(it.textContent)) bad.push("text");
    return bad.map((what) => `<${it.localName}>: ${what}`);
  });
}
"""
READ = """
selector => [...document.querySelectorAll(selector)].map((root) => {
  const TOLD = ["title", "alt", "aria-label", "data-task"];
  const copy = root.cloneNode(true);
  copy.querySelectorAll("script, style").forEach((it) => it.remove());
  const all = [copy, ...copy.querySelectorAll("*")];
  const told = all.flatMap((it) => TOLD.map((name) => it.getAttribute(name)));
  return [copy.textContent, ...told.filter(Boolean)].join("\\n");
}).join("\\n")
"""
TOUCH = """
selector => document.querySelectorAll(`${selector}, ${selector} *`).forEach((it) => {
  for (const name of ["mouseover", "mouseenter", "focus", "animationstart", "toggle", "load"]) {
    it.dispatchEvent(new Event(name));
  }
})
"""


class Watch:
    """Notes what a hostile text does in a page: calls, dialogs, requests, other pages."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._heard: list[str] = []
        page.add_init_script(HEAR)
        page.evaluate(HEAR)
        page.on("dialog", lambda it: self._heard.append(f"a dialog: {it.message}"))
        page.on("request", lambda it: self._note_address("a request", it.url))
        page.on("framenavigated", lambda it: self._note_address("a page", it.url))
        page.on("popup", lambda it: self._heard.append(f"a window: {it.url}"))

    def _note_address(self, what: str, url: str) -> None:
        if SIGN in url and not url.startswith("data:image/svg+xml"):
            self._heard.append(f"{what}: {url}")

    def came_alive(self, selector: str = "body") -> list[str]:
        """Return what has happened, and what would at a touch, after touching all there is."""
        self._page.evaluate(TOUCH, selector)
        self._page.wait_for_timeout(100)  # what is loaded is asked for a little later
        calls = [f"a call from {it}" for it in self._page.evaluate("window.hits")]
        return [*self._heard, *calls, *self._page.evaluate(ALIVE, SIGN)]


def text_in(page: Page, selector: str = "body") -> str:
    """Return all text in a part of a page: what is seen, and what is told of things in it."""
    return str(page.evaluate(READ, selector))


def unseen(text: str, places: Iterable[str], most: int | None = None) -> list[str]:
    """Return the places of which a payload, or its first `most` characters, is not in the text."""
    return [
        f"{place}{number}: {it.text}"
        for place in places
        for number, it in enumerate(PAYLOADS)
        if it.seen_at(f"{place}{number}")[:most] not in text
    ]
