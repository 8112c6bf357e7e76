"""How do prints and log records of a task get into its capture, and those of others not?"""

from __future__ import annotations

import sys
import threading
from contextlib import AbstractContextManager
from typing import Any, TextIO

from wfkit.engine import no_input
from wfkit.engine.capture import current
from wfkit.engine.records import Records


class _Redirect:
    """Stands in for sys.stdout or sys.stderr: text of a task goes to its capture."""

    def __init__(self, name: str, original: TextIO) -> None:
        self._name = name
        self.original = original

    def write(self, text: str) -> int:
        capture = current()
        if capture is None:
            return self.original.write(text)
        capture.write(self._name, text)
        return len(text)

    def flush(self) -> None:
        capture = current()
        if capture is None:
            self.original.flush()
        else:
            capture.flush()

    def writelines(self, lines: list[str]) -> None:
        for line in lines:
            self.write(line)

    def close(self) -> None:
        """A task cannot close what others write to."""
        if current() is None:
            self.original.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.original, name)


class _Hooks:
    """The redirects of this process, in place while at least one run needs them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._users = 0
        self._records = Records(lambda stream: isinstance(stream, _Redirect))

    def __enter__(self) -> None:
        with self._lock:
            self._users += 1
            for name in ("stdout", "stderr"):
                # Somebody may have put a stream of their own there since the last user came.
                if not isinstance(getattr(sys, name), _Redirect):
                    setattr(sys, name, _Redirect(name, getattr(sys, name)))
            no_input.refuse(lambda: current() is not None)
            if self._users == 1:
                self._records.catch()

    def __exit__(self, *error: object) -> None:
        with self._lock:
            self._users -= 1
            if self._users == 0:
                for name in ("stdout", "stderr"):
                    while isinstance(stream := getattr(sys, name), _Redirect):
                        setattr(sys, name, stream.original)
                no_input.undo()
                self._records.release()


_hooks = _Hooks()


def installed() -> AbstractContextManager[None]:
    """Catch prints and log records of tasks while the block runs, alone or nested."""
    return _hooks
