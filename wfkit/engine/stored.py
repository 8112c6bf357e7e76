"""A result as bytes, and back."""

from __future__ import annotations

import pickle
from collections.abc import Mapping, Sequence
from typing import Any

from wfkit.core.errors import WfkitError

MOST_BYTES = 256 * 1024**2
_MOST_MEMBERS = 1_000


class CannotStore(WfkitError):
    """A result cannot be kept in a store."""


def pickled(task: str, result: Any) -> bytes:
    """Return a result as bytes (pickle protocol 5).

    Raises CannotStore, which names the member that refuses, or for more than 256 MB.
    """
    try:
        found = pickle.dumps(result, protocol=5)
    except Exception as cause:
        where = _member(result)
        raise CannotStore(
            f"what {task} returned cannot be stored: {where} is {_kind(cause)}.\n"
            "Return data instead, or run with store=None to keep results in memory."
        ) from cause
    if len(found) > MOST_BYTES:
        raise CannotStore(
            f"what {task} returned takes {len(found) / 1024**2:,.0f} MB, "
            "at most 256 MB are stored.\n"
            "Write it to a file and return the path."
        )
    return found


def unpickled(data: bytes) -> Any:
    """Return the result that these bytes hold.

    >>> unpickled(pickled("orders", [1, 2]))
    [1, 2]
    """
    return pickle.loads(data)  # noqa: S301 - only from a folder that nobody else can write


def _kind(cause: BaseException) -> str:
    return f"not picklable ({type(cause).__name__}: {cause})"


def _member(value: Any, path: str = "it") -> str:
    """Return the path to the innermost part that refuses to be pickled."""
    for step, part in _members(value)[:_MOST_MEMBERS]:
        try:
            pickle.dumps(part, protocol=5)
        except Exception:  # noqa: BLE001 - any class may refuse in its own way
            return _member(part, f"{path}{step}") if part is not value else path
    return path


def _members(value: Any) -> list[tuple[str, Any]]:
    if isinstance(value, Mapping):
        return [(f"[{key!r}]", part) for key, part in value.items()]
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return [(f"[{index}]", part) for index, part in enumerate(value)]
    return [(f".{name}", part) for name, part in getattr(value, "__dict__", {}).items()]
