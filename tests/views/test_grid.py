"""The grid of runs and tasks."""

from __future__ import annotations

import pytest

from tests.views.samples import HOSTILE, SVG, parsed, texts, with_class
from wfkit.core.grid import Grid, GridRun
from wfkit.core.states import RunState, TaskState
from wfkit.views.grid import LETTERS, grid_picture, grid_text

S = TaskState
GOOD = GridRun(
    "scheduled__1997-01-01",
    "1997-01-01T00:00:00+00:00",
    RunState.SUCCESS,
    {("orders", -1): S.SUCCESS, ("load", 0): S.SUCCESS, ("load", 1): S.SKIPPED},
)
BAD = GridRun(
    "scheduled__1997-01-02",
    "1997-01-02T01:30:00+00:00",
    RunState.FAILED,
    {("orders", -1): S.FAILED, ("load", -1): S.UPSTREAM_FAILED, ("old", -1): S.CANCELLED},
)
GRID = Grid("sales", ["orders", "load", "old"], [GOOD, BAD])


def test_the_text_has_a_line_for_each_run() -> None:
    assert grid_text(GRID).splitlines() == [
        "Runs of sales, oldest first",
        "  S success, F failed, U upstream failed, C cancelled",
        "run                    orders  load   old  state",
        "scheduled__1997-01-01  S       S 2/2       success",
        "scheduled__1997-01-02  F       U      C    failed",
    ]


def test_many_tasks_are_counted() -> None:
    tasks = [f"task_{number}" for number in range(40)]
    states = {(task, -1): S.SUCCESS if task != "task_7" else S.FAILED for task in tasks}
    run = BAD._replace(instances=states)
    assert grid_text(Grid("sales", tasks, [run])).splitlines() == [
        "Runs of sales, oldest first",
        "run                    tasks                 state",
        "scheduled__1997-01-02  39 success, 1 failed  failed",
    ]


def test_without_runs_there_is_no_grid() -> None:
    picture = grid_picture(Grid("sales", ["orders"], []))
    assert (picture.text, picture.svg) == ("no runs yet", None)


def test_the_picture_has_a_column_for_each_run_and_a_cell_for_each_task() -> None:
    root = parsed(grid_picture(GRID).svg)
    columns = [
        [(cell.get("data-state"), cell.find(f"{SVG}text").text) for cell in with_class(run, "cell")]  # type: ignore[union-attr]
        for run in with_class(root, "run")
    ]
    assert columns == [
        [("success", "S"), ("success", "S")],
        [("failed", "F"), ("upstream_failed", "U"), ("cancelled", "C")],
    ]
    assert [it.get("data-state") for it in with_class(root, "whole")] == ["success", "failed"]
    shown = texts(root)
    assert {"1 Jan", "2 Jan 01:30", "orders", "load", "the whole run", "F failed"} <= {*shown}
    assert shown.index("orders") < shown.index("load") < shown.index("old")


def test_a_cell_tells_its_task_run_and_state() -> None:
    root = parsed(grid_picture(GRID).svg)
    told = [title.text for cell in with_class(root, "cell") for title in cell.iter(f"{SVG}title")]
    assert told[1] == "load, scheduled__1997-01-01: success (2 of 2 instances ended)"


def test_every_state_has_a_letter_of_its_own() -> None:
    assert set(LETTERS) == set(TaskState)
    assert len(set(LETTERS.values())) == len(TaskState)


@pytest.mark.slow
def test_a_large_grid_says_what_it_leaves_out() -> None:
    tasks = [f"task_{number}" for number in range(70)]
    run = BAD._replace(instances=dict.fromkeys(((task, -1) for task in tasks), S.SUCCESS))
    svg = grid_picture(Grid("sales", tasks, [run] * 51)).svg
    root = parsed(svg)
    assert len([*with_class(root, "cell")]) == 50 * 60
    assert "not shown: 1 older run and 10 more tasks" in texts(root)
    assert len(svg or "") < 1_000_000


def test_hostile_names_stay_text() -> None:
    for name in HOSTILE:
        run = BAD._replace(run_id=name, logical_date=name, instances={(name, -1): S.FAILED})
        picture = grid_picture(Grid(name, [name], [run]))
        assert not list(parsed(picture.svg).iter("script"))
        assert "\x1b" not in picture.text
