"""What only happens when things go wrong together."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from wfkit import Dag, task
from wfkit.core.errors import InvalidOption
from wfkit.core.states import RunState
from wfkit.core.task import Task
from wfkit.core.task_options import TaskOptions
from wfkit.engine import capture
from wfkit.engine.sqlite_store import SqliteStore


def rows() -> list[int]:
    return [1, 2, 3, 4]


def cached(function: Callable[..., Any], name: str = "") -> Task:
    return Task(function, TaskOptions(cache=True), name)


def test_a_damaged_result_is_not_found_by_later_runs(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "history.sqlite")
    dag = Dag("sales", [cached(rows)])
    assert dag.run(faults="rows:bad", store=store)["rows"] == [1, 2]
    assert dag.run(store=store)["rows"] == [1, 2, 3, 4]


def test_a_constant_is_part_of_the_code(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "history.sqlite")
    space: dict[str, Any] = {"RATE": 2, "__name__": "cell"}
    exec("def price(): return 10 * RATE", space)
    dag = Dag("sales", [cached(space["price"])])
    assert dag.run(store=store)["price"] == 20
    space["RATE"] = 3
    assert dag.run(store=store)["price"] == 30


def test_the_urgent_one_gets_the_slot_of_a_pool() -> None:
    order: list[str] = []

    @task(pool="db")
    def a() -> None:
        order.append("a")

    @task(pool="db", priority=9)
    def b() -> None:
        order.append("b")

    Dag("sales", [a, b], pools={"db": 1}).run(store=None, clock="virtual")
    assert order == ["b", "a"]


def test_cancel_starts_no_threads_for_what_never_began() -> None:
    gate, begun = threading.Event(), threading.Event()

    def slow() -> None:
        begun.set()
        gate.wait(10)

    tasks = [Task(slow, name=f"t{i}") for i in range(300)]
    before = threading.active_count()
    run = Dag("many", tasks).run(store=None, background=True)
    assert begun.wait(10)
    run.cancel()
    assert run.wait(10)
    assert threading.active_count() < before + 20
    gate.set()


def test_a_display_that_json_cannot_hold_fails_no_run() -> None:
    def plot() -> int:
        here = capture.current()
        assert here is not None
        here.display({"text/plain": "a plot", "application/json": {(1, 2): 3}})
        return 1

    run = Dag("sales", [plot]).run(store=None)
    [line] = run.lines
    assert line.data == {"data": {"text/plain": "a plot"}, "metadata": {}}


def test_a_run_whose_thread_dies_is_written_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = SqliteStore(tmp_path / "history.sqlite")
    dag = Dag("sales", [rows])

    def broken(*args: object) -> None:
        raise RuntimeError("a bug")

    with monkeypatch.context() as patch:
        patch.setattr("wfkit.engine.runner.Runner._take_finished", broken)
        with pytest.raises(RuntimeError, match="a bug"):
            dag.run(store=store)
    [run] = Dag("sales", [rows]).runs(store=store)
    assert run.state is RunState.FAILED
    assert dag.resume(store=store)["rows"] == [1, 2, 3, 4]


def test_what_cannot_begin_lets_go_of_the_store(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = SqliteStore(tmp_path / "history.sqlite")

    def broken(*args: object, **options: object) -> None:
        raise RuntimeError("no runner")

    with monkeypatch.context() as patch:
        patch.setattr("wfkit.api.order.Runner", broken)
        with pytest.raises(RuntimeError, match="no runner"):
            Dag("sales", [rows]).run(store=store)
    assert store._writers == 0


def test_branch_and_expand_exclude_each_other() -> None:
    with pytest.raises(InvalidOption, match="branch and expand exclude each other"):
        TaskOptions(branch=True, expand="rows")


def test_a_long_name_in_any_alphabet_has_a_large_result(tmp_path: Path) -> None:
    name = "売" * 100
    dag = Dag("sales", [Task(lambda: "x" * 200_000, name=name)])
    run = dag.run(store=tmp_path / "history.sqlite")
    [again] = Dag("sales", [Task(rows, name=name)]).runs(store=tmp_path / "history.sqlite")
    assert again[name] == run[name]


# A run that others go on with


def test_two_dags_see_the_same_run(tmp_path: Path) -> None:
    def orders(attempt: int) -> int:
        if attempt < 3:
            raise ConnectionError("503")
        return attempt

    one = Dag("sales", [orders])
    first = one.run(store=tmp_path / "history.db", expect="failed")
    other = one.change("orders", retries=1)
    assert other.resume(store=tmp_path / "history.db")["orders"] == 3
    assert first.state == "failed"
    assert (one.last.state, one.last["orders"]) == ("success", 3)
    assert [run.state for run in one.runs(store=tmp_path / "history.db")] == ["success"]
    assert str(one.explain()) == str(other.explain())
    assert one.resume().has_nothing_left
    events = one.rerun("orders").events
    assert [it.seq for it in events] == list(range(1, len(events) + 1))


def test_a_run_that_is_gone_on_with_elsewhere_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def orders() -> None:
        raise ConnectionError("503")

    dag = Dag("sales", [orders])
    run = dag.run(store=tmp_path / "history.db", expect="failed")
    other = dag.change("orders", retries=1)
    writing = run.store.writing

    @contextlib.contextmanager
    def late() -> Iterator[None]:
        monkeypatch.undo()
        other.resume(store=tmp_path / "history.db", expect="failed")
        with writing():
            yield

    monkeypatch.setattr(run.store, "writing", late)
    with pytest.raises(InvalidOption, match="has just been gone on with elsewhere"):
        dag.resume()
    assert len(dag.last.snapshot.attempts) == 3


@pytest.mark.parametrize(
    ("body", "expand", "results"),
    [
        (lambda two: two[0] + two[1], None, {-1: 3}),
        (lambda three: three, "three", {0: 10, 1: 20, 2: 30}),
        (lambda two: 10 * two, "two", {0: 1, 1: 20}),
    ],
)
def test_resume_repeats_a_task_as_its_code_says_now(
    body: Any, expand: str | None, results: dict[int, int]
) -> None:
    def two() -> list[int]:
        return [1, 2]

    def three() -> list[int]:
        return [10, 20, 30]

    @task(expand="two")
    def load(two: int) -> int:
        if two == 2:
            raise ConnectionError("503")
        return two

    dag = Dag("sales", [two, three, load])
    dag.run(store=None, expect="failed")
    dag.add(Task(body, TaskOptions(expand=expand), "load"), replace=True)
    run = dag.resume()
    found = [index for name, index in run.snapshot.instances if name == "load"]
    assert {index: run["load", index] for index in found} == results
