"""How would these lines look as the function they should be?"""

from __future__ import annotations

import ast

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
    lines = code.splitlines()
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
    assigned = [s.targets[0] for s in statements if isinstance(s, ast.Assign)]
    names = [target.id for target in assigned if isinstance(target, ast.Name)]
    return [f"return {names[-1]}"] if names else []


def _is_print(value: ast.expr) -> bool:
    return isinstance(value, ast.Call) and ast.unparse(value.func) in {"print", "display"}


def _inputs(statements: list[ast.stmt], tasks: frozenset[str]) -> list[str]:
    names = [n for s in statements for n in ast.walk(s) if isinstance(n, ast.Name)]
    names.sort(key=lambda n: (n.lineno, n.col_offset))
    read = (n.id for n in names if n.id in tasks and isinstance(n.ctx, ast.Load))
    return list(dict.fromkeys(read))


def _joined(lines: list[str]) -> str:
    more = ["    …"] if len(lines) > _MOST_LINES else []
    return "\n".join(line.rstrip() for line in [*lines[:_MOST_LINES], *more])
