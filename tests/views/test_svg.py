from typing import Any

import pytest

from tests.views.samples import (
    HOSTILE,
    RUN_ID,
    SVG,
    chain,
    diamond,
    layered,
    make,
    parsed,
    play,
    shop,
    standing_in,
    texts,
    with_class,
)
from wfkit.core.errors import UnknownTask
from wfkit.core.graph import Graph
from wfkit.core.states import TaskState
from wfkit.core.task import Task
from wfkit.core.task_options import TaskOptions
from wfkit.views import svg as drawing
from wfkit.views.style import TASK_LOOKS
from wfkit.views.svg import graph_svg


def one_per_state() -> tuple[Graph, dict[str, TaskState]]:
    states = {state.value: state for state in TaskState}
    return Graph([Task(lambda: None, TaskOptions(retries=1), name=n) for n in states]), states


def test_a_graph_shows_its_tasks_edges_and_groups() -> None:
    root = parsed(graph_svg("nightly_sales", shop()))
    assert {"nightly_sales", "5 tasks", *shop().order, "extract", "cleaning"} <= set(texts(root))
    assert len(list(with_class(root, "edge"))) == 5
    assert [it.get("data-state") for it in with_class(root, "task")] == [None] * 5


def test_a_missing_upstream_is_a_dashed_card_that_says_so() -> None:
    root = parsed(graph_svg("d", shop()))
    (ghost,) = (it for it in root.iter() if it.get("class") == "missing")
    (card,) = with_class(ghost, "card")
    assert texts(ghost) == ["ordrs", "no such task yet"]
    assert card.get("stroke-dasharray")


def test_order_only_edges_are_dashed() -> None:
    root = parsed(graph_svg("d", shop()))
    dashes = {it.get("class", ""): it[0].get("stroke-dasharray") for it in with_class(root, "edge")}
    assert dashes == {"edge data": None, "edge order": "6 4", "edge missing": "2 4"}


def test_each_task_shows_its_state_in_words_sign_and_border() -> None:
    graph, states = one_per_state()
    root = parsed(graph_svg("d", graph, standing_in(states)))
    shown = set()
    for it in with_class(root, "task"):
        (word,), (icon,), (card,) = (
            list(with_class(it, name)) for name in ("state", "icon", "card")
        )
        look = TASK_LOOKS[TaskState(it.get("data-state", ""))]
        assert (word.text, icon.get("d")) == (look.word, look.icon)
        shown.add((word.text, icon.get("d"), card.get("stroke-dasharray")))
    assert len(shown) == len(TaskState)


def test_attempts_are_dots_and_many_are_a_number() -> None:
    graph = Graph([make("few", retries=3), make("many", retries=9), make("one")])
    root = parsed(graph_svg("d", graph, play(graph, {"few": ["raised", "returned"]})))
    few, many, one = with_class(root, "task")
    (dots,) = with_class(few, "attempts")
    assert [dot.get("fill") != "none" for dot in dots] == [True, True, False, False]
    assert [it.text for it in with_class(many, "attempts")] == ["1/10"]
    assert not list(with_class(one, "attempts"))


def test_a_tooltip_tells_the_whole_story() -> None:
    root = parsed(graph_svg("d", chain(), play(chain(), {"orders": ["raised"]})))
    titles = [it.findtext(f"{SVG}title") for it in with_class(root, "task")]
    assert titles == [
        "orders: failed, attempt 4 of 4\nOne day of purchases.\nValueError: bad row",
        "revenue: upstream failed\nbecause orders failed",
        "report: upstream failed\nbecause revenue did not run",
    ]


def test_an_expanded_task_counts_its_instances() -> None:
    snapshot = standing_in({"load": TaskState.NONE})
    for index, state in enumerate((TaskState.SUCCESS, TaskState.RUNNING)):
        it = snapshot.instances["load", -1]
        snapshot.instances["load", index] = it._replace(map_index=index, state=state)
    root = parsed(graph_svg("d", Graph([make("load")]), snapshot))
    assert [it.text for it in with_class(root, "state")] == ["running 1/2"]


