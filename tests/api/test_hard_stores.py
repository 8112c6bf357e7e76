"""What a run says and leaves behind when its history is hurt, full, locked or elsewhere."""

from __future__ import annotations

import os
import resource
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from tests.api.everywhere import WHERE, alive, everywhere, is_short, run_on
from tests.engine.test_stores import folder, newer_version, other_application, text_file, truncated
from wfkit import Dag
from wfkit.core.errors import StoreBusy, StoreError
from wfkit.core.events import Event
from wfkit.core.states import RunState
from wfkit.engine import stores
from wfkit.engine.sqlite_store import SqliteStore
from wfkit.engine.stores import store_for


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store" / "history.sqlite"


@pytest.fixture(autouse=True)
def forget_open_stores() -> Iterator[None]:
    yield
    close_all()


def close_all() -> None:
    """Let go of every open history, as the end of this process would."""
    for store in stores._open.values():
        store.close()
    stores._open.clear()


def first() -> str:
    return "x" * 100_000


def last(hurt: None) -> int:
    return 3


def fails(dag: Dag, **options: Any) -> str:
    """Run a Dag whose store breaks down; return what is told."""
    with pytest.raises(StoreError) as caught:
        dag.run(**options)
    assert is_short(str(caught.value))
    assert dag.last.state is RunState.FAILED
    return str(caught.value)


# A file that is no history, or none that can be read


SPOILED = [text_file, other_application, newer_version, truncated, folder]


@pytest.mark.parametrize("spoil", SPOILED)
def test_what_is_no_history_is_refused_before_anything_runs(
    spoil: Callable[[Path], None], path: Path
) -> None:
    ran: list[str] = []

    def first() -> str:
        ran.append("first")
        return "here"

    path.parent.mkdir()
    spoil(path)
    dag = Dag("sales", [first])
    for ask in (lambda: dag.run(store=path), lambda: dag.runs(store=path)):
        with pytest.raises(StoreError) as caught:
            ask()
        assert str(caught.value).startswith("history.sqlite cannot be used as a history: ")
        assert is_short(str(caught.value))
    assert ran == []
    assert dag.run(store=None)["first"] == "here"


def test_a_place_where_nothing_can_be_written_is_refused_before_anything_runs() -> None:
    dag = Dag("sales", [first])
    with pytest.raises(StoreError, match="unable to open database file") as caught:
        dag.run(store="/proc/history.sqlite")
    assert is_short(str(caught.value))
    assert dag.run(store=None)["first"] == first()


# A task hurts the history of its own run


def empty_log(path: Path) -> None:
    """Empty the log between two writes; in the middle of one it would grow again unseen."""
    log = path.with_name(f"{path.name}-wal")
    while time.time() - log.stat().st_mtime < 0.1:
        threading.Event().wait(0.01)
    os.truncate(log, 0)


HURTS: dict[str, tuple[Callable[[Path], object], str]] = {
    "deletes it": (Path.unlink, "was deleted or replaced while it was in use"),
    "deletes its folder": (
        lambda path: shutil.rmtree(path.parent),
        "was deleted or replaced while it was in use",
    ),
    "empties it": (lambda path: os.truncate(path, 0), "was cut short while it was in use"),
    "overwrites it": (lambda path: path.write_text("x"), "was cut short while it was in use"),
    "empties its log": (empty_log, "was cut short while it was in use"),
}


@everywhere
@pytest.mark.parametrize("how", HURTS)
def test_a_task_that_hurts_the_history_ends_its_run_and_not_the_kernel(
    where: str, how: str, path: Path
) -> None:
    harm, said = HURTS[how]

    def hurt(first: str) -> None:
        harm(path)

    dag = Dag("sales", [first, hurt, last])
    told = fails(dag, store=path, **WHERE[where])
    assert told.startswith(f"history.sqlite {said}")
    assert run_on(where, alive)["alive"] == "here"
    assert run_on(where, first, store=path.with_name("other.sqlite"))["first"] == first()
    assert run_on(where, first, store=path)["first"] == first()


# Not when it is cut: the system ends a process that then looks at what it has mapped of it.
@everywhere
def test_a_task_that_deletes_the_index_of_the_history_does_no_harm(where: str, path: Path) -> None:
    def hurt(first: str) -> None:
        Path(f"{path}-shm").unlink()

    dag = Dag("sales", [first, hurt, last])
    assert dag.run(store=path, **WHERE[where])["last"] == 3
    close_all()
    assert Dag("sales", [first, hurt, last]).runs(store=path)[0]["last"] == 3


# The disk is full, or cannot be written any more


def limit_files(size: int) -> None:
    """Let this process write no file beyond `size` bytes; -1 takes that back."""
    _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most if size < 0 else size, most))


@pytest.fixture
def room() -> Iterator[None]:
    yield
    limit_files(-1)


def fill(path: Path, size: int) -> None:
    limit_files(size)


def lock_up(path: Path, size: int) -> None:
    store = store_for(path)
    assert isinstance(store, SqliteStore)
    store._connection.execute("PRAGMA query_only = 1")


def undo(path: Path) -> None:
    limit_files(-1)
    store = store_for(path)
    assert isinstance(store, SqliteStore)
    store._connection.execute("PRAGMA query_only = 0")


