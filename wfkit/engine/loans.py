"""What has a body changed of this process, that is to be as it was when the body has ended?

The working directory and environment variables. Python's audit events tell of each change as it
happens, in the thread that makes it, so nothing that the notebook itself changes meanwhile is
taken for a task's doing.
"""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Callable
from typing import Any

from wfkit.engine import capture
from wfkit.engine.capture import Capture

_FOLDER = "the working directory"
_VARIABLE = "environment variables"

Key = tuple[str, str]
_before: dict[Key, tuple[Any, set[Capture]]] = {}
_is_listening = False


def listen() -> None:
    """Hear of changes from now on; as audit hooks are, for as long as the process lives."""
    global _is_listening  # noqa: PLW0603 - a hook is added once for all
    if not _is_listening:
        _is_listening = True
        sys.addaudithook(_hear)


def folder() -> str:
    """Return the working directory, or where it was before a task changed it."""
    found = _before.get((_FOLDER, ""))
    return found[0] if found else os.getcwd()  # noqa: PTH109 - it may be compared as a text


def give_back(borrower: Capture) -> list[str]:
    """Undo what a body has changed, and return what that was."""
    if not _before:
        return []
    mine = [(key, value) for key, (value, by) in list(_before.items()) if borrower in by]
    for key, value in mine:
        _before.pop(key, None)
        with contextlib.suppress(OSError):
            _PUT_BACK[key[0]](key[1], value)
    return sorted({kind for (kind, _), _ in mine})


def _hear(event: str, arguments: tuple[Any, ...]) -> None:
    told = _EVENTS.get(event)
    if told is not None:
        with contextlib.suppress(Exception):  # what is raised here would stop the change
            told(*arguments)


def _borrow(kind: str, name: str, value: Any) -> None:
    """Note what something was before; a change outside of tasks is the host's own, and stays."""
    # Without a lock: a child that is forked while another thread holds one would wait for ever.
    here = capture.current()
    if here is None:
        _before.pop((kind, name), None)
    else:
        _before.setdefault((kind, name), (value, set()))[1].add(here)


def _on_folder(*_: Any) -> None:
    _borrow(_FOLDER, "", os.getcwd())  # noqa: PTH109 - as it is


def _on_variable(name: bytes | str, *_: Any) -> None:
    known = os.fsdecode(name)
    _borrow(_VARIABLE, known, os.environ.get(known))


def _put_folder(_: str, value: str) -> None:
    os.chdir(value)


def _put_variable(name: str, value: str | None) -> None:
    if value is None:
        os.environ.pop(name, None)
    else:
        os.environ[name] = value
    if name == "TZ" and hasattr(time, "tzset"):
        time.tzset()


_EVENTS: dict[str, Callable[..., None]] = {
    "os.chdir": _on_folder,
    "os.putenv": _on_variable,
    "os.unsetenv": _on_variable,
}
_PUT_BACK: dict[str, Callable[[str, Any], None]] = {
    _FOLDER: _put_folder,
    _VARIABLE: _put_variable,
}
