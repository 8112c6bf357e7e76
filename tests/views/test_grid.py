"""The picture of the grid of runs and tasks."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Sequence

import pytest

from tests.views.samples import HOSTILE, SVG, parsed, texts, with_class
from tests.views.test_grid_text import BAD, GOOD, GRID, lasting
from wfkit.core.grid import Grid, GridRun, Reached
from wfkit.core.states import RunState, TaskState
from wfkit.views.grid import MOST_RUNS, grid_picture
from wfkit.views.standing import look_of
from wfkit.views.style import RUN_LOOKS

S = TaskState
WIDEST = 842.0
"""What JupyterLab leaves for a picture in a window of 1,280 pixels, its files beside it."""


def drawn(grid: Grid) -> ET.Element:
    return parsed(grid_picture(grid).svg)


def letters(cell: ET.Element) -> str:
    (text,) = (it.text or "" for it in cell.iter(f"{SVG}text"))
    return text


def many(runs: int, tasks: Sequence[str]) -> Grid:
    states = dict.fromkeys(((task, -1) for task in tasks), Reached(S.SUCCESS, 1))
    outlines = (BAD.outline._replace(run_id=f"run_{number}") for number in range(runs))
    return Grid("sales", tasks, [BAD._replace(outline=it, instances=states) for it in outlines])


def test_there_is_a_column_for_each_run_and_a_cell_for_each_task() -> None:
    root = drawn(GRID)
    columns = [
        [(cell.get("data-state"), letters(cell)) for cell in with_class(run, "cell")]
        for run in with_class(root, "run")
    ]
    assert columns == [
        [("success", "S"), ("success", "S2")],
        [("failed", "F3"), ("upstream_failed", "U"), ("cancelled", "C")],
    ]
    assert [it.get("data-state") for it in with_class(root, "whole")] == ["success", "failed"]
    shown = texts(root)
    assert {"1", "2", "Jan 1997", "the whole run", "2 runs: 1 success, 1 failed"} <= {*shown}
    assert shown.index("orders") < shown.index("load ×1–2") < shown.index("old")
    assert {"F failed", "F3: in attempt 3"} <= {*shown}
    assert "K skipped" not in shown  # no task as a whole


def test_without_runs_there_is_no_picture() -> None:
    picture = grid_picture(Grid("sales", ["orders"], []))
    assert (picture.text, picture.svg) == ("no runs yet", None)


def test_a_cell_tells_its_task_run_and_state() -> None:
    told = [
        title.text for cell in with_class(drawn(GRID), "cell") for title in cell.iter(f"{SVG}title")
    ]
    assert told[1:3] == [
        "load, scheduled__1997-01-01: success in attempt 2 (2 of 2 instances ended)",
        "orders, scheduled__1997-01-02: failed in attempt 3",
    ]


@pytest.mark.parametrize("state", TaskState)
@pytest.mark.parametrize("runs", [2, 30, MOST_RUNS])
def test_each_state_is_told_without_colour(state: TaskState, runs: int) -> None:
    """By a letter of its own in every cell, and by its sign as well where there is room."""
    run = BAD._replace(instances={("orders", -1): Reached(state, 1)})
    root = drawn(Grid("sales", ["orders"], [run] * runs))
    cells = [*with_class(root, "cell")]
    others = drawn(
        Grid(
            "sales",
            ["orders"],
            [
                BAD._replace(instances={("orders", -1): Reached(it)})
                for it in TaskState
                if it is not state
            ],
        )
    )
    assert len(cells) == runs
    assert {letters(cell) for cell in cells}.isdisjoint(map(letters, with_class(others, "cell")))
    icons = {icon.get("d") for cell in cells for icon in with_class(cell, "icon")}
    icon = look_of(state, is_lost=state is TaskState.UP_FOR_RETRY).icon
    assert icons == ({icon} if runs < 20 else set())
    assert icon in {it.get("d") for it in with_class(root, "icon")}


def test_each_whole_run_is_told_by_its_sign() -> None:
    runs = [BAD._replace(outline=BAD.outline._replace(state=it)) for it in RunState]
    wholes = with_class(drawn(GRID._replace(runs=runs)), "whole")
    icons = [next(iter(with_class(it, "icon"))).get("d") for it in wholes]
    assert icons == [RUN_LOOKS[state].icon for state in RunState]
    assert len(set(icons)) == len(icons)


def test_bars_show_how_long_the_runs_took() -> None:
    runs = [lasting(GOOD, 30.0, is_virtual=False), lasting(BAD, 60.0, is_virtual=False)]
    root = drawn(GRID._replace(runs=[*runs, lasting(BAD, None, is_virtual=False)]))
    bars = [next(it.iter(f"{SVG}rect")) for it in with_class(root, "took")]
    half, whole = (float(it.attrib["height"]) for it in bars)
    assert whole == pytest.approx(2 * half)
    assert "1 min" in texts(root)


def test_where_no_time_passed_there_are_no_bars() -> None:
    assert not [*with_class(drawn(GRID), "bars")]


def test_types_of_runs_are_told_where_they_differ() -> None:
    assert not [*with_class(drawn(GRID), "types")]
    by_hand = BAD._replace(outline=BAD.outline._replace(run_type="manual"))
    root = drawn(GRID._replace(runs=[GOOD, by_hand]))
    (types,) = with_class(root, "types")
    assert texts(types) == ["run type", "s", "m"]
    assert "m manual, s scheduled" in texts(root)


@pytest.mark.parametrize(("runs", "tasks"), [(1, 1), (10, 3), (50, 3), (70, 3), (20, 80)])
def test_the_newest_run_is_never_out_of_sight(runs: int, tasks: int) -> None:
    names = [f"a_name_that_is_long_{'x' * 40}_{number}" for number in range(tasks)]
    root = drawn(many(runs, names))
    assert float(root.attrib["width"]) <= WIDEST
    shown = [next(it.iter(f"{SVG}title")).text for it in with_class(root, "run")]
    assert len(shown) >= min(runs, 45)
    assert shown[-1] == f"run_{runs - 1}: failed"
    boxes = [next(it.iter(f"{SVG}rect")) for it in with_class(root, "cell")]
    assert min(float(it.attrib["width"]) for it in boxes) >= 9.8  # a letter fits


@pytest.mark.slow
def test_a_large_grid_says_what_it_leaves_out() -> None:
    tasks = [f"task_{number}" for number in range(70)]
    picture = grid_picture(many(51, tasks))
    root = parsed(picture.svg)
    assert len([*with_class(root, "cell")]) == 50 * 60
    assert "not shown: 1 older run and 10 more tasks" in texts(root)
    assert len(picture.svg or "") < 1_000_000


def test_hostile_names_stay_text() -> None:
    for name in HOSTILE:
        outline = BAD.outline._replace(run_id=name, logical_date=name, run_type=name)
        picture = grid_picture(
            Grid(name, [name], [GridRun(outline, {(name, -1): Reached(S.FAILED)})])
        )
        assert not list(parsed(picture.svg).iter("script"))
