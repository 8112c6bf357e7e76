"""Which process may write to a history? The one that holds the lock beside it."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from wfkit.core.errors import StoreBusy


class WriterLock:
    """The lock of a history, held by one process at a time and let go with its death.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "history.sqlite"
    ...     one, other = WriterLock(path), WriterLock(path)
    ...     one.acquire(patience=0.0)
    ...     try:
    ...         other.acquire(patience=0.0)
    ...     except StoreBusy as busy:
    ...         print(str(busy).partition("is")[2].splitlines()[0])
    ...     one.release()
    ...     other.acquire(patience=0.0)
    ...     other.release()
     writing to history.sqlite.
    """

    def __init__(self, path: Path) -> None:
        from filelock import FileLock

        self._path = path
        self._holder = path.with_name(f"{path.name}.writer")
        self._lock = FileLock(path.with_name(f"{path.name}.lock"), thread_local=False)

    def acquire(self, patience: float) -> None:
        """Take the lock. Raises StoreBusy when another one keeps it for `patience` seconds."""
        from filelock import Timeout

        try:
            self._lock.acquire(timeout=patience)
        except Timeout:
            raise StoreBusy(
                f"process {self._told_holder()} is writing to {self._path.name}.\n"
                "Wait for its run to end, stop that process, or give this run another store="
            ) from None
        with contextlib.suppress(OSError):  # on a full disk: it only serves to be told
            self._holder.write_text(str(os.getpid()), encoding="ascii")

    def release(self) -> None:
        """Let go of the lock."""
        self._lock.release()

    def _told_holder(self) -> str:
        try:
            return self._holder.read_text(encoding="ascii") or "another"
        except OSError:
            return "another"
