"""What is not the same in the other engine? A note for each, in the file and in the output."""

from __future__ import annotations

from typing import NamedTuple


class Note(NamedTuple):
    """Something that has no counterpart or means something else there; `task` may be empty."""

    text: str
    task: str = ""

    def __str__(self) -> str:
        return f"{self.task}: {self.text}" if self.task else self.text
