"""What is told of each run of a schedule."""

from __future__ import annotations

from datetime import UTC
from typing import Any

from tests.views.samples import parsed
from wfkit.core.spans import MissedRun, Period, RunSpan
from wfkit.core.states import RunState
from wfkit.views.schedule_spots import schedule_data

DAY = 86_400.0
SPAN = "1 Jan 1970 to 20 Jul 1970"
PERIOD = Period("sales", "every day", UTC, 0.0, 200 * DAY)


def run(day: int, state: RunState = RunState.SUCCESS) -> RunSpan:
    due = (day + 1) * DAY
    return RunSpan("scheduled", day * DAY, due, due, due, due + 60, state)


def spots(found: dict[str, Any]) -> dict[tuple[int, int], list[str]]:
    drawn = {it.get("data-at") for it in parsed(found["svg"]).iter() if it.get("data-at")}
    assert drawn == {f"{column} {row}" for column, row, _ in found["spots"]}
    return {(column, row): told for column, row, told in found["spots"]}


def test_a_run_tells_its_dates_how_it_went_and_where_to_read_more() -> None:
    missed = MissedRun(1 * DAY, 2 * DAY)
    found = schedule_data(PERIOD._replace(missed=(missed,)), [run(0), run(2, RunState.FAILED)])
    assert spots(found) == {
        (0, 0): [
            "run 1 of 2",
            "stands for 1970-01-01 00:00 UTC to 1970-01-02 00:00 UTC",
            "due 1970-01-02 00:00 UTC, began when due",
            "success after 1 min",
        ],
        (0, 1): ["stands for 1970-01-02 00:00 UTC", "due 1970-01-03 00:00 UTC, never began"],
        (0, 2): [
            "run 2 of 2",
            "stands for 1970-01-03 00:00 UTC to 1970-01-04 00:00 UTC",
            "due 1970-01-04 00:00 UTC, began when due",
            "failed after 1 min",
            "why: dag.simulate(...).runs[1].explain()",
        ],
    }
    assert (found["thing"], found["label"]) == ("run", f"Simulation of sales: every day, {SPAN}")


def test_many_runs_are_told_together() -> None:
    found = schedule_data(PERIOD, [run(0, RunState.FAILED), *map(run, range(1, 130))])
    told = spots(found)
    assert found["thing"] == "column"
    assert len(told) == 20
    assert told[0, 0] == [
        "from 1969-12-29 00:00 UTC to 1970-01-05 00:00 UTC",
        "3 runs: 2 success, 1 failed",
    ]


def test_without_runs_there_is_nothing_to_touch() -> None:
    assert schedule_data(PERIOD, [])["spots"] == []
