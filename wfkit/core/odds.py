"""How likely is it? Counts of many nights as chances, with how far off they may be."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

_Z = 1.959963984540054
"""So many standard deviations on both sides hold 95 % of a normal distribution."""


class Chance(NamedTuple):
    """A chance from 0 to 1, and the interval that holds the true one 95 times out of 100."""

    value: float
    low: float
    high: float


def chance_of(hits: int, total: int) -> Chance:
    """Return the chance that `hits` out of `total` show, with Wilson's interval.

    Source: E. B. Wilson, "Probable Inference", 1927. It is never empty, not even when
    everything went well.

    >>> [round(part, 3) for part in chance_of(100, 100)]
    [1.0, 0.963, 1.0]
    """
    if not total:
        return Chance(float("nan"), 0.0, 1.0)
    value, spread = hits / total, _Z * _Z / total
    middle = (value + spread / 2) / (1 + spread)
    half = math.sqrt(spread * value * (1 - value) + spread * spread / 4) / (1 + spread)
    return Chance(value, max(0.0, min(value, middle - half)), min(1.0, max(value, middle + half)))


def quantile(ordered: Sequence[float], part: float) -> float:
    """Return the smallest of `ordered` values that so large a part of them does not exceed.

    >>> quantile([10, 20, 30, 40], 0.5), quantile([10, 20, 30, 40], 0.9)
    (20, 40)
    """
    if not ordered:
        return float("nan")
    return ordered[max(0, math.ceil(round(part * len(ordered), 9)) - 1)]


class Odds(NamedTuple):
    """What many nights of one variant came to.

    `finishes` holds, in order, after how many seconds the nights that succeeded had ended;
    `on_time` is None where nothing says until when they should have; `attempts` is the mean
    number of attempts in a night.
    """

    variant: str
    success: Chance
    on_time: Chance | None
    attempts: float
    finishes: Sequence[float]


class Nights(NamedTuple):
    """What was played: `number` nights of a Dag, to be over `due` seconds after their start.

    `time_of_day` is `due` as it was asked for, if it was such a time. `recorded` names tasks
    whose durations are those of earlier attempts.
    """

    dag: str
    number: int
    time_of_day: str = ""
    due: float | None = None
    recorded: tuple[str, ...] = ()
