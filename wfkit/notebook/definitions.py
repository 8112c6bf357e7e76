"""What does a cell define? Its top-level names, by what kind of thing they are."""

from __future__ import annotations

import ast
import symtable
from enum import Enum
from typing import NamedTuple


class Kind(Enum):
    """What a name stands for, told from the code that defines it."""

    IMPORT = "import"
    FUNCTION = "function"
    CLASS = "class"
    VALUE = "value"


class Definition(NamedTuple):
    """One name that a cell defines; equal code has equal `source`, whatever its layout."""

    name: str
    kind: Kind
    line: int
    source: str


def definitions(tree: ast.Module) -> dict[str, Definition]:
    r"""Return what the code defines when it has run, by name; the last definition counts.

    >>> code = "import math\nRATE = 0.2\ndef net(x): y = x; return y"
    >>> [(d.name, d.kind.value) for d in definitions(ast.parse(code)).values()]
    [('math', 'import'), ('RATE', 'value'), ('net', 'function')]
    """
    found: dict[str, Definition] = {}
    for statement in tree.body:
        source = ast.unparse(statement)
        origins = _imports(statement)
        for symbol in symtable.symtable(source, "<cell>", "exec").get_symbols():
            name = symbol.get_name()
            if symbol.is_assigned() or symbol.is_imported():
                code = origins.get(name, source)
                found[name] = Definition(name, _kind(symbol), statement.lineno, code)
    return found


def _imports(statement: ast.stmt) -> dict[str, str]:
    """Return what each imported name stands for, however many one line imports."""
    return {
        alias.asname or alias.name.partition(".")[0]: f"import {module}{alias.name}"
        for node in ast.walk(statement)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for module in [f"{node.module}." if isinstance(node, ast.ImportFrom) else ""]
        for alias in node.names
    }


def _kind(symbol: symtable.Symbol) -> Kind:
    if symbol.is_imported():
        return Kind.IMPORT
    if not symbol.is_namespace():
        return Kind.VALUE
    inside = symbol.get_namespaces()[-1].get_type()
    return Kind.CLASS if inside == "class" else Kind.FUNCTION


def star_imports(tree: ast.Module) -> list[str]:
    """Return the modules whose names the code imports by `from module import *`."""
    return [
        node.module
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module and node.names[0].name == "*"
    ]
