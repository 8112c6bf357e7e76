"""Histories that an older wfkit wrote open, and get the tables of today with the first write."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from tests.engine.older import make_older, version_of
from tests.engine.store_contract import RUN, run_state
from wfkit.core.alerts import AlertFact
from wfkit.core.errors import StoreError
from wfkit.engine.sqlite_schema import VERSION
from wfkit.engine.sqlite_store import SqliteStore

FACT = AlertFact(RUN[1], "failure:9", 2.5, "sent", "mailto://a")
OLDER = range(1, VERSION)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "history.sqlite"
    store = SqliteStore(path)
    with store.writing():
        store.add_run(*RUN, "", 0.0)
        store.write(*RUN, [run_state(1, "running")])
    store.close()
    return path


def shape(path: Path) -> list[tuple[str, str]]:
    connection = sqlite3.connect(path)
    found = connection.execute("SELECT name, sql FROM sqlite_master ORDER BY name").fetchall()
    connection.close()
    return found


@pytest.mark.parametrize("version", OLDER)
def test_reading_an_older_history_leaves_it_as_it_is(path: Path, version: int) -> None:
    make_older(path, version)
    before = shape(path)
    store = SqliteStore(path)
    assert [it.run_id for it in store.runs("sales")] == [RUN[1]]
    assert store.alerts("sales") == store.alerts("sales", RUN[1]) == []
    store.close()
    assert (version_of(path), shape(path)) == (version, before)


@pytest.mark.parametrize("version", OLDER)
def test_an_older_history_takes_alerts_in_and_then_is_as_one_of_today(
    path: Path, version: int
) -> None:
    today = shape(path)
    make_older(path, version)
    reader, store = SqliteStore(path), SqliteStore(path)
    with store.writing():
        store.write_alerts("sales", [FACT])
        assert version_of(path) == version
    assert store.alerts("sales") == reader.alerts("sales", RUN[1]) == [FACT]
    for it in (reader, store):
        it.close()
    assert (version_of(path), shape(path)) == (VERSION, today)


@pytest.mark.parametrize("version", OLDER)
def test_alerts_that_could_not_be_written_leave_an_older_history_as_it_was(
    path: Path, version: int
) -> None:
    make_older(path, version)
    store = SqliteStore(path)
    with pytest.raises(StoreError), store.writing():
        store.write_alerts("sales", [FACT, FACT._replace(type=None)])  # type: ignore[arg-type]
    assert (version_of(path), store.alerts("sales")) == (version, [])
    with store.writing():
        store.write_alerts("sales", [FACT])
    assert store.alerts("sales") == [FACT]
    store.close()


def test_a_history_of_a_newer_wfkit_is_refused(path: Path) -> None:
    make_older(path, VERSION + 1)
    with pytest.raises(StoreError, match="newer version"):
        SqliteStore(path)
