"""Changes to a right answer that must change nothing: a debug print, the order of rows."""

import ast
from typing import Any

import pandas as pd

PRELUDE = "from tests.lessons.variants import shuffled"


def varied(cell: str) -> str:
    """Return the cell with tasks that print, and that return tables in another order of rows."""
    lines = cell.splitlines()
    count = next((n for n, line in enumerate(lines) if line[:2] not in ("%%", "--")), len(lines))
    head, code = lines[:count], "\n".join(lines[count:])
    if not head or not head[0].startswith("%%task"):
        return cell
    tree = ast.parse(code)
    for function in tree.body:
        if isinstance(function, ast.FunctionDef) and not function.name.startswith("_"):
            _Returns().generic_visit(function)
            place = 1 if ast.get_docstring(function) is not None else 0
            function.body.insert(place, ast.parse('print("debug")').body[0])
    return "\n".join([*head, ast.unparse(ast.fix_missing_locations(tree))])


class _Returns(ast.NodeTransformer):
    """Puts `shuffled` around what a function returns; functions inside it stay as they are."""

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        return node

    def visit_Return(self, node: ast.Return) -> ast.AST:
        if node.value is None:
            return node
        shuffle = ast.Name("shuffled", ast.Load())
        return ast.Return(ast.Call(shuffle, [node.value], []))


def shuffled(value: Any) -> Any:
    """Return a table with its rows in another order, and anything else as it is."""
    if not isinstance(value, pd.DataFrame | pd.Series):
        return value
    has_names = any(name is not None for name in value.index.names)
    if isinstance(value, pd.Series):
        return value.sample(frac=1, random_state=1) if has_names else value
    return value.sample(frac=1, random_state=1, ignore_index=not has_names)
