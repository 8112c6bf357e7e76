"""What went wrong in a body, as plain data without addresses, clock times or machine paths."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping
from pathlib import Path, PurePath
from typing import Any

_OURS = str(Path(__file__).parent.parent)
_MOST_FRAMES = 30
_LONGEST_MESSAGE = 4_000


def describe(exception: BaseException, function: Callable[..., Any]) -> Mapping[str, Any]:
    """Return type, message, `line` (the learner's own) and traceback (lines) of an error.

    `line` holds function, number and source of the innermost frame in the file that `function`
    was written in; it is None where there is no such frame.
    """
    told = traceback.TracebackException.from_exception(exception, limit=-_MOST_FRAMES)
    frames = [frame for frame in told.stack if not frame.filename.startswith(_OURS)]
    own_file = getattr(getattr(function, "__code__", None), "co_filename", None)
    own = [frame for frame in frames if frame.filename == own_file]
    return {
        "type": type(exception).__name__,
        "message": _message(exception),
        "line": _line(own[-1]) if own else None,
        "traceback": [part for frame in frames for part in _shown(frame, own_file)],
    }


def _message(exception: BaseException) -> str:
    try:
        text = str(exception)
    except Exception:  # noqa: BLE001 - a class of the learner's may fail to describe itself
        return "(its own text cannot be shown)"
    text = text.encode("utf-8", "backslashreplace").decode()
    return text if len(text) <= _LONGEST_MESSAGE else text[:_LONGEST_MESSAGE] + "…"


def _line(frame: traceback.FrameSummary) -> dict[str, Any]:
    return {"function": frame.name, "number": frame.lineno, "source": (frame.line or "").strip()}


def _shown(frame: traceback.FrameSummary, own_file: str | None) -> list[str]:
    where = "your code" if frame.filename == own_file else _short(frame.filename)
    head = f"{where}, line {frame.lineno}, in {frame.name}"
    return [head, f"    {frame.line.strip()}"] if frame.line else [head]


def _short(filename: str) -> str:
    parts = PurePath(filename).parts
    if "site-packages" in parts:
        return "/".join(parts[parts.index("site-packages") + 1 :])
    return parts[-1] if parts else filename
