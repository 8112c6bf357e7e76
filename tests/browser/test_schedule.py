"""What a learner sees of a schedule: a month of nights, and the grid of its runs and tasks."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.lab import SECOND, Lab
from tests.views.samples import SVG, with_class
from wfkit.core.states import RunState, TaskState
from wfkit.views.grid_text import LETTERS
from wfkit.views.style import RUN_LOOKS, TASK_LOOKS

pytestmark = pytest.mark.browser

NEW = "%dag new nightly_sales --schedule '30 1 * * *' --timezone Europe/London --clock virtual"
CELLS = [
    f"%load_ext wfkit\n{NEW} --start-date 1997-03-15 --catchup",
    """\
%%task --retries 2 --retry-delay 5m --takes 12m
def orders(logical_date):
    if logical_date.day % 7 == 0:
        raise ConnectionError("the shop is away")
    return [logical_date.day]""",
    """\
%%task --takes 8m --retries 1
def customers(attempt, logical_date):
    if logical_date.day % 5 == 0 and attempt == 1:
        raise ValueError("no customers")
    return 3""",
    "%%task --takes 20m\ndef revenue(orders, customers):\n    return sum(orders)",
    "%dag simulate --days 30 --outage '1997-03-18 12:00,1997-03-23 09:00'",
    "%dag backfill --start 1997-03-15 --end 1997-04-14",
    "%dag runs --n 30",
    "%dag runs --n 9",
    "%dag simulate --days 90 --start 1997-03-15",
    "%dag simulate --days 1",
]
SCHEDULE, BACKFILL, GRID, SMALL_GRID, COUNTS, NOTHING = range(4, 10)
NAMES = {
    SCHEDULE: "schedule",
    GRID: "grid",
    SMALL_GRID: "grid-small",
    COUNTS: "counts",
    NOTHING: "no-runs",
}


def test_a_schedule_and_its_grid_are_seen_and_told_without_colour(lab: Lab) -> None:
    lab.page.set_viewport_size({"width": 1280, "height": 1_600})
    lab.open(lab.write("nights.ipynb", CELLS))
    lab.run_all(wait=False)
    lab.wait_until_run()
    # A failed backfill stops the rest: what it left behind is what is looked at.
    assert lab.failed_cells() == [BACKFILL]
    for cell in (GRID, SMALL_GRID, COUNTS, NOTHING):
        lab.run_cell(cell)
    for cell in NAMES:
        expect(lab.picture(cell)).to_be_visible()
        assert is_in_sight(lab, cell)
    lab.looks_of(
        {name: lab.cell(it).locator(".jp-Cell-outputWrapper") for it, name in NAMES.items()}
    )
    check_schedule(lab)
    check_grid(lab, GRID, runs=30, has_signs=False)
    check_grid(lab, SMALL_GRID, runs=9, has_signs=True)
    assert "no runs\n  the first run is due 1997-03-16 01:30 GMT" in lab.text_twin(NOTHING)
    assert lab.script_errors == []


def check_schedule(lab: Lab) -> None:
    told = lab.text_twin(SCHEDULE)
    assert "29 runs: 26 success, 3 failed" in told
    assert "clocks go forward 1 h on 1997-03-30: 01:00 becomes 02:00" in told
    assert "scheduler away from 1997-03-18 12:00 GMT to 1997-03-23 09:00 GMT" in told
    assert "at most 1 run at a time (max_active_runs), so later ones waited" in told
    root = lab.drawing(SCHEDULE)
    rows = [*with_class(root, "run")]
    assert len(rows) == 29
    for row in rows:
        (sign,) = (it.get("d") for it in with_class(row, "icon"))
        state = RunState(row.get("data-state") or "")
        assert sign == RUN_LOOKS[state].icon
        is_told = any(state.value in (it.text or "") for it in row.iter(f"{SVG}text"))
        assert is_told or state is RunState.SUCCESS


def check_grid(lab: Lab, cell: int, *, runs: int, has_signs: bool) -> None:
    """Every cell says its state by its letter, a wide one by its sign as well."""
    told = lab.text_twin(cell)
    assert "F3: in attempt 3" in told
    root = lab.drawing(cell)
    assert len([*with_class(root, "run")]) == runs
    cells = [*with_class(root, "cell")]
    assert len(cells) == runs * 3
    for it in cells:
        state = TaskState(it.get("data-state") or "")
        (letter,) = (text.text or "" for text in it.iter(f"{SVG}text"))
        assert letter.rstrip("0123456789") == LETTERS[state]
        icons = [icon.get("d") for icon in with_class(it, "icon")]
        assert icons == ([TASK_LOOKS[state].icon] if has_signs else [])
        assert letter in told


def is_in_sight(lab: Lab, cell: int) -> bool:
    """Nothing of the picture lies beside the window: the newest is on its right."""
    expect(lab.picture(cell)).to_be_visible(timeout=20 * SECOND)
    seen: bool = lab.picture(cell).evaluate(
        "it => it.getBoundingClientRect().width > 300 && it.getBoundingClientRect().right"
        " <= it.closest('.jp-OutputArea').getBoundingClientRect().right"
    )
    return seen
