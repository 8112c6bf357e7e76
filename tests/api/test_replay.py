"""Any run is played again: from memory or from the store alone, whatever happened in it."""

# ruff: noqa: T201 - prints are part of what a body does

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.core.test_run import recorded
from tests.views.test_replay import check_frames
from wfkit.api.dag import Dag
from wfkit.api.dag_run import DagRun
from wfkit.api.replay import Replay
from wfkit.core.errors import UnknownRun
from wfkit.core.graph import Graph
from wfkit.core.task import task
from wfkit.engine.store import MemoryStore


@task(takes="10s", retries=2, retry_delay="20s")
def orders() -> list[int]:
    print("loading")
    return [1, 2, 3]


@task(expand="orders", takes="5s")
def clean(orders: int) -> int:
    return orders


@task(branch=True)
def way(clean: list[int]) -> str:
    return "mail"


def mail(way: str) -> str:
    return way


def post(way: str) -> str:
    return way


def sales(clock: str = "virtual") -> Dag:
    return Dag("sales", [orders, clean, way, mail, post], clock=clock, start_date="1997-01-01")


def retried(path: Path) -> DagRun:
    return sales().run(store=path, faults="orders:2")


def on_a_real_clock(path: Path) -> DagRun:
    return sales("system").run(store=path)


def rerun_with_other_items(path: Path) -> DagRun:
    dag = sales()
    dag.run(store=path)
    return dag.rerun("orders", store=path)


def resumed(path: Path) -> DagRun:
    sales().run(store=path, faults="clean:always", expect="failed")
    return sales().resume(store=path)


def lost_and_resumed(path: Path) -> DagRun:
    dag = sales()
    dag.run(store=path, faults="clean:lost")
    return dag.rerun("clean", store=path)


def cancelled(path: Path) -> DagRun:
    dag = Dag("sales", [clean, orders, stop], clock="virtual")
    stopping.append(dag)
    run = dag.run(store=path, background=True)
    run.wait()
    return run


stopping: list[Dag] = []


def stop() -> None:
    stopping.pop().cancel()


RUNS = [retried, on_a_real_clock, rerun_with_other_items, resumed, lost_and_resumed, cancelled]


@pytest.mark.parametrize("happened", RUNS, ids=lambda it: it.__name__)
def test_every_frame_is_the_fold_of_the_events_up_to_it(
    happened: Callable[[Path], DagRun], tmp_path: Path
) -> None:
    run = happened(tmp_path / "history")
    check_frames(run.events, run.replay().graph)


def test_a_log_of_an_early_version_can_be_played() -> None:
    events, _ = recorded("run-0.1")
    check_frames(events, Graph([]))
    assert "the run ends: " in str(Replay(events, Graph([]))).splitlines()[-1]


@pytest.mark.parametrize("happened", RUNS, ids=lambda it: it.__name__)
def test_the_store_alone_is_enough(happened: Callable[[Path], DagRun], tmp_path: Path) -> None:
    path = tmp_path / "history"
    run = happened(path)
    gone = Dag("sales", clock="virtual")
    replay = gone.replay(run.run_id, store=path)
    assert str(replay) == str(run.replay())
    assert replay.graph.upstream == {name: tuple(it) for name, it in run.snapshot.upstream.items()}
    known, found = run.replay().data(), replay.data()
    for name in known.keys() - {"parts"}:
        assert json.dumps(found[name]) == json.dumps(known[name])


STORY = """\
DagRun manual__1997-01-01T00:00:00+00:00: success, 46 events of sales
   1         0 s  the run is queued
   2         0 s  the run starts
   5         0 s  orders attempt 1 starts
   6        10 s  orders attempt 1 raises ConnectionError: injected fault; next attempt at 30 s
   9        30 s  orders attempt 2 starts
  10        40 s  orders attempt 2 raises ConnectionError: injected fault; next attempt at 1 min
  13       1 min  orders attempt 3 starts
  14  1 min 10 s  orders attempt 3 returns
  15  1 min 10 s  clean is expanded over 3 items of orders"""


def test_the_story_tells_step_by_step_what_happened() -> None:
    run = sales().run(store=None, faults="orders:2")
    told = str(run.replay()).splitlines()
    assert told[:10] == STORY.replace("46", str(len(run.events))).splitlines()
    assert "post is skipped because way chose mail" in told[-4] + told[-3] + told[-2]
    assert not [line for line in told if "scheduled" in line or "free slot" in line]


def test_waiting_for_a_slot_is_told() -> None:
    def other() -> None: ...

    one = task(takes="5s")(other)
    dag = Dag("sales", [orders, one], max_active_tasks=1, clock="virtual")
    told = str(dag.run(store=None).replay())
    assert "  0 s  other attempt 1 waits for a free slot" in told
    assert "10 s  other attempt 1 starts" in told


def test_text_in_a_notebook_is_the_same_in_every_run() -> None:
    virtual, real = sales().run(store=None), sales("system").run(store=None)
    assert virtual.replay().picture().text == str(virtual.replay())
    assert real.replay().picture().text == real.picture().text


def test_a_long_story_is_cut_below_a_cell_and_whole_on_request() -> None:
    @task(expand="items", takes="1s")
    def each(items: int) -> int:
        return items

    def items() -> list[int]:
        return list(range(150))

    replay = Dag("many", [items, each], clock="virtual").run(store=None).replay()
    shown, whole = replay.picture().text.splitlines(), str(replay).splitlines()
    assert len(shown) == 202
    assert len(whole) > 300
    assert f"… {len(whole) - 201} lines left out …" in "\n".join(shown)
    assert (shown[1], shown[-1]) == (whole[1], whole[-1])


def test_runs_that_are_not_there_are_refused(tmp_path: Path) -> None:
    dag, store = sales(), MemoryStore()
    with pytest.raises(UnknownRun, match="has no runs yet"):
        dag.replay(store=store)
    retried(tmp_path / "history")
    with pytest.raises(UnknownRun, match='no run "monday"'):
        dag.replay("monday", store=tmp_path / "history")
    store.add_run("sales", "manual__1", "", 0.0)
    with pytest.raises(UnknownRun, match="manual__1 never began"):
        dag.replay(store=store)


def test_the_last_run_is_the_one_that_is_played() -> None:
    dag = sales()
    run = dag.run(store=None)
    assert str(dag.replay()) == str(run.replay())
    assert len(dag.replay()) == len(run.events)