def test_a_task_outside_the_run_says_so() -> None:
    root = parsed(graph_svg("d", chain(), play(chain().subgraph(["orders"]))))
    assert texts(root).count("not in this run") == 2


def test_a_highlight_fades_what_is_unrelated() -> None:
    root = parsed(graph_svg("d", diamond(), highlight="clean"))
    faded = {
        next(with_class(it, "name")).text for it in with_class(root, "task") if it.get("opacity")
    }
    assert faded == {"count"}
    lit = [it for it in with_class(root, "edge") if not it.get("opacity")]
    assert len(lit) == 2
    with pytest.raises(UnknownTask):
        graph_svg("d", diamond(), highlight="nobody")


def test_a_long_name_is_shortened_and_its_tooltip_is_not() -> None:
    name = "x" * 100
    root = parsed(graph_svg("d", Graph([make(name)])))
    (card,) = with_class(root, "task")
    assert len(texts(card)[0]) == 30
    assert card.findtext(f"{SVG}title") == name


def test_everything_is_inside_the_picture() -> None:
    root = parsed(graph_svg("d", shop(), play(diamond())))
    width, height = float(root.get("width", "0")), float(root.get("height", "0"))
    for rect, x, y in placed(root):
        assert 0 <= x <= x + float(rect.get("width", "0")) <= width
        assert 0 <= y <= y + float(rect.get("height", "0")) <= height


def placed(it: Any, x: float = 0.0, y: float = 0.0) -> Any:
    if (move := it.get("transform", "")).startswith("translate"):
        dx, dy = move[10:].partition(")")[0].split()
        x, y = x + float(dx), y + float(dy)
    if it.tag == f"{SVG}rect":
        yield it, x + float(it.get("x", "0")), y + float(it.get("y", "0"))
    for child in it:
        yield from placed(child, x, y)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_shown_as_text(text: str) -> None:
    graph = Graph([make("orders", group=text, doc=text), make("report", ["orders"])])
    snapshot = play(graph, {"orders": ["raised"]}, error={"type": text, "message": text})
    root = parsed(graph_svg(text, graph, snapshot))
    allowed = {"svg", "title", "desc", "g", "rect", "circle", "path", "text"}
    assert {it.tag.removeprefix(SVG) for it in root.iter()} <= allowed
    names = {name for it in root.iter() for name in it.attrib}
    assert not {it for it in names if it.startswith("on") or "href" in it or it == "style"}


def test_the_same_graph_gives_the_same_bytes() -> None:
    one, other = (graph_svg("d", shop(), play(diamond())) for _ in range(2))
    backwards = graph_svg("d", Graph(reversed(list(shop().tasks.values()))), play(diamond()))
    assert one == other == backwards


def test_states_do_not_move_the_cards() -> None:
    before, after = (
        [(x, y) for _, x, y in placed(parsed(graph_svg("d", diamond(), snapshot)))]
        for snapshot in (play(diamond(), most=1), play(diamond(), {"load": ["raised"]}))
    )
    assert before == after


def test_without_graphviz_there_is_no_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawing, "layout", lambda *_: None)
    assert graph_svg("d", shop()) is None


def test_an_empty_graph_has_a_picture() -> None:
    assert "no tasks yet" in texts(parsed(graph_svg("d", Graph([]))))


def test_the_run_is_named_in_its_picture() -> None:
    root = parsed(graph_svg("d", diamond(), play(diamond())))
    assert f"4 tasks · DagRun {RUN_ID}: success" in texts(root)


def test_a_graph_runs_in_the_same_direction_with_and_without_states() -> None:
    graph = layered(7, 1)
    for snapshot in (None, play(graph)):
        root = parsed(graph_svg("d", graph, snapshot))
        assert float(root.get("height", "0")) > float(root.get("width", "0"))
