"""What went wrong in a body, as plain data without addresses, clock times or machine paths."""

from __future__ import annotations

import functools
import inspect
import os
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path, PurePath
from typing import Any

from wfkit.core.details import without_place
from wfkit.core.masking import masked

_OURS = str(Path(__file__).parent.parent) + os.sep
_MOST_FRAMES = 30
_LONGEST_MESSAGE = 4_000
_LONGEST_LINE = 200
_LONGEST_SECRET = 8_000


def describe(exception: BaseException, function: Callable[..., Any]) -> Mapping[str, Any]:
    """Return type, message, `line` (the learner's own) and traceback (lines) of an error.

    `line` holds function, number and source of the innermost frame in the file that `function`
    was written in; it is None where there is no such frame. Never raises.
    """
    try:
        return _described(exception, function)
    except BaseException:  # noqa: BLE001 - an error that cannot be told must not stop the run
        text = "(it cannot be shown)"
        return without_place(type(exception).__name__, text)


def _described(exception: BaseException, function: Callable[..., Any]) -> Mapping[str, Any]:
    found = [
        it
        for it in traceback.walk_tb(exception.__traceback__)
        if not it[0].f_code.co_filename.startswith(_OURS)
    ]
    own_file = _file_of(function)
    own = [it for it in found if it[0].f_code.co_filename == own_file][-1:]
    frames = traceback.StackSummary.extract(iter(own + found[-_MOST_FRAMES:]))
    return {
        "type": type(exception).__name__,
        "message": message(exception),
        "line": _line(frames[0]) if own else None,
        "traceback": [part for it in frames[len(own) :] for part in _shown(it, own_file)],
    }


def _file_of(function: Callable[..., Any]) -> str | None:
    while isinstance(function, functools.partial):
        function = function.func
    function = inspect.unwrap(function)
    code = getattr(function, "__code__", None) or getattr(type(function).__call__, "__code__", None)
    return getattr(code, "co_filename", None)


def message(exception: BaseException) -> str:
    """Return the text of an error, its secrets masked; one that fails to tell it is none on top."""
    try:
        text = str(exception)
    except BaseException:  # noqa: BLE001 - a class of the learner's may do anything here
        return "(its own text cannot be shown)"
    text = text[: _LONGEST_MESSAGE + _LONGEST_SECRET]
    text = masked(text.encode("utf-8", "backslashreplace").decode())
    return text if len(text) <= _LONGEST_MESSAGE else text[:_LONGEST_MESSAGE] + "…"


def in_a_line(exception: BaseException) -> str:
    r"""Return the kind and the text of an error in one short line, to be part of another text.

    >>> in_a_line(ValueError("bad row\n17"))
    'ValueError: bad row 17'
    """
    text = " ".join(message(exception).split())
    text = text if text.isprintable() else ascii(text)[1:-1]
    text = text if len(text) <= _LONGEST_LINE else text[:_LONGEST_LINE] + "…"
    return f"{type(exception).__name__}: {text}" if text else type(exception).__name__


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
