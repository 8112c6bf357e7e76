"""Where history and progress lie."""

import stat
from pathlib import Path

import pytest

from wfkit.core.errors import StoreError
from wfkit.engine.home import home
from wfkit.engine.sqlite_store import SqliteStore
from wfkit.engine.store import MemoryStore
from wfkit.engine.stores import has_history, store_for


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("WFKIT_HOME")
    return tmp_path


def test_home_is_made_in_the_working_directory_and_ignored_by_git(folder: Path) -> None:
    found = home()
    assert found == folder / ".wfkit"
    assert (found / ".gitignore").read_text() == "*\n"
    assert stat.S_IMODE(found.stat().st_mode) == 0o700


def test_home_leaves_what_is_there(folder: Path) -> None:
    (folder / ".wfkit").mkdir()
    (folder / ".wfkit" / ".gitignore").write_text("mine\n")
    assert (home() / ".gitignore").read_text() == "mine\n"


def test_home_may_be_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WFKIT_HOME", str(folder / "a" / "b"))
    assert home() == folder / "a" / "b"
    monkeypatch.setenv("WFKIT_HOME", "relative")
    assert home() == folder / "relative"
    monkeypatch.delenv("WFKIT_HOME")
    assert home(folder / "usual") == folder / "usual"


def test_temporary_home_is_one_for_each_process(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WFKIT_HOME", "temporary")
    assert home() == home()
    assert home().is_dir()
    assert folder not in home().parents
    assert not (folder / ".wfkit").exists()


def test_a_home_that_cannot_be_made_is_an_error_with_a_way_out(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "file").touch()
    monkeypatch.setenv("WFKIT_HOME", str(folder / "file" / "home"))
    assert not has_history()
    with pytest.raises(StoreError) as caught:
        home()
    assert str(caught.value) == (
        f"{folder / 'file' / 'home'} cannot be made: Not a directory.\n"
        "Set WFKIT_HOME to a folder that can be written, or run with store=None."
    )


def test_default_store_lies_in_the_home(folder: Path) -> None:
    store = store_for("default")
    assert isinstance(store, SqliteStore)
    assert store.path == folder / ".wfkit" / "history.sqlite"
    assert store_for("default") is store


def test_store_may_be_a_path_a_store_or_none(folder: Path) -> None:
    by_text = store_for("other.sqlite")
    assert isinstance(by_text, SqliteStore)
    assert store_for(folder / "other.sqlite") is by_text
    memory = MemoryStore()
    assert store_for(memory) is memory
    fresh = store_for(None)
    assert isinstance(fresh, MemoryStore)
    assert store_for(None) is not fresh


def test_store_follows_the_working_directory(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = store_for("default")
    (folder / "elsewhere").mkdir()
    monkeypatch.chdir(folder / "elsewhere")
    second = store_for("default")
    assert isinstance(first, SqliteStore)
    assert isinstance(second, SqliteStore)
    assert second.path.parent.parent == folder / "elsewhere"


def test_store_is_opened_anew_when_its_file_was_deleted_or_replaced(folder: Path) -> None:
    path = folder / "history.sqlite"
    first = store_for(path)
    for file in folder.iterdir():
        file.unlink()
    second = store_for(path)
    assert second is not first
    assert second.runs() == []
    SqliteStore(folder / "other.sqlite").close()
    (folder / "other.sqlite").replace(path)
    third = store_for(path)
    assert third is not second
    assert third.runs() == []
