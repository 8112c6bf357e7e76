from __future__ import annotations

import pytest

from wfkit.api.dag import Dag
from wfkit.core.task import task
from wfkit.notebook.widgets import RunView, standing
from wfkit.views.parts import shown_cards


@pytest.fixture
def dag() -> Dag:
    @task(retries=1)
    def orders() -> float:
        return 1 / 0

    def revenue(orders: float) -> float:
        return orders

    return Dag("sales", [orders, revenue])


def test_standing_lists_tasks_in_the_order_of_the_graph(dag: Dag) -> None:
    assert standing(dag.trial().snapshot, shown_cards(dag.graph)) == {
        "state": "failed",
        "word": "failed",
        "cards": [["failed", 2, 1, 1], ["upstream_failed", 0, 1, 1]],
        "counts": {"failed": 1, "upstream_failed": 1},
        "ended": 2,
        "total": 2,
    }


def test_standing_of_a_large_run_is_counts_alone() -> None:
    def make(number: int) -> object:
        def work() -> int:
            return number

        work.__name__ = f"step_{number}"
        return task(work)

    dag = Dag("large", [make(i) for i in range(301)])  # type: ignore[misc]
    found = standing(dag.trial().snapshot, shown_cards(dag.graph))
    assert found["cards"] == []
    assert found["counts"] == {"success": 301}


def test_view_is_fed_with_plain_data(dag: Dag) -> None:
    run = dag.trial()
    view = RunView(run, run.snapshot, can_cancel=True)
    state = view.get_state()
    assert [card["title"] for card in state["parts"]["cards"]] == ["orders", "revenue"]
    assert state["standing"] == standing(run.snapshot, shown_cards(dag.graph))
    assert state["title"] == f"DagRun {run.run_id} of sales"
    view.close()


def test_cancel_button_is_heard(dag: Dag) -> None:
    run = dag.trial()
    view = RunView(run, run.snapshot, can_cancel=True)
    heard: list[bool] = []
    view.on_cancel(lambda: heard.append(True))
    view._handle_custom_msg("other", [])
    assert not heard
    view._handle_custom_msg("cancel", [])
    assert heard
    view.close()
