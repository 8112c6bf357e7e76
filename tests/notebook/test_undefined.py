from __future__ import annotations

import pytest

from tests.notebook.conftest import Lab

NOT_YET = "which nothing defines yet"


@pytest.mark.parametrize(
    ("body", "note"),
    [
        ("return summ(rows)", f"line 3 reads `summ`, {NOT_YET}; did you mean `sum`?"),
        ("return sum(row)", f"line 3 reads `row`, {NOT_YET}; did you mean `rows`?"),
        (
            "total = 1\n    return totl",
            f"line 4 reads `totl`, {NOT_YET}; did you mean `total`?",
        ),
        ("return nte(rows)", f"line 3 reads `nte`, {NOT_YET}; did you mean `net`?"),
        ("return _vt(rows)", f"line 3 reads `_vt`, {NOT_YET}"),
        ("return qwzx", f"line 3 reads `qwzx`, {NOT_YET}"),
        ("return math.pi", f"line 3 reads `math`, {NOT_YET}; run `import math` in a cell"),
        ("return pd.NA", f"line 3 reads `pd`, {NOT_YET}; run `import pandas as pd` in a cell"),
        (
            "return logical_date",
            (
                f"line 3 reads `logical_date`, {NOT_YET}; make it a parameter: "
                "def tax(rows, logical_date):"
            ),
        ),
        (
            "return region",
            f"line 3 reads `region`, {NOT_YET}; make it a parameter: def tax(rows, region):",
        ),
        (
            "return [b2q, a1q, b2q, c3q, d4q]",
            "\n".join(f"line 3 reads `{name}`, {NOT_YET}" for name in ("a1q", "b2q", "c3q")),
        ),
    ],
)
def test_a_name_that_nothing_defines_is_noted_with_the_nearest(
    lab: Lab, body: str, note: str
) -> None:
    lab.ok("%dag new sales --param region=all")
    lab.ok("def net(x): return x")
    lab.ok("%%task\ndef rows(): return [1]", "r")
    assert lab.ok(f"%%task\ndef tax(rows):\n    {body}", "t") == f"tax ← rows\n{note}"


@pytest.mark.parametrize(
    "body",
    [
        "return sum(rows) + len(rows)",
        "return net(rows)",
        "return _helper(rows)",
        "import json\n    return json.dumps(rows)",
        "return [row for row in rows]",
        "return __name__, get_ipython, display",
        "return rows.missing",
    ],
)
def test_what_something_defines_is_not_noted(lab: Lab, body: str) -> None:
    lab.ok("def net(x): return x")
    source = f"%%task\ndef tax(rows=()):\n    {body}\n\ndef _helper(x): return net(x)"
    assert NOT_YET not in lab.ok(source)


def test_a_name_of_a_helper_in_the_cell_is_noted_too(lab: Lab) -> None:
    told = lab.ok("%%task\ndef tax(): return _net(1)\ndef _net(x): return x * rte")
    assert told == f"tax\nline 3 reads `rte`, {NOT_YET}"


def test_a_name_may_come_in_a_later_cell(lab: Lab) -> None:
    lab.ok("%%task\ndef tax(): return net(1)", "t")
    lab.ok("def net(x): return x")
    lab.ok("%dag run --store none")
    assert lab.ok("%%task\ndef tax(): return net(1)", "t") == "tax"
