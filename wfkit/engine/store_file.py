"""Is a history still the file that was opened? SQLite goes on writing into one that is gone."""

from __future__ import annotations

import os
from pathlib import Path

from wfkit.core.errors import StoreError

_GONE = (
    "was deleted or replaced while it was in use.\n"
    "Run the Dag again: as the old history is gone, that begins a new one."
)
_LOG_GONE = (
    "lost its write-ahead log while it was in use: the newest rows may be missing.\n"
    "Run the Dag again, or go on with what is there: dag.resume()"
)


class StoreFile:
    """A history and its write-ahead log: while they are in use neither is replaced nor shortened.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "history.sqlite"
    ...     written = path.write_text("some rows")
    ...     file = StoreFile(path)
    ...     before = file.is_whole()
    ...     written = path.write_text("some")
    ...     before, file.is_whole()
    (True, False)
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._log, self._index = (path.with_name(f"{path.name}{it}") for it in ("-wal", "-shm"))
        self._seen: dict[Path, tuple[int, int]] = {}
        self.check()

    def is_whole(self) -> bool:
        """Return True unless something happened to the files since they were opened."""
        try:
            self.check()
        except StoreError:
            return False
        return True

    def check(self) -> None:
        """Raise StoreError where something happened to the files."""
        self._mend_index()
        for path, gone in ((self._path, _GONE), (self._log, _LOG_GONE)):
            before, now = self._seen.get(path), _inode_and_size(path)
            if before is not None and (now is None or now[0] != before[0]):
                raise StoreError(f"{self._path.name} {gone}")
            if before is not None and now is not None and now[1] < before[1]:
                raise StoreError(
                    f"{self._path.name} was cut short while it was in use: rows are missing.\n"
                    f"Move it away, then run the Dag again to begin a new one: {self._path}"
                )
            if now is not None:
                self._seen[path] = now

    def _mend_index(self) -> None:
        # SQLite maps its index into memory: to read behind its end would kill this process.
        # Empty and of its old length, it is built anew from the log. Not opened for that: to
        # close a file drops SQLite's own locks on it.
        before, now = self._seen.get(self._index), _inode_and_size(self._index)
        if before is not None and now is not None and now[0] == before[0] and now[1] < before[1]:
            os.truncate(self._index, 0)
            os.truncate(self._index, before[1])
        elif now is not None:
            self._seen[self._index] = now


def _inode_and_size(path: Path) -> tuple[int, int] | None:
    try:
        about = path.stat()
    except OSError:
        return None
    return about.st_ino, about.st_size
