"""The table of legal moves, written down a second time from the design."""

import itertools

import pytest

from wfkit.core.errors import IllegalMove
from wfkit.core.states import (
    RUN_MOVES,
    RUN_TERMINAL,
    TASK_MOVES,
    TERMINAL,
    Outcome,
    RunState,
    TaskState,
    check_move,
)

LEGAL = """
none → scheduled cancelled upstream_failed skipped
scheduled → queued success cancelled
queued → running cancelled up_for_retry failed
running → success failed skipped up_for_retry up_for_reschedule cancelled
up_for_retry → scheduled cancelled
up_for_reschedule → scheduled failed cancelled
success → none
failed → none
upstream_failed → none
skipped → none
cancelled → none
"""
TABLE = {
    before: set(after.split())
    for before, after in (line.split(" → ") for line in LEGAL.strip().splitlines())
}
PAIRS = list(itertools.product(TaskState, TaskState))


@pytest.mark.parametrize("state", TaskState)
def test_moves_are_those_of_the_design(state: TaskState) -> None:
    assert {after.value for after in TASK_MOVES[state]} == TABLE[state.value]


@pytest.mark.parametrize(("before", "after"), PAIRS)
def test_check_move_refuses_exactly_what_the_table_lacks(
    before: TaskState, after: TaskState
) -> None:
    if after.value in TABLE[before.value]:
        check_move("clean", before, after)
        return
    with pytest.raises(IllegalMove) as caught:
        check_move("clean", before, after)
    assert str(caught.value) == f"clean cannot go from {before.value} to {after.value}."


def test_every_state_is_reachable_from_none() -> None:
    reached, fresh = {TaskState.NONE}, [TaskState.NONE]
    while fresh:
        fresh = list(TASK_MOVES[fresh[-1]] - reached) + fresh[:-1]
        reached.update(fresh)
    assert reached == set(TaskState)


def test_terminal_states_are_left_only_to_begin_again() -> None:
    assert {s for s in TaskState if s.is_terminal} == set(TERMINAL)
    assert {s.value for s in TERMINAL} == {
        "success",
        "failed",
        "upstream_failed",
        "skipped",
        "cancelled",
    }
    assert all(TASK_MOVES[state] == {TaskState.NONE} for state in TERMINAL)
    assert all(TaskState.CANCELLED in TASK_MOVES[s] for s in set(TaskState) - TERMINAL)


def test_moves_of_a_run() -> None:
    plain = {before.value: {s.value for s in after} for before, after in RUN_MOVES.items()}
    assert plain == {
        "queued": {"running", "cancelled", "failed"},
        "running": {"success", "failed", "cancelled"},
        "success": {"running"},
        "failed": {"running"},
        "cancelled": {"running"},
    }
    assert {s for s in RunState if s.is_terminal} == set(RUN_TERMINAL)


def test_states_are_compared_by_value_so_that_a_reload_changes_nothing() -> None:
    assert {"success": 1}[TaskState.SUCCESS] == 1
    assert {"failed": 1}[RunState.FAILED] == 1
    assert str(RunState.FAILED) == f"{TaskState.FAILED}" == "failed"
    assert [o.value for o in Outcome] == [
        "returned",
        "raised",
        "timed_out",
        "skipped",
        "cancelled",
        "cached",
        "lost",
    ]
