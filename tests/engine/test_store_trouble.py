"""What can happen to a history under a run: nothing that was acknowledged is lost or made up."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.engine.store_contract import RUN, event
from tests.engine.test_stores import told
from wfkit.core.errors import StoreError
from wfkit.engine.sqlite_store import SqliteStore
from wfkit.engine.store import StoredResult
from wfkit.engine.store_trouble import refusal


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    store = SqliteStore(tmp_path / "history.sqlite")
    with store.writing():
        store.add_run(*RUN, "", 0.0)
        store.write(*RUN, [event(1)])
        store.commit()
        yield store
    store.close()


def beside(store: SqliteStore, end: str) -> Path:
    return store.path.with_name(store.path.name + end)


CUTS: dict[str, Callable[[SqliteStore], object]] = {
    "emptied": lambda store: os.truncate(store.path, 0),
    "overwritten": lambda store: store.path.write_bytes(b"x"),
    "its log emptied": lambda store: os.truncate(beside(store, "-wal"), 0),
    "its log overwritten": lambda store: beside(store, "-wal").write_bytes(b"x"),
}


@pytest.mark.parametrize("how", CUTS)
def test_a_history_that_was_cut_short_is_noticed_at_once(how: str, tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "history.sqlite")
    with store.writing():
        store.add_run(*RUN, "", 0.0)
        store.write(*RUN, [event(1)])
        store.commit()
        assert store.is_there()
        CUTS[how](store)
        assert not store.is_there()
        cut = "history.sqlite was cut short while it was in use: rows are missing.\n"
        assert told(lambda: store.write(*RUN, [event(2)])).startswith(cut)
        assert told(lambda: store.events(*RUN)).startswith(cut)


def test_a_log_that_was_deleted_is_noticed(store: SqliteStore) -> None:
    beside(store, "-wal").unlink()
    assert told(lambda: store.write(*RUN, [event(2)])).startswith(
        "history.sqlite lost its write-ahead log while it was in use: the newest rows"
    )


@pytest.mark.parametrize("size", [0, 100])
def test_an_index_that_was_cut_kills_nobody(store: SqliteStore, size: int) -> None:
    os.truncate(beside(store, "-shm"), size)
    store.write(*RUN, [event(2)])
    store.commit()
    assert store.events(*RUN) == [event(1), event(2)]
    with sqlite3.connect(store.path) as other:
        assert other.execute("SELECT count(*) FROM event").fetchone()[0] == 2
    other.close()


def test_a_step_that_fails_takes_its_whole_transaction_along(store: SqliteStore) -> None:
    store.write_results(*RUN, [StoredResult(("orders", -1), b"result")])
    assert "UNIQUE constraint failed" in told(lambda: store.write(*RUN, [event(1)]))
    store.commit()
    assert store.read_result(*RUN, ("orders", -1)) is None
    assert store.had_trouble


def test_a_run_whose_rows_another_one_lost_is_told(store: SqliteStore) -> None:
    steps: list[Any] = []
    wrote, failed = threading.Event(), threading.Event()

    def other_run() -> None:
        store.add_run("stock", "manual__1", "", 0.0)
        wrote.set()
        failed.wait(10)
        for step in (store.commit, store.commit):
            try:
                step()
                steps.append("went through")
            except StoreError as error:
                steps.append(str(error).partition("\n")[0])

    thread = threading.Thread(target=other_run)
    thread.start()
    assert wrote.wait(10)
    told(lambda: store.write(*RUN, [event(1)]))
    failed.set()
    thread.join(10)
    assert steps == [
        (
            "what was written to history.sqlite is lost, as another run could not be written "
            "with it."
        ),
        "went through",
    ]
    assert [it.dag for it in store.runs()] == ["sales"]


def test_who_only_reads_takes_nothing_along(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.write(*RUN, [event(2)])
    with pytest.raises(StoreError):
        store._read("SELECT * FROM nothing", ())
    store.commit()
    assert store.events(*RUN) == [event(1), event(2)]


@pytest.mark.parametrize(
    ("cause", "step"),
    [
        (sqlite3.OperationalError("database or disk is full"), "Make room on its disk"),
        (sqlite3.OperationalError("disk I/O error"), "Make room on its disk"),
        (OSError(27, "File too large"), "Make room on its disk"),
        (OSError(28, "No space left on device"), "Make room on its disk"),
        (
            sqlite3.OperationalError("attempt to write a readonly database"),
            "Let its folder be written",
        ),
        (OSError(30, "Read-only file system"), "Let its folder be written"),
        (PermissionError(13, "Permission denied"), "Let its folder be written"),
        (sqlite3.OperationalError("database is locked"), "Another program has it open"),
        (sqlite3.DatabaseError("file is not a database"), "Move the file away"),
    ],
)
def test_each_trouble_has_its_next_step(cause: Exception, step: str) -> None:
    said, then = str(refusal(Path("/data/history.sqlite"), cause)).splitlines()
    assert said == f"history.sqlite cannot be used as a history: {cause}."
    assert then.startswith(step)


# Only what nobody else can write is unpickled


@pytest.mark.parametrize("mode", [0o775, 0o757, 0o777])
@pytest.mark.parametrize("where", ["the history", "the folder of results"])
@pytest.mark.parametrize("cached", [False, True])
def test_what_others_can_write_is_not_unpickled(
    mode: int, where: str, cached: bool, store: SqliteStore
) -> None:
    found = StoredResult(("orders", -1), b"x" * 100_000, "key" if cached else None)
    store.write_results(*RUN, [found])
    place = store.path if where == "the history" else beside(store, ".results")
    place.chmod(mode)

    def read() -> bytes | None:
        if cached:
            return store.read_cached("sales", "orders", "key")
        return store.read_result(*RUN, ("orders", -1))

    assert told(read) == (
        f"{place} belongs to somebody else, or others can write to it, so its results are "
        "not trusted.\nMake it yours alone (chmod go-w), or use another store=."
    )
    place.chmod(mode & 0o755)
    assert read() == found.data


@pytest.mark.parametrize("where", ["the history", "the folder of results"])
def test_what_belongs_to_somebody_else_is_not_unpickled(
    where: str, store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.write_results(*RUN, [StoredResult(("orders", -1), b"x" * 100_000)])
    somebody = os.getuid() + 1
    if where == "the folder of results":
        checked = beside(store, ".results")
        real = Path.stat
        monkeypatch.setattr(
            Path, "stat", lambda path, **o: _owned(real(path, **o), somebody, path == checked)
        )
    else:
        monkeypatch.setattr(os, "getuid", lambda: somebody)
    assert "belongs to somebody else" in told(lambda: store.read_result(*RUN, ("orders", -1)))


def _owned(about: os.stat_result, owner: int, is_it: bool) -> os.stat_result:
    return os.stat_result((*about[:4], owner, *about[5:])) if is_it else about
