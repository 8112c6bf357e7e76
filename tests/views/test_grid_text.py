"""The grid of runs and tasks as text."""

from __future__ import annotations

import pytest

from tests.views.samples import HOSTILE
from wfkit.core.grid import Grid, GridRun, Reached
from wfkit.core.outline import RunOutline
from wfkit.core.states import RunState, TaskState
from wfkit.views.grid_text import LETTERS, grid_text

S = TaskState
GOOD = GridRun(
    RunOutline("scheduled__1997-01-01", "1997-01-01T00:00:00+00:00", RunState.SUCCESS, "scheduled"),
    {
        ("orders", -1): Reached(S.SUCCESS, 1),
        ("load", 0): Reached(S.SUCCESS, 2),
        ("load", 1): Reached(S.SKIPPED),
    },
)
BAD = GridRun(
    RunOutline("scheduled__1997-01-02", "1997-01-02T01:30:00+00:00", RunState.FAILED, "scheduled"),
    {
        ("orders", -1): Reached(S.FAILED, 3),
        ("load", -1): Reached(S.UPSTREAM_FAILED),
        ("old", -1): Reached(S.CANCELLED),
    },
)
GRID = Grid("sales", ["orders", "load", "old"], [GOOD, BAD])


def lasting(run: GridRun, seconds: float | None, *, is_virtual: bool) -> GridRun:
    """The same run, on a clock that told how long it took."""
    ended = None if seconds is None else 100.0 + seconds
    times = run.outline._replace(started=100.0, ended=ended, is_virtual=is_virtual)
    return run._replace(outline=times)


def test_there_is_a_line_for_each_run() -> None:
    assert grid_text(GRID).splitlines() == [
        "Runs of sales, oldest first",
        "  S success, F failed, U upstream failed, C cancelled, F3: in attempt 3",
        "run                    orders  load    old  state",
        "scheduled__1997-01-01  S       S2 2/2       success",
        "scheduled__1997-01-02  F3      U       C    failed",
    ]


def test_runs_that_share_their_instances_may_still_differ() -> None:
    instances = {("orders", -1): Reached(S.UP_FOR_RETRY, 1)}
    ended, going = BAD._replace(instances=instances), GOOD._replace(instances=instances)
    going = going._replace(outline=going.outline._replace(state=RunState.RUNNING))
    lines = grid_text(Grid("sales", ["orders"], [ended, going, ended])).splitlines()[-3:]
    assert [line.split()[1:] for line in lines] == [
        ["?", "failed"],
        ["A", "running"],
        ["?", "failed"],
    ]


def test_first_attempts_need_no_number() -> None:
    run = GOOD._replace(instances={("orders", -1): Reached(S.SUCCESS, 1)})
    assert grid_text(Grid("sales", ["orders"], [run])).splitlines()[1] == "  S success"


def test_older_runs_are_told_of() -> None:
    told = grid_text(GRID._replace(has_older=True)).splitlines()[0]
    assert told == "The newest 2 runs of sales, oldest first"


def test_durations_are_told_where_they_are_the_same_every_time() -> None:
    runs = [lasting(GOOD, 90.0, is_virtual=True), lasting(BAD, None, is_virtual=True)]
    lines = grid_text(GRID._replace(runs=runs)).splitlines()
    assert [line.split()[-3:] for line in lines[2:]] == [
        ["old", "took", "state"],
        ["30", "s", "success"],
        ["U", "C", "failed"],
    ]


@pytest.mark.parametrize(("seconds", "is_virtual"), [(90.0, False), (0.0, True), (None, True)])
def test_other_durations_are_left_out(seconds: float | None, is_virtual: bool) -> None:
    runs = [lasting(run, seconds, is_virtual=is_virtual) for run in (GOOD, BAD)]
    assert grid_text(GRID._replace(runs=runs)) == grid_text(GRID)


def test_many_tasks_are_counted_and_those_that_failed_are_named() -> None:
    tasks = [f"task_{number:02}" for number in range(40)]
    states = dict.fromkeys(((task, -1) for task in tasks), Reached(S.SUCCESS, 1))
    states |= dict.fromkeys(((f"task_{n:02}", -1) for n in (7, 3)), Reached(S.FAILED, 1))
    some = BAD._replace(instances=states)
    states = states | dict.fromkeys(((f"task_{n:02}", -1) for n in (5, 9)), Reached(S.FAILED, 1))
    assert grid_text(Grid("sales", tasks, [some, BAD._replace(instances=states)])).splitlines() == [
        "Runs of sales, oldest first",
        "run                    tasks                                               state",
        "scheduled__1997-01-02  38 success, 2 failed (task_03, task_07)             failed",
        "scheduled__1997-01-02  36 success, 4 failed (task_03, task_05, task_07 …)  failed",
    ]


def test_a_run_without_tasks_has_a_state() -> None:
    lines = grid_text(Grid("sales", [], [GOOD._replace(instances={})])).splitlines()
    assert lines[1:] == [
        "run                    tasks  state",
        f"{'scheduled__1997-01-01':30}success",
    ]


def test_without_runs_there_is_no_grid() -> None:
    assert grid_text(Grid("sales", ["orders"], [])) == "no runs yet"


def test_every_state_has_a_letter_of_its_own() -> None:
    assert set(LETTERS) == set(TaskState)
    assert len(set(LETTERS.values())) == len(TaskState)


def test_hostile_names_stay_on_their_line() -> None:
    for name in HOSTILE:
        outline = BAD.outline._replace(run_id=name, logical_date=name, run_type=name)
        run = GridRun(outline, {(name, -1): Reached(S.FAILED)})
        text = grid_text(Grid(name, [name], [run]))
        assert len(text.splitlines()) in {3, 4}
        assert "\x1b" not in text
