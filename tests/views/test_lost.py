"""What was under way when the process of a run died reads as lost once the run is over."""

from __future__ import annotations

import pytest

from tests.views.samples import make, parsed, texts, with_class
from tests.views.test_explain import Life
from wfkit.core.grid import Grid, grid_run
from wfkit.core.run import RunSnapshot, fold
from wfkit.core.states import Outcome
from wfkit.views.dot import to_dot
from wfkit.views.grid import grid_picture
from wfkit.views.picture import run_picture


@pytest.fixture
def life() -> Life:
    life = Life(make("orders"), make("revenue", ["orders"]), make("report", ["revenue"]))
    life.start("orders")
    life.end("orders")
    life.start("revenue")
    return life


def grid(snapshot: RunSnapshot) -> Grid:
    return Grid("sales", ["orders", "revenue", "report"], [grid_run(snapshot)])


def test_a_run_whose_process_died_shows_what_was_lost(life: Life) -> None:
    life.die()
    picture = run_picture(life.graph, fold(life.events))
    assert picture.text.splitlines()[1:4] == [
        "  ✔ success  orders",
        "  ? lost     revenue",
        "  ○ waiting  report",
    ]
    cards = [texts(it) for it in with_class(parsed(picture.svg), "task")]
    assert ["revenue", "lost"] in cards
    assert "? lost" in to_dot(life.graph, "sales", fold(life.events))


def test_the_grid_of_runs_shows_what_was_lost(life: Life) -> None:
    life.die()
    picture = grid_picture(grid(fold(life.events)))
    assert "? lost" in picture.text
    assert "up for retry" not in picture.text
    cells = [*with_class(parsed(picture.svg), "cell")]
    assert [texts(it)[-1] for it in cells] == ["S", "?", "-"]
    assert "? lost" in texts(parsed(picture.svg))


def test_a_run_that_goes_on_tries_again(life: Life) -> None:
    life.end("revenue", Outcome.LOST)
    snapshot = fold(life.events)
    assert "lost" not in run_picture(life.graph, snapshot).text.splitlines()[2].split()[:2]
    assert "? lost" not in grid_picture(grid(snapshot)).text
