"""Bodies of tasks that go wrong, in a file of their own: its lines are the learner's."""

from __future__ import annotations

import copy
import json
from typing import Any


def raises() -> None:
    raise ValueError("bad row 17")


def _helper(amount: int) -> float:
    return 1 / amount


def raises_in_helper() -> float:
    return _helper(0)


def raises_in_library() -> Any:
    return json.loads("{broken")


def raises_deep_in_library() -> Any:
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    return copy.deepcopy(deep)


def recurses() -> None:
    recurses()


def chained() -> None:
    try:
        _helper(0)
    except ZeroDivisionError as cause:
        raise RuntimeError("no rate for this day") from cause


class _Shy(Exception):
    def __str__(self) -> str:
        raise KeyboardInterrupt


def raises_shy() -> None:
    raise _Shy


class _Hostile(Exception):
    @property
    def __traceback__(self) -> Any:  # type: ignore[override]
        raise SystemExit


def raises_hostile() -> None:
    raise _Hostile


async def fails_later() -> None:
    raise TimeoutError("too late")


class Shop:
    def __call__(self) -> None:
        raise LookupError("closed")

    def open(self) -> None:
        raise LookupError("no key")


def with_arguments(orders: int, rate: float) -> float:
    return orders / rate
