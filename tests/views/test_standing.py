import pytest

from tests.views.samples import diamond, play, standing_in
from wfkit.core.run import TaskInstance
from wfkit.core.states import TaskState
from wfkit.views.standing import error_line, reason, standing_of, standings

S = TaskState


@pytest.mark.parametrize(
    ("states", "shown", "done"),
    [
        ([S.SUCCESS, S.SUCCESS, S.SKIPPED], S.SUCCESS, 3),
        ([S.SUCCESS, S.FAILED, S.UPSTREAM_FAILED], S.FAILED, 3),
        ([S.FAILED, S.NONE, S.SUCCESS], S.NONE, 2),
        ([S.FAILED, S.UP_FOR_RETRY, S.RUNNING], S.RUNNING, 1),
    ],
)
def test_an_expanded_task_shows_its_most_telling_state(
    states: list[TaskState], shown: TaskState, done: int
) -> None:
    snapshot = standing_in({"load": S.NONE})
    for index, state in enumerate(states):
        snapshot.instances["load", index] = TaskInstance("load", index, state)
    it = standings(snapshot)["load"]
    assert (it.state, it.done, it.total, it.mapped) == (shown, done, 3, True)


def test_tasks_that_are_not_in_the_run_stand_nowhere() -> None:
    known = standings(play(diamond()))
    assert standing_of(["elsewhere"], known) is None
    together = standing_of(["load", "clean"], known)
    assert together is not None
    assert (together.done, together.total) == (2, 2)


def test_an_error_is_one_harmless_line() -> None:
    assert error_line({"type": "ValueError", "message": "\x1b[1mbad\nmore"}) == (
        r"ValueError: \x1b[1mbad"
    )
    assert error_line({"type": "KeyError", "message": ""}) == "KeyError"
    assert error_line(None) == ""


def test_a_reason_says_what_became_of_the_other_task() -> None:
    assert reason("load", {"load": S.FAILED}) == "because load failed"
    assert reason("load", {"load": S.UPSTREAM_FAILED}) == "because load did not run"
    assert reason("load", {"load": S.SKIPPED}) == "because load was skipped"
    assert reason(None, {}) == ""