ENDS: dict[str, tuple[Callable[[Path, int], None], int, str]] = {
    "full": (fill, 4_096, "Make room on its disk"),
    "full for large results": (fill, 150_000, "Make room on its disk"),
    "read-only": (lock_up, 0, "Let its folder be written to"),
}


@pytest.mark.usefixtures("room")
@pytest.mark.parametrize("where", ["serial", "thread", "virtual"])
@pytest.mark.parametrize("how", ENDS)
def test_a_disk_that_takes_no_more_fails_the_run_and_keeps_what_was_acknowledged(
    where: str, how: str, path: Path
) -> None:
    end, size, step = ENDS[how]
    is_full = [True]
    heard: list[Event] = []

    def hurt(first: str) -> str:
        if is_full:
            end(path, size)
        return "y" * 200_000

    def last(hurt: str) -> int:
        return len(hurt)

    dag = Dag("sales", [first, hurt, last])
    run = dag.run(store=path, background=True, **WHERE[where])
    run.subscribe(heard.extend)
    with pytest.raises(StoreError) as caught:
        run.wait()
    assert step in str(caught.value)
    assert is_short(str(caught.value))
    assert run.state is RunState.FAILED
    assert run_on(where, alive)["alive"] == "here"
    is_full.clear()
    undo(path)
    kept = store_for(path).events("sales", run.run_id)
    assert [it for it in kept if it in heard] == heard
    assert [record.state for record in store_for(path).runs()] == ["failed"]
    again = dag.resume(store=path)
    assert (again.state, again["last"]) == ("success", 200_000)
    firsts = [it for it in again.snapshot.attempts.values() if it.task == "first"]
    assert [it.outcome for it in firsts] == ["returned"]


@pytest.mark.usefixtures("room")
@pytest.mark.parametrize("by", ["its path", "its store", "the Dag that ran it"])
def test_a_broken_run_is_written_off_for_whoever_looks(by: str, path: Path) -> None:
    is_full = [True]

    def hurt(first: str) -> None:
        if is_full:
            limit_files(1)

    dag = Dag("sales", [first, hurt])
    store = SqliteStore(path)
    fails(dag, store=store)
    assert dag.last.snapshot.state is RunState.FAILED
    assert dag.last.events[-1].to_state == "failed"
    with pytest.raises(StoreError, match="Make room on its disk"):
        dag.resume()
    is_full.clear()
    limit_files(-1)
    if by == "the Dag that ran it":
        assert dag.resume().state is RunState.SUCCESS
        assert dag.resume().state is RunState.SUCCESS
    else:
        choice = path if by == "its path" else store
        assert repr(Dag("sales", [first, hurt]).runs(store=choice)).endswith("  failed")
    store.close()


def test_a_run_beside_a_broken_one_is_not_written_off(path: Path) -> None:
    gate, begun = threading.Event(), threading.Event()

    def slow() -> None:
        begun.set()
        gate.wait(10)

    run = Dag("slow", [slow]).run(store=path, background=True)
    assert begun.wait(10)
    store = store_for(path)
    assert isinstance(store, SqliteStore)
    store.had_trouble = True
    assert repr(Dag("slow", [slow]).runs(store=path)).endswith("  running")
    gate.set()
    assert run.wait(10)
    assert run.state is RunState.SUCCESS


# Another process writes to the history


def test_a_second_kernel_is_told_before_anything_is_recorded(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writing: Any = SqliteStore.writing
    monkeypatch.setattr(writing.__wrapped__, "__defaults__", (0.05,))  # seconds of patience
    dag = Dag("sales", [first])
    dag.run(store=path)
    with FileLock(f"{path}.lock"):
        with pytest.raises(StoreBusy) as caught:
            dag.run(store=path)
        assert is_short(str(caught.value))
        assert len(dag.runs(store=path)) == 1
        assert dag.runs(store=path)[0]["first"] == first()
    dag.run(store=path)
    assert len(dag.runs(store=path)) == 2


# A history that was copied to another place


@pytest.mark.parametrize("is_open", [False, True])
def test_a_copied_folder_is_a_history_of_its_own(is_open: bool, path: Path) -> None:
    Dag("sales", [first]).run(store=path)
    if not is_open:
        close_all()
    other = path.parent.with_name("copy") / path.name
    shutil.copytree(path.parent, other.parent)
    dag = Dag("sales", [first])
    assert dag.runs(store=other)[0]["first"] == first()
    dag.run(store=other)
    assert len(dag.runs(store=other)) == 2
    assert len(dag.runs(store=path)) == 1


def test_a_copy_without_its_files_says_what_is_gone(path: Path) -> None:
    def small() -> int:
        return 1

    Dag("sales", [first, small]).run(store=path)
    close_all()
    other = path.with_name("copy.sqlite")
    shutil.copy(path, other)
    run = Dag("sales", [first, small]).runs(store=other)[0]
    assert (run.state, run["small"]) == ("success", 1)
    with pytest.raises(KeyError) as caught:
        run["first"]
    assert "its result is not kept any more" in str(caught.value)
    assert is_short(str(caught.value))
