"""What is told of each cell of the grid."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.views.samples import RUN_ID, chain, parsed, play
from wfkit.core.grid import Grid, grid_run
from wfkit.core.run import RunSnapshot
from wfkit.views import grid_spots
from wfkit.views.grid_spots import grid_data
from wfkit.views.reasons import Story


def data(*snapshots: RunSnapshot, asked: list[str] | None = None) -> dict[str, Any]:
    graph = chain()
    known = {it.run_id: it for it in snapshots}

    def story_of(run_id: str) -> Story:
        if asked is not None:
            asked.append(run_id)
        return Story(known[run_id], graph)

    return grid_data(Grid("sales", graph.order, [*map(grid_run, snapshots)]), story_of)


def failed() -> RunSnapshot:
    return play(chain(), {"orders": ["raised"] * 4})


def told(found: dict[str, Any]) -> dict[tuple[int, int], list[str]]:
    return {(it.column, it.row): it.told for it in found["spots"]}


def test_each_spot_is_in_the_drawing_and_nothing_else_is() -> None:
    found = data(failed(), play(chain()))
    drawn = {it.get("data-at") for it in parsed(str(found["svg"])).iter() if it.get("data-at")}
    assert drawn == {f"{column} {row}" for column, row in told(found)}
    assert len(drawn) == 2 * 4
    assert json.loads(json.dumps(found))["thing"] == "cell"
    assert found["label"] == "Runs of sales, oldest first"


def test_a_cell_tells_run_task_state_attempt_and_cause() -> None:
    spots = told(data(failed()))
    assert spots[0, 1][:2] == [f"orders, {RUN_ID}", "✘ failed in attempt 4"]
    assert spots[0, 1][2].startswith("orders failed after 4 attempts: ValueError: bad row")
    assert spots[0, 2][1] == "⊘ upstream failed"
    assert "orders failed" in spots[0, 2][2]
    assert spots[0, 0][:2] == [RUN_ID, "✘ failed after 4 min 10 s"]


def test_what_went_well_at_once_needs_no_look_at_its_events() -> None:
    asked: list[str] = []
    spots = told(data(play(chain()), asked=asked))
    assert spots[0, 1] == [f"orders, {RUN_ID}", "✔ success"]
    assert asked == []


def test_what_needed_a_second_attempt_tells_why() -> None:
    spots = told(data(play(chain(), {"orders": ["raised", "returned"]})))
    assert spots[0, 1][1] == "✔ success in attempt 2"
    assert "ValueError: bad row" in " ".join(spots[0, 1][2:])


def test_of_very_many_instances_only_the_states_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grid_spots, "MOST_EXPLAINED", 2)
    assert told(data(failed()))[0, 1] == [f"orders, {RUN_ID}", "✘ failed in attempt 4"]


def test_without_runs_there_is_nothing_to_touch() -> None:
    found = data()
    assert (found["svg"], found["spots"]) == (None, [])
