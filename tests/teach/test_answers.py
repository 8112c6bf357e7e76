import math

import numpy as np
import pandas as pd
import pytest

from wfkit.core.states import TaskState
from wfkit.core.task import task
from wfkit.teach.answers import agree, plain


@task
def orders() -> int:
    return 1


@pytest.mark.parametrize(
    ("answer", "actual"),
    [
        (28_635.90, 28_635.899999),
        ("28,635.90", 28_635.9),
        ("$28,635.90", 28_635.9),
        ("28 635.90", 28_635.9),
        ("about 50 minutes", 50),
        ("-3", -3),
        (3, 3.0),
        (9_680.55, "9,680.55"),
        ("Orders", "orders"),
        ('"orders"', "orders"),
        ("“orders”", "orders"),
        ("orders.", "orders"),
        ("cbda", "C B D A"),
        ("C, B, D, A", "C B D A"),
        ("C-B-D-A", "C B D A"),
        (["C", "B", "D", "A"], "C B D A"),
        ("plan_b, letter", {"letter", "plan_b"}),
        ("Letter and plan_b", {"letter", "plan_b"}),
        ({orders}, {"orders"}),
        ("none", set[str]()),
        (True, "yes"),
        ("No", False),
        (orders, "orders"),
        ("sales", pd.Series(["sales"])),
        ("3, 4", np.array([3, 4])),
        ("success", TaskState.SUCCESS),
    ],
)
def test_the_same_in_other_writing_is_the_same(answer: object, actual: object) -> None:
    assert agree(plain(answer), plain(actual))


@pytest.mark.parametrize(
    ("answer", "actual"),
    [
        (3, 4),
        ("4 or 5", 4),
        (28_636, 28_635.9),
        ("four", 4),
        (True, 1),
        (4, "orders"),
        ("orders", 4),
        (math.nan, 4),
        ("C B A D", "C B D A"),
        ("letter", {"letter", "plan_b"}),
        ("letter, letter", {"letter", "plan_b"}),
        ("sales", "orders"),
        ("yes", "no"),
    ],
)
def test_what_says_something_else_is_not_the_same(answer: object, actual: object) -> None:
    assert not agree(plain(answer), plain(actual))


def test_a_long_object_is_cut() -> None:
    assert len(plain(object.__new__(type("Long", (), {"__repr__": lambda _: "x" * 900})))) < 210
