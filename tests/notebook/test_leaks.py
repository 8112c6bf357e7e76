"""What a task reads from the notebook without declaring it, by name and line."""

from __future__ import annotations

import pytest

from tests.notebook.conftest import Lab


def task(body: str, parameters: str = "") -> str:
    return f"%%task\ndef tax({parameters}):\n    {body}"


def test_value_of_another_cell_is_refused_by_name_and_line(lab: Lab) -> None:
    lab.ok("rate = 0.2")
    assert lab.fails(task("x = 1\n    return revenue * rate", "revenue")) == (
        'NotebookLeak: task "tax" reads "rate" from the notebook (line 4: return revenue * rate).\n'
        "Give the task a value of its own: def tax(revenue, rate=0.2):\n"
        "Or one of the Dag: %dag new notebook … --param rate=0.2, and def tax(revenue, rate):"
    )


def test_constant_of_another_cell_is_a_value_too(lab: Lab) -> None:
    lab.ok("RATE = 0.2")
    assert 'reads "RATE" from the notebook' in lab.fails(task("return RATE"))


def test_task_that_is_no_parameter_gets_the_right_signature(lab: Lab) -> None:
    lab.ok("%%task\ndef orders(): return [1]", "o")
    assert lab.fails("%%task\ndef revenue():\n    return sum(orders)", "r") == (
        'NotebookLeak: task "revenue" reads "orders" from the notebook '
        "(line 3: return sum(orders)).\n"
        '"orders" is a task: make it a parameter: def revenue(orders):'
    )


def test_leak_through_a_helper_is_found(lab: Lab) -> None:
    lab.ok("rate = 0.2")
    lab.ok("def _net(x):\n    return x * rate")
    lab.ok("def _gross(x):\n    return _net(x)")
    assert lab.fails(task("return _gross(revenue)", "revenue")) == (
        'NotebookLeak: task "tax" reads "rate" from the notebook through _net '
        "(line 2: return x * rate).\n"
        "Give _net a parameter rate, and hand it over from tax:\ndef tax(revenue, rate=0.2):"
    )


@pytest.mark.parametrize(
    "helper",
    [
        "import functools\n@functools.lru_cache\ndef helper(): return rate",
        "class helper:\n    def __init__(self): self.x = rate",
        "class helper:\n    @staticmethod\n    def make(): return rate",
        "class helper:\n    @classmethod\n    def make(cls): return rate",
        "class helper:\n    @property\n    def make(self): return rate",
        "import functools as f\nclass helper:\n  @f.cached_property\n  def m(self): return rate",
        "async def helper(): return rate",
        "helper = lambda: rate",
        "def helper():\n    def inner(): return rate\n    return inner()",
    ],
)
def test_helpers_of_every_form_are_followed(lab: Lab, helper: str) -> None:
    lab.ok("rate = 0.2")
    lab.ok(helper)
    assert 'reads "rate" from the notebook through helper' in lab.fails(task("return helper()"))


def test_helpers_that_call_each_other_end(lab: Lab) -> None:
    lab.ok("def even(n): return n == 0 or odd(n - 1)\ndef odd(n): return n != 0 and even(n - 1)")
    lab.ok(task("return even(3)"))


@pytest.mark.parametrize(
    "body",
    [
        "return [x * rate for x in revenue]",
        "return (lambda x: x * rate)(revenue)",
        "def inner():\n        return rate\n    return inner()",
        "class Inner:\n        x = rate\n    return Inner",
        "return f'{rate}'",
        "rate.append(1)",
        "return locals() or rate",
    ],
)
def test_reads_are_found_wherever_they_are(lab: Lab, body: str) -> None:
    lab.ok("rate = [0.2]")
    assert 'reads "rate" from the notebook' in lab.fails(task(body, "revenue"))


@pytest.mark.parametrize(
    "above",
    [
        "base = rate * 2",
        "rate = rate * 2",
        "def _helper(): return rate",
        "@print\nclass A:\n    x = rate",
        "base = [x for x in rate]",
    ],
)
def test_the_rest_of_the_cell_counts_too(lab: Lab, above: str) -> None:
    lab.ok("rate = 0.2")
    assert 'reads "rate" from the notebook' in lab.fails(f"%%task\n{above}\ndef tax(): return 1")


def test_default_that_reads_the_notebook_is_a_leak(lab: Lab) -> None:
    lab.ok("rate = 0.2")
    assert 'reads "rate"' in lab.fails("%%task\ndef tax(revenue, rate=rate): return 1")


def test_name_of_ensure_is_followed(lab: Lab) -> None:
    lab.ok("limit = 3\ndef _ok(x): return x < limit")
    message = lab.fails("%%task --ensure _ok\ndef tax(): return 1")
    assert 'reads "limit" from the notebook through _ok' in message


