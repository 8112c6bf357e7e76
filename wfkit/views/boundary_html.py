"""What does a boundary card look like? HTML without scripts, every text in it escaped."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from wfkit.views.boundary import Boundary, Item
from wfkit.views.shape_words import Shape
from wfkit.views.shapes import element
from wfkit.views.wording import xml

_XHTML = "http://www.w3.org/1999/xhtml"
_ARROW = '<div class="arrow" aria-hidden="true">→</div>'


def boundary_html(card: Boundary, notes: Sequence[str] = ()) -> str:
    """Return a card in three parts, inputs → task → output, with `notes` and its own below.

    It is well-formed XML, so that a page can take it in without reading it as HTML. What stands
    for a task has its name in `data-task`.
    """
    row = (_inputs(card), _ARROW, _middle(card), _ARROW, _output(card))
    parts = (*row, _when(card), _notes(card, notes))
    return element(
        "div",
        "".join(parts),
        xmlns=_XHTML,
        class_="wf-boundary",
        role="group",
        aria_label=f"Boundary card of {card.name}",
    )


def _block(name: str, parts: Iterable[str]) -> str:
    return element("div", "".join(parts), class_=name)


def _text(name: str, text: str) -> str:
    return element("span", xml(text), class_=name) if text else ""


def _inputs(card: Boundary) -> str:
    listed = _list(card.inputs) if card.inputs else _text("soft", "no inputs")
    return _block("side", [_block("head", ["inputs"]), listed])


def _middle(card: Boundary) -> str:
    facts = "".join(_text("fact", it) for it in card.facts)
    parts = [_text("name", card.name), _text("doc", card.doc)]
    return _block("middle", [*parts, *([_block("facts", [facts])] if facts else [])])


def _output(card: Boundary) -> str:
    return _block("side", [_block("head", ["output"]), *_made(card), *_readers(card)])


def _made(card: Boundary) -> Iterator[str]:
    if card.outputs:
        yield _list(card.outputs)
    elif card.shape:
        yield _shape(card.shape)
    else:
        yield _text("soft result", "its result")


def _readers(card: Boundary) -> Iterator[str]:
    if not card.readers:
        yield _text("soft", "nobody reads it yet")
        return
    names = ", ".join(_name(it) for it in card.readers)
    yield element("span", f"read by {names}", class_="readers")


def _list(items: Iterable[Item]) -> str:
    return element("div", "".join(map(_item, items)), role="list")


def _item(it: Item) -> str:
    value = f" = {it.value}" if it.value else ""
    first = _name(it) + _text("value", value) + _text("what", it.what)
    kind = "item missing" if it.is_missing else "item"
    shape = _shape(it.shape) if it.shape else ""
    return element("div", first + shape, role="listitem", class_=kind)


def _name(it: Item) -> str:
    return element("span", xml(it.name), class_="called", data_task=it.task or None)


def _shape(shape: Shape) -> str:
    return element("span", xml(shape.kind) + _text("parts", shape.parts), class_="shape")


def _when(card: Boundary) -> str:
    shapes = [card.shape, *(it.shape for it in (*card.inputs, *card.outputs))]
    return _block("when", ["Types and sizes: last run."]) if any(shapes) else ""


def _notes(card: Boundary, more: Sequence[str]) -> str:
    notes = [*card.notes, *(it for it in more if it not in card.notes)]
    return _block("notes", [_block("note", [xml(it)]) for it in notes]) if notes else ""
