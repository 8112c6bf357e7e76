"""Where do large results lie? In files beside the history, written and synced before the event."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterable
from pathlib import Path

from wfkit.core.errors import StoreError
from wfkit.engine.stored import PARQUET

SMALL = 64 * 1024
"""Results up to so many bytes live in the history itself."""


def needs_a_file(data: bytes) -> bool:
    """Return True for a large result, and for every table: few bytes may hold a million rows."""
    return len(data) > SMALL or data.startswith(PARQUET)


class ResultFiles:
    """Files in a folder that nobody but its owner can read or write.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     files = ResultFiles(Path(folder) / "results")
    ...     name = files.write("1-orders", b"abc")
    ...     files.read(name)
    b'abc'
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, name: str, data: bytes) -> str:
        """Write a file so that it is whole or not there, and return its name."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        target = self.folder / f"{name}.pickle"
        part = target.with_suffix(".part")
        with part.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        part.replace(target)
        return target.name

    def read(self, name: str, most: int | None = None) -> bytes | None:
        """Return what a file holds, None if it is gone or holds more than `most` bytes.

        Raises StoreError for a folder that others can write to: unpickling runs code.
        """
        self.check_owner(self.folder)
        try:
            path = self.folder / name
            return path.read_bytes() if most is None or path.stat().st_size <= most else None
        except FileNotFoundError:
            return None

    def sweep(self, known: Iterable[str]) -> None:
        """Remove files that no row names: their writer died before it could commit."""
        kept = set(known)
        if self.folder.is_dir():
            for path in self.folder.iterdir():
                if path.name not in kept:
                    with contextlib.suppress(OSError):
                        path.unlink()

    @staticmethod
    def check_owner(place: Path) -> None:
        """Raise StoreError if somebody else owns a file or folder, or may write to it."""
        if os.name != "posix" or not place.exists():
            return
        about = place.stat()
        if about.st_uid != os.getuid() or about.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
            raise StoreError(
                f"{place} belongs to somebody else, or others can write to it, "
                "so its results are not trusted.\n"
                "Make it yours alone (chmod go-w), or use another store=."
            )
