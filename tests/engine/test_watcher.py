"""Files that arrive, on a real disk."""

from __future__ import annotations

import queue
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from wfkit.core.errors import InvalidOption
from wfkit.engine.agenda import SeenFile
from wfkit.engine.watcher import FileWatcher

SOON = 20.0
Told = queue.SimpleQueue[tuple[SeenFile, ...]]


@contextmanager
def watching(pattern: str, seen: Iterable[SeenFile] = (), settled: float = 0.2) -> Iterator[Told]:
    told: Told = queue.SimpleQueue()
    watcher = FileWatcher(pattern, seen, told.put, settled)
    watcher.start()
    try:
        yield told
    finally:
        watcher.stop()


@pytest.fixture
def inbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "inbox").mkdir()
    return tmp_path / "inbox"


def names(batch: tuple[SeenFile, ...]) -> list[str]:
    return [it.path for it in batch]


@pytest.mark.slow
def test_a_file_in_two_writes_is_one_batch_and_many_at_once_too(inbox: Path) -> None:
    (inbox / "old.csv").write_text("there before")
    with watching("inbox/*.csv") as told:
        assert names(told.get(timeout=SOON)) == ["inbox/old.csv"]
        with (inbox / "new.csv").open("w") as file:
            file.write("first half")
            file.flush()
            (inbox / "notes.txt").write_text("no csv")
            file.write(", second half")
        (batch,) = told.get(timeout=SOON)
        assert batch[:2] == ("inbox/new.csv", len("first half, second half"))
        for number in range(100):
            (inbox / f"{number:03}.csv").touch()
        assert names(told.get(timeout=SOON)) == [f"inbox/{number:03}.csv" for number in range(100)]
        (inbox / "old.csv").write_text("changed since")
        assert names(told.get(timeout=SOON)) == ["inbox/old.csv"]
        assert told.empty()


@pytest.mark.slow
def test_what_was_seen_before_is_not_told_again(inbox: Path) -> None:
    (inbox / "a.csv").write_text("a")
    with watching("inbox/*.csv") as told:
        seen = told.get(timeout=SOON)
    (inbox / "b.csv").write_text("b")
    with watching("inbox/*.csv", seen) as told:
        assert names(told.get(timeout=SOON)) == ["inbox/b.csv"]


def test_a_folder_that_is_not_there_is_told(inbox: Path) -> None:
    with pytest.raises(InvalidOption, match="there is no folder outbox to watch"):
        FileWatcher("outbox/*.csv", (), lambda files: None)
