from tests.views.samples import chain, diamond, play, standing_in
from wfkit.core.run import Attempt, RunSnapshot, TaskInstance
from wfkit.core.states import Outcome, TaskState
from wfkit.views.attempts import MOST_ROWS, rows, took_time, worth_showing


def expanded() -> RunSnapshot:
    snapshot = standing_in({"load": TaskState.NONE, "join": TaskState.NONE})
    for index, state in ((1, TaskState.RUNNING), (0, TaskState.SUCCESS)):
        snapshot.instances["load", index] = TaskInstance("load", index, state, 1)
    return snapshot


def test_rows_follow_the_order_of_the_graph() -> None:
    snapshot = play(diamond())
    assert [row.label for row in rows(snapshot)] == ["load", "clean", "count", "publish"]


def test_an_expanded_task_shows_its_instances_in_its_place() -> None:
    assert [row.label for row in rows(expanded())] == ["load[0]", "load[1]", "join"]


def test_attempts_of_a_row_are_in_order() -> None:
    first, *_ = rows(play(chain(), {"orders": ["raised", "raised", "returned"]}))
    assert [it.number for it in first.attempts] == [1, 2, 3]
    assert first.troubled
    assert first.busy == 30.0


def test_a_long_run_keeps_failed_then_retried_then_longest_rows() -> None:
    snapshot = standing_in({f"t{i:03}": TaskState.SUCCESS for i in range(100)})
    for i in range(100):
        took = 50.0 if i == 70 else 1.0
        attempt = Attempt(f"t{i:03}", -1, 1, 0.0, 0.0, took, Outcome.RETURNED)
        snapshot.attempts[f"t{i:03}", -1, 1] = attempt
    failed = snapshot.instances["t099", -1]
    snapshot.instances["t099", -1] = failed._replace(state=TaskState.FAILED)
    shown = [row.label for row in worth_showing(rows(snapshot))]
    assert len(shown) == MOST_ROWS
    assert shown[:2] == ["t000", "t001"]
    assert shown[-2:] == ["t070", "t099"]


def test_a_run_took_time_only_if_its_clock_moved() -> None:
    assert took_time(play(chain()))
    assert not took_time(play(chain(), takes=0.0))
    assert not took_time(standing_in({"a": TaskState.NONE}))
