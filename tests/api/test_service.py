"""A real scheduler on a real clock: what it starts, what it must not lose, how it ends."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from wfkit import Dag
from wfkit.api.past import Past
from wfkit.api.service import service_of
from wfkit.core.errors import EmptyDag, InvalidOption
from wfkit.engine.sqlite_store import SqliteStore
from wfkit.engine.stores import store_for

PATIENCE = 20.0


def beat(logical_date: datetime) -> datetime:
    return logical_date


def until(holds: Callable[[], bool]) -> None:
    """Wait until something holds; fail after a while."""
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.02)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    found = store_for(tmp_path / "history")
    assert isinstance(found, SqliteStore)
    yield found
    service = service_of(found)
    service.stop()
    assert service.wait(PATIENCE)
    assert not found.is_writing


def ended(dag: Dag, store: SqliteStore) -> list[str]:
    return [it.run_id for it in store.runs(dag.name) if it.state == "success"]


@pytest.mark.long
def test_every_beat_has_its_run_and_cancel_ends_it(store: SqliteStore) -> None:
    dag = Dag("pulse", [beat], schedule="every 250ms", max_active_runs=4)
    serving = dag.serve(store=store)
    assert repr(serving) == "serving pulse: every 250ms; dag.cancel() ends it"
    until(lambda: len(ended(dag, store)) >= 8)
    dag.cancel()
    assert serving.wait(PATIENCE)
    dates = [datetime.fromisoformat(it.logical_date) for it in store.runs("pulse")]
    assert {later - date for date, later in pairwise(dates)} == {timedelta(milliseconds=250)}
    assert repr(serving) == "pulse is not served any more"


@pytest.mark.long
def test_serving_twice_serves_once_and_takes_the_new_options(store: SqliteStore) -> None:
    dag = Dag("pulse", [beat], schedule="every 1h")
    dag.serve(store=store)
    quick = Dag("pulse", [beat], schedule="every 250ms")
    quick.serve(store=store)
    until(lambda: len(ended(quick, store)) >= 3)
    ids = [it.run_id for it in store.runs("pulse")]
    assert not any(it.endswith("_2") for it in ids)


@pytest.mark.long
def test_serving_again_right_after_the_end_serves(store: SqliteStore) -> None:
    dag = Dag("pulse", [beat], schedule="every 250ms")
    dag.serve(store=store).stop()
    serving = dag.serve(store=store)
    assert serving.is_running
    until(lambda: bool(ended(dag, store)))


@pytest.mark.long
def test_the_success_of_a_run_by_hand_is_heard(store: SqliteStore) -> None:
    first, second = Dag("first", [beat]), Dag("second", [beat], schedule="after first")
    second.serve(store=store)
    first.run(store=store)
    until(lambda: len(ended(second, store)) == 1)


@pytest.mark.long
def test_files_bring_a_run_that_learns_them_once(
    store: SqliteStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "inbox").mkdir()

    def load(files: list[str]) -> list[str]:
        return files

    dag = Dag("inbox", [load], schedule="file inbox/*.csv")
    dag.serve(store=store)
    (tmp_path / "inbox" / "a.csv").write_text("a")
    until(lambda: len(ended(dag, store)) == 1)
    assert dag.last["load"] == ["inbox/a.csv"]
    dag.cancel()
    assert [it.path for it in Past(store, "inbox").files] == ["inbox/a.csv"]


@pytest.mark.long
def test_a_run_for_files_that_is_resumed_still_knows_them(
    store: SqliteStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "inbox").mkdir()
    seen: list[list[str]] = []

    def load(files: list[str], attempt: int) -> None:
        seen.append(files)
        if attempt == 1:
            raise ValueError("damaged")

    (tmp_path / "inbox" / "a.csv").write_text("a")
    dag = Dag("inbox", [load], schedule="file inbox/*.csv")
    dag.serve(store=store)
    until(lambda: [str(it.state) for it in store.runs("inbox")] == ["failed"])
    dag.resume(store=store)
    assert seen == [["inbox/a.csv"]] * 2


@pytest.mark.long
def test_what_was_missed_is_made_up_for_as_catchup_says(store: SqliteStore) -> None:
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    options: dict[str, Any] = {
        "schedule": "@daily",
        "start_date": today - timedelta(days=4),
    }
    newest = Dag("newest", [beat], **options)
    newest.serve(store=store)
    until(lambda: len(ended(newest, store)) == 1)
    assert newest.last["beat"] == today - timedelta(days=1)
    everything = Dag("everything", [beat], **options, catchup=True)
    everything.run(logical_date=today - timedelta(days=3), store=store)
    everything.serve(store=store)
    until(lambda: len(ended(everything, store)) == 4)
    days = sorted(Past(store, "everything").dates)
    assert days == [today - timedelta(days=number) for number in (4, 3, 2, 1)]


def test_a_run_that_only_had_its_name_reserved_counts_as_not_done(store: SqliteStore) -> None:
    with store.writing():
        store.add_run("pulse", "scheduled__x", "1997-01-01T00:00:00+00:00", 0.0)
        store.commit()
    assert Past(store, "pulse").dates == frozenset()


def test_a_future_date_by_hand_does_not_silence_the_schedule(store: SqliteStore) -> None:
    dag = Dag("pulse", [beat], schedule="@daily")
    dag.run(logical_date="2090-01-01", store=store)
    assert Past(store, "pulse").newest_date(datetime(2026, 1, 1, tzinfo=UTC)) is None


@pytest.mark.parametrize("schedule", [None, "file nowhere/*.csv", "after pulse"])
def test_a_schedule_that_cannot_be_served_leaves_the_store_free(
    store: SqliteStore, schedule: str | None
) -> None:
    with pytest.raises(InvalidOption) as caught:
        Dag("pulse", [beat], schedule=schedule).serve(store=store)
    assert len(str(caught.value).splitlines()) <= 3
    until(lambda: not store.is_writing)


def test_a_dag_without_tasks_is_not_served() -> None:
    with pytest.raises(EmptyDag, match="sales has no tasks yet"):
        Dag("sales", schedule="every 1h").serve(store=None)
