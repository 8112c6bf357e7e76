from __future__ import annotations

import re
from pathlib import Path

import pytest

import wfkit.notebook
from wfkit.api.dag import Dag
from wfkit.core.states import TaskState
from wfkit.core.task import task
from wfkit.notebook.widgets import RunView, standing
from wfkit.views.style import state_table

STATIC = Path(wfkit.notebook.__file__).parent / "static"
SCRIPT = (STATIC / "run.js").read_text("utf-8")
STYLE = (STATIC / "run.css").read_text("utf-8")


@pytest.fixture
def dag() -> Dag:
    @task(retries=1)
    def orders() -> float:
        return 1 / 0

    def revenue(orders: float) -> float:
        return orders

    return Dag("sales", [orders, revenue])


def test_standing_lists_tasks_in_the_order_of_the_graph(dag: Dag) -> None:
    assert standing(dag.trial().snapshot) == {
        "state": "failed",
        "word": "failed",
        "tasks": [["failed", 2], ["upstream_failed", 0]],
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

    found = standing(Dag("large", [make(i) for i in range(301)]).trial().snapshot)  # type: ignore[misc]
    assert found["tasks"] == []
    assert found["counts"] == {"success": 301}


def test_view_is_fed_with_plain_data(dag: Dag) -> None:
    run = dag.trial()
    view = RunView(run, run.snapshot, can_cancel=True)
    state = view.get_state()
    assert state["parts"]["tasks"] == ["orders", "revenue"]
    assert state["standing"] == standing(run.snapshot)
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


def test_script_uses_the_looks_and_states_there_are() -> None:
    looks = set(re.findall(r"\blook\.(\w+)", SCRIPT))
    assert looks <= set(state_table()[TaskState.NONE.value])
    assert {"word", "glyph", "icon"} <= looks, "no state by colour alone"
    sent = set(re.findall(r"standing\.(\w+)", SCRIPT))
    assert sent == {"state", "word", "tasks", "counts", "ended", "total"}


def test_no_text_is_read_as_html() -> None:
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(", SCRIPT)
    assert not re.search(r"https?://(?!www\.w3\.org)", SCRIPT + STYLE)


def test_view_is_accessible() -> None:
    assert '"aria-live": "polite"' in SCRIPT
    assert "prefers-reduced-motion" in STYLE
    assert ":focus-visible" in STYLE
    assert "var(--jp-" in STYLE
