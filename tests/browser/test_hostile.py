"""Forty hostile texts, wherever a learner may put one: each is shown, none comes alive."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from nbconvert import HTMLExporter
from playwright.sync_api import Browser, Page, expect

from tests.browser.hostile import hostile_dag, printable, waiting_dag
from tests.browser.lab import Lab
from tests.browser.payloads import PAYLOADS, Payload
from tests.browser.watching import Watch, text_in, unseen
from wfkit.api.dag import Dag
from wfkit.api.dag_run import DagRun
from wfkit.core.alerts import Alert, AlertState, Delivery
from wfkit.core.grid import Grid, GridRun, Reached
from wfkit.core.outline import RunOutline
from wfkit.core.run import RunSnapshot
from wfkit.core.scaling import ScaleRun, Scaling
from wfkit.core.states import RunState, TaskState
from wfkit.engine.store import MemoryStore
from wfkit.notebook import blocks
from wfkit.notebook.page import page_bundle
from wfkit.notebook.playing import dag_bundle, replay_bundle
from wfkit.notebook.widgets import standing
from wfkit.views.grid import grid_picture
from wfkit.views.grid_spots import grid_data
from wfkit.views.inbox import MOST, inbox_data, inbox_picture
from wfkit.views.parts import live_parts, shown_cards
from wfkit.views.picture import Picture
from wfkit.views.reasons import Story
from wfkit.views.scaling import scaling_picture

pytestmark = pytest.mark.browser

GRAPH = ("group", "doc")
ENDS = ("message", "skip")
LOG = ("print", "stderr", "log", "display")

REPOSITORY = Path(__file__).parents[2]
SET_UP = f"""\
import sys
sys.path.insert(0, {str(REPOSITORY)!r})
%load_ext wfkit
from tests.browser.hostile import hostile_dag
from tests.browser.payloads import PAYLOADS
from wfkit import Dag, RunFailed
from wfkit.core.errors import WfkitError
shell = get_ipython()
dag = hostile_dag()"""
CARDS = """\
for n, it in enumerate(PAYLOADS):
    doc, default = it.at(f"doc{n}"), it.at(f"default{n}")
    body = f"def card_{n}(x={default!r}):\\n    {doc!r}\\n    return x"
    shell.run_cell_magic("task", "", body)"""
TOLD = """\
run = dag.last
print(*(run.explain(it) for it in dag.tasks), dag.logs(), sep="\\n")
display(dag.logs(), run, run.logs, run.task_instances)"""
ERRORS = """\
for n, it in enumerate(PAYLOADS):
    def fails():
        raise ValueError(it.at(f"message{n}"))
    try:
        Dag("sales", [fails]).run(store=None)
    except RunFailed:
        shell.showtraceback()
    try:
        Dag(it.at(f"name{n}"))
    except WfkitError:
        shell.showtraceback()"""
CELLS = [SET_UP, CARDS, "dag", "%dag run --expect failed", TOLD, ERRORS, "%dag replay"]
CELLS += ["%dag trial", "%dag runs", "%dag run --background --clock system"]
_, CARD, EXPLORE, RUN, TELL, ERROR, REPLAY, PANEL, GRID, LIVE = range(len(CELLS))
IN_PLACE: dict[int, Sequence[str]] = {
    CARD: ["doc"],
    EXPLORE: GRAPH,
    TELL: [*ENDS, *LOG],
    ERROR: ["message"],
    REPLAY: ["group", *ENDS, *LOG],
    PANEL: ["group", *ENDS, *LOG],
    LIVE: ["group"],
}
"""The cells whose text is in the page, and what of the hostile texts must be in it."""


@pytest.fixture(scope="module")
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture(scope="module")
def dag(store: MemoryStore) -> Dag:
    """A hostile Dag that has run."""
    made = hostile_dag()
    made.run(store=store, expect="failed")
    return made


@pytest.fixture(scope="module")
def run(dag: Dag) -> DagRun:
    assert isinstance(dag.last, DagRun)
    return dag.last


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    made = browser.new_page(viewport={"width": 1000, "height": 1_000})
    yield made
    made.close()


def opened(page: Page, html: str, folder: Path, selector: str) -> Watch:
    """Open a page as a file, as somebody does who was sent it."""
    path = folder / "page.html"
    path.write_text(f"<!doctype html><meta charset=utf-8><body>{html}</body>", "utf-8")
    watch = Watch(page)
    page.goto(path.as_uri())
    page.locator(selector).first.wait_for(state="attached")
    return watch


CLICK_ALL = """
section => [...document.querySelectorAll(`${section} [data-card]`)].map((it) => {
  it.dispatchEvent(new MouseEvent("click", { bubbles: true }));
  return document.querySelector(`${section} .details`).textContent;
}).join("\\n")
"""


def test_a_dag_is_explored(page: Page, dag: Dag, tmp_path: Path) -> None:
    section = "section.wfkit-explore"
    watch = opened(page, dag_bundle(dag)["text/html"], tmp_path, section)
    text = text_in(page, section) + page.evaluate(CLICK_ALL, section)
    assert unseen(text, GRAPH) == []
    assert unseen(text, ["default", "param", "pool"], most=20) == []
    assert watch.came_alive() == []


def test_a_run_is_played_again(page: Page, run: DagRun, tmp_path: Path) -> None:
    section = "section.wfkit-replay"
    watch = opened(page, replay_bundle(run.replay())["text/html"], tmp_path, section)
    page.wait_for_timeout(400)  # older lines of the log come when the hand rests
    text = text_in(page, section) + page.evaluate(SCRUB, section)
    assert unseen(text, ["group", *ENDS, *LOG]) == []
    assert watch.came_alive() == []


SCRUB = """
section => {
  const slider = document.querySelector(`${section} input[type=range]`);
  return Array.from({ length: Number(slider.max) }, (_, frame) => {
    slider.value = frame + 1;
    slider.dispatchEvent(new Event("input"));
    return document.querySelector(`${section} .what`).textContent;
  }).join("\\n");
}
"""
WIDGET = """
<div id=place></div>
<script>
  {body}
  const data = JSON.parse(atob("{data}"));
  render({{ model: {{ get: (name) => data[name], on() {{}}, off() {{}} }}, el: place }});
