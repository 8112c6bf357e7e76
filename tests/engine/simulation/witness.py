"""What bodies and listeners saw, written down outside of the store: survives every crash."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from wfkit.core.events import Event


class Began(NamedTuple):
    """A body was called, when so many events of the run were durable; it takes so many seconds."""

    epoch: int
    task: str
    map_index: int
    attempt: int
    committed: int
    version: int
    takes: float
    inputs: str


class Ended(NamedTuple):
    """A body ended; `value` is the text of what it returned, None where it raised."""

    epoch: int
    task: str
    map_index: int
    attempt: int
    how: str
    value: str | None


class Action(NamedTuple):
    """What the user did: the `number`-th thing, when the run had so many events."""

    number: int
    run_id: str
    length: int


class Opening(NamedTuple):
    """A process opened the store and found so many events of a run, and these results."""

    run_id: str
    length: int
    stored: tuple[tuple[str, int], ...]


class Witness:
    """Lists that only grow."""

    def __init__(self) -> None:
        self.actions: list[Action] = []
        self.done: list[int] = []
        self.began: list[Began] = []
        self.ended: list[Ended] = []
        self.openings: list[Opening] = []
        self.heard: list[Event] = []

    def note(self, kind: str, it: Any) -> None:
        """Add something to one of the lists."""
        getattr(self, kind).append(it)

    def hear(self, events: Sequence[Event]) -> None:
        """Remember what was acknowledged."""
        self.heard += events


_KINDS: dict[str, Any] = {
    "actions": Action._make,
    "done": int,
    "began": Began._make,
    "ended": Ended._make,
    "openings": lambda it: Opening(it[0], it[1], tuple((task, index) for task, index in it[2])),
    "heard": Event._make,
}


class FileWitness(Witness):
    """Writes every line to a file at once, and begins with what is in it."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND)
        for line in path.read_text(encoding="ascii").splitlines():
            kind, it = json.loads(line)
            super().note(kind, _KINDS[kind](it))

    def note(self, kind: str, it: Any) -> None:
        super().note(kind, it)
        os.write(self._file, f"{json.dumps([kind, it])}\n".encode("ascii"))

    def hear(self, events: Sequence[Event]) -> None:
        for event in events:
            self.note("heard", event)

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._file)
