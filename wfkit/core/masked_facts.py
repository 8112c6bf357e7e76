"""What of a fact may be written down? All but the secrets in its texts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from wfkit.core.facts import AttemptFinished, CancelRequested, Poked
from wfkit.core.masking import masked, masked_code


def masked_finish(fact: AttemptFinished | Poked) -> AttemptFinished | Poked:
    """Return how an attempt ended, without the secrets that its error or its note may name."""
    if not isinstance(fact, AttemptFinished) or (fact.error is None and not fact.note):
        return fact
    error = None if fact.error is None else masked_error(fact.error)
    return fact._replace(error=error, note=masked(fact.note))


def masked_cancel(request: CancelRequested) -> CancelRequested:
    """Return why a run is to stop, without secrets."""
    return request._replace(reason=masked(request.reason)) if request.reason else request


def masked_error(error: Mapping[str, Any]) -> dict[str, Any]:
    """Return an error as it is recorded (type, message, line, traceback) without secrets."""
    found, line = dict(error), error.get("line")
    found["message"] = masked(str(error.get("message", "")))
    found["traceback"] = _masked_code_lines(error.get("traceback", ()))
    if line:
        found["line"] = {**line, "source": masked_code(line["source"])}
    return found


def _masked_code_lines(lines: Sequence[str]) -> list[str]:
    whole = "\n".join(lines)
    # Nearly always there is none: one look at all of them is enough.
    return list(lines) if masked_code(whole) == whole else [masked_code(it) for it in lines]
