"""How does carried code look in its new file? As the learner laid it out, with some names changed.

The text is taken from the source, comments too, and names are changed in place. Then it is read
again: where it does not say exactly what the syntax tree says, the tree is written out instead.
"""

from __future__ import annotations

import ast
import copy
import re
import textwrap
from collections.abc import Mapping, Sequence
from typing import TypeVar

from wfkit.export import expressions as write
from wfkit.export.carried import Code, Resolve, Spot

T = TypeVar("T", bound=ast.AST)
Changes = Mapping[Spot, str]
"""What is to stand in place of a name."""

DEFINED = (0, 0)
"""In place of line and column: where the statement itself says the name that it defines."""


def changes_of(code: Code, nodes: Sequence[ast.AST], resolve: Resolve) -> dict[Spot, str]:
    """Return the names of `nodes` that are called otherwise in the new file.

    Everything that they read is asked for with `resolve`.
    """
    found = {}
    for node in nodes:
        for it in ast.walk(node):
            if isinstance(it, ast.Name) and (symbol := code.reads.get(_spot(it))):
                new = resolve(symbol)
                if new != it.id:
                    found[_spot(it)] = new
    return found


def statements(code: Code, nodes: Sequence[ast.stmt], changes: Changes, indent: int) -> list[str]:
    """Return statements as lines, indented by so many columns."""
    wanted = [_changed(node, changes) for node in nodes]
    lines = _laid_out(code, nodes, changes, indent)
    if lines is None or not _says(lines, wanted, indent):
        lines = [
            line and " " * indent + line for it in wanted for line in ast.unparse(it).split("\n")
        ]
    return lines


def expression(code: Code, node: ast.expr, changes: Changes) -> str:
    """Return an expression in one line."""
    wanted = _changed(node, changes)
    text = ast.get_source_segment("".join(code.source.lines), node) or ""
    if not changes and "\n" not in text and "#" not in text:
        try:
            found = ast.parse(text, mode="eval").body
        except (SyntaxError, ValueError):
            found = None
        if found is not None and ast.dump(found) == ast.dump(wanted):
            return text
    return write.written(wanted, before=-100_000)


def _spot(node: ast.Name) -> Spot:
    return node.lineno, node.col_offset, node.id


class _Renaming(ast.NodeTransformer):
    def __init__(self, changes: Changes) -> None:
        self._changes = changes

    def visit_Name(self, node: ast.Name) -> ast.Name:
        node.id = self._changes.get(_spot(node), node.id)
        return node

    def defined(self, node: ast.AST) -> None:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            node.name = self._changes.get((*DEFINED, node.name), node.name)


def _changed(node: T, changes: Changes) -> T:
    if not changes:
        return node
    renaming = _Renaming(changes)
    changed: T = renaming.visit(copy.deepcopy(node))
    renaming.defined(changed)
    return changed


def _laid_out(
    code: Code, nodes: Sequence[ast.stmt], changes: Changes, indent: int
) -> list[str] | None:
    lines = [line.rstrip("\r\n") for line in code.source.lines]
    first, last = _first_line(nodes[0]), nodes[-1].end_lineno or nodes[-1].lineno
    first = _with_comments_above(lines, first)
    for spot in sorted(changes, reverse=True):
        line, column, name = _found(lines, nodes[0], spot)
        data = lines[line - 1].encode()
        end = column + len(name.encode())
        if data[column:end] != name.encode():
            return None
        new = data[:column] + changes[spot].encode() + data[end:]
        lines[line - 1] = new.decode()
    text = textwrap.dedent("\n".join(lines[first - 1 : last]))
    return textwrap.indent(text, " " * indent).split("\n")


def _found(lines: Sequence[str], node: ast.stmt, spot: Spot) -> Spot:
    line, column, name = spot
    if (line, column) != DEFINED:
        return spot
    text = lines[node.lineno - 1]
    words = re.compile(rf"(?:def|class)\s+(?={re.escape(name)}\b)").search(text)
    return node.lineno, len(text[: words.end() if words else 0].encode()), name


def _first_line(node: ast.stmt) -> int:
    decorators = getattr(node, "decorator_list", [])
    first: int = min([node.lineno, *(it.lineno for it in decorators)])
    return first


def _with_comments_above(lines: Sequence[str], first: int) -> int:
    while first > 1 and lines[first - 2].lstrip().startswith("#"):
        first -= 1
    return first


def _says(lines: Sequence[str], wanted: Sequence[ast.stmt], indent: int) -> bool:
    head = "async def _():\n" if indent else ""
    try:
        tree = compile(head + "\n".join(lines) + "\n", "<export>", "exec", _FLAGS)
    except (SyntaxError, ValueError):
        return False
    body = tree.body[0].body if indent else tree.body
    return [ast.dump(it) for it in body] == [ast.dump(it) for it in wanted]


_FLAGS = ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
