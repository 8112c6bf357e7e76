from __future__ import annotations

import ast

import pytest

from wfkit.notebook.definitions import definitions, star_imports


def kinds(source: str) -> dict[str, str]:
    return {name: it.kind.value for name, it in definitions(ast.parse(source)).items()}


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("import os.path, pandas as pd", {"os": "import", "pd": "import"}),
        ("from x import a as b, c", {"b": "import", "c": "import"}),
        ("def f(): x = 1", {"f": "function"}),
        ("async def f(): x = 1", {"f": "function"}),
        ("class A:\n    x = 1", {"A": "class"}),
        ("a, (b, *c) = 1, (2, 3)", {"a": "value", "b": "value", "c": "value"}),
        ("x: int = 3", {"x": "value"}),
        ("x += 1", {"x": "value"}),
        ("if (n := 10):\n    def f(): pass", {"n": "value", "f": "function"}),
        ("for i in []: k = 1", {"i": "value", "k": "value"}),
        ("with open(p) as f: t = 1", {"f": "value", "t": "value"}),
        ("match a:\n    case [b, *c]: d = 1", {"b": "value", "c": "value", "d": "value"}),
        ("a.b = 1\na[0] = 2\nprint(c)", {}),
        ("x = await y", {"x": "value"}),
        ("def x(): pass\nx = 1", {"x": "value"}),
        ("x = 1\ndef x(): pass", {"x": "function"}),
    ],
)
def test_definitions_tell_the_kind_of_each_name(source: str, expected: dict[str, str]) -> None:
    assert kinds(source) == expected


def test_equal_code_has_equal_source() -> None:
    one = definitions(ast.parse("import a, b\ndef f(x):\n    return x  # why\nR = 1"))
    two = definitions(ast.parse("import b\n\n\ndef f(x): return x\nR = (1)\nimport a"))
    assert {it.name: it.source for it in one.values()} == {
        it.name: it.source for it in two.values()
    }


def test_star_imports_are_listed() -> None:
    assert star_imports(ast.parse("from math import *\nfrom os import path")) == ["math"]
