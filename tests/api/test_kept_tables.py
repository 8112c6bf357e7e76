"""Tables that are stored as Parquet lie on disk: memory holds what is read at the moment."""

from __future__ import annotations

import gc
import weakref
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from wfkit import Dag, task
from wfkit.core.errors import RunFailed
from wfkit.engine.kept import Kept

EVERYWHERE = pytest.mark.parametrize("where", ["serial", "thread", "process"])
ROWS = 20_000
PARTS = 6


def parts() -> list[int]:
    return list(range(PARTS))


@task(expand="parts", result_format="parquet")
def rows(parts: int) -> pd.DataFrame:
    return pd.DataFrame({"part": parts, "amount": range(ROWS)})


def total(rows: list[pd.DataFrame]) -> int:
    return sum(int(it["part"].iloc[0]) + len(it) for it in rows)


@task(expand="rows")
def size(rows: pd.DataFrame) -> int:
    return len(rows)


@EVERYWHERE
def test_results_are_the_same_wherever_it_runs(where: str, tmp_path: Path) -> None:
    run = Dag("big", [parts, rows, total]).run(executor=where, store=tmp_path / "history")
    assert run["total"] == sum(range(PARTS)) + PARTS * ROWS
    assert [run["rows", i]["part"].iloc[0] for i in range(PARTS)] == list(range(PARTS))


@pytest.mark.long
def test_a_table_that_nobody_reads_is_not_in_memory(tmp_path: Path) -> None:
    made: list[weakref.ref[pd.DataFrame]] = []
    alive: list[int] = []

    @task(expand="parts", result_format="parquet")
    def rows(parts: int) -> pd.DataFrame:
        found = pd.DataFrame({"part": parts, "amount": range(ROWS)})
        made.append(weakref.ref(found))
        gc.collect()
        alive.append(sum(it() is not None for it in made))
        return found

    Dag("big", [parts, rows]).run(executor="serial", store=tmp_path / "history")
    gc.collect()
    assert max(alive) <= 2  # the one that is made, and the one before it
    assert [it() for it in made] == [None] * PARTS


def test_in_memory_histories_keep_the_very_table() -> None:
    def same(rows: list[pd.DataFrame]) -> list[int]:
        return [len(it) for it in rows]

    assert Dag("big", [parts, rows, same]).run(store=None)["same"] == [ROWS] * PARTS


def test_a_task_can_be_repeated_over_what_lies_in_files(tmp_path: Path) -> None:
    run = Dag("big", [parts, rows, size]).run(store=tmp_path / "history")
    assert [run["size", i] for i in range(PARTS)] == [ROWS] * PARTS


def test_a_task_repeated_over_tables_reads_one_at_a_time(tmp_path: Path) -> None:
    alive: list[int] = []

    @task(expand="rows")
    def size(rows: pd.DataFrame) -> int:
        alive.append(len(_tables()))
        return len(rows)

    before = _tables()
    Dag("big", [parts, rows, size]).run(executor="serial", store=tmp_path / "history")
    assert len(alive) == PARTS
    assert max(alive) - len(before) <= 2  # what was read, and the body's own view of it


def test_a_small_table_too_is_not_in_memory(tmp_path: Path) -> None:
    @task(result_format="parquet")
    def constant() -> pd.DataFrame:
        return pd.DataFrame({"amount": [0] * ROWS})

    before = _tables()
    run = Dag("big", [constant]).run(executor="serial", store=tmp_path / "history")
    assert len(_tables()) == len(before)
    assert len(run["constant"]) == ROWS


def test_the_run_itself_reads_no_table_that_processes_hand_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pd, "read_parquet", None)  # here, not in the worker processes
    run = Dag("big", [parts, rows, size]).run(executor="process", store=tmp_path / "history")
    assert [run["size", i] for i in range(PARTS)] == [ROWS] * PARTS


def _tables() -> list[pd.DataFrame]:
    gc.collect()
    return [it for it in gc.get_objects() if type(it) is pd.DataFrame]


def test_a_run_that_goes_on_reads_the_files_again(tmp_path: Path) -> None:
    def fails(rows: list[pd.DataFrame]) -> int:
        raise ValueError("not today")

    def works(rows: list[pd.DataFrame]) -> int:
        return sum(map(len, rows))

    store = tmp_path / "history"
    with pytest.raises(RunFailed):
        Dag("big", _with(fails)).run(store=store)
    run = Dag("big", _with(works)).resume(store=store)
    assert run["last"] == PARTS * ROWS


def _with(body: Any) -> list[Any]:
    def last(rows: list[pd.DataFrame]) -> int:
        return int(body(rows))

    return [parts, rows, last]


def test_a_file_that_is_gone_fails_who_reads_it(tmp_path: Path) -> None:
    @task(after="rows")
    def loses() -> None:
        for path in tmp_path.glob("*.results/*"):
            path.unlink()

    @task(after="loses")
    def late(rows: list[pd.DataFrame]) -> int:
        return len(rows)

    with pytest.raises(RunFailed) as caught:
        Dag("big", [parts, rows, loses, late]).run(store=tmp_path / "history")
    error = caught.value.run.snapshot.instances["late", -1].error
    assert error is not None
    assert error["message"].startswith("what rows returned cannot be read back: its file is gone")


def test_the_way_to_a_table_is_small(tmp_path: Path) -> None:
    run = Dag("big", [parts, rows]).run(store=tmp_path / "history")
    kept = run.store.kept("big", run.run_id, ("rows", 0))
    assert isinstance(kept, Kept)
    pd.testing.assert_frame_equal(kept.value(), run["rows", 0])
    assert run.store.kept("big", run.run_id, ("parts", -1)) is None
