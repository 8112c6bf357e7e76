"""The till's database answers two queries at a time; a third one brings it down."""

from __future__ import annotations

from typing import Any

import pytest

from wfkit import Dag, task
from wfkit.core.errors import InvalidOption
from wfkit.teach import till

WEEK = [f"1997-03-{day:02}" for day in range(3, 10)]


@task
def day() -> list[str]:
    return WEEK


def dag_with(slots: int = 2, **options: Any) -> Dag:
    @task(expand="day", **options)
    def sales(day: str) -> float:
        return till.sales(day)

    return Dag("letter", [day, sales], clock="virtual", pools={"till": slots})


def answered(dag: Dag) -> int:
    seen = dag.trial().task_instances
    return int(((seen["task"] == "sales") & (seen["state"] == "success")).sum())


def test_two_queries_at_once_are_answered_and_three_are_not() -> None:
    assert list(till.at_once(WEEK[:2]).values()) == ["419 purchases", "483 purchases"]
    down = "no answer: the till is down, 3 queries at once"
    assert till.at_once(WEEK[:3]) == dict.fromkeys(WEEK[:3], down)


def test_it_is_well_again_when_all_have_gone() -> None:
    till.at_once(WEEK)
    assert (till.sales(WEEK[0]), till.customers(WEEK[0])) == (14712.64, 409)


@pytest.mark.parametrize(("slots", "minutes"), [(1, 70), (2, 40)])
def test_a_pool_of_one_or_two_slots_saves_it(slots: int, minutes: int) -> None:
    run = dag_with(slots, pool="till").trial()
    assert run.state == "success"
    assert run.duration is not None
    assert run.duration.total_seconds() == minutes * 60


def test_four_tasks_at_a_time_or_a_pool_of_three_slots_bring_it_down() -> None:
    assert answered(dag_with()) == 0
    assert answered(dag_with(3, pool="till")) == 0


def test_retries_come_back_together_and_do_not_help() -> None:
    assert answered(dag_with(retries=3, retry_delay="10m")) < 7


@pytest.mark.parametrize("day", ["1996-12-31", "yesterday"])
def test_a_day_it_does_not_know_is_an_error_that_says_how_to_write_one(day: str) -> None:
    with pytest.raises(InvalidOption, match=r'no day ".*": write it as 1997-03-03'):
        till.sales(day)
    assert till.sales(WEEK[0]) > 0  # and no query stays open
