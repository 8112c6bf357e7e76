"""Many events, many tasks: the page is spared, and shows the right thing in the end."""

from __future__ import annotations

import time

import pytest
from playwright.sync_api import Browser, WebSocket, expect

from tests.browser.lab import SECOND, Lab
from tests.browser.plain import PLAYER, played
from wfkit.api.dag import Dag
from wfkit.core.run import fold
from wfkit.core.states import TaskState
from wfkit.core.task import Task
from wfkit.core.task_options import TaskOptions
from wfkit.notebook.live import TICK

pytestmark = pytest.mark.browser

TASKS = 1_300
DECLARED = f"""\
%load_ext wfkit
from wfkit import Dag, sleep, task

def made(number):
    @task
    def work():
        sleep(0.009)
        return number
    return type(work)(work.function, name=f"t{{number:04}}")

dag = Dag("busy", [made(i) for i in range({TASKS})])"""
# What the page shows is noted each time that it changes; how long it was deaf, all the time.
WATCH = """
() => {
  window.seen = [];
  new MutationObserver(() => {
    const shown = document.querySelector(".wfkit-run .counts")?.textContent;
    if (shown && shown !== window.seen.at(-1)?.[1]) window.seen.push([performance.now(), shown]);
  }).observe(document.body, { subtree: true, childList: true, characterData: true });
  window.deaf = 0;
  let last = performance.now();
  setInterval(() => {
    window.deaf = Math.max(window.deaf, performance.now() - last);
    last = performance.now();
  }, 20);
}
"""


class Pushes:
    """When the kernel sent how a run stands."""

    def __init__(self, lab: Lab) -> None:
        self.times: list[float] = []
        lab.page.on("websocket", self._open)

    def _open(self, socket: WebSocket) -> None:
        socket.on("framereceived", self._received)

    def _received(self, frame: str | bytes) -> None:
        text = frame.encode() if isinstance(frame, str) else frame
        if b'"standing"' in text and b'"update"' in text:
            self.times.append(time.monotonic())


def test_5000_events_are_few_pushes_and_the_last_state_is_right(lab: Lab) -> None:
    pushes = Pushes(lab)
    lab.open(lab.write("busy.ipynb", [DECLARED, "%dag run", "len(dag.last.events)"]))
    lab.run_cell(0)
    lab.page.evaluate(WATCH)
    lab.run_cell(1)
    lab.run_cell(2)
    assert int(lab.text_of(2)) > 5_000
    seen = lab.page.evaluate("window.seen")
    assert seen[-1][1] == f"{TASKS:,} of {TASKS:,} ended · ✔ {TASKS:,} success"
    lasted = pushes.times[-1] - pushes.times[0]
    assert 2 < len(pushes.times) <= lasted / TICK + 2
    rate, deaf = len(pushes.times) / lasted, lab.page.evaluate("window.deaf")
    note(lab, f"{len(pushes.times)} pushes in {lasted:.1f} s ({rate:.1f}/s), deaf {deaf:.0f} ms")
    assert "✔ success" in lab.outputs_of(1)[0]["data"]["text/plain"]
    assert (lab.script_errors, lab.console_errors) == ([], [])


def test_a_run_of_10000_tasks_opens_and_is_scrubbed(lab: Lab, browser: Browser) -> None:
    tasks = [Task(lambda: None, TaskOptions(), f"t{i:05}") for i in range(10_000)]
    replay = Dag("large", tasks, clock="virtual").run(store=None).replay()
    began = time.monotonic()
    with played(browser, replay) as page:
        note(
            lab,
            f"10,000 tasks, {len(replay):,} events: open after {time.monotonic() - began:.1f} s",
        )
        page.evaluate(WATCH)
        for frame in (1, 20_000, 39_999, 12_345):
            page.evaluate(
                "frame => { const slider = document.querySelector('input[type=range]');"
                " slider.value = frame; slider.dispatchEvent(new Event('input')) }",
                frame,
            )
            counts = fold(replay.events[:frame]).counts()
            tiles = page.locator(f"{PLAYER} .count .number").all_text_contents()
            assert tiles == [f"{counts[state]:,}" for state in TaskState]
        note(lab, f"deaf for {page.evaluate('window.deaf'):.0f} ms at most")


def test_a_live_view_of_10000_tasks_opens(lab: Lab) -> None:
    declared = DECLARED.replace(f"range({TASKS})", "range(10_000)")
    lab.open(lab.write("large.ipynb", [declared, "%dag run --background", "dag.cancel()"]))
    lab.run_cell(0)
    lab.page.evaluate(WATCH)
    began = time.monotonic()
    lab.run_cell(1, wait=False)
    view = lab.cell(1).locator("section.wfkit-run")
    expect(view).to_contain_text("of 10,000 ended", timeout=30 * SECOND)
    note(lab, f"open after {time.monotonic() - began:.1f} s")
    lab.screenshot("large", lab.cell(1))
    view.get_by_role("button", name="Cancel").click()
    expect(view).to_have_count(0, timeout=60 * SECOND)
    note(lab, f"deaf for {lab.page.evaluate('window.deaf'):.0f} ms at most")
    assert (lab.script_errors, lab.console_errors) == ([], [])


def note(lab: Lab, figure: str) -> None:
    """Keep a figure beside the screenshots: it is told, and never part of a verdict."""
    with (lab.output / "figures.txt").open("a") as file:
        file.write(f"{figure}\n")
