"""Which store does `store=` mean? One open store for each file of this process."""

from __future__ import annotations

import contextlib
import os
import threading
from pathlib import Path

from wfkit.core.errors import InvalidOption, StoreError
from wfkit.core.options import shown
from wfkit.engine.home import home, place_of_home
from wfkit.engine.lost_alerts import write_off
from wfkit.engine.recovery import recover
from wfkit.engine.sqlite_store import SqliteStore
from wfkit.engine.store import MemoryStore, Store

StoreChoice = str | os.PathLike[str] | Store | None

_HISTORY = "history.sqlite"
_lock = threading.Lock()
_open: dict[tuple[int, Path], SqliteStore] = {}


def store_for(choice: StoreChoice) -> Store:
    """Return the store that `choice` stands for.

    "default" is history.sqlite in the home directory (see `home`), other text or a path is a
    file, None a new MemoryStore, and a Store is itself.

    >>> type(store_for(None)).__name__
    'MemoryStore'
    """
    if choice is None:
        return MemoryStore()
    if choice == "default":
        return _opened(home() / _HISTORY)
    if isinstance(choice, str | os.PathLike):
        return _opened(Path(choice))
    if not hasattr(choice, "writing"):
        raise InvalidOption(
            f"store={shown(choice)} is not possible: it is a path, a Store or None."
        )
    if isinstance(choice, SqliteStore):
        _settle(choice)
    return choice


def _settle(store: SqliteStore) -> None:
    """Write off the runs that ended without a word because the store could not be written."""
    if store.had_trouble and not store.is_writing:
        with contextlib.suppress(StoreError):
            recover(store)
            store.had_trouble = False


def has_history() -> bool:
    """Return True if anything was ever written to the default store; nothing is made for that."""
    return (place_of_home() / _HISTORY).is_file()


def _opened(path: Path) -> SqliteStore:
    # The process id is part of the key because SQLite connections must not cross a fork.
    key = (os.getpid(), path.absolute())
    with _lock:
        if key in _open and not _open[key].is_there():
            # Two connections to a file that was hurt would lock each other out.
            with contextlib.suppress(Exception):
                _open.pop(key).close()
        if key not in _open:
            _open[key] = SqliteStore(path)
            recover(_open[key])
            write_off(_open[key])
        _settle(_open[key])
        return _open[key]
