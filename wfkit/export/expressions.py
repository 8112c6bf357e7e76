"""How is an expression written? Built as a syntax tree, laid out as a formatter would do it."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

WIDTH = 88
"""The longest line, as the formatters of Python have it."""


def name(text: str) -> ast.expr:
    """Return a name, or names with dots between them.

    >>> written(name("dg.asset"))
    'dg.asset'
    """
    first, *rest = text.split(".")
    found: ast.expr = ast.Name(first, ast.Load())
    for attribute in rest:
        found = ast.Attribute(found, attribute, ast.Load())
    return found


def constant(value: object) -> ast.expr:
    """Return None, a bool, a number, a text or bytes."""
    return ast.Constant(value)  # type: ignore[arg-type]


def call(function: str | ast.expr, *given: ast.expr, **named: ast.expr) -> ast.expr:
    """Return a call.

    >>> written(call("timedelta", seconds=constant(30)))
    'timedelta(seconds=30)'
    """
    head = name(function) if isinstance(function, str) else function
    return ast.Call(head, list(given), [ast.keyword(it, value) for it, value in named.items()])


def sequence(items: Sequence[ast.expr]) -> ast.expr:
    """Return a list."""
    return ast.List(list(items), ast.Load())


def mapping(items: Sequence[tuple[ast.expr, ast.expr]]) -> ast.expr:
    """Return a dict."""
    return ast.Dict([key for key, _ in items], [value for _, value in items])


def written(node: ast.expr, before: int = 0, behind: int = 0, indent: int = 0) -> str:
    r"""Return an expression as text, broken into lines where one is too short for it.

    `before` columns of its first line are taken, `behind` are needed after its last one. It will
    stand in a block that is indented by `indent`, which its lines are not yet.

    >>> print(written(call("f", constant("a" * 50), constant('say "no"' * 4), last=constant(1))))
    f(
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        'say "no"say "no"say "no"say "no"',
        last=1,
    )
    """
    line = _flat(node)
    if indent + before + len(line) + behind <= WIDTH:
        return line
    head, parts, tail = _parts(node)
    if not parts:
        return line
    rows = [_row(lead, part, indent + 4) for lead, part in parts]
    return "\n".join([head, *_indented(rows), tail])


def _row(lead: str, part: ast.expr, indent: int) -> str:
    return f"{lead}{written(part, len(lead), 1, indent)},"


def _indented(rows: Sequence[str]) -> Iterator[str]:
    for row in rows:
        yield "\n".join(f"    {line}" for line in row.split("\n"))


def _parts(node: ast.expr) -> tuple[str, list[tuple[str, ast.expr]], str]:
    """Return what an expression begins with, its parts with what leads each, and how it ends."""
    match node:
        case ast.Call(func=function, args=args, keywords=keywords):
            named = [(f"{it.arg}=", it.value) for it in keywords]
            return f"{_flat(function)}(", [*(("", it) for it in args), *named], ")"
        case ast.List(elts=items):
            return "[", [("", it) for it in items], "]"
        case ast.Set(elts=items):
            return "{", [("", it) for it in items], "}"
        case ast.Tuple(elts=items):
            return "(", [("", it) for it in items], ")"
        case ast.Dict(keys=keys, values=values):
            leads = [f"{_flat(key)}: " for key in keys if key is not None]
            return "{", list(zip(leads, values, strict=True)), "}"
    return "", [], ""


def _flat(node: ast.expr) -> str:
    if isinstance(node, ast.Constant):
        return _constant(node.value)
    if isinstance(node, ast.Attribute):
        return f"{_flat(node.value)}.{node.attr}"
    if isinstance(node, ast.Subscript):
        return f"{_flat(node.value)}[{_flat(node.slice)}]"
    if isinstance(node, ast.Tuple) and len(node.elts) == 1:
        return f"({_flat(node.elts[0])},)"
    head, parts, tail = _parts(node)
    if not head:
        return ast.unparse(node)
    return head + ", ".join(lead + _flat(part) for lead, part in parts) + tail


def _constant(value: object) -> str:
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, bytes):
        return "b" + quoted(value.decode("latin-1"), repr(value)[1:])
    if isinstance(value, int) and not isinstance(value, bool):
        return _number(value)
    return repr(value)


def _number(number: int) -> str:
    # A decimal text has a limit of some thousand digits.
    return str(number) if abs(number) < 10**1000 else hex(number)


def quoted(text: str, plain: str = "") -> str:
    r"""Return a text as a literal, in double quotes unless that needs more backslashes.

    >>> print(quoted("it's"), quoted('say "no"'), quoted("a\nb"))
    "it's" 'say "no"' "a\nb"
    """
    plain = plain or repr(text)
    if plain[0] == '"' or text.count('"') > text.count("'"):
        return plain
    return '"' + plain[1:-1].replace("\\'", "'").replace('"', '\\"') + '"'
