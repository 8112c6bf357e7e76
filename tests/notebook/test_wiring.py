from __future__ import annotations

import pytest

from wfkit import Secret
from wfkit.core.graph import Graph
from wfkit.core.task import Task, task
from wfkit.notebook.wiring import wiring


def orders(logical_date, region): ...  # type: ignore[no-untyped-def]


def load(): ...  # type: ignore[no-untyped-def]


def revenue(orders, vat=0.2, *, attempt): ...  # type: ignore[no-untyped-def]


def report(revenue, orders): ...  # type: ignore[no-untyped-def]


GRAPH = Graph(
    [Task(orders), Task(load), task(after="load")(revenue), Task(report)], ["region", "vat_free"]
)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("orders", "orders → report, revenue · logical_date (context) · region = 'all' (param)"),
        ("load", "load → revenue"),
        (
            "revenue",
            "revenue ← orders · → report · after load · vat = 0.2 (default) · attempt (context)",
        ),
        ("report", "report ← revenue, orders"),
    ],
)
def test_wiring_names_the_source_of_each_parameter(name: str, expected: str) -> None:
    assert wiring(GRAPH, name, {"region": "all"}) == expected


@pytest.mark.parametrize(
    ("default", "shown"),
    [
        (None, " = None"),
        (True, " = True"),
        ("a\u202eb", " = 'a\\u202eb'"),
        ((1, "x"), " = (1, 'x')"),
        ([1, [2]], " = [1, [2]]"),
        ("x" * 100, " = '" + "x" * 38 + "…"),
        (object(), ""),
        ([object()], ""),
        ({"a": 1}, ""),
    ],
)
def test_only_stable_values_are_shown(default: object, shown: str) -> None:
    def count(rows=default): ...  # type: ignore[no-untyped-def]

    assert wiring(Graph([Task(count)]), "count") == f"count · rows{shown} (default)"


def connect(  # type: ignore[no-untyped-def]
    url="http://shop:in-the-url@db",
    *,
    password="in-clear",
    pin=Secret("a-default"),  # noqa: B008 - it never changes
    token=None,
    parts=("a", "http://shop:in-the-url@db"),
): ...


def test_wiring_shows_no_secret() -> None:
    graph = Graph([Task(connect)], ["password"])
    assert wiring(graph, "connect", {"password": "of-the-dag"}) == (
        "connect · url = 'http://shop:***@db' (default) · password = *** (param)"
        " · pin = *** (default) · token = None (default)"
        " · parts = ('a', 'http://shop:***@db') (default)"
    )
