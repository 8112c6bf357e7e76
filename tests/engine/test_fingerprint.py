"""When is code still the same? What a function reads counts, however odd it is."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from wfkit.engine.fingerprint import fingerprint


def reading(value: Any) -> Callable[[], Any]:
    return lambda: value


class Endless(list[int]):
    def __iter__(self) -> Iterator[int]:
        return itertools.count()


class Wordless(float):
    def __repr__(self) -> str:
        raise ValueError("no text")


def holding_itself() -> list[Any]:
    value: list[Any] = []
    value += [value, value]
    return value


def nested() -> list[Any]:
    value: list[Any] = []
    for _ in range(5_000):
        value = [value]
    return value


ODD: list[Callable[[], Any]] = [
    lambda: Endless([1, 2]),
    lambda: Wordless(1.5),
    holding_itself,
    nested,
    lambda: 10**5_000,
    lambda: {"\ud800": {1, "a"}},
    lambda: [object()] * 20_000,
    lambda: list(range(20_000)),
]


@pytest.mark.parametrize("make", ODD)
def test_an_odd_constant_has_a_stable_print(make: Callable[[], Any]) -> None:
    assert fingerprint(reading(make())) == fingerprint(reading(make()))
    assert fingerprint(reading(make())) != fingerprint(reading(None))


DIFFERENT: list[tuple[Any, Any]] = [
    (Endless([1, 2]), Endless([1, 3])),
    (Wordless(1.5), Wordless(2.5)),
    (10**5_000, 10**5_000 + 1),
    (True, 1),
    ([1, 2], (1, 2)),
    ({1, 2}, {1, 3}),
    ({"a": 1}, {"a": 2}),
    (list(range(20_000)), [*range(19_999), 0]),
]


@pytest.mark.parametrize("number", range(len(DIFFERENT)))
def test_another_constant_is_other_code(number: int) -> None:
    one, other = DIFFERENT[number]
    assert fingerprint(reading(one)) != fingerprint(reading(other))


def test_the_order_in_a_set_does_not_count() -> None:
    assert fingerprint(reading({8, 0})) == fingerprint(reading({0, 8}))
