"""Which statements of a notebook's cell declare something? The others are never run by wfkit."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping

from wfkit.notebook.definitions import Kind, definitions

_VERBS = frozenset({"new", "use", "remove", "reset", "alert"})
_CODE = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


class Declarations(ast.NodeTransformer):
    """Takes everything out of a cell that does not declare something.

    `is_dag(name)` says whether a name stands for a Dag by now. `passed_over` are the values that
    were not made because of that, by name: plain ones as they are, others as ELSEWHERE.
    `strangers` are those of the others that alerts would go to.
    """

    def __init__(self, is_dag: Callable[[str], bool]) -> None:
        self.passed_over: dict[str, object] = {}
        self.strangers: list[str] = []
        self._is_dag = is_dag

    def visit_Module(self, node: ast.Module) -> ast.Module:
        dags = {name for part in node.body for name in _made_dags(part)}
        kept = [part for part in node.body if self._declares(part, dags) and self._is_told(part)]
        left = [part for part in node.body if part not in kept]
        self.passed_over |= _values(left)
        node.body = kept
        return node

    def _declares(self, part: ast.stmt, dags: set[str]) -> bool:
        if isinstance(part, _CODE) or any(_made_dags(part)):
            return True
        match part:
            case ast.Assign([ast.Name(_)], ast.Call(made)):
                return _is_called(made, "Secret")
            case ast.Expr(ast.Call(ast.Attribute(attr="run_line_magic"), [name, line])):
                return _is_declaring(_text(name), _text(line))
            case ast.Expr(ast.Call(ast.Attribute(attr="run_cell_magic"), [name, *_])):
                return _text(name) == "task"
            case (
                # `dag.include(…)`, or a second name for a Dag
                ast.Expr(
                    ast.Call(ast.Attribute(ast.Name(owner), "add" | "alert" | "include" | "remove"))
                )
                | ast.Assign([ast.Name(_)], ast.Name(owner))
            ):
                return owner in dags or self._is_dag(owner)
        return False

    def _is_told(self, part: ast.stmt) -> bool:
        """Return False for an alert to what is not here, and note its name."""
        found = [it for it in _receivers(part) if self.passed_over.get(it) is ELSEWHERE]
        self.strangers += found
        return not found


class _Elsewhere:
    """Stands for a value that only the notebook itself computes."""


ELSEWHERE = _Elsewhere()


def _text(node: ast.expr) -> str:
    return str(node.value) if isinstance(node, ast.Constant) else ""


def _is_declaring(magic: str, line: str) -> bool:
    return magic == "load_ext" or (magic == "dag" and line.partition(" ")[0] in _VERBS)


def _receivers(part: ast.stmt) -> Iterator[str]:
    """Yield the names that an alert is to go to."""
    match part:
        case ast.Expr(ast.Call(ast.Attribute(attr="run_line_magic"), [name, line])):
            words = _text(line).split()
            if _text(name) == "dag" and words[:1] == ["alert"] and "--to" in words[:-1]:
                yield words[words.index("--to") + 1]
        case ast.Expr(ast.Call(ast.Attribute(attr="alert"), given, named)):
            values = [*given[:1], *(it.value for it in named if it.arg == "to")]
            yield from (it.id for it in values if isinstance(it, ast.Name))


def _made_dags(part: ast.stmt) -> Iterator[str]:
    """Yield the names that `sales = Dag(…)` or `%dag new sales` gives to a Dag."""
    match part:
        case ast.Assign([ast.Name(name)], ast.Call(made)) if _is_called(made, "Dag"):
            yield name
        case ast.Expr(ast.Call(ast.Attribute(attr="run_line_magic"), [magic, line])):
            if _text(magic) == "dag" and _text(line).partition(" ")[0] in ("new", "use"):
                yield "dag"


def _is_called(made: ast.expr, name: str) -> bool:
    return getattr(made, "id", None) == name or getattr(made, "attr", None) == name


def _values(parts: list[ast.stmt]) -> dict[str, object]:
    found = definitions(ast.Module(parts, []))
    plain = dict(_plain_values(parts))
    return {name: plain.get(name, ELSEWHERE) for name, it in found.items() if it.kind is Kind.VALUE}


def _plain_values(parts: list[ast.stmt]) -> Iterator[tuple[str, object]]:
    for part in parts:
        match part:
            case ast.Assign([ast.Name(name)], value):
                try:
                    yield name, ast.literal_eval(value)
                except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
                    yield name, ELSEWHERE


def defined_in(source: str) -> Mapping[str, object]:
    """Return what the code of a cell defines; nothing for what is not Python."""
    try:
        return definitions(ast.parse(source))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return {}
