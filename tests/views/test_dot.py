import pygraphviz
import pytest

from tests.views.samples import HOSTILE, SVG, diamond, layered, make, parsed, play, shop
from wfkit.core.errors import UnknownTask
from wfkit.core.graph import Graph
from wfkit.views.dot import quoted, to_dot


def rendered(source: str) -> str:
    drawn: bytes = pygraphviz.AGraph(string=source).draw(format="svg", prog="dot")
    return drawn.decode()


def labels(source: str) -> list[str]:
    return ["".join(it.itertext()) for it in parsed(rendered(source)).iter(f"{SVG}text")]


def test_a_graph_in_dot() -> None:
    lines = to_dot(diamond(), "d").splitlines()
    assert lines[0] == "digraph {"
    assert [line.split(" [")[0].strip() for line in lines[4:-1]] == [
        *("n0", "n1", "n2", "n3"),
        *("n0 -> n1", "n0 -> n2", "n1 -> n3", "n2 -> n3"),
    ]


def test_names_are_labels() -> None:
    assert {"d", "orders", "clean", "extract", "? no such task yet"} <= set(
        labels(to_dot(shop(), "d"))
    )


def test_states_are_words_and_signs() -> None:
    source = to_dot(diamond(), snapshot=play(diamond(), {"clean": ["raised"]}))
    assert {"✔ success", "✘ failed", "⊘ upstream failed"} <= set(labels(source))


def test_order_only_edges_are_dashed() -> None:
    assert "n3 -> n4 [style=dashed]" in to_dot(shop())


def test_a_highlight_marks_its_edges() -> None:
    source = to_dot(diamond(), highlight="clean")
    assert source.count("#1f4fa3") == 2
    with pytest.raises(UnknownTask):
        to_dot(diamond(), highlight="nobody")


def test_every_task_is_in_the_source_however_many() -> None:
    assert to_dot(layered(31, 10)).count("label=") == 311


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_labels_are_only_text(text: str) -> None:
    root = parsed(rendered(to_dot(Graph([make("orders", group=text)]), text)))
    tags = {it.tag.removeprefix(SVG) for it in root.iter()}
    assert tags <= {"svg", "g", "title", "path", "polygon", "polyline", "text"}
    names = {name for it in root.iter() for name in it.attrib}
    assert not any(it.startswith("on") or "href" in it for it in names)


@pytest.mark.parametrize("text", ["a:b", "back\\slash \\N", 'quo"te', "&amp; &#60;", "<b>x</b>"])
def test_labels_say_exactly_what_was_meant(text: str) -> None:
    assert text in labels(f"digraph {{ n0 [label={quoted(text)}] }}")
