"""Many events, many tasks: the page is spared, and shows the right thing in the end."""

from __future__ import annotations

import time
from collections.abc import Callable

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
# Each step waits until what it changed is laid out and painted.
STEPS = """
async (frames) => {
  const slider = document.querySelector("input[type=range]");
  const painted = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
  const took = [];
  for (const frame of frames) {
    const began = performance.now();
    slider.value = frame;
    slider.dispatchEvent(new Event("input"));
    slider.closest("section").getBoundingClientRect();
    took.push(performance.now() - began);
    await painted();
  }
  return took.sort((one, other) => one - other);
}
"""
Measured = Callable[[str], None]


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


def test_5000_events_are_few_pushes_and_the_last_state_is_right(
    lab: Lab, measured: Measured
) -> None:
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
    rate, deaf = len(pushes.times) / lasted, deaf_for(lab)
    told = f"{len(pushes.times)} pushes in {lasted:.1f} s ({rate:.1f} a second)"
    measured(f"5,000 events: {told}, page deaf for {deaf:.0f} ms at most")
    assert "✔ success" in lab.outputs_of(1)[0]["data"]["text/plain"]
    assert (lab.script_errors, lab.console_errors) == ([], [])


def test_a_run_of_10000_tasks_opens_and_is_scrubbed(browser: Browser, measured: Measured) -> None:
    tasks = [Task(lambda: None, TaskOptions(), f"t{i:05}") for i in range(10_000)]
    replay = Dag("large", tasks, executor="serial").run(store=None).replay()
    began = time.monotonic()
    with played(browser, replay) as page:
        measured(f"replay of 10,000 tasks: open after {time.monotonic() - began:.1f} s")
        for frame in (1, 20_000, 39_999, 12_345):
            page.evaluate(STEPS, [frame])
            counts = fold(replay.events[:frame]).counts()
            tiles = page.locator(f"{PLAYER} .count .number").all_text_contents()
            assert tiles == [f"{counts[state]:,}" for state in TaskState]
        near = page.evaluate(STEPS, [*range(12_346, 12_446)])
        far = page.evaluate(STEPS, [*range(1, 40_000, 400)])
        measured(f"replay of 10,000 tasks: a step {shown(near)}, a jump {shown(far)}")


def test_a_run_of_200_events_is_scrubbed(browser: Browser, measured: Measured) -> None:
    tasks = [named(f"t{i:02}", retries=i % 4) for i in range(36)]
    faults = [f"{it.name}:{it.options.retries}" for it in tasks if it.options.retries]
    replay = Dag("sales", tasks, clock="virtual").run(store=None, faults=faults).replay()
    last = len(replay)
    assert last >= 200
    with played(browser, replay) as page:
        to_and_fro = [*range(last, 0, -1), *range(1, last + 1)]
        steps = page.evaluate(STEPS, to_and_fro)
        jumps = page.evaluate(STEPS, [1, last] * 20)
        measured(f"replay of {last} events: a step {shown(steps)}, a jump {shown(jumps)}")
        assert page.locator(PLAYER).get_attribute("data-frame") == str(last)


def named(name: str, retries: int) -> Task:
    return Task(lambda: None, TaskOptions(retries=retries, retry_delay=5, takes=7), name)


def shown(took: list[float]) -> str:
    """The middle one and the longest of these times in ms, in order."""
    return f"{took[len(took) // 2]:.1f} ms, at most {took[-1]:.1f} ms"


def test_a_live_view_of_10000_tasks_opens(lab: Lab, measured: Measured) -> None:
    declared = DECLARED.replace(f"range({TASKS})", "range(10_000)")
    lab.open(lab.write("large.ipynb", [declared, "%dag run --background", "dag.cancel()"]))
    lab.run_cell(0)
    lab.page.evaluate(WATCH)
    began = time.monotonic()
    lab.run_cell(1, wait=False)
    view = lab.cell(1).locator("section.wfkit-run")
    expect(view).to_contain_text("of 10,000 ended", timeout=30 * SECOND)
    measured(f"live view of 10,000 tasks: open after {time.monotonic() - began:.1f} s")
    lab.screenshot("large", lab.cell(1))
    view.get_by_role("button", name="Cancel").click()
    expect(view).to_have_count(0, timeout=60 * SECOND)
    measured(f"live view of 10,000 tasks: page deaf for {deaf_for(lab):.0f} ms at most")
    assert (lab.script_errors, lab.console_errors) == ([], [])


def deaf_for(lab: Lab) -> float:
    return float(lab.page.evaluate("window.deaf"))
