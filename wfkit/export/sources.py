"""Where does the code of a function stand, and what does a file or cell define?"""

from __future__ import annotations

import ast
import linecache
import symtable
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from types import CodeType, FunctionType

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Source:
    """The text of a file or a cell, line by line, with its syntax tree."""

    filename: str
    lines: tuple[str, ...]
    tree: ast.Module

    @cached_property
    def bound(self) -> tuple[tuple[ast.stmt, frozenset[str]], ...]:
        """Each top-level statement with the names that it binds."""
        return tuple((statement, _bound(statement)) for statement in self.tree.body)

    def binding(self, name: str) -> list[ast.stmt]:
        """Return the top-level statements that bind `name`; a definition hides those before it."""
        found: list[ast.stmt] = []
        for statement, names in self.bound:
            if name in names:
                is_definition = isinstance(statement, Function | ast.ClassDef)
                found = [statement] if is_definition else [*found, statement]
        return found

    def function(self, code: CodeType) -> Function | None:
        """Return the statement that defines a function."""
        return self._functions.get((code.co_name, code.co_firstlineno))

    @cached_property
    def _functions(self) -> dict[tuple[str, int], Function]:
        found: dict[tuple[str, int], Function] = {}
        for node in ast.walk(self.tree):
            if isinstance(node, Function):
                first = min([node.lineno, *(it.lineno for it in node.decorator_list)])
                found.setdefault((node.name, first), node)
        return found


class Sources:
    """The sources that were asked for, each read once."""

    def __init__(self) -> None:
        self._known: dict[str, Source | None] = {}

    def of_file(self, filename: str) -> Source | None:
        """Return the source of a file or cell, None where there is none, or no Python."""
        if filename not in self._known:
            self._known[filename] = _read(filename)
        return self._known[filename]

    def of_function(self, function: FunctionType) -> tuple[Source, Function] | None:
        """Return the source that a function stands in, and its definition."""
        source = self.of_file(function.__code__.co_filename)
        node = source and source.function(function.__code__)
        return (source, node) if source and node else None

    def beside(self, own: Source) -> Iterator[Source]:
        """Yield `own`, then for a cell the sources of all other cells, the newest first."""
        yield own
        if not _is_in_memory(own.filename):
            return
        for filename in reversed(list(linecache.cache)):
            if filename != own.filename and _is_in_memory(filename):
                source = self.of_file(filename)
                if source:
                    yield source


def _is_in_memory(filename: str) -> bool:
    entry = linecache.cache.get(filename)
    return entry is not None and len(entry) == 4 and entry[1] is None


def _read(filename: str) -> Source | None:
    lines = linecache.getlines(filename)
    try:
        tree = compile("".join(lines), filename, "exec", _FLAGS, dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return Source(filename, tuple(lines), tree) if lines else None


_FLAGS = ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT


def _bound(statement: ast.stmt) -> frozenset[str]:
    try:
        table = symtable.symtable(ast.unparse(statement), "<statement>", "exec")
    except (SyntaxError, RecursionError):
        return frozenset()
    return frozenset(
        it.get_name() for it in table.get_symbols() if it.is_assigned() or it.is_imported()
    )
