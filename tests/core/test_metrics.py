"""Figures from the history of runs."""

from __future__ import annotations

import math
import statistics
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wfkit.core.history import InstanceSpan, RunHistory
from wfkit.core.metrics import RunFigures, figures, lateness, moving_median
from wfkit.core.outline import RunOutline
from wfkit.core.states import RunState, TaskState

S = TaskState
DUE = "1997-01-02T01:30:00+00:00"
AT = datetime.fromisoformat(DUE).timestamp()
NIGHT = RunOutline(
    "scheduled__1",
    "1997-01-01T01:30:00+00:00",
    RunState.SUCCESS,
    "scheduled",
    is_virtual=True,
    due=DUE,
    deadlines={"": AT + 600},
    started=AT,
    ended=AT + 300,
)


def span(state: TaskState, attempts: int = 1, took: float = 60.0, first: int = 1) -> InstanceSpan:
    return InstanceSpan(state, attempts, first, AT, AT + took)


GOOD = RunHistory(NIGHT, {("orders", -1): span(S.SUCCESS, 3, 90.0), ("load", -1): span(S.SUCCESS)})
BAD = RunHistory(
    NIGHT._replace(state=RunState.FAILED, started=AT + 60, ended=AT + 960),
    {("orders", -1): span(S.FAILED, 2, 30.0), ("load", -1): InstanceSpan(S.UPSTREAM_FAILED)},
    frozenset({""}),
)


def test_runs_are_measured_one_by_one() -> None:
    known = figures("sales", ["orders", "load"], [GOOD, BAD])
    assert known.runs == [RunFigures(NIGHT, 2, 0.0, False), RunFigures(BAD.outline, 1, 60.0, True)]
    assert (known.succeeded, known.durations, known.lateness) == (1, [300.0, 900.0], [0.0, 60.0])
    assert known.is_virtual


def test_tasks_are_measured_over_all_runs() -> None:
    orders, load = figures("sales", ["orders", "load"], [GOOD, BAD]).tasks
    assert orders == ("orders", 1, 1, 0, 3, [30.0, 90.0])
    assert load == ("load", 1, 0, 1, 0, [60.0])


def test_tasks_that_are_not_declared_any_more_come_last() -> None:
    more = {("zeta", -1): span(S.SUCCESS), **GOOD.instances, ("alpha", -1): span(S.SUCCESS)}
    told = figures("sales", ["mail", "load"], [GOOD._replace(instances=more)]).tasks
    assert [it.task for it in told] == ["mail", "load", "alpha", "orders", "zeta"]
    assert told[0] == ("mail", 0, 0, 0, 0, [])


def test_instances_of_a_task_count_each() -> None:
    run = GOOD._replace(instances={("load", i): span(S.SUCCESS, took=10.0 * i) for i in range(3)})
    (load,) = figures("sales", [], [run]).tasks
    assert (load.success, load.durations) == (3, [0.0, 10.0, 20.0])


def test_attempts_before_a_task_was_cleared_are_no_retries() -> None:
    again = GOOD._replace(instances={("orders", -1): span(S.SUCCESS, attempts=4, first=4)})
    assert figures("sales", [], [again]).runs[0].retries == 0


def test_a_run_that_has_not_ended_has_no_duration_and_no_say() -> None:
    going = GOOD._replace(outline=NIGHT._replace(state=RunState.RUNNING, ended=None))
    known = figures("sales", ["orders"], [going])
    assert (known.ended, known.durations, known.succeeded) == ([], [], 0)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"started": AT + 90}, 90.0),
        ({"run_type": "catchup", "started": AT + 9e5}, 9e5),
        ({"run_type": "simulated"}, 0.0),
        ({"started": AT - 0.001}, 0.0),  # clocks may be set back
        ({"run_type": "manual"}, None),
        ({"run_type": "backfill"}, None),
        ({"due": None}, None),
        ({"started": None}, None),
    ],
)
def test_lateness_is_from_being_due_to_the_start(
    changes: dict[str, object], expected: float | None
) -> None:
    assert lateness(NIGHT._replace(**changes)) == expected  # type: ignore[arg-type]


@given(st.lists(st.integers(0, 100).map(float), max_size=30), st.integers(1, 9))
def test_moving_median_is_the_low_median_of_the_newest(values: list[float], width: int) -> None:
    found = moving_median(values, width)
    assert found == [
        statistics.median_low(values[max(0, i + 1 - width) : i + 1]) for i in range(len(values))
    ]
    assert not any(map(math.isnan, found))
