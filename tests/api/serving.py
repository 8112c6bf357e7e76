"""Schedulers on a real clock under the eyes of a test, which waits for what they say."""

from __future__ import annotations

import queue
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from wfkit.api.service import service_of
from wfkit.engine.sqlite_store import SqliteStore
from wfkit.engine.stores import store_for

PATIENCE = 300.0
"""Seconds after which something will not come any more, on whatever machine."""


class Heard:
    """The lines that a service says, in order."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._news: queue.SimpleQueue[str] = queue.SimpleQueue()
        self.hear = self._news.put

    def until(self, *parts: str, times: int = 1) -> str:
        """Wait for a line that holds all these parts, the so-manieth from now on; return it."""
        while times:
            line = self._news.get(timeout=PATIENCE)
            self.lines.append(line)
            times -= all(part in line for part in parts)
        return line


@contextmanager
def service_at(path: Path) -> Iterator[tuple[SqliteStore, Heard]]:
    """A store at which a service is about to begin; it ends with the block."""
    store, heard = store_for(path), Heard()
    assert isinstance(store, SqliteStore)
    service = service_of(store)
    service.tell = heard.hear
    try:
        yield store, heard
    finally:
        service.stop()
        assert service.wait(PATIENCE)
    assert not store.is_writing
