"""How would these lines look as the function they should be?"""

from __future__ import annotations

import ast
import builtins
import keyword
import re
import textwrap
from collections.abc import Sequence

_MOST_LINES = 20
_OUTSIDE = (ast.Import, ast.ImportFrom, ast.ClassDef)


def as_function(tree: ast.Module, code: str, above: int, tasks: frozenset[str]) -> str:
    r"""Return the learner's lines as a function: imports above it, inputs in it, a `return`.

    `above` is the number of lines over `code` in the line numbers of `tree`; `tasks` are the
    names that become inputs where the lines read them.

    >>> code = "import math\ntotal = orders.sum()\nmath.log(total)"
    >>> print(as_function(ast.parse(code), code, 0, frozenset({"orders"})))
    import math
    <BLANKLINE>
    def my_task(orders):
        total = orders.sum()
        return math.log(total)
    """
    short = _from_lambda(tree)
    if short:
        return short
    lines = textwrap.dedent(code).splitlines()
    statements = [node for node in tree.body if not isinstance(node, _OUTSIDE)]
    lines += _return_added(lines, statements, above)
    outside: list[str] = []
    inside: list[str] = []
    start = 0
    for node in tree.body:
        end = (node.end_lineno or node.lineno) - above
        (outside if isinstance(node, _OUTSIDE) else inside).extend(lines[start:end])
        start = max(start, end)
    inside += lines[start:]
    while inside and not inside[0].strip():
        del inside[0]
    body = [f"    {line}" if line.strip() else "" for line in inside] or ["    ..."]
    head = f"def my_task({', '.join(_inputs(statements, tasks))}):"
    return _joined([*outside, *([""] if outside else []), head, *body])


def _return_added(lines: list[str], statements: list[ast.stmt], above: int) -> list[str]:
    """Make the last value the result: change its line, or return a line to append."""
    if not statements or any(isinstance(n, ast.Return) for s in statements for n in ast.walk(s)):
        return []
    last = statements[-1]
    if isinstance(last, ast.Expr) and last.col_offset == 0 and not _is_print(last.value):
        lines[last.lineno - above - 1] = "return " + lines[last.lineno - above - 1]
        return []
    made = _made(statements)
    return [f"return {made}"] if made else []


def _made(statements: Sequence[ast.stmt]) -> str:
    """Return what the statements assign last, as it would stand behind `return`."""
    for it in reversed(statements):
        if isinstance(it, ast.Assign):
            return _assigned(it.targets[-1])
        if isinstance(it, ast.AnnAssign | ast.AugAssign):
            return _assigned(it.target)
        inside = _made(getattr(it, "body", []))
        if inside:
            return inside
    return ""


def _assigned(target: ast.expr) -> str:
    """Return the name that is assigned to, or changed: `table` for `table["day"] = 1`."""
    while isinstance(target, ast.Subscript | ast.Attribute):
        target = target.value
    return ast.unparse(target).strip("()")


def _from_lambda(tree: ast.Module) -> str:
    match tree.body:
        case [ast.Assign([ast.Name(name)], ast.Lambda(inputs, result))]:
            return f"def {name}({ast.unparse(inputs)}):\n    return {ast.unparse(result)}"
    return ""


def _is_print(value: ast.expr) -> bool:
    return isinstance(value, ast.Call) and ast.unparse(value.func) in {"print", "display"}


def _inputs(statements: list[ast.stmt], tasks: frozenset[str]) -> list[str]:
    """Return the tasks whose result is read before the lines make something of that name."""
    found: list[str] = []
    own: set[str] = set()
    for statement in statements:
        names = [node for node in ast.walk(statement) if isinstance(node, ast.Name)]
        names.sort(key=lambda node: (node.lineno, node.col_offset))
        read = [it.id for it in names if isinstance(it.ctx, ast.Load) and it.id in tasks - own]
        found += [name for name in read if name not in found]
        own |= {it.id for it in names if isinstance(it.ctx, ast.Store)}
    return list(dict.fromkeys(found))


def _joined(lines: list[str]) -> str:
    more = ["    …"] if len(lines) > _MOST_LINES else []
    return "\n".join(line.rstrip() for line in [*lines[:_MOST_LINES], *more])


_HEAD = re.compile(r"((?P<word>\w+)\s+)?(?P<head>(?P<name>\w+)\s*\(.*\)(\s*->[^:]+)?)\s*:?")
_DEF = re.compile(r"^(async\s+)?def\b", re.MULTILINE)
_NO_NAMES = frozenset({*keyword.kwlist, *dir(builtins)})


def forgotten_def(code: str, line: int) -> str:
    r"""Return the head of a function that lacks its `def`, where `line` cannot be read; or "".

    >>> forgotten_def("revenue(orders):\n    return sum(orders)", 1)
    'def revenue(orders):'
    >>> forgotten_def("total = 3\n    return total", 2)
    'def my_task():'
    """
    lines = code.splitlines()
    here = lines[line - 1] if line <= len(lines) else ""
    if not _is_indented(here):
        return _with_def(here) if _ends_in_colon(here) else ""
    above = next((it for it in reversed(lines[: line - 1]) if it.strip()), "")
    if _is_indented(above) or _ends_in_colon(above):
        return ""
    return _with_def(above) or ("" if _DEF.search(code) else "def my_task():")


def _is_indented(line: str) -> bool:
    return line.startswith((" ", "\t"))


def _ends_in_colon(line: str) -> bool:
    return line.partition("#")[0].rstrip().endswith(":")


def _with_def(line: str) -> str:
    found = _HEAD.fullmatch(line.partition("#")[0].strip())
    if found is None or {found["word"], found["name"]} & _NO_NAMES:
        return ""
    return f"def {found['head']}:"
