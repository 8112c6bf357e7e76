"""Where on a time axis is a moment? In proportion, but for the time in which a run lay still."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from wfkit.core.durations import duration_words
from wfkit.views.timeline import ticks

_GAP_SHARE = 0.06
_WORTH_A_GAP = 0.2


class Piece(NamedTuple):
    """A part of an axis: it leads from `start` to `end` (seconds) and from `left` to `right` (0-1).

    A gap is time that passes between the end of a run and the moment when it goes on.
    """

    start: float
    end: float
    left: float
    right: float
    is_gap: bool = False


class Mark(NamedTuple):
    """A mark on the axis: where (0-1), and what is written there."""

    at: float
    text: str


def pieces(end: float, still: Sequence[tuple[float, float]]) -> list[Piece]:
    """Return an axis from 0 to `end` on which the longer of the times `still` are short.

    >>> [(it.left, it.right, it.is_gap) for it in pieces(100.0, [(10.0, 90.0)])]
    [(0.0, 0.47, False), (0.47, 0.53, True), (0.53, 1.0, False)]
    """
    busy = end - sum(to - since for since, to in still)
    gaps = [(since, to) for since, to in still if to - since > _WORTH_A_GAP * busy]
    cuts = [0.0, *(moment for gap in gaps for moment in gap), end]
    scale = (1 - _GAP_SHARE * len(gaps)) / ((end - sum(to - since for since, to in gaps)) or 1.0)
    found: list[Piece] = []
    left = 0.0
    for i, (since, to) in enumerate(pairwise(cuts)):
        is_gap = bool(i % 2)
        right = left + (_GAP_SHARE if is_gap else (to - since) * scale)
        found.append(Piece(since, to, round(left, 6), round(right, 6), is_gap))
        left = right
    return found


def marks(axis: Sequence[Piece]) -> list[Mark]:
    """Return round marks for the first piece, and one for the start of each that follows a gap."""
    first, *rest = axis
    span = first.end - first.start
    per_second = (first.right - first.left) / span if span else 0.0
    found = [
        Mark(round(tick.at * per_second, 6), tick.text)
        for tick in ticks(span)
        if tick.at <= span * (1.001 if not rest else 0.9)
    ]
    return [*found, *(Mark(it.left, duration_words(it.start)) for it in rest if not it.is_gap)]
