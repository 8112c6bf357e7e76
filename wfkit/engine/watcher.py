"""Which files have arrived? Watches a folder for files that match a pattern and have settled."""

from __future__ import annotations

import glob
import os
import stat
import threading
from collections.abc import Callable, Iterable
from pathlib import Path

from wfkit.core.errors import InvalidOption
from wfkit.engine.agenda import SeenFile

SETTLED = 1.0
"""Seconds without a change after which files count as complete."""

LOOK_MS = 10_000
"""Milliseconds after which the folder is looked at even if no change was heard of."""

_PATIENCE = 10


class FileWatcher:
    """Tells of each batch of new or changed files, once they have settled.

    `seen` are files that were told of before. `tell` is called on the watcher's own thread; a
    relative `pattern` begins at the working directory in which it is made: `place` is all of it.

    Raises InvalidOption where there is no folder to watch.
    """

    def __init__(
        self,
        pattern: str,
        seen: Iterable[SeenFile],
        tell: Callable[[tuple[SeenFile, ...]], None],
        settled: float = SETTLED,
    ) -> None:
        self._pattern = pattern
        # A task may change the working directory: files keep the names that they have now.
        self._base = None if Path(pattern).is_absolute() else Path.cwd()
        self.place = Path(pattern).absolute()
        self._root = _folder(self.place)
        self._seen = set(seen)
        self._tell = tell
        self._settled = settled
        self._end = threading.Event()
        if not self._root.is_dir():
            raise InvalidOption(
                f"file {pattern}: there is no folder {self._root.name} to watch.\n"
                f"Make it first: {self._root}"
            )
        self._thread = threading.Thread(target=self._watch, name=f"wfkit {pattern}", daemon=True)

    @property
    def seen(self) -> frozenset[SeenFile]:
        """The files that were told of."""
        return frozenset(self._seen)

    def start(self) -> None:
        """Begin to watch; files that are there and were not seen before are told of first."""
        self._thread.start()

    def stop(self) -> None:
        """Watch no more."""
        self._end.set()

    def _watch(self) -> None:
        from watchfiles import watch

        # Some drives tell nothing, and a file may come just before the watch begins.
        self._settle()
        for _ in watch(
            self._root,
            stop_event=self._end,
            rust_timeout=LOOK_MS,
            yield_on_timeout=True,
            raise_interrupt=False,
            ignore_permission_denied=True,
        ):
            self._settle()

    def forget(self, files: Iterable[SeenFile]) -> None:
        """Tell of these files again: nothing came of them."""
        self._seen -= set(files)

    def _settle(self) -> None:
        found, rounds = self._new_files(), 0
        while found and not self._end.wait(self._settled):
            before, found, rounds = found, self._new_files(), rounds + 1
            # A file that never settles holds the others up for a while only.
            settled = before & found
            if settled and (settled == found or rounds >= _PATIENCE):
                self._seen |= settled
                self._tell(tuple(sorted(settled)))
                found, rounds = found - settled, 0

    def _new_files(self) -> set[SeenFile]:
        paths = self._root.glob(str(self.place.relative_to(self._root)))
        return {it for path in paths if (it := self._look_at(path))} - self._seen

    def _look_at(self, path: Path) -> SeenFile | None:
        try:
            facts = path.stat()
        except OSError:
            return None  # gone again
        if not stat.S_ISREG(facts.st_mode):
            return None
        named = os.path.relpath(path, self._base) if self._base else path
        return SeenFile(Path(named).as_posix(), facts.st_size, facts.st_mtime_ns)


def _folder(pattern: Path) -> Path:
    """Return the folder above the first part of a path that holds a wildcard.

    >>> _folder(Path("/inbox/*/day.csv")).as_posix()
    '/inbox'
    """
    parts = pattern.parts
    wild = [index for index, part in enumerate(parts) if glob.has_magic(part)]
    return Path(*parts[: wild[0] if wild else -1])
