"""Whatever a reader does to a value, the next reader sees what was returned."""

from __future__ import annotations

import datetime as dt
import threading
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from pathlib import PurePosixPath
from typing import Any, NamedTuple
from uuid import UUID

import numpy as np
import pandas as pd
import pytest

from wfkit.core.states import TaskState
from wfkit.engine.values import isolated


class Row(NamedTuple):
    amounts: list[int]


@dataclass
class Order:
    amounts: list[int] = field(default_factory=lambda: [1])


@pytest.mark.parametrize(
    ("value", "spoil"),
    [
        ([1, 2], lambda v: v.append(3)),
        ([[1], [2]], lambda v: v[0].append(3)),
        (([1],), lambda v: v[0].append(3)),
        ({"a": [1]}, lambda v: v["a"].append(3)),
        ({"a": 1}, lambda v: v.clear()),
        ({1, 2}, lambda v: v.add(3)),
        (deque([1]), lambda v: v.append(2)),
        (OrderedDict(a=[1]), lambda v: v["a"].append(2)),
        (bytearray(b"ab"), lambda v: v.append(1)),
        (Row([1]), lambda v: v.amounts.append(2)),
        (Order(), lambda v: v.amounts.append(2)),
    ],
)
def test_plain_values_are_copied_as_deep_as_they_go(
    value: Any, spoil: Callable[[Any], object]
) -> None:
    before = repr(value)
    copy = isolated(value)
    assert type(copy) is type(value)
    assert copy == value
    spoil(copy)
    assert repr(value) == before
    assert repr(isolated(value)) == before


@pytest.mark.parametrize(
    "value",
    [
        *(None, True, 0, 1.5, 1j, "text", b"bytes", range(3), slice(1, 2), int, len, dt),
        *(
            dt.date(1997, 1, 1),
            dt.datetime(1997, 1, 1, tzinfo=dt.UTC),
            dt.time(1),
            dt.timedelta(1),
            dt.UTC,
        ),
        *(Decimal("1.10"), Fraction(1, 3), PurePosixPath("data"), UUID(int=5)),
        *(TaskState.SUCCESS, np.float64(1.5), isolated),
        *(float("nan"), pd.NaT, pd.Timestamp("1997-01-01"), pd.NA),
    ],
)
def test_what_nobody_can_change_is_handed_over_as_it_is(value: Any) -> None:
    assert isolated(value) is value


def some_orders() -> pd.DataFrame:
    frame = pd.DataFrame(
        {
            "id": [1, 2],
            "amount": [1.5, float("nan")],
            "name": ["a", "b"],
            "tags": [["x"], ["y", "z"]],
            "extra": pd.Series([{"a": [1]}, None], dtype=object),
            "day": pd.to_datetime(pd.Series(["1997-01-01", None])),
        }
    )
    frame.index = pd.Index([10, 20], name="key")
    frame.attrs["source"] = ["shop"]
    return frame


def spoil_frame(frame: pd.DataFrame) -> None:
    frame.loc[10, "id"] = 99
    frame["new"] = 1
    frame["tags"].iloc[0].append("spoiled")
    frame["extra"].iloc[0]["a"].append("spoiled")
    frame.index.name = "spoiled"
    frame.columns.name = "spoiled"
    frame.attrs["source"].append("spoiled")
    del frame["name"]


def test_frame_is_the_same_for_every_reader() -> None:
    orders, before = some_orders(), some_orders()
    copy = isolated(orders)
    pd.testing.assert_frame_equal(copy, before)
    assert list(copy.dtypes) == list(orders.dtypes)
    spoil_frame(copy)
    pd.testing.assert_frame_equal(orders, before)
    pd.testing.assert_frame_equal(isolated(orders), before)
    assert (orders.index.name, orders.columns.name, orders.attrs) == ("key", None, before.attrs)


