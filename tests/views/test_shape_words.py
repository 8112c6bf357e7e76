from __future__ import annotations

from typing import Any, NoReturn

import numpy as np
import pandas as pd
import pytest

from wfkit.views.shape_words import Shape, shape_of, shape_of_mapped


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (None, "None"),
        (True, "bool True"),
        (7, "int 7"),
        (2**70, "int"),
        (float("nan"), "float nan"),
        ("hunter2", "str, 7 characters"),
        (b"1", "bytes, 1 byte"),
        ([1], "list, 1 item"),
        ((1, 2), "tuple, 2 items"),
        ({3}, "set, 1 item"),
        ({}, "dict, 0 keys"),
        ({"a": 1, 2: 3, True: 4, ("secret",): 5}, "dict, 4 keys: a, 2, bool, tuple"),
        (dict.fromkeys("abcdefg"), "dict, 7 keys: a, b, c, d, e, f, …"),
        (object(), "object"),
        (np.zeros((2, 3)), "array of float64, 2 × 3"),
        (np.array(1), "array of int64, one number"),
        (pd.Series([1.5]), "Series of float64, 1 row"),
        (pd.DataFrame({"a": [1], 2: [3]}), "DataFrame, 1 × 2: a, 2"),
        (pd.DataFrame(), "DataFrame, 0 × 0"),
    ],
)
def test_a_shape_tells_type_and_size(value: object, told: str) -> None:
    assert str(shape_of(value)) == told


def test_a_large_table_is_told_in_one_line() -> None:
    table = pd.DataFrame(np.zeros((1_204, 40)), columns=[f"c{i}" for i in range(40)])
    shape = shape_of(table)
    assert shape == Shape("DataFrame, 1,204 × 40", "c0, c1, c2, c3, c4, c5, …")
    assert shape_of({"x" * 100: 1}).parts == "x" * 23 + "…"


def test_control_characters_in_names_are_spelled_out() -> None:
    assert shape_of({"a\u202e\n": 1}).parts == r"a\u202e\n"


class Trap(type):
    def __getattribute__(cls, name: str) -> NoReturn:
        raise AssertionError(f"asked its class for {name}")


def refuses(self: object, *arguments: Any) -> NoReturn:
    raise AssertionError("asked about itself")


NAMES = ("__repr__", "__str__", "__len__", "__iter__", "__getattribute__", "__eq__", "__hash__")


@pytest.mark.parametrize("base", [object, list, dict, str, int, float, pd.DataFrame, np.ndarray])
def test_no_code_of_a_value_is_run(base: Any) -> None:
    kind: Any = type("Hostile", (base,), {})
    value = kind.__new__(kind, 0) if base is np.ndarray else kind()
    for name in NAMES:
        setattr(kind, name, refuses)
    assert shape_of(value) == Shape("Hostile")
    assert shape_of_mapped([value, value]) == Shape("2 × Hostile")
    assert shape_of([value]) == Shape("list, 1 item")


def test_a_class_that_answers_for_itself_is_not_asked() -> None:
    assert shape_of(Trap("Trapped", (), {})()) == Shape("Trapped")


def test_instances_are_told_together() -> None:
    assert str(shape_of_mapped([1, 2, "a"])) == "3 × int or str"
    assert str(shape_of_mapped([1.5] * 1_204)) == "1,204 × float"
