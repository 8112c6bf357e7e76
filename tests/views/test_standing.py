import pytest

from tests.views.samples import diamond, play, standing_in
from wfkit.api.dag import Dag
from wfkit.core.run import TaskInstance
from wfkit.core.states import TaskState
from wfkit.core.task import task
from wfkit.views.standing import Standing, error_line, reason, standing_of, standings

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
    def told(state: S, chosen: tuple[str, ...] | None = None) -> str:
        return reason("mail", "load", {"load": Standing(state, chosen=chosen)})

    assert told(S.FAILED) == "because load failed"
    assert told(S.UPSTREAM_FAILED) == "because load did not run"
    assert told(S.SKIPPED) == "because load was skipped"
    assert told(S.SUCCESS) == told(S.SUCCESS, ("mail",)) == "because load succeeded"
    assert told(S.SUCCESS, ("call", "write")) == "because load chose call, write"
    assert told(S.SUCCESS, ()) == "because load chose none of its tasks"
    assert reason("mail", None, {}) == ""


def test_the_picture_says_what_a_branch_chose_and_that_a_list_is_empty() -> None:
    @task(branch=True)
    def decide() -> str:
        return "cold"

    def cold(decide: None) -> list[int]:
        return []

    def hot(decide: None) -> None: ...

    @task(expand="cold")
    def each(cold: int) -> None: ...

    run = Dag("weather", [decide, cold, hot, each]).trial()
    picture = repr(run.picture())
    assert "hot     because decide chose cold" in picture
    assert "each    because its list is empty" in picture
