from __future__ import annotations

from typing import Any

import pytest

from wfkit import Secret
from wfkit.api.dag_options import DagOptions
from wfkit.engine.clock import VirtualClock
from wfkit.notebook.option_changes import option_changes


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ({}, {"max_active_tasks": 2}, "max_active_tasks: 4 → 2"),
        ({"max_active_tasks": 2}, {}, "max_active_tasks: 2 → 4 (default)"),
        ({"start_date": "1997-01-06"}, {}, "start_date: 1997-01-06 → none (default)"),
        (
            {"start_date": "1997-01-06"},
            {"start_date": "1997-01-06 22:00"},
            "start_date: 1997-01-06 → 1997-01-06 22:00",
        ),
        ({"clock": "virtual"}, {}, "clock: virtual → system (default)"),
        ({}, {"clock": VirtualClock()}, "clock: system → virtual"),
        ({"schedule": "0 * * * *"}, {"schedule": "every 1h"}, "schedule: 0 * * * * → every 1h"),
        ({"schedule": "file in/*.csv"}, {}, "schedule: file in/*.csv → none (default)"),
        ({"tags": ["a", "b"]}, {}, "tags: a, b → none (default)"),
        ({"deadline": "2h"}, {"deadline": "06:00"}, "deadline: 7200s → 06:00"),
        ({"pools": {"db": 2}}, {"pools": {"db": 3}}, "pool db: 2 → 3"),
        ({}, {"pools": {"db": 3}}, "pool db: none → 3"),
        ({"params": {"vat": None}}, {}, "param vat: None → none (default)"),
        ({"params": {"a": "x" * 90}}, {}, f"param a: {'x' * 39}… → none (default)"),
        ({"params": {"a": {"b": 1}}}, {}, "param a: a dict → none (default)"),
        ({"params": {"token": "abcdef"}}, {}, "param token: *** → none (default)"),
        ({"params": {"a": "b"}}, {"params": {"a": Secret("xyz1")}}, "param a: b → a Secret"),
        ({}, {"params": {"url": "http://a:b@c"}}, "param url: none → http://a:***@c"),
    ],
)
def test_a_change_is_one_line_with_old_and_new(
    old: dict[str, Any], new: dict[str, Any], line: str
) -> None:
    assert option_changes(DagOptions(**old), DagOptions(**new)) == [line]


def test_equal_options_have_no_lines() -> None:
    given: dict[str, Any] = {"params": {"vat": 0.2}, "start_date": "1997-01-06", "tags": ["a"]}
    assert option_changes(DagOptions(**given), DagOptions(**given)) == []


def test_values_that_cannot_be_compared_count_as_changed() -> None:
    pandas = pytest.importorskip("pandas")
    one, other = (DagOptions(params={"a": pandas.DataFrame({"x": [1, 2]})}) for _ in range(2))
    assert option_changes(one, other) == ["param a: a DataFrame → a DataFrame"]
    assert option_changes(one, one) == []