def test_writing_to_the_notebook_is_a_leak(lab: Lab) -> None:
    assert lab.fails(task("global total\n    total = 1")) == (
        'NotebookLeak: task "tax" changes "total" in the notebook (line 4: total = 1).\n'
        "Return total instead: a task's result is its only output."
    )


def test_history_is_a_leak(lab: Lab) -> None:
    assert 'reads "Out"' in lab.fails(task("return Out[1]"))
    lab.ok("dag = 3")
    assert lab.fails(task("return dag")).endswith(
        "Ask for what it needs by a parameter: a task of that name, or a param of the Dag."
    )


def test_further_leaks_are_listed(lab: Lab) -> None:
    lab.ok("a, b, c = 1, 2, 3")
    message = lab.fails(task("print(b)\n    return a + c"))
    assert message.splitlines()[0].endswith('(line 3: print(b)). It also reads "a", "c".')
    assert len(message.splitlines()) == 3


@pytest.mark.parametrize(
    ("cell", "body"),
    [
        ("import math", "return math.pi"),
        ("import math as m, json", "return m.pi, json"),
        ("from math import pi", "return pi"),
        ("from math import *", "return pi + e"),
        ("try:\n    import tomllib\nexcept ImportError:\n    tomllib = None", "return tomllib"),
        ("def helper(x): return x", "return helper(1)"),
        ("class Helper:\n    rate = 2", "return Helper.rate"),
        ("from dataclasses import dataclass\n@dataclass\nclass P:\n    x: int", "return P(1)"),
        ("from collections import namedtuple\nP = namedtuple('P', 'x')", "return P(1)"),
        ("import functools\n@functools.lru_cache\ndef helper(): return 1", "return helper()"),
        ("helper = lambda x: x", "return helper(1)"),
        ("import math\nroot = math.sqrt", "return root(2)"),
        ("rate = 2", "rate = 3\n    return rate"),
        ("rate = 2", "for rate in [1]: pass\n    return rate"),
        ("rate = 2", "return [rate for rate in [1]]"),
        ("rate = 2", "import math as rate\n    return rate"),
        ("rate = 2", "return {'rate': 1}['rate']"),
        ("sum_ = 2", "return sum([1]), len([]), print, __name__, get_ipython, display"),
        ("pass", "return unknown_name"),
    ],
)
def test_what_is_no_leak(lab: Lab, cell: str, body: str) -> None:
    lab.ok(cell)
    lab.ok(task(body))


def test_the_cells_own_names_are_no_leaks(lab: Lab) -> None:
    lab.ok(
        "%%task\nimport math\nRATE = 2\nDOUBLE = RATE * 2\nclass Box: size = DOUBLE\n"
        "def _net(x): return x * RATE + math.pi + Box.size\ndef tax(): return _net(DOUBLE)"
    )


def test_names_of_a_task_cell_are_values_for_other_cells(lab: Lab) -> None:
    lab.ok("%%task\nRATE = 2\ndef _net(x): return x\ndef tax(): return RATE", "t")
    lab.ok("%%task\ndef duty(): return _net(1)", "d")
    assert 'reads "RATE"' in lab.fails("%%task\ndef fee(): return RATE", "f")


def test_the_newest_definition_counts(lab: Lab) -> None:
    lab.ok("def limit(): return 1", "a")
    lab.ok(task("return limit"), "t")
    lab.ok("limit = [3]", "a")
    assert 'reads "limit"' in lab.fails(task("return limit"), "t")


def test_a_cell_that_failed_before_it_ran_defines_nothing(lab: Lab) -> None:
    lab.ok("def limit(): return 1")
    lab.fails("limit = [3")
    lab.ok(task("return limit"))


def test_a_value_that_comes_later_is_refused_at_run(lab: Lab) -> None:
    lab.ok(task("return rate"))
    lab.ok("rate = 3")
    assert 'reads "rate" from the notebook (line 3: return rate).' in lab.fails("%dag run")
    assert "NotebookLeak" in lab.fails("%dag trial")


def test_a_constant_that_another_cell_changed_is_refused_at_run(lab: Lab) -> None:
    lab.ok("%%task\nRATE = 3\ndef tax(): return RATE")
    lab.ok("RATE = 4")
    assert lab.fails("%dag run") == (
        'NotebookLeak: another cell has changed "RATE", which line 2 of the cell of "tax" '
        'defines.\nRun the cell of "tax" again, or rename one of the two.'
    )


def test_leaks_of_another_dag_do_not_stop_this_one(lab: Lab) -> None:
    lab.ok("%dag new first")
    lab.ok(task("return rate"))
    lab.ok("rate = 3")
    lab.ok("%dag new second")
    lab.ok("%%task\ndef fine(): return 1")
    lab.ok("%dag run")
