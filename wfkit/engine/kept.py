"""Where is a result that is not in memory? Somewhere else: memory holds only the way to it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from wfkit.engine.result_files import ResultFiles
from wfkit.engine.stored import PARQUET, from_bytes, restored


class Away:
    """The way to the result of a task; it is small wherever it is sent."""

    __slots__ = ()

    def value(self) -> Any:
        """Get the result. Raises Unreadable where it is gone, or cannot be read."""
        raise NotImplementedError


class Kept(Away):
    """A result that lies in a file of the history."""

    __slots__ = ("_folder", "_name", "_task")

    def __init__(self, task: str, folder: str, name: str) -> None:
        self._task, self._folder, self._name = task, folder, name

    def value(self) -> Any:
        return restored(self._task, ResultFiles(Path(self._folder)).read(self._name))


class Packed(Away):
    """A result as the bytes that are to be stored, of which nobody needs more yet."""

    __slots__ = ("_data", "_task")

    def __init__(self, task: str, data: bytes) -> None:
        self._task, self._data = task, data

    def value(self) -> Any:
        return restored(self._task, self._data)


def arrived(task: str, data: bytes) -> Any:
    """Return a result that came from another process as bytes; a table stays packed."""
    return Packed(task, data) if data.startswith(PARQUET) else from_bytes(data)


def resolved(value: Any) -> Any:
    """Return a result itself, where `value` is or holds the way to it; all else as it is."""
    if isinstance(value, Away):
        return value.value()
    if type(value) is list and any(isinstance(it, Away) for it in value):
        return [it.value() if isinstance(it, Away) else it for it in value]
    return value