def test_column_without_mutables_is_not_copied_at_once() -> None:
    orders = some_orders()
    assert np.shares_memory(isolated(orders)["id"].to_numpy(), orders["id"].to_numpy())


def test_series_is_the_same_for_every_reader() -> None:
    orders = some_orders()
    for name in orders.columns:
        before = repr(orders[name])
        copy = isolated(orders[name])
        pd.testing.assert_series_equal(copy, orders[name])
        copy.name = "spoiled"
        copy.index.name = "spoiled"
        if isinstance(copy.iloc[0], list):
            copy.iloc[0].append("spoiled")
        copy.iloc[0] = copy.iloc[1]
        assert repr(orders[name]) == before


def test_frame_with_columns_of_one_name_is_copied() -> None:
    frame = pd.DataFrame([[[1], [2]]], columns=["a", "a"])
    copy = isolated(frame)
    copy.iloc[0, 0].append(9)
    assert frame.to_numpy().tolist() == [[[1], [2]]]
    assert list(copy.columns) == ["a", "a"]


@pytest.mark.parametrize(
    "frame", [pd.DataFrame(), pd.DataFrame({"a": []}), pd.Series(dtype=object)]
)
def test_empty_frame_is_copied(frame: Any) -> None:
    assert isolated(frame).equals(frame)


def test_array_is_read_only() -> None:
    array = np.arange(3)
    view = isolated(array)
    assert np.shares_memory(view, array)
    with pytest.raises(ValueError, match="read-only"):
        view[0] = 9
    array[0] = 9
    assert array.flags.writeable


@pytest.mark.parametrize(
    "array",
    [
        np.array([[1], "x", None], dtype=object),
        np.array([([1],)], dtype=[("tags", object)]),
        np.ma.masked_array([1, 2], mask=[False, True]),
    ],
)
def test_array_that_holds_more_than_numbers_is_copied(array: Any) -> None:
    before = repr(array)
    copy = isolated(array)
    assert repr(copy) == before
    if isinstance(array, np.ma.MaskedArray):
        copy[0] = np.ma.masked
    else:
        first = copy[0][0] if array.dtype.names else copy[0]
        first.append(9)
    assert repr(array) == before


class Stubborn:
    """Refuses to be copied, in a way of its own."""

    def __deepcopy__(self, memo: object) -> Stubborn:
        raise RuntimeError("never")


def generator() -> Iterator[int]:
    yield 1


@pytest.mark.parametrize("make", [Stubborn, threading.Lock, generator, lambda: [Stubborn()]])
def test_what_refuses_to_be_copied_is_handed_over_as_it_is(make: Callable[[], Any]) -> None:
    value = make()
    assert isolated(value) is value


def test_value_that_holds_itself_is_copied() -> None:
    ring: list[Any] = []
    ring.append(ring)
    copy = isolated(ring)
    assert copy is not ring
    assert copy[0] is copy


def test_value_that_is_too_deep_to_copy_is_handed_over() -> None:
    deep: list[Any] = []
    for _ in range(3_000):
        deep = [deep]
    assert isolated(deep) is deep
    while deep:
        deep = deep.pop()


def test_equality_is_never_asked() -> None:
    class Touchy:
        def __eq__(self, other: object) -> bool:
            raise AssertionError("compared")

        __hash__ = None  # type: ignore[assignment]

    assert isinstance(isolated(Touchy()), Touchy)
    assert isolated(pd.Series([Touchy()], dtype=object)).size == 1


def test_frames_in_containers_are_copied_as_deep_as_others() -> None:
    frame = pd.DataFrame({"x": [[1], [2]]})
    value: dict[str, Any] = {"all": [frame, (frame, pd.Series([[3]]))]}
    copied = isolated(value)
    copied["all"][0]["x"][0].append(9)
    copied["all"][1][1][0].append(9)
    assert copied["all"][0] is copied["all"][1][0]
    assert (frame["x"][0], value["all"][1][1][0]) == ([1], [3])
