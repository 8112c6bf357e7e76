"""How do files in which the same tasks stand look beside each other? One row for each task."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from wfkit.views.code import code_html
from wfkit.views.shapes import element
from wfkit.views.wording import xml


class Row(NamedTuple):
    """What stands beside each other, under one label: a text for each column."""

    label: str
    cells: tuple[str, ...]


class Table(NamedTuple):
    """Words for the same things: what each column calls them."""

    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def __str__(self) -> str:
        return "\n".join(_table_lines(self))


class Beside(NamedTuple):
    """Files beside each other: their titles, rows, notes on each, and a table of words."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    notes: tuple[tuple[str, ...], ...]
    words: Table


def beside_text(it: Beside) -> str:
    """Return the rows as text, the columns one below the other."""
    lines = [f"{it.title} in {', '.join(it.columns)}"]
    for column, notes in zip(it.columns, it.notes, strict=True):
        if notes:
            lines += ["", f"What is not the same in {column}:", *(f"- {note}" for note in notes)]
    for row in it.rows:
        lines += ["", f"=== {row.label}"]
        for column, cell in zip(it.columns, row.cells, strict=True):
            if cell:
                lines += ["", f"--- {column}", *cell.split("\n")]
    return "\n".join([*lines, "", "=== words", str(it.words)])


def _table_lines(table: Table) -> Iterator[str]:
    rows = [table.heads, *table.rows]
    widths = [max(len(row[number]) for row in rows) for number in range(len(table.heads))]
    for row in rows:
        cells = (f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True))
        yield "  ".join(cells).rstrip()


def beside_html(it: Beside) -> str:
    """Return the rows as a page without scripts. Every text in it is escaped."""
    heads = "".join(element("th", xml(column), scope="col") for column in it.columns)
    corner = element("td", "")
    head = element("thead", element("tr", corner + heads))
    noted = _row("not the same", [_notes(notes) for notes in it.notes]) if any(it.notes) else ""
    rows = [
        _row(row.label, [_cell(row, it.columns, n) for n in range(len(it.columns))])
        for row in it.rows
    ]
    body = element("tbody", noted + "".join(rows))
    table = element("table", head + body, aria_label=f"{it.title} in {', '.join(it.columns)}")
    return element("div", table + _words(it.words), class_="wf-beside")


def _row(label: str, cells: Sequence[str]) -> str:
    parts = [element("th", xml(label), scope="row"), *(element("td", it) for it in cells)]
    return element("tr", "".join(parts))


def _cell(row: Row, columns: Sequence[str], number: int) -> str:
    text = row.cells[number]
    if not text:
        return element("span", "–", class_="soft")
    label = f"{row.label} in {columns[number]}"
    return element("pre", code_html(text), tabindex="0", role="group", aria_label=label)


def _notes(notes: Sequence[str]) -> str:
    return element("ul", "".join(element("li", xml(note)) for note in notes)) if notes else ""


def _words(table: Table) -> str:
    heads = "".join(element("th", xml(it), scope="col") for it in table.heads)
    rows = "".join(
        element("tr", "".join(element("td", xml(cell)) for cell in row)) for row in table.rows
    )
    body = element("thead", element("tr", heads)) + element("tbody", rows)
    return element("details", element("summary", "The words of all four") + element("table", body))
