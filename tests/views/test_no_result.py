"""Why a result is not there, for every state in which it cannot be."""

from __future__ import annotations

from typing import Any

import pytest

from tests.views.samples import make
from wfkit.api.dag import Dag
from wfkit.api.dag_run import DagRun
from wfkit.core.errors import NoResult, Skip
from wfkit.core.task import Task, task
from wfkit.views.no_result import no_result_text

RUN = "manual__2000-01-01T00:00:00+00:00"


def trial(*tasks: Task, **options: Any) -> DagRun:
    return Dag("sales", tasks).trial(**options)


def why(run: DagRun, name: str, map_index: int = -1) -> list[str]:
    lines = no_result_text(run.events, name, map_index, run.graph).splitlines()
    assert len(lines) <= 3
    return lines


def test_the_culprit_is_named_not_only_the_state() -> None:
    run = trial(
        make("orders", retries=2), make("revenue", ["orders"]), make("report", ["revenue"]),
        faults="orders:always",
    )  # fmt: skip
    assert why(run, "report") == [
        f"report has no result in {RUN}:",
        "orders failed after 3 attempts: ConnectionError: injected fault.",
        "When that is mended, go on with the rest: dag.resume()",
    ]
    assert why(run, "orders")[1].startswith("it failed after 3 attempts: ")


def test_a_skip_in_a_run_that_went_well() -> None:
    @task
    def orders() -> None:
        raise Skip("no sales on Sundays")

    run = trial(orders, make("mail", trigger_rule="all_done", after=["orders"]))
    assert why(run, "orders")[1:] == [
        "it was skipped: it raised Skip: no sales on Sundays.",
        'Run it again: dag.rerun("orders")',
    ]


def test_an_item_that_is_not_there() -> None:
    @task
    def rows() -> list[int]:
        return [1, 2]

    run = trial(rows, task(expand="rows")(load))
    assert why(run, "load", 2) == ['"load" has no item 2: they go from 0 to 1.']
    assert why(run, "rows", 0)[0] == '"rows" was not expanded.'
    assert why(run, "load")[0] == '"load" has 2 results, one for each item.'


def load(rows: int) -> int:
    return rows


def test_a_task_that_was_no_part_of_the_run() -> None:
    run = trial(make("orders"), make("revenue", ["orders"]), upto="orders")
    assert why(run, "revenue")[0] == f'"revenue" was no part of {RUN}.'


def test_the_run_raises_that_text() -> None:
    run = trial(make("orders"), faults="orders:always")
    with pytest.raises(NoResult) as caught:
        run["orders"]
    assert str(caught.value).splitlines() == why(run, "orders")


def test_a_run_under_way_asks_for_patience() -> None:
    run = trial(make("orders"), make("revenue", ["orders"]))
    events = run.events[:4]
    text = no_result_text(events, "revenue", -1, run.graph)
    assert text.endswith("Wait until the run has ended: dag.last.wait()")
    assert "it waits for orders" in text


def test_a_success_whose_result_is_gone() -> None:
    run = trial(make("orders"))
    assert why(run, "orders")[1:] == [
        "its result is not kept any more.",
        'Run it again: dag.rerun("orders")',
    ]
