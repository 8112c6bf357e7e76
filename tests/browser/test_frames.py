"""Every frame that the browser shows is the fold of the events up to it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.plain import PLAYER, played
from tests.views.samples import HOSTILE
from wfkit.api.dag import Dag
from wfkit.api.replay import Replay
from wfkit.core.run import RunSnapshot, fold
from wfkit.core.states import TaskState
from wfkit.core.task import Task, task
from wfkit.core.task_options import TaskOptions
from wfkit.views.attempts import label_of
from wfkit.views.parts import card_standings, shown_cards
from wfkit.views.style import TASK_LOOKS

pytestmark = pytest.mark.browser

READ = """
frame => {
  const BARS = ".attempt:not([hidden]) > .bar:not([hidden])";
  const root = document.querySelector("section.wfkit-replay");
  const slider = root.querySelector("input[type=range]");
  slider.value = frame;
  slider.dispatchEvent(new Event("input"));
  const text = (node, inside) => node.querySelector(inside)?.textContent ?? "";
  return {
    frame: Number(root.dataset.frame),
    run: root.dataset.runState,
    told: text(root, ".what"),
    cards: [...root.querySelectorAll("[data-card]")].map((it) => [
      it.dataset.state,
      Number(it.dataset.attempt),
      text(it, ".state"),
      it.querySelector(".icon").getAttribute("d"),
    ]),
    counts: [...root.querySelectorAll(".count")].map((it) => [
      it.dataset.state,
      text(it, ".number"),
    ]),
    bars: [...root.querySelectorAll(BARS)].map((it) => [
      it.title,
      it.dataset.outcome ?? it.dataset.state,
    ]),
  };
}
"""


@task(retries=3, retry_delay="10s", takes="3s")
def orders() -> list[int]:
    return list(range(18))


@task(expand="orders", takes="5s", retries=1)
def clean(orders: int) -> int:
    return orders


@task(takes="2s")
def revenue(clean: list[int]) -> int:
    return sum(clean)


@task(takes="2s", trigger_rule="all_done")
def tidy(revenue: int) -> None: ...


@task(after="clean", branch=True)
def way() -> str:
    return "mail"


@task(after="way")
def mail() -> None: ...


def busy() -> Replay:
    """Play a run with retries, an expanded task, a branch, and a part that is run again."""
    dag = Dag("sales", [orders, clean, revenue, tidy, way, mail], clock="virtual")
    dag.run(store=None, faults=["orders:2", "clean:60%"], expect="failed", seed=5)
    dag.rerun("orders")
    return dag.replay()


def seen(snapshot: RunSnapshot, replay: Replay) -> dict[str, Any]:
    cards = []
    for standing in card_standings(shown_cards(replay.graph), snapshot):
        assert standing is not None
        state, attempt, done, total = standing
        look = TASK_LOOKS[TaskState(state)]
        word = f"{look.word} {done}/{total}" if total > 1 else look.word
        cards.append([state, attempt, word, look.icon])
    bars = [
        [label_of(it.task, it.map_index), it.number, it.outcome or "running"]
        for it in snapshot.attempts.values()
        if it.started is not None
    ]
    return {"run": snapshot.state, "cards": cards, "bars": sorted(bars)}


def shown(found: dict[str, Any]) -> dict[str, Any]:
    bars = []
    for title, state in found["bars"]:
        name, _, rest = title.rpartition(", attempt ")
        bars.append([name, int(rest.partition(":")[0]), state])
    return {"run": found["run"], "cards": found["cards"], "bars": sorted(bars)}


def check(page: Page, replay: Replay, frames: Iterator[int]) -> None:
    for frame in frames:
        found = page.evaluate(READ, frame)
        assert found["frame"] == frame
        assert shown(found) == seen(fold(replay.events[:frame]), replay), f"frame {frame}"


def test_every_frame_of_200_events_is_the_fold_of_the_events_up_to_it(browser: Browser) -> None:
    replay = busy()
    number = len(replay)
    assert number >= 200
    with played(browser, replay) as page:
        check(page, replay, iter(range(1, number + 1)))
        check(page, replay, iter(range(number, 0, -1)))
        check(page, replay, (1 + (7 * i * i) % number for i in range(60)))


def test_above_300_tasks_counts_are_those_of_the_fold(browser: Browser) -> None:
    tasks = [Task(lambda: None, TaskOptions(), f"t{i:03}") for i in range(301)]
    replay = Dag("large", tasks, clock="virtual").run(store=None).replay()
    with played(browser, replay) as page:
        for frame in (1, 2, 400, len(replay), 700, 3):
            counts = fold(replay.events[:frame]).counts()
            found = page.evaluate(READ, frame)["counts"]
            assert found == [[state.value, f"{counts[state]:,}"] for state in TaskState]


def test_hostile_text_stays_text(browser: Browser) -> None:
    payloads = [*HOSTILE, "<svg onload=alert(1)>", "<iframe srcdoc='<script>alert(1)</script>'>"]

    @task(expand="texts", group="<img src=x onerror=alert(1)>")
    def show(texts: str) -> None:
        print(texts)  # noqa: T201 - into the log pane
        raise ValueError(texts)

    def texts() -> list[str]:
        return payloads

    replay = Dag("hostile", [texts, show], clock="virtual").trial().replay()
    with played(browser, replay) as page:
        for frame in range(1, len(replay) + 1):
            page.evaluate(READ, frame)
        root = page.locator(PLAYER)
        for tag in ("script", "img", "iframe", "a", "b"):
            assert root.locator(tag).count() == 0
        assert "<script>alert(1)</script>" in root.locator(".wf-log").inner_text()
        page.wait_for_timeout(200)
