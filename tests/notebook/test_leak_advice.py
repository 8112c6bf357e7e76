"""The advice against a leak leads somewhere: it is followed here to its end."""

from __future__ import annotations

import pytest

from tests.notebook.conftest import Lab
from tests.notebook.test_leaks import task


@pytest.mark.parametrize(
    ("value", "default", "param"),
    [
        ("0.2", "rate=0.2", "rate=0.2"),
        ("True", "rate=True", "rate=True"),
        ("None", "rate=None", "rate=None"),
        ("'all'", "rate='all'", "rate=all"),
        ("'a b'", "rate='a b'", "rate='a b'"),
        ("'1'", "rate='1'", "\"rate='1'\""),
        ("[0.2, 0.3]", "rate=[0.2, 0.3]", '"rate=[0.2, 0.3]"'),
    ],
)
def test_a_plain_value_gets_two_ways_that_both_work(
    lab: Lab, value: str, default: str, param: str
) -> None:
    lab.ok("%dag new sales")
    lab.ok(f"rate = {value}\nwanted = rate")
    told = lab.fails(task("return rate")).splitlines()
    assert told[1] == f"Give the task a value of its own: def tax({default}):"
    assert told[2] == f"Or one of the Dag: %dag new sales … --param {param}, and def tax(rate):"
    lab.ok(task("return rate", default))
    lab.ok("one = dag.run(store=None)['tax']")
    lab.ok(f"%dag new sales --param {param}")
    lab.ok(task("return rate", "rate"))
    lab.ok("other = dag.run(store=None)['tax']")
    assert lab.ns["one"] == lab.ns["other"] == lab.ns["wanted"]


@pytest.mark.parametrize(
    "value", ["{'a': 1}", "object()", "float('nan')", "'x' * 90", "[[object()]]"]
)
def test_any_other_value_becomes_a_task(lab: Lab, value: str) -> None:
    lab.ok(f"table = {value}")
    assert lab.fails(task("return table", "revenue")).splitlines()[1:] == [
        "Make table in a task of its own and ask for its result: def tax(revenue, table):",
        "Or make it in this cell.",
    ]