</script>
"""


def test_a_run_is_watched(page: Page, run: DagRun, tmp_path: Path) -> None:
    """The live view, with what a kernel would send."""
    data = {
        "parts": live_parts(run.graph),
        "standing": standing(run.snapshot, shown_cards(run.graph)),
        "title": f"DagRun {PAYLOADS[0].at('title')}",
        "can_cancel": True,
    }
    packed = b64encode(json.dumps(data).encode()).decode()
    html = WIDGET.format(body=blocks.body("run"), data=packed)
    watch = opened(page, html, tmp_path, "section.wfkit-run")
    text = text_in(page, "#place")
    assert unseen(text, ["group"]) == []
    assert PAYLOADS[0].seen_at("title") in text
    assert watch.came_alive() == []


def pictures(dag: Dag, run: DagRun, store: MemoryStore) -> Iterator[tuple[Picture, Sequence[str]]]:
    """Yield each picture, with what of the hostile texts must be in it."""
    yield dag.show(), GRAPH
    yield run.picture(), [*GRAPH, *ENDS]
    yield run.replay().picture(), [*GRAPH, *ENDS]
    yield dag.metrics(store=store).plot(), []
    yield dag.odds(nights=20, faults=["load_1:20%"], vary={"load_1.retries": [0, 1]}).plot(), []
    yield grid_picture(strange_grid()), ["id"]
    yield scaling_picture(strange_scaling()), ["id"]


def strange_scaling() -> Scaling:
    """Runs on executors, with results, that no version of wfkit has written down."""
    at = [it.at(f"id{n}") for n, it in enumerate(PAYLOADS)]
    runs = [ScaleRun(it, it, parts, 1.0, it) for parts in (1, 2) for it in at]
    return Scaling(at[0], at[1], runs)


def strange_grid() -> Grid:
    """A history that somebody else wrote: its tasks and runs are called what no name may be."""
    tasks = [it.at(f"task{n}") for n, it in enumerate(PAYLOADS)]
    states = dict.fromkeys(((it, -1) for it in tasks), Reached(TaskState.SUCCESS, 1))
    outlines = [
        RunOutline(it.at(f"id{n}"), it.at("date"), RunState.SUCCESS, it.at("type"), ended=3)
        for n, it in enumerate(PAYLOADS)
    ]
    return Grid("sales", tasks, [GridRun(it, states) for it in outlines])


def test_pictures_stand_in_a_page(
    page: Page, dag: Dag, run: DagRun, store: MemoryStore, tmp_path: Path
) -> None:
    """As a saved notebook that became a page has them: in the page itself, not as images."""
    drawn = list(pictures(dag, run, store))
    html = "".join(f"<div id=it{i}>{it.svg}</div>" for i, (it, _) in enumerate(drawn))
    watch = opened(page, html, tmp_path, "svg")
    for i, (_, places) in enumerate(drawn):
        assert page.locator(f"#it{i} > svg").count() == 1
        assert unseen(text_in(page, f"#it{i}"), places) == []
    assert page.locator("body > *").count() == len(drawn)
    assert watch.came_alive() == []


TOUCH_ALL = """
section => [...document.querySelectorAll(`${section} [data-at]`)].map((it) => {
  it.dispatchEvent(new PointerEvent("pointerover", { bubbles: true }));
  return document.querySelector(`${section} .told`).innerText;
}).join("\\n")
"""


def test_a_grid_of_runs_is_touched(page: Page, tmp_path: Path) -> None:
    section, grid = "section.wfkit-touched", strange_grid()
    data = grid_data(grid, lambda _: Story(RunSnapshot()))
    html = page_bundle("touched", data, grid_picture(grid))["text/html"]
    watch = opened(page, html, tmp_path, section)
    text = text_in(page, section) + page.evaluate(TOUCH_ALL, section)
    assert unseen(text, ["task"]) == []
    assert watch.came_alive() == []


def strange_alerts() -> list[Delivery]:
    """Alerts as they may be: subject and text come from errors, receivers from anywhere."""
    return [_delivery(n, it) for n, it in enumerate(PAYLOADS[:MOST])]


def _delivery(n: int, it: Payload) -> Delivery:
    said = it.at(f"subject{n}"), it.at(f"body{n}"), f"failure:{n}"
    alert = Alert("failure", "sales", it.at(f"run{n}"), it.at(f"task{n}"), -1, 0.0, *said)
    return Delivery(alert, it.at(f"to{n}"), AlertState.FAILED, it.at(f"note{n}"))


def test_an_inbox_of_alerts_is_touched(page: Page, tmp_path: Path) -> None:
    section, alerts = "section.wfkit-touched", strange_alerts()
    data, still = inbox_data("sales", alerts), inbox_picture("sales", alerts)
    html = page_bundle("touched", data, still)["text/html"]
    watch = opened(page, f"{html}<div id=still>{still.svg}</div>", tmp_path, section)
    told = page.evaluate(TOUCH_ALL, section)
    assert len(alerts) >= 40
    for n, it in enumerate(PAYLOADS[: len(alerts)]):
        for at in ("subject", "body", "to"):
            assert it.seen_at(f"{at}{n}")[:20] in told
    assert page.locator("#still > svg").count() == 1
    assert watch.came_alive() == []


def test_schedules_that_wait_for_hostile_files_are_drawn(page: Page, tmp_path: Path) -> None:
    drawn = []
    for number, it in printable():
        name = it.at(f"schedule{number}")
        arrivals = {} if "[" in name else {name: "04:10"}
        drawn.append(waiting_dag(number).simulate(days=1, arrivals=arrivals).picture())
    watch = opened(page, "".join(f"<p>{it.svg}" for it in drawn), tmp_path, "svg")
    text = text_in(page)
    assert [n for n, it in printable() if it.seen_at(f"schedule{n}") not in text] == []
    assert watch.came_alive() == []


def test_a_notebook_shows_all_of_it_and_so_does_the_page_made_of_it(
    lab: Lab, page: Page, tmp_path: Path
) -> None:
    path = lab.write("hostile.ipynb", CELLS)
    lab.open(path)
    watch = Watch(lab.page)
    lab.run_all()
    assert lab.failed_cells() == [ERROR]
    expect(lab.cell(PANEL).locator("section.wfkit-panel section.wfkit-replay")).to_be_visible()
    expect(lab.cell(LIVE).locator("section.wfkit-run")).to_be_visible()
    shown = {cell: text_in(lab.page, f".jp-Cell:nth-of-type({cell + 1})") for cell in IN_PLACE}
    assert [it for cell, places in IN_PLACE.items() for it in unseen(shown[cell], places)] == []
    assert unseen(shown[CARD], ["default"], most=20) == []
    assert unseen(shown[ERROR], ["name"], most=10) == []
    assert watch.came_alive(".jp-Notebook") == []
    lab.save()
    html, _ = HTMLExporter().from_filename(str(path))  # type: ignore[no-untyped-call]
    saved = lab.output / "hostile.html"
    saved.write_text(html, "utf-8")
    page.route(re.compile("^https?:"), lambda route: route.abort())
    watch = Watch(page)
    page.goto(saved.as_uri(), wait_until="domcontentloaded")
    expect(page.locator("section.wfkit-replay").first).to_be_visible()
    text = text_in(page)
    assert unseen(text, [*GRAPH, *ENDS, *LOG]) == []
    assert watch.came_alive() == []
