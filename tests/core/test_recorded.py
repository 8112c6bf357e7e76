from __future__ import annotations

from tests.core.play import make
from wfkit.core.graph import Graph
from wfkit.core.recorded import recorded_graph

SALES = Graph([make("orders", retries=2, group="extract"), make("revenue", ["orders"])])


def test_a_graph_that_is_still_the_same_is_returned_itself() -> None:
    assert recorded_graph({"revenue": ["orders"], "orders": []}, SALES) is SALES


def test_a_part_of_the_graph_keeps_its_tasks() -> None:
    found = recorded_graph({"orders": []}, SALES)
    assert found.tasks == {"orders": SALES.tasks["orders"]}


def test_tasks_that_are_gone_are_known_by_name_and_edges() -> None:
    found = recorded_graph({"report": ["revenue", "orders"], "revenue": [], "orders": []}, SALES)
    assert found.upstream == {"orders": (), "report": ("orders", "revenue"), "revenue": ()}
    assert found.tasks["orders"].options.retries == 2
    assert found.tasks["orders"].options.group == "extract"
    assert found.tasks["report"].options.retries == 0
    assert not found.missing


def test_an_edge_that_is_new_since_was_not_in_the_run() -> None:
    found = recorded_graph({"orders": [], "revenue": []}, SALES)
    assert found.upstream == {"orders": (), "revenue": ()}


def test_options_that_name_other_tasks_or_parameters_do_not_disturb() -> None:
    now = Graph([make("a"), make("b", ["a"], expand="a"), make("c", after="b")])
    found = recorded_graph({"b": [], "c": ["b", "z"], "z": []}, now)
    assert found.upstream == {"b": (), "c": ("b", "z"), "z": ()}


def test_the_words_of_a_task_are_kept() -> None:
    def orders() -> None:
        """One day of purchases."""

    from wfkit.core.task import Task

    found = recorded_graph({"orders": ["gone"], "gone": []}, Graph([Task(orders)]))
    assert found.tasks["orders"].doc == "One day of purchases."
    assert found.tasks["gone"].doc == ""
