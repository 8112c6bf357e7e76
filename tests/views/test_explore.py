from __future__ import annotations

import json
from typing import Any

import pytest

from tests.views.samples import layered, make, parsed, shop
from wfkit.core.errors import InvalidOption
from wfkit.core.graph import Graph
from wfkit.views import svg as drawing
from wfkit.views.explore import MOST_DRAWN, explore_data, foldings


def data_of(graph: Graph, **options: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(json.dumps(explore_data("sales", graph, **options)))
    return found


def test_every_drawing_fits_its_cards() -> None:
    it = data_of(shop())
    assert [one["folded"] for one in it["drawings"]] == [[], [0, 1], [1], [0]]
    for one in it["drawings"]:
        drawn = [
            node.get("data-card") for node in parsed(one["svg"]).iter() if node.get("data-card")
        ]
        assert drawn == [str(i) for i in range(len(one["cards"]))]
        behind = sorted(place for card in one["cards"] for place in card["tasks"])
        assert behind == list(range(len(it["names"])))
        folded = [card["group"] for card in one["cards"] if card["group"] is not None]
        assert sorted(folded) == one["folded"]


def test_relations_are_those_of_tasks_whatever_is_folded() -> None:
    graph = shop()
    it = data_of(graph)
    assert it["names"] == list(graph.order)
    named = {(it["names"][tail], it["names"][head]) for tail, head in it["edges"]}
    assert named == {(up, name) for name in graph.order for up in graph.upstream[name]}
    assert it["missing"] == [[graph.order.index("report"), "ordrs"]]
    assert [name for name, _ in it["groups"]] == ["extract", "cleaning"]


def test_each_task_and_group_has_its_boundary_card() -> None:
    it = data_of(shop())
    assert set(it["tasks"]) == {str(i) for i in range(5)}
    assert "Boundary card of cleaning" in it["folds"][1]


def test_a_group_that_is_asked_for_is_shown_first() -> None:
    assert data_of(shop(), group="cleaning")["drawings"][0]["folded"] == [0]
    with pytest.raises(InvalidOption):
        explore_data("sales", shop(), group="cleanin")


@pytest.mark.parametrize(("number", "drawn"), [(0, 1), (1, 2), (3, 8), (4, 16), (5, 7)])
def test_up_to_four_groups_fold_in_every_combination(number: int, drawn: int) -> None:
    found = list(foldings([f"g{i}" for i in range(number)]))
    assert len(found) == len(set(found)) == drawn


def test_above_300_tasks_groups_are_folded_and_may_be_opened_one_by_one() -> None:
    it = data_of(layered(8, 40, "layer"))
    every = list(range(8))
    assert it["drawings"][0]["folded"] == every
    assert [one["folded"] for one in it["drawings"][1:]] == [
        [place for place in every if place != opened] for opened in every
    ]
    assert sum(len(one["cards"]) for one in it["drawings"]) <= MOST_DRAWN


def test_above_300_groups_it_counts() -> None:
    it = data_of(layered(20, 20))
    assert it["names"] == it["groups"] == []
    (one,) = it["drawings"]
    assert one["cards"] == []
    assert "generation 1" in one["svg"]


def test_a_large_graph_draws_no_more_than_a_page_needs() -> None:
    it = data_of(layered(10, 30, "layer"))
    assert it["drawings"][0]["folded"] == []
    assert sum(len(one["cards"]) for one in it["drawings"]) <= MOST_DRAWN


def test_of_a_huge_graph_only_what_is_cheap_is_drawn() -> None:
    it = data_of(layered(50, 100, "layer"))
    assert [len(one["folded"]) for one in it["drawings"]] == [50, 49, 49]
    assert len(it["tasks"]) == 200


def test_an_empty_dag_and_one_without_graphviz_are_no_trouble(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert data_of(Graph([]))["names"] == []
    monkeypatch.setattr(drawing, "layout", lambda *_: None)
    it = data_of(Graph([make("load")]))
    assert it["drawings"][0]["svg"] is None
    assert it["drawings"][0]["cards"][0]["title"] == "load"
