from __future__ import annotations

import ast
import textwrap

import pytest

from tests.notebook.conftest import Lab
from wfkit.notebook.wrapping import as_function

TASKS = frozenset({"orders", "sales"})


@pytest.mark.parametrize(
    ("lines", "function"),
    [
        ("    return sum(orders)", "def my_task(orders):\n    return sum(orders)"),
        ("    x = 1\n    return x", "def my_task():\n    x = 1\n    return x"),
        ("orders = [1]\nprint(orders)", "def my_task():\n    orders = [1]\n    print(orders)"),
        ("orders = orders[1:]\nsum(orders)", "def my_task(orders):\n    orders = orders[1:]"),
        ("total = 0\nfor o in orders:\n    total += o", "        total += o\n    return total"),
        ("with open(p) as f:\n    rows = f.read()", "        rows = f.read()\n    return rows"),
        ("x, y = orders", "    x, y = orders\n    return x, y"),
        ("total: int = sum(orders)", "    return total"),
        ("table = orders\ntable['day'] = 1", "    return table"),
        ("if sales:\n    best = max(sales)\nprint(best)", "    print(best)\n    return best"),
        ("revenue = lambda orders: sum(orders)", "def revenue(orders):\n    return sum(orders)"),
    ],
)
def test_lines_become_the_function_that_they_mean(lines: str, function: str) -> None:
    tree = ast.parse(textwrap.dedent(lines))
    made = as_function(tree, lines, 0, TASKS)
    assert function in made
    ast.parse(made)


@pytest.mark.parametrize(
    ("body", "line", "head"),
    [
        ("revenue(orders):\n    return sum(orders)", 2, "def revenue(orders):"),
        ("df revenue(orders):\n    return 1", 2, "def revenue(orders):"),
        ("function revenue(orders):  # all\n    return 1", 2, "def revenue(orders):"),
        ("revenue(orders) -> float:\n    return 1", 2, "def revenue(orders) -> float:"),
        ("import math\n\nrevenue(orders)\n    return 1", 5, "def revenue(orders):"),
        ("revenue(orders):\n    return 1\n\ndef _ok(x): return x", 2, "def revenue(orders):"),
        ("import math\n    return math.pi", 3, "def my_task():"),
    ],
)
def test_a_function_without_def_is_told_so(lab: Lab, body: str, line: int, head: str) -> None:
    told = lab.fails(f"%%task\n{body}").splitlines()
    assert told[0].startswith(f"BrokenCell: line {line} is not Python: ")
    assert told[1] == f"    {body.splitlines()[line - 2].strip()}"
    assert told[2:] == [f"Did you forget def? Write: {head}"]


@pytest.mark.parametrize(
    "body",
    [
        "def revenue(orders)\n    return 1",
        "def revenue(orders):\n    print(orders):\n    return 1",
        "def revenue(orders):\n    total(orders)\n      return 1",
        "def revenue(orders):\nreturn 1 +",
        "if (orders:\n    x = 1",
        "print(orders):",
        "class Revenue(orders)\n    x = 1",
        "x = 1\n    y = 2\n\ndef revenue(): return y",
    ],
)
def test_other_errors_are_not_about_def(lab: Lab, body: str) -> None:
    assert "Did you forget def" not in lab.fails(f"%%task\n{body}")
