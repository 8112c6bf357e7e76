"""The standard streams of a worker process: whatever a task does to them, they come back."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import Any, TextIO


class StandardStreams:
    """Descriptors 0, 1 and 2 as they were, and the text streams over them."""

    def __init__(self) -> None:
        self._saved = [os.dup(number) for number in range(3)]
        self._open(1)
        self._open(2)

    def _open(self, number: int) -> None:
        # Whoever closes the stream must not close the descriptor below it.
        stream = open(  # noqa: SIM115 - it stays open as long as the process lives
            number, "w", encoding="utf-8", errors="backslashreplace", buffering=1, closefd=False
        )
        name = ("stdin", "stdout", "stderr")[number]
        current = getattr(sys, name)
        if hasattr(current, "original"):
            current.original = stream
        else:
            setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)

    def put_back(self) -> None:
        """Let everything that was written arrive, then undo what was closed or redirected."""
        for number, stream in ((1, _below(sys.stdout)), (2, _below(sys.stderr))):
            with contextlib.suppress(ValueError, OSError):
                stream.flush()
            os.dup2(self._saved[number], number)
            if stream.closed:
                self._open(number)
        os.dup2(self._saved[0], 0)


def _below(stream: Any) -> TextIO:
    found: TextIO = getattr(stream, "original", stream)
    return found
