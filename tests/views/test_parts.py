from __future__ import annotations

import json
from typing import Any

import pytest

from tests.views.samples import (
    chain,
    layered,
    make,
    parsed,
    play,
    shop,
    standing_in,
    texts,
    with_class,
)
from wfkit.core.graph import Graph
from wfkit.core.states import Outcome, TaskState
from wfkit.core.task import Task
from wfkit.core.task_options import TaskOptions
from wfkit.views import svg as drawing
from wfkit.views.parts import card_standings, live_parts, shown_cards
from wfkit.views.svg import graph_svg


def test_parts_are_plain_data_that_fit_together() -> None:
    parts = json.loads(json.dumps(live_parts(shop())))
    root = parsed(parts["svg"])
    cards = [it for it in root.iter() if it.get("data-card")]
    assert [it.get("data-card") for it in cards] == ["0", "1", "2", "3", "4", "5"]
    assert [next(with_class(it, "name")).text for it in cards] == [
        card["title"] for card in parts["cards"]
    ]
    assert [card["tasks"] for card in parts["cards"]] == [[0], [1], [2], [3], [4], []]
    assert [card["attempts"] for card in parts["cards"]] == [1, 2, 1, 1, 1, 1]
    assert sorted(parts["edges"]) == [[0, 2], [1, 2], [2, 3], [3, 4], [5, 3]]
    drawn = {(it.get("data-tail"), it.get("data-head")) for it in with_class(root, "edge")}
    assert drawn == {(str(tail), str(head)) for tail, head in parts["edges"]}
    assert set(parts["states"]) == {it.value for it in TaskState}
    assert set(parts["outcomes"]) == {it.value for it in Outcome}


def test_each_card_of_a_task_has_the_places_that_a_page_fills() -> None:
    root = parsed(live_parts(chain())["svg"])
    for it in with_class(root, "task"):
        assert it.get("data-state") == "none"
        for name in ("card", "badge", "icon", "state"):
            assert len(list(with_class(it, name))) == 1
    (tries,) = with_class(root, "attempts")
    assert len(tries) == 4


def test_every_settled_state_is_in_the_drawing_that_changes() -> None:
    states = {state.value: state for state in TaskState}
    graph = Graph([Task(lambda: None, TaskOptions(retries=1), name=n) for n in states])
    live = parsed(live_parts(graph)["svg"])
    settled = parsed(graph_svg("d", graph, standing_in(states)))
    for one, other in zip(with_class(live, "task"), with_class(settled, "task"), strict=True):
        shapes = [[(it.tag, it.get("class")) for it in side.iter()] for side in (one, other)]
        assert shapes[0] == shapes[1], "the structure is the same in every state"


def test_without_graphviz_there_are_cards_but_no_drawing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawing, "layout", lambda *_: None)
    parts = live_parts(shop())
    assert parts["svg"] is None
    assert len(parts["cards"]) == 6


def test_an_empty_graph_has_a_drawing() -> None:
    assert parsed(live_parts(Graph([]))["svg"]) is not None


def test_above_300_tasks_groups_are_cards() -> None:
    graph = layered(31, 10, group="part")
    parts = live_parts(graph)
    assert [card["title"] for card in parts["cards"]] == [f"part {i}" for i in range(31)]
    assert sum(len(card["tasks"]) for card in parts["cards"]) == 310
    snapshot = play(graph, most=15)
    assert card_standings(shown_cards(graph), snapshot)[:3] == [
        ["success", 1, 10, 10],
        ["running", 1, 4, 10],
        ["queued", 1, 0, 10],
    ]


def test_above_300_tasks_without_groups_there_are_counts() -> None:
    graph = layered(31, 10)
    parts = live_parts(graph)
    root = parsed(parts["svg"])
    counts = {it.get("data-state"): texts(it)[0] for it in with_class(root, "count")}
    assert counts == {state.value: "310" if state == "none" else "0" for state in TaskState}
    assert parts["cards"] == parts["edges"] == []
    assert card_standings(shown_cards(graph), play(graph)) == []


def test_standings_of_cards_tell_state_attempt_and_instances() -> None:
    graph = Graph([make("a", retries=1), make("b", ["a"]), make("left_out")])
    snapshot = play(graph.subgraph(["a", "b"]), {"a": ["raised", "returned"]})
    found: list[Any] = card_standings(shown_cards(graph), snapshot)
    assert found == [["success", 2, 1, 1], None, ["success", 1, 1, 1]]
