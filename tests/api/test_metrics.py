"""The history of a Dag as a table, and its figures: of real runs, read back from a store."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from wfkit import Dag, task
from wfkit.api.history_frames import history_frame
from wfkit.core.errors import InvalidOption, RunFailed
from wfkit.core.history import InstanceSpan, RunHistory, run_history
from wfkit.core.outline import RunOutline
from wfkit.core.run import fold
from wfkit.core.states import RunState, TaskState
from wfkit.engine.store import MemoryStore, Store
from wfkit.engine.stores import store_for

RUN_COLUMNS = ["run_id", "run_type", "logical_date", "run_state"]
TASK_COLUMNS = ["task", "map_index", "state", "attempts", "retries", "due", "started", "ended"]
COLUMNS = [*RUN_COLUMNS, *TASK_COLUMNS, "duration", "lateness", "deadline_missed"]


@task(takes="10m", retries=2, retry_delay="5m")
def orders(logical_date: datetime, attempt: int) -> list[int]:
    if logical_date.day == 2 or (logical_date.day == 3 and attempt == 1):
        raise ConnectionError
    return [1, 2]


@task(takes="1m", expand="orders", deadline="12m")
def load(orders: int) -> int:
    return orders


def sales(**options: Any) -> Dag:
    known = {"schedule": "@daily", "timezone": "Europe/London", "clock": "virtual"}
    return Dag("sales", [orders, load], **{**known, **options})


def three_nights(store: Store | Path) -> Dag:
    dag = sales(deadline="20m")
    with pytest.raises(RunFailed):
        dag.backfill("1997-01-01", "1997-01-04", store=store)
    return dag


@pytest.fixture(params=["memory", "file"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    return MemoryStore() if request.param == "memory" else store_for(tmp_path / "history")


def test_there_is_a_row_for_each_run_and_task(store: Store) -> None:
    frame = three_nights(store).history(store=store)
    assert list(frame.columns) == COLUMNS
    shown = frame[["task", "map_index", "state", "attempts", "retries", "duration"]]
    assert shown.fillna(-1.0).to_numpy().tolist() == [
        ["orders", -1, "success", 1, 0, 600.0],
        ["load", 0, "success", 1, 0, 60.0],
        ["load", 1, "success", 1, 0, 60.0],
        ["orders", -1, "failed", 3, 2, 2_400.0],
        ["load", -1, "upstream_failed", 0, 0, -1.0],
        ["orders", -1, "success", 2, 1, 1_500.0],
        ["load", 0, "success", 1, 0, 60.0],
        ["load", 1, "success", 1, 0, 60.0],
    ]
    assert [*frame["run_state"].unique()] == ["success", "failed"]
    assert {*frame["run_type"]} == {"backfill"}
    assert [f"{it:%d %H:%M %Z}" for it in frame["due"].unique()] == [
        "02 00:00 GMT",
        "03 00:00 GMT",
        "04 00:00 GMT",
    ]
    late = frame[frame["deadline_missed"]]
    assert late["task"].tolist() == ["load"] * 3
    assert late["logical_date"].dt.day.tolist() == [2, 3, 3]


def test_moments_are_in_the_zone_of_the_dag(store: Store) -> None:
    dag = sales()
    dag.run(logical_date="1997-07-01", store=store)
    frame = dag.history(store=store)
    for name in ("logical_date", "started", "ended"):
        assert str(frame[name].dt.tz) == "Europe/London"
    assert frame["logical_date"].dt.strftime("%d %H:%M %Z")[0] == "01 00:00 BST"


def test_lateness_counts_from_when_a_clock_wanted_the_run() -> None:
    dag = sales(schedule="30 1 * * *", start_date="1997-01-01", catchup=True)
    nights = dag.simulate(days=6, outage=("1997-01-03", "1997-01-05T09:00"), faults="orders:1")
    first = nights.history().drop_duplicates("run_id")
    # Those that were missed began at 09:00, 09:40 and 10:06, two days late and less.
    assert first["lateness"].tolist() == [0.0, 199_800.0, 115_800.0, 30_960.0, 0.0]
    assert nights.metrics().runs["lateness"].tolist() == first["lateness"].tolist()


def test_a_clock_that_was_set_back_makes_nobody_early() -> None:
    begin = datetime.fromisoformat("1997-01-02T00:00:00+00:00").timestamp()
    due = "1997-01-02T00:00:00+00:00"
    outline = RunOutline("r", due, RunState.SUCCESS, "scheduled", due=due, started=begin - 5)
    span = InstanceSpan(TaskState.SUCCESS, 1, 1, started=begin - 5, ended=begin)
    frame = history_frame(sales(), [RunHistory(outline, {("orders", -1): span})])
    assert frame[["lateness", "duration"]].to_numpy().tolist() == [[0.0, 5.0]]


def test_runs_by_hand_and_of_a_backfill_are_never_late(store: Store) -> None:
    dag = three_nights(store)
    dag.run(logical_date="1997-02-01", store=store)
    assert dag.history(store=store)["lateness"].isna().all()
    assert dag.metrics(store=store).runs["lateness"].isna().all()


def test_a_task_that_ran_again_keeps_its_attempts_but_not_its_retries(store: Store) -> None:
    dag = sales()
    run = dag.run(logical_date="1997-01-02", store=store, expect="failed")
    better = sales().change("orders", retries=0)
    better.resume(run.run_id, store=store, expect="failed")
    row = better.history(store=store).iloc[0]
    assert row[["task", "attempts", "retries", "duration"]].tolist() == ["orders", 4, 0, 600.0]


def test_the_newest_runs_are_chosen(store: Store) -> None:
    dag = three_nights(store)
    assert [*dag.history(1, store=store)["logical_date"].dt.day.unique()] == [3]
    assert len(dag.metrics(2, store=store).runs) == 2
    assert repr(dag.metrics(2, store=store)).startswith("Metrics of sales over the newest 2 runs\n")
    assert repr(dag.metrics(3, store=store)).startswith("Metrics of sales over 3 runs\n")


@pytest.mark.parametrize("n", [0, -1, 1.5, True, "3"])
def test_a_number_of_runs_is_a_whole_number(n: Any) -> None:
    verbs: list[Any] = [sales().history, sales().metrics]
    for verb in verbs:
        with pytest.raises(InvalidOption, match="n="):
            verb(n, store=None)


def test_without_runs_the_tables_are_empty() -> None:
    dag = sales()
    frame = dag.history(store=None)
    assert (list(frame.columns), len(frame)) == (COLUMNS, 0)
    known = dag.metrics(store=None)
    assert (len(known.runs), list(known.tasks.index)) == (0, ["orders", "load"])
    assert repr(known) == "Metrics of sales: no runs yet"
    assert set(known._repr_mimebundle_()) == {"text/plain"}


def test_figures_are_tables_a_picture_and_text(store: Store) -> None:
    known = three_nights(store).metrics(store=store)
    runs = known.runs[["state", "retries", "deadline_missed", "duration"]]
    assert runs.to_numpy().tolist() == [
        ["success", 0, False, 660.0],
        ["failed", 2, True, 2_400.0],
        ["success", 1, True, 1_560.0],
    ]
    tasks = known.tasks
    assert tasks.index.tolist() == ["orders", "load"]
    assert tasks["success_rate"].tolist() == [2 / 3, 1.0]
    assert tasks[["success", "failed", "not_run", "retries"]].to_numpy().tolist() == [
        [2, 1, 0, 3],
        [4, 0, 1, 0],
    ]
    durations = tasks[["duration_50", "duration_90", "duration_max"]].to_numpy().tolist()
    assert durations == [[1_500.0, 2_400.0, 2_400.0], [60.0, 60.0, 60.0]]
    bundle = known._repr_mimebundle_()
    assert bundle["text/plain"] == repr(known)
    assert bundle["image/svg+xml"].startswith("<svg ")
    assert "success:   2 of 3 runs (66.7 %), 1 failed" in repr(known)


def test_the_store_alone_is_enough(tmp_path: Path) -> None:
    """As after a restart: another Dag, which has run nothing, and a connection of its own."""
    path = tmp_path / "history"
    before = three_nights(path)
    text, frame = repr(before.metrics(store=path)), before.history(store=path)
    copy = tmp_path / "copy"
    store_for(path).commit()
    copy.write_bytes(path.read_bytes())
    wal = path.with_name("history-wal")
    copy.with_name("copy-wal").write_bytes(wal.read_bytes() if wal.exists() else b"")
    after = sales(deadline="20m")
    assert repr(after.metrics(store=copy)) == text
    pd.testing.assert_frame_equal(after.history(store=copy), frame)


def test_the_same_seed_tells_the_same(store: Store) -> None:
    dag = sales(schedule="30 1 * * *", start_date="1997-01-01")
    one, other = (dag.simulate(days=20, faults="load:20%", seed=3).metrics() for _ in range(2))
    assert one._repr_mimebundle_() == other._repr_mimebundle_()


def test_times_of_a_real_clock_are_in_the_tables_but_not_in_the_text(store: Store) -> None:
    @task
    def quick() -> int:
        return 1

    dag = Dag("sales", [quick])
    dag.run(store=store)
    assert (dag.history(store=store)["duration"] > 0).all()
    assert repr(dag.metrics(store=store)).splitlines() == [
        "Metrics of sales over 1 run",
        "  success:  1 of 1 run (100 %)",
        "  retries:  none",
        "  task   success         failed  did not run  retries",
        "  quick  1 of 1 (100 %)  0       0            0",
    ]


def branchy() -> Dag:
    @task(branch=True)
    def choose() -> str:
        return "left"

    @task(after="choose")
    def left() -> int:
        return 1

    @task(after="choose", retries=1)
    def right() -> int:
        return 1

    return Dag("sales", [choose, left, right], clock="virtual")


@pytest.mark.parametrize(
    ("make", "fault"),
    [(sales, ""), (sales, "orders:lost"), (sales, "orders:1"), (branchy, ""), (branchy, "left:1")],
)
def test_what_a_store_tells_is_the_fold_of_its_events(
    store: Store, make: Callable[[], Dag], fault: str
) -> None:
    dag = make()
    end = "failed" if "left" in fault else "success"
    run = dag.run(store=store, faults=fault or (), expect=end)
    found, told = told_twice(store, run.run_id)
    assert found == told
    dag.rerun(next(iter(dag.graph.order)), store=store)
    found, told = told_twice(store, run.run_id)
    assert found == told


def told_twice(store: Store, run_id: str) -> tuple[RunHistory, RunHistory]:
    """The history of a run as the store gives it, and as its events have it."""
    (found,) = store.histories("sales")
    told = run_history(fold(store.events("sales", run_id)))
    waiting = InstanceSpan(TaskState.NONE)
    assert waiting not in told.instances.values()
    return found, told
