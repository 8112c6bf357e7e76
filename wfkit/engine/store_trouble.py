"""What keeps a history from being used, and what can be done about it?"""

from __future__ import annotations

from pathlib import Path

from wfkit.core.errors import StoreError

_NEXT_STEPS = {
    ("is full", "disk I/O error", "No space", "too large", "quota"): (
        "Make room on its disk, then run again or go on: dag.resume()"
    ),
    ("readonly", "Read-only", "denied", "not permitted"): (
        "Let its folder be written to, or choose another path: {path}"
    ),
    ("is locked",): "Another program has it open; close it there: {path}",
}


def refusal(path: Path, cause: Exception) -> StoreError:
    """Return the error for what SQLite or the disk says about a history.

    >>> print(refusal(Path("/data/history.sqlite"), OSError("database or disk is full")))
    history.sqlite cannot be used as a history: database or disk is full.
    Make room on its disk, then run again or go on: dag.resume()
    """
    found = "Move the file away or choose another path: {path}"
    for signs, step in _NEXT_STEPS.items():
        if any(sign in str(cause) for sign in signs):
            found = step
    said = f"{path.name} cannot be used as a history: {cause}.\n"
    return StoreError(said + found.format(path=path))
