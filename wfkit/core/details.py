"""What is written down about how an attempt ended? The details of events."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wfkit.core import facts
from wfkit.core.durations import duration_words
from wfkit.core.members import Instance
from wfkit.core.states import Outcome

RETURNED: Mapping[str, Any] = {"outcome": Outcome.RETURNED.value}
CANCELLED: Mapping[str, Any] = {"outcome": Outcome.CANCELLED.value}
LOST: Mapping[str, Any] = {"outcome": Outcome.LOST.value}
CACHED: Mapping[str, Any] = {"outcome": Outcome.CACHED.value}


def over_time(it: Instance) -> dict[str, Any]:
    """An attempt took longer than its timeout."""
    return timed_out(f"no result after {duration_words(it.group.options.timeout)}")


def timed_out(message: str) -> dict[str, Any]:
    """The time of an attempt was up."""
    return {"outcome": Outcome.TIMED_OUT.value, "error": without_place("TimeoutError", message)}


def without_place(kind: str, message: str) -> dict[str, Any]:
    """An error that happened in no line of code."""
    return {"type": kind, "message": message, "line": None, "traceback": []}


def of_attempt(fact: facts.AttemptFinished) -> Mapping[str, Any]:
    """What a fact says beyond the state that it leads to."""
    detail: dict[str, Any] = {"outcome": fact.outcome.value}
    if fact.error is not None:
        detail["error"] = dict(fact.error)
    if fact.note:
        detail["note"] = fact.note
    return with_choice(detail, fact.chosen)


def with_choice(detail: Mapping[str, Any], chosen: tuple[str, ...] | None) -> Mapping[str, Any]:
    """Add which way a branch goes."""
    return detail if chosen is None else {**detail, "chosen": list(chosen)}
