import pytest

from tests.views.samples import diamond, layered, make, shop
from wfkit.core.errors import InvalidOption, UnknownTask
from wfkit.core.graph import Graph
from wfkit.views.scene import CardKind, EdgeKind, Scene, cone_of, scene, whole_scene


def drawn(found: Scene | None) -> list[tuple[str, str, str]]:
    assert found is not None
    names = [card.title for card in found.cards]
    return [(names[it.tail], names[it.head], it.kind.value) for it in found.edges]


def test_cards_are_the_tasks_in_order_then_what_is_missing() -> None:
    found = scene(shop())
    assert found is not None
    assert [card.title for card in found.cards] == [*shop().order, "ordrs"]
    assert [card.kind for card in found.cards[-2:]] == [CardKind.TASK, CardKind.MISSING]


def test_edges_tell_data_from_order_from_what_is_missing() -> None:
    assert drawn(scene(shop())) == [
        ("customers", "clean", "data"),
        ("orders", "clean", "data"),
        ("clean", "report", "data"),
        ("report", "tidy", "order"),
        ("ordrs", "report", "missing"),
    ]


def test_frames_hold_the_tasks_of_a_group() -> None:
    found = scene(shop())
    assert found is not None
    titles = {frame.title: [found.cards[i].title for i in frame.cards] for frame in found.frames}
    assert titles == {"extract": ["customers", "orders"], "cleaning": ["clean"]}


def test_other_groups_become_one_card_each() -> None:
    found = scene(shop(), group="cleaning")
    assert found is not None
    assert [(card.kind, card.title, card.tasks) for card in found.cards[-2:]] == [
        (CardKind.GROUP, "extract", ("customers", "orders")),
        (CardKind.MISSING, "ordrs", ()),
    ]
    assert drawn(found)[0] == ("extract", "clean", EdgeKind.DATA.value)
    assert [frame.title for frame in found.frames] == ["cleaning"]


def test_an_edge_inside_a_folded_group_is_not_drawn() -> None:
    graph = Graph([make("a", group="g"), make("b", ["a"], group="g"), make("c", group="h")])
    assert drawn(scene(graph, group="h")) == []


def test_a_task_that_waits_for_data_and_order_gets_one_data_edge() -> None:
    graph = Graph([make("a"), make("b", ["a"], after="a")])
    assert drawn(scene(graph)) == [("a", "b", "data")]


def test_an_unknown_group_is_refused() -> None:
    with pytest.raises(InvalidOption, match=r'no group is called "x"\.\nGroups: extract, cleaning'):
        scene(shop(), group="x")
    with pytest.raises(InvalidOption, match="No task has a group yet"):
        scene(diamond(), group="x")


def test_above_300_tasks_every_group_is_folded() -> None:
    found = scene(layered(31, 10, "layer"))
    assert found is not None
    assert {card.kind for card in found.cards} == {CardKind.GROUP}


def test_too_much_to_draw_is_none() -> None:
    assert scene(layered(31, 10)) is None
    everything = Graph(
        [make(f"a{i}") for i in range(50)]
        + [make(f"b{i}", [f"a{k}" for k in range(50)]) for i in range(50)]
    )
    assert scene(everything) is None
    assert len(whole_scene(everything).edges) == 2_500


def test_a_cone_is_a_task_with_its_ancestors_and_descendants() -> None:
    assert cone_of(diamond(), "clean") == frozenset({"load", "clean", "publish"})
    assert cone_of(diamond(), None) is None
    with pytest.raises(UnknownTask):
        cone_of(diamond(), "nobody")
