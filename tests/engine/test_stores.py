"""The contract of stores for each of them; what only a file can do, and what may happen to it."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.engine.store_contract import RUN, StoreContract, event, line, run_state
from wfkit.core.errors import StoreBusy, StoreError
from wfkit.engine.sqlite_store import SqliteStore
from wfkit.engine.store import MemoryStore, Store, last_run_state, plain


class TestMemoryStore(StoreContract):
    @pytest.fixture
    def store(self) -> Store:
        return MemoryStore()


class TestSqliteStore(StoreContract):
    @pytest.fixture
    def store(self, tmp_path: Path) -> Iterator[Store]:
        store = SqliteStore(tmp_path / "history.sqlite")
        with store.writing():
            yield store
        store.close()

    def test_another_connection_sees_what_was_committed_and_no_more(self, tmp_path: Path) -> None:
        path = tmp_path / "history.sqlite"
        store, other = SqliteStore(path), SqliteStore(path)
        with store.writing():
            store.add_run(*RUN, "", 0.0)
            store.write(*RUN, [event(1)])
            store.write_lines(*RUN, [line("one")])
            assert (other.runs(), other.events(*RUN), other.lines(*RUN)) == ([], [], [])
            store.commit()
            store.write(*RUN, [event(2)])
            assert len(other.events(*RUN)) == 1
        assert other.events(*RUN) == store.events(*RUN) == [event(1), event(2)]
        assert other.lines(*RUN) == [line("one")]
        store.close()
        other.close()
        again = SqliteStore(path)
        assert again.events(*RUN) == [event(1), event(2)]
        assert again.add_run(*RUN, "", 0.0) is False
        again.commit()
        again.close()

    def test_text_that_no_file_takes_is_escaped(self, tmp_path: Path) -> None:
        store = SqliteStore(tmp_path / "history.sqlite")
        with store.writing():
            store.add_run(*RUN, "", 0.0)
            store.write_lines(*RUN, [line("\udc80 \0")])
        assert [it.text for it in store.lines(*RUN)] == ["\\udc80 \\0"]
        store.close()

    def test_file_and_folder_are_made(self, tmp_path: Path) -> None:
        path = tmp_path / "a" / "b" / "history.sqlite"
        SqliteStore(path).close()
        assert path.is_file()
        assert (path.stat().st_mode | path.parent.stat().st_mode) & 0o007 in {0, 4}


def test_last_run_state() -> None:
    assert last_run_state([]) is None
    assert last_run_state([event(1, to_state="failed")]) is None
    assert last_run_state([run_state(1, "queued"), run_state(2, "running"), event(3)]) == "running"


def test_plain_is_json() -> None:
    class Shop:
        def __str__(self) -> str:
            return "a shop"

    value = {1: (1, 2), "x": {"y": Shop()}, "nan": float("nan"), "inf": float("-inf"), "ok": 0.5}
    expected = {"1": [1, 2], "x": {"y": "a shop"}, "nan": "nan", "inf": "-inf", "ok": 0.5}
    assert plain(value) == expected  # type: ignore[arg-type]


# One writer at a time, across processes

HOLD = """
import sys
from wfkit.engine.sqlite_store import SqliteStore
from tests.engine.store_contract import RUN, event
store = SqliteStore(sys.argv[1])
with store.writing():
    store.add_run(*RUN, "", 0.0)
    store.write(*RUN, [event(1)])
    store.commit()
    store.write(*RUN, [event(2)])
    print("ready", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def holder(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that holds the store, with one event committed and one on its way."""
    path = str(tmp_path / "history.sqlite")
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, path],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    yield process
    process.kill()
    process.communicate(timeout=10)


@pytest.mark.slow
def test_second_process_is_told_who_holds_the_store(
    holder: subprocess.Popen[str], tmp_path: Path
) -> None:
    store = SqliteStore(tmp_path / "history.sqlite")
    with pytest.raises(StoreBusy) as caught, store.writing(patience=0.05):
        pytest.fail("two writers")
    assert str(caught.value) == (
        f"process {holder.pid} is writing to history.sqlite.\n"
        "Wait for its run to end, stop that process, or give this run another store="
    )
    assert store.events(*RUN) == [event(1)]
    holder.communicate(timeout=10)
    with store.writing():
        assert store.events(*RUN) == [event(1), event(2)]
    store.close()


@pytest.mark.slow
def test_killed_process_leaves_what_it_committed_and_no_lock(
    holder: subprocess.Popen[str], tmp_path: Path
) -> None:
    holder.send_signal(signal.SIGKILL)
    holder.wait(10)
    store = SqliteStore(tmp_path / "history.sqlite")
    with store.writing():
        assert store.events(*RUN) == [event(1)]
        store.write(*RUN, [event(2)])
    assert store.events(*RUN) == [event(1), event(2)]
    store.close()


def test_stores_of_one_process_share_no_lock_by_accident(tmp_path: Path) -> None:
    one, other = SqliteStore(tmp_path / "history.sqlite"), SqliteStore(tmp_path / "history.db")
    with one.writing(), other.writing():
        pass
    one.close()
    other.close()


# What can be found in place of a history


def text_file(path: Path) -> None:
    path.write_text("orders,amount\n" * 1_000)


def other_application(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE bookmark (url TEXT)")
    connection.close()


def newer_version(path: Path) -> None:
    SqliteStore(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 1000")
    connection.close()


def truncated(path: Path) -> None:
    SqliteStore(path).close()
    os.truncate(path, 1_000)


def folder(path: Path) -> None:
    path.mkdir()


@pytest.mark.parametrize(
    ("spoil", "cause"),
    [
        (text_file, "file is not a database"),
        (other_application, "it belongs to another application"),
        (newer_version, "a newer version of wfkit wrote it"),
        (truncated, "database disk image is malformed"),
        (folder, "unable to open database file"),
    ],
)
def test_what_is_no_history_is_refused_and_left_alone(
    spoil: Callable[[Path], None], cause: str, tmp_path: Path
) -> None:
    path = tmp_path / "history.sqlite"
    spoil(path)
    before = path.read_bytes() if path.is_file() else b""
    with pytest.raises(StoreError) as caught:
        SqliteStore(path)
    assert str(caught.value) == (
        f"history.sqlite cannot be used as a history: {cause}.\n"
        f"Move the file away or choose another path: {path}"
    )
    assert (path.read_bytes() if path.is_file() else b"") == before


def test_empty_file_becomes_a_history(tmp_path: Path) -> None:
    path = tmp_path / "history.sqlite"
    path.touch()
    store = SqliteStore(path)
    assert store.runs() == []
    store.close()


def test_path_below_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="cannot be used as a history") as caught:
        SqliteStore(tmp_path / "file" / "history.sqlite")
    assert len(str(caught.value).splitlines()) <= 3


# What can happen to a history while it is in use


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    store = SqliteStore(tmp_path / "history.sqlite")
    with store.writing():
        store.add_run(*RUN, "", 0.0)
        store.write(*RUN, [event(1)])
    yield store
    store.close()


def told(call: Callable[[], object]) -> str:
    with pytest.raises(StoreError) as caught:
        call()
    assert len(str(caught.value).splitlines()) <= 3
    return str(caught.value)


def test_deleted_file_is_noticed(store: SqliteStore) -> None:
    assert store.is_there()
    store.path.unlink()
    gone = (
        "history.sqlite was deleted or replaced while it was in use.\n"
        "Run the Dag again: as the old history is gone, that begins a new one."
    )
    assert told(lambda: store.events(*RUN)) == gone
    assert told(lambda: store.write(*RUN, [event(2)])) == gone
    assert told(lambda: store.write_lines(*RUN, [line("x")])) == gone
    assert told(lambda: store.add_run("sales", "two", "", 0.0)) == gone
    assert not store.is_there()


def test_replaced_file_is_noticed(store: SqliteStore, tmp_path: Path) -> None:
    SqliteStore(tmp_path / "other").close()
    (tmp_path / "other").replace(store.path)
    assert "was deleted or replaced" in told(store.runs)


def test_full_disk_is_told_and_leaves_what_was_committed(store: SqliteStore) -> None:
    pages = store._connection.execute("PRAGMA page_count").fetchone()[0]
    store._connection.execute(f"PRAGMA max_page_count = {pages + 1}")

    def fill() -> None:
        with store.writing():
            for seq in range(2, 2_000):
                store.write(*RUN, [event(seq, detail={"text": "x" * 1_000})])
                store.commit()

    assert "cannot be used as a history: database or disk is full" in told(fill)
    assert store.events(*RUN)[0] == event(1)
    store._connection.execute("PRAGMA max_page_count = 1000000")
    with store.writing():
        last = store.events(*RUN)[-1].seq
        store.write(*RUN, [event(last + 1)])
    assert store.events(*RUN)[-1] == event(last + 1)


def test_corrupt_pages_are_told(tmp_path: Path) -> None:
    path = tmp_path / "history.sqlite"
    with (store := SqliteStore(path)).writing():
        store.add_run(*RUN, "", 0.0)
        store.write(*RUN, [event(seq, detail={"text": "x" * 500}) for seq in range(1, 500)])
    store.close()
    content = path.read_bytes()
    path.write_bytes(content[:8_192] + b"\xff" * (len(content) - 8_192))
    spoiled = SqliteStore(path)
    assert "malformed" in told(lambda: spoiled.events(*RUN))
    spoiled.close()


def test_lock_is_given_back_after_a_failed_write_and_after_a_failed_commit(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def write() -> None:
        with store.writing():
            store.write(*RUN, [event(1)])

    def fail() -> None:
        raise StoreError("the disk is gone")

    assert "UNIQUE constraint failed" in told(write)
    with monkeypatch.context() as patch:
        patch.setattr(store, "commit", fail)
        assert told(write) == "the disk is gone"
    store.commit()
    other = SqliteStore(store.path)
    with other.writing():
        assert other.events(*RUN) == [event(1)]
    other.close()
