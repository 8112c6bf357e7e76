import pytest

from tests.views.samples import HOSTILE, parsed, texts
from wfkit.views.shapes import (
    Box,
    Fragment,
    curve,
    document,
    element,
    stacked,
    title,
    union,
    words,
)


@pytest.mark.parametrize("text", HOSTILE)
def test_text_and_attributes_are_only_text(text: str) -> None:
    body = title(text) + words(text, 0, 0) + element("g", "", class_=text)
    root = parsed(document(Fragment(10, 10, body), text, text, "sample"))
    assert {it.tag.partition("}")[2] for it in root.iter()} == {
        *("svg", "title", "desc", "rect", "g", "text")
    }
    assert {name for it in root.iter() for name in it.attrib if name.startswith("on")} == set()


def test_a_document_has_a_size_and_speaks() -> None:
    root = parsed(document(Fragment(100, 50.25, ""), "Dag d", "two\nlines", "wfkit-graph"))
    assert root.get("viewBox") == "0 0 140 90.2"
    assert (root.get("role"), root.get("aria-label")) == ("img", "Dag d")
    assert [child.text for child in root][:2] == ["Dag d", "two\nlines"]


def test_a_long_description_is_cut() -> None:
    root = parsed(document(Fragment(1, 1, ""), "d", "\n".join("x" * 500), "sample"))
    assert (root[1].text or "").count("\n") == 60


def test_an_arrow_ends_before_the_card() -> None:
    root = parsed(f"<g>{curve([(0, 0), (10, 0), (20, 0), (30, 0)], gap=2.0, stroke='#000')}</g>")
    line, head = (it.get("d") for it in root)
    assert line == "M0,0C10,0 12.5,0 22.5,0"
    assert head == "M28,0L19.5,-4L19.5,4Z"


def test_an_edge_without_length_is_drawn() -> None:
    assert "nan" not in curve([(1, 1)] * 4, stroke="#000")


def test_stacked_fragments_keep_their_order_and_size() -> None:
    both = stacked([Fragment(10, 5, words("a", 0, 0)), Fragment(20, 7, words("b", 0, 0))], gap=3)
    assert (both.width, both.height) == (20, 15)
    assert texts(parsed(document(both, "", "", ""))) == ["a", "b"]


def test_a_union_is_around_all_boxes() -> None:
    assert union([Box(0, 0, 1, 1), Box(-1, 2, 0, 3)]) == Box(-1, 0, 1, 3)
