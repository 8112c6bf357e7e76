"""A result as bytes, and back."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from wfkit.core.errors import WfkitError
from wfkit.core.options import shown
from wfkit.core.secret import SecretStays
from wfkit.engine.failure import in_a_line

MOST_BYTES = 256 * 1024**2
_MOST_MEMBERS = 1_000
_DEEPEST = 50
_LONGEST_PATH = 60
PARQUET = b"PAR1"
"""What Parquet begins with."""


class CannotStore(WfkitError):
    """A result cannot be kept in a store."""


class Unreadable(WfkitError):
    """A result that was stored cannot be turned back into what it was."""


def as_bytes(task: str, result: Any, result_format: str = "pickle") -> bytes:
    """Return a result as bytes: pickle protocol 5, or Parquet for a table.

    Raises CannotStore, which names the member that refuses, or for more than 256 MB.
    """
    is_table = result_format == "parquet" and hasattr(result, "to_parquet")
    found = _parquet(task, result) if is_table else _pickled(task, result)
    check_size(task, found)
    return found


def _pickled(task: str, result: Any) -> bytes:
    try:
        return pickle.dumps(result, protocol=5)
    except SecretStays as cause:
        raise CannotStore(
            f"what {task} returned cannot be stored: {member(result)} is a Secret, and no history "
            "keeps one.\nReturn what comes of it, or run with store=None to keep results in memory."
        ) from cause
    except Exception as cause:
        where = member(result)
        raise CannotStore(
            f"what {task} returned cannot be stored: "
            f"{where} is not picklable ({in_a_line(cause)}).\n"
            "Return data instead, or run with store=None to keep results in memory."
        ) from cause


def check_size(task: str, found: bytes) -> None:
    """Raise CannotStore for more than 256 MB."""
    if len(found) > MOST_BYTES:
        raise CannotStore(
            f"what {task} returned takes {len(found) / 1024**2:,.0f} MB, "
            "at most 256 MB are stored.\n"
            "Write it to a file and return the path."
        )


def _parquet(task: str, table: Any) -> bytes:
    try:
        found: bytes = table.to_parquet(index=None)
    except ImportError:
        raise CannotStore(
            f"{task} stores its result as Parquet, which needs pyarrow.\n"
            "Install it: python -m pip install 'wfkit[parquet]'"
        ) from None
    except Exception as cause:
        raise CannotStore(
            f"what {task} returned does not fit into Parquet: {in_a_line(cause)}.\n"
            "Give each column a name and one type, or use result_format=pickle."
        ) from cause
    return found


def from_bytes(data: bytes) -> Any:
    """Return the result that these bytes hold.

    >>> from_bytes(as_bytes("orders", [1, 2]))
    [1, 2]
    """
    if data.startswith(PARQUET):
        import io

        import pandas as pd

        return pd.read_parquet(io.BytesIO(data))
    return pickle.loads(data)  # noqa: S301 - only from a folder that nobody else can write


def restored(task: str, data: bytes | None) -> Any:
    """Return the result of a task from its bytes; None stands for bytes that are gone.

    Raises Unreadable, for example where a class has been renamed since.
    """
    why = "its file is gone"
    if data is not None:
        try:
            return from_bytes(data)
        except Exception as cause:  # noqa: BLE001 - any class may fail to be built again
            why = in_a_line(cause)
    raise Unreadable(
        f"what {task} returned cannot be read back: {why}.\n"
        f'Define what it needs as it was, or run it again: dag.rerun("{task}")'
    )


def member(value: Any, path: str = "it", dumps: Callable[..., bytes] = pickle.dumps) -> str:
    """Return the path to the innermost part that `dumps` refuses, as text behind `path`.

    >>> member({"a": [1, lambda: 2]})
    'it["a"][1]'
    """
    try:
        found = _member(value, path, dumps, 0)
    except Exception:  # noqa: BLE001 - any class may refuse to show its parts
        return path
    return found if len(found) <= _LONGEST_PATH else f"{found[:_LONGEST_PATH]}…"


def _member(value: Any, path: str, dumps: Callable[..., bytes], depth: int) -> str:
    for step, part in islice(_members(value), _MOST_MEMBERS) if depth < _DEEPEST else ():
        try:
            dumps(part, protocol=5)
        except Exception:  # noqa: BLE001 - any class may refuse in its own way
            return path if part is value else _member(part, f"{path}{step}", dumps, depth + 1)
    return path


def _members(value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        return ((f"[{shown(key)}]", part) for key, part in value.items())
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return ((f"[{index}]", part) for index, part in enumerate(value))
    return ((f".{name}", part) for name, part in getattr(value, "__dict__", {}).items())
