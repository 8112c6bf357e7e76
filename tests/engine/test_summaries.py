"""What is noted of runs that have ended: used, never believed too long, and not needed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tests.engine.older import make_older, version_of
from tests.engine.store_contract import RUN, event, run_state, states_as_folded
from wfkit.core.errors import StoreError
from wfkit.core.events import Event
from wfkit.core.grid import Reached
from wfkit.core.states import TaskState
from wfkit.engine.sqlite_schema import VERSION
from wfkit.engine.sqlite_store import SqliteStore

DONE = {
    ("orders", -1): Reached(TaskState.SUCCESS, 1),
    ("load", 0): Reached(TaskState.FAILED),
}
ENDED = [
    run_state(1, "running"),
    event(2, to_state="running"),
    event(3, "load", map_index=0, to_state="failed"),
    event(4, attempt=1, to_state="success"),
    run_state(5, "failed"),
]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "history.sqlite"


@pytest.fixture
def store(path: Path) -> Iterator[SqliteStore]:
    store = SqliteStore(path)
    with store.writing():
        store.add_run(*RUN, "", 0.0)
    yield store
    store.close()


def write(store: SqliteStore, events: Sequence[Event]) -> None:
    with store.writing():
        store.write(*RUN, events)


def states(store: SqliteStore) -> object:
    return store.task_states("sales", 1)[RUN[1]]


def forget_events(store: SqliteStore, before: int) -> None:
    store._connection.execute("DELETE FROM event WHERE seq < ?", (before,))


def test_a_run_that_has_ended_is_listed_without_its_events(store: SqliteStore) -> None:
    for it in ENDED:
        write(store, [it])
    forget_events(store, before=5)
    assert states(store) == DONE


def test_of_a_run_that_another_process_began_all_is_noted(store: SqliteStore, path: Path) -> None:
    write(store, ENDED[:3])
    other = SqliteStore(path)
    write(other, ENDED[3:])
    other.close()
    forget_events(store, before=5)
    assert states(store) == DONE


def test_whatever_comes_after_the_end_counts(store: SqliteStore) -> None:
    write(store, ENDED)
    write(store, [run_state(6, "running")])
    write(store, [event(7, to_state="none")._replace(type="cleared")])
    assert states(store) == DONE | {("orders", -1): Reached(TaskState.NONE)}
    write(store, [event(8, attempt=2, to_state="failed"), run_state(9, "failed")])
    forget_events(store, before=9)
    assert states(store) == DONE | {("orders", -1): Reached(TaskState.FAILED, 2)}


def test_what_could_not_be_written_is_not_noted(store: SqliteStore) -> None:
    write(store, ENDED[:2])
    lost = [event(3, "load", map_index=0, to_state="success"), event(3)]
    with pytest.raises(StoreError, match="UNIQUE"):
        write(store, lost)
    write(store, ENDED[2:])
    states_as_folded(store, "sales")
    assert states(store) == DONE


def test_what_never_was_committed_is_not_noted(store: SqliteStore) -> None:
    with store.writing():
        store.write(*RUN, [*ENDED[:2], event(3, "gone", to_state="success")])
        store._give_up()
    write(store, [*ENDED[:2], *ENDED[2:]])
    assert states(store) == DONE


# Histories of a time when nothing was noted


@pytest.fixture
def old(path: Path) -> Path:
    store = SqliteStore(path)
    with store.writing():
        store.add_run(*RUN, "", 0.0)
        store.write(*RUN, ENDED)
    store.close()
    make_older(path, version=1)
    return path


def test_an_older_history_is_read_as_it_is(old: Path) -> None:
    store = SqliteStore(old)
    assert states(store) == DONE
    store.close()
    assert version_of(old) == 1


def test_who_writes_to_an_older_history_brings_it_up_to_date_for_all(old: Path) -> None:
    reader, store = SqliteStore(old), SqliteStore(old)
    assert states(reader) == DONE
    with store.writing():
        store.add_run("sales", "two", "", 0.0)
        store.write("sales", "two", [it._replace(run_id="two") for it in ENDED])
        assert version_of(old) == 1
    assert version_of(old) == VERSION
    assert states_as_folded(store, "sales") == {RUN[1]: DONE, "two": DONE}
    store._connection.execute("DELETE FROM event WHERE seq < 5 AND run = 2")
    assert reader.task_states("sales", 2) == {RUN[1]: DONE, "two": DONE}
    for it in (reader, store):
        it.close()


def test_an_older_history_that_takes_nothing_in_stays_old(old: Path) -> None:
    store = SqliteStore(old)
    with pytest.raises(StoreError, match="UNIQUE"):
        write(store, [event(1)])
    assert version_of(old) == 1
    write(store, [run_state(6, "running"), run_state(7, "success")])
    assert version_of(old) == VERSION
    forget_events(store, before=7)
    assert states(store) == DONE
    store.close()
