from typing import Any

import numpy as np
import pandas as pd
import pytest

from wfkit.core.states import TaskState
from wfkit.teach.checks import normal, same

FRAME = pd.DataFrame({"customer": [1, 2], "amount": [3.0, 4.5]})


@pytest.mark.parametrize(
    "other",
    [
        FRAME.iloc[::-1],
        FRAME[["amount", "customer"]],
        FRAME.set_index("customer"),
        FRAME.set_index("customer")["amount"],
        FRAME.assign(amount=[3.0 + 1e-9, 4.5]),
        FRAME.astype({"customer": "float64"}),
        FRAME.set_axis([7, 9]),
        FRAME.groupby("customer")["amount"].sum(),
        FRAME.groupby("customer", as_index=False).sum(),
    ],
)
def test_a_table_is_the_same_in_other_order_index_and_type(other: Any) -> None:
    assert same(FRAME, other)
    assert same(other, FRAME)


@pytest.mark.parametrize(
    "other",
    [
        FRAME.assign(amount=[3.0, 4.6]),
        FRAME.head(1),
        pd.concat([FRAME, FRAME.head(1)]),
        FRAME.rename(columns={"amount": "spent"}),
        FRAME.to_dict("list"),
        None,
    ],
)
def test_a_table_that_says_something_else_is_not_the_same(other: Any) -> None:
    assert not same(FRAME, other)
    assert not same(other, FRAME)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (np.float64(2.0), 2),
        (np.array([1, 2]), [1, 2]),
        (float("nan"), np.nan),
        (TaskState.SUCCESS, "success"),
        ({"a": [1, {2, 3}]}, {"a": (1.0, frozenset({3, 2}))}),
        ([None, "x", True], (None, "x", True)),
        (pd.Series([1, 2]), [1, 2]),
        (pd.DataFrame({"a": [1, None]}), pd.DataFrame({"a": [None, 1]})),
        ([FRAME, 1], [FRAME.iloc[::-1], 1.0]),
    ],
)
def test_plain_values_are_the_same_whatever_holds_them(one: Any, other: Any) -> None:
    assert same(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ([1, 2], [2, 1]),
        ("1", 1),
        (0, float("nan")),
        (None, 0),
        ({"a": 1}, {"b": 1}),
        ("abc", ["a", "b", "c"]),
        (1.0, 1.001),
        (b"x", "x"),
    ],
)
def test_different_values_are_not_the_same(one: Any, other: Any) -> None:
    assert not same(one, other)


def test_rows_of_mixed_kinds_can_be_sorted() -> None:
    table = normal(pd.DataFrame({"a": ["x", 1, None, 2.5, float("nan")]}))
    assert len(table.rows) == 5
