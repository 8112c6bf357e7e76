"""What happens to a task that asks for input? Nobody is there to answer, so it is told so."""

from __future__ import annotations

import builtins
import io
import sys
from collections.abc import Callable
from typing import Any, NoReturn, TextIO

_TOLD = "nobody answers a task that runs; let it take what it asks for as a parameter"
IsInTask = Callable[[], bool]


class _NoInput:
    """Stands in for sys.stdin: outside of tasks it is what it was."""

    def __init__(self, original: TextIO, is_in_task: IsInTask) -> None:
        self.original = original
        self._is_in_task = is_in_task

    def _ask(self, method: str, *arguments: Any) -> Any:
        if self._is_in_task():
            raise EOFError(_TOLD)
        return getattr(self.original, method)(*arguments)

    def read(self, *size: Any) -> Any:
        return self._ask("read", *size)

    def readline(self, *size: Any) -> Any:
        return self._ask("readline", *size)

    def readlines(self, *size: Any) -> Any:
        return self._ask("readlines", *size)

    def __iter__(self) -> Any:
        return self._ask("__iter__")

    def __next__(self) -> Any:
        return self._ask("__next__")

    def fileno(self) -> int:
        if self._is_in_task():  # else `input` would read from the terminal itself
            raise io.UnsupportedOperation(_TOLD)
        return self.original.fileno()

    def close(self) -> None:
        """A task cannot close what others read from."""
        if not self._is_in_task():
            self.original.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.original, name)


class _Input:
    """Stands in for `input`, which notebooks have replaced by one of their own."""

    def __init__(self, original: Callable[..., str], is_in_task: IsInTask) -> None:
        self.original = original
        self._is_in_task = is_in_task

    def __call__(self, prompt: object = "", /) -> str:
        return _refused(prompt) if self._is_in_task() else self.original(prompt)


def _refused(prompt: object) -> NoReturn:
    sys.stdout.write(str(prompt))
    raise EOFError(_TOLD)


def refuse(is_in_task: IsInTask) -> None:
    """From now on let no task wait for input, whatever others have put in place meanwhile."""
    if sys.stdin is not None and not isinstance(sys.stdin, _NoInput):
        sys.stdin = _NoInput(sys.stdin, is_in_task)
    if not isinstance(builtins.input, _Input):
        builtins.input = _Input(builtins.input, is_in_task)


def undo() -> None:
    """Put back what was there."""
    while isinstance(stdin := sys.stdin, _NoInput):
        sys.stdin = stdin.original
    while isinstance(asking := builtins.input, _Input):
        builtins.input = asking.original
