"""Where is a table while nobody reads it? In its file: memory holds only the way to it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wfkit.engine.result_files import ResultFiles
from wfkit.engine.stored import restored


@dataclass(frozen=True, slots=True)
class Kept:
    """The result of a task that lies in a file of the history. It is small wherever it is sent."""

    task: str
    folder: str
    name: str

    def value(self) -> Any:
        """Read the result. Raises Unreadable where the file is gone, or cannot be read."""
        return restored(self.task, ResultFiles(Path(self.folder)).read(self.name))


def resolved(value: Any) -> Any:
    """Return a result itself, where `value` is or holds the way to it; all else as it is."""
    if type(value) is Kept:
        return value.value()
    if type(value) is list and any(type(it) is Kept for it in value):
        return [it.value() if type(it) is Kept else it for it in value]
    return value
