"""Can wfkit write where it must, and is the history there usable?"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path

from wfkit.teach.doctor.finding import Around, Finding, Level
from wfkit.views.wording import first_line

_FULL, _SCARCE = 0.02, 0.2
_SYNCED = re.compile(r"OneDrive|Dropbox|Google ?Drive|Mobile Documents", re.IGNORECASE)
_HISTORY = "history.sqlite"
_LARGE = 500_000_000
_FOR_WINDOWS = 'setx WFKIT_HOME "$HOME\\.wfkit"'


def lessons_folder(around: Around) -> Iterator[Finding]:
    """Write beside the learner's lessons, or where they would be laid."""
    steps = ("Choose a folder of yours: wfkit learn --dir FOLDER",)
    yield _written("lessons folder", around.lessons, steps)


def history_folder(around: Around) -> Iterator[Finding]:
    """Write where a run here and now keeps its history."""
    folder = _home()
    finding = _written("history folder", folder, _elsewhere(around))
    why = _slow(folder)
    if finding.level is Level.OK and why:
        told = f"{folder} {why}"
        finding = finding._replace(level=Level.WARNING, found=told, remedy=_elsewhere(around))
    yield finding


def temporary_files(around: Around) -> Iterator[Finding]:
    """Write where all programs keep their temporary files."""
    variable = "TEMP" if around.is_windows else "TMPDIR"
    steps = (f"Set {variable} to a folder that can be written to.",)
    try:
        yield _written("temporary files", Path(tempfile.gettempdir()), steps)
    except FileNotFoundError as cause:
        yield Finding("temporary files", Level.FAILED, str(cause.strerror), steps)


def disk(around: Around) -> Iterator[Finding]:
    """See how much room there is for histories and results."""
    free = shutil.disk_usage(_existing(_home())).free / 1e9
    level = Level.OK if free >= _SCARCE else Level.WARNING if free >= _FULL else Level.FAILED
    steps = () if level is Level.OK else ("Make room: empty the bin, remove old downloads.",)
    yield Finding("disk", level, f"{free:,.2f} GB are free for histories and results", steps)


def sqlite(around: Around) -> Iterator[Finding]:
    """Keep a history on the disk of the real one, and read it from a second connection."""
    from wfkit.core.errors import StoreError
    from wfkit.engine.sqlite_store import SqliteStore

    said = f"SQLite {sqlite3.sqlite_version}"
    try:
        with _trial_folder(_home()) as folder:
            stores = SqliteStore(folder / _HISTORY), SqliteStore(folder / _HISTORY)
            try:
                with stores[0].writing():
                    stores[0].add_run("doctor", "manual__1", "", 0.0)
                    stores[0].commit()
                    read = [it.run_id for it in stores[1].runs()]
                mode = _journal_mode(folder / _HISTORY)
            finally:
                for store in stores:
                    store.close()
    except (OSError, StoreError) as cause:
        told = f"{said} keeps no history in {_home()}: {first_line(str(cause))}"
        yield Finding("SQLite", Level.FAILED, told, _elsewhere(around))
        return
    if read == ["manual__1"]:
        how = "with a write-ahead log" if mode == "wal" else f"in journal mode {mode}"
        yield Finding("SQLite", Level.OK, f"{sqlite3.sqlite_version}, keeps histories {how}")
    else:
        told = f"{said} loses what was written in {_home()}"
        yield Finding("SQLite", Level.FAILED, told, _elsewhere(around))


def history(around: Around) -> Iterator[Finding]:
    """Look whether a history that is there already is whole; nothing of it is changed."""
    from wfkit.core.errors import StoreError
    from wfkit.engine.result_files import ResultFiles
    from wfkit.engine.store_trouble import refusal

    path = _home() / _HISTORY
    if not path.is_file():
        yield Finding("history", Level.OK, "none yet")
        return
    try:
        ResultFiles.check_owner(path)
        _look_through(path)
    except (sqlite3.Error, StoreError) as cause:
        error = refusal(path, cause) if isinstance(cause, sqlite3.Error) else cause
        told, *steps = str(error).splitlines()
        yield Finding("history", Level.FAILED, told, tuple(steps))
    else:
        yield Finding("history", Level.OK, f"{path} can be read")


def _look_through(path: Path) -> None:
    """Raise sqlite3.Error for what is no history, or a damaged one."""
    from wfkit.engine import sqlite_schema

    with contextlib.closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as opened:
        sqlite_schema.age(opened)
        if path.stat().st_size < _LARGE:
            (said,) = opened.execute("PRAGMA quick_check(1)").fetchone()
            if said != "ok":
                raise sqlite3.DatabaseError("database disk image is malformed")


def _home() -> Path:
    from wfkit.engine.home import place_of_home

    return place_of_home().absolute()


def _elsewhere(around: Around) -> tuple[str, ...]:
    if around.is_windows:
        return ("Keep histories in a folder of yours, then open a new terminal:", _FOR_WINDOWS)
    return ("Keep histories in a folder of yours:", 'export WFKIT_HOME="$HOME/.wfkit"')


def _slow(folder: Path) -> str:
    from wfkit.engine.disks import is_remote

    if is_remote(folder):
        return "is on a network disk: runs are slower there"
    if _SYNCED.search(str(folder)):
        return "is copied to a cloud, which may hold files while they are written"
    return ""


def _written(check: str, folder: Path, steps: tuple[str, ...]) -> Finding:
    try:
        with _trial_folder(folder) as trial:
            (trial / "part").write_bytes(os.urandom(4096))
            (trial / "part").replace(trial / "whole")
    except OSError as cause:
        told = f"{folder} cannot be written to: {cause.strerror}"
        return Finding(check, Level.FAILED, told, steps)
    return Finding(check, Level.OK, f"{folder} can be written to")


@contextlib.contextmanager
def _trial_folder(folder: Path) -> Iterator[Path]:
    """Make a folder for a moment in `folder`, or where that would be made; then all is as before.

    Raises OSError where that is not possible.
    """
    with tempfile.TemporaryDirectory(prefix=".wfkit-doctor-", dir=_existing(folder)) as name:
        yield Path(name)


def _existing(folder: Path) -> Path:
    return next(it for it in (folder, *folder.parents) if os.path.lexists(it))


def _journal_mode(path: Path) -> str:
    with contextlib.closing(sqlite3.connect(path)) as opened:
        return str(opened.execute("PRAGMA journal_mode").fetchone()[0])
