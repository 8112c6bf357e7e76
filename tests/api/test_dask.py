# ruff: noqa: T201 - prints are part of what is tested here
"""A Dag on a Dask cluster: of this machine, and one that others have started."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

import wfkit
from wfkit import Dag, DagRun, Secret, task
from wfkit.core.errors import InvalidOption, RunFailed
from wfkit.core.states import RunState
from wfkit.engine.executors import dask_cluster, dask_worker
from wfkit.engine.executors.dask import Remote
from wfkit.engine.executors.dask_cluster import NoCluster

pytestmark = [
    pytest.mark.slow(6),
    pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="kills workers as POSIX does"),
]
LATEST = 60


def orders() -> list[int]:
    return [3, 4, 5]


@task(expand="orders")
def double(orders: int) -> int:
    print(f"doubling {orders}")
    return 2 * orders


def total(double: list[int], orders: list[int]) -> tuple[int, int]:
    return sum(double), len(orders)


def outcomes(run: DagRun) -> list[tuple[str, str]]:
    found = run.attempts[["task", "outcome"]]
    return [(str(name), str(outcome)) for name, outcome in found.itertuples(index=False)]


def dying(flag: Path) -> list[Any]:
    """Tasks of which one kills its worker, the first time."""

    def dies(orders: list[int]) -> int:
        if not flag.exists():
            flag.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return sum(orders)

    def after(dies: int, orders: list[int]) -> int:
        return dies + len(orders)

    return [orders, dies, after]


@pytest.mark.parametrize("store", ["disk", "memory"])
def test_results_and_states_are_those_of_threads(store: str, tmp_path: Path) -> None:
    dag = Dag("sales", [orders, double, total])
    runs = [
        dag.run(executor=name, store=tmp_path / name if store == "disk" else None)
        for name in ("thread", "dask")
    ]
    assert runs[0]["total"] == runs[1]["total"] == (24, 3)
    assert [list(run.task_instances["state"]) for run in runs] == [["success"] * 5] * 2
    texts = [sorted(run.logs["text"]) for run in runs]
    assert texts[0] == texts[1] == ["doubling 3", "doubling 4", "doubling 5"]


def test_results_stay_on_the_workers_until_somebody_asks() -> None:
    run = Dag("sales", [orders, double, total]).run(executor="dask", store=None)
    assert {type(it) for it in run.results().values()} == {Remote}
    assert run["orders"] == [3, 4, 5]
    run["orders"].append(6)
    assert run["orders"] == [3, 4, 5]


def test_an_error_is_told_with_the_own_line() -> None:
    def fails(orders: list[int]) -> int:
        return orders["x"]  # type: ignore[call-overload,no-any-return]

    with pytest.raises(RunFailed, match="list indices must be integers") as caught:
        Dag("sales", [orders, fails]).run(executor="dask", store=None)
    error = caught.value.run.snapshot.instances["fails", -1].error
    assert error is not None
    assert error["line"]["source"].startswith('return orders["x"]')


def test_a_killed_worker_loses_only_its_own_attempt(tmp_path: Path) -> None:
    dag = Dag("sales", dying(tmp_path / "flag"))
    run = dag.run(executor="dask", store=tmp_path / "history")
    assert run["after"] == 15
    assert outcomes(run) == [
        ("orders", "returned"),
        ("dies", "lost"),
        ("dies", "returned"),
        ("after", "returned"),
    ]
    error = run.attempts["error"].dropna().iloc[0]
    assert "its worker tcp://127.0.0.1:" in str(error)


def test_without_a_history_a_result_may_be_gone_with_its_worker(tmp_path: Path) -> None:
    with pytest.raises(RunFailed) as caught:
        Dag("sales", dying(tmp_path / "flag")).run(executor="dask", store=None)
    told = str(caught.value)
    assert "what orders returned is gone with its worker" in told
    assert 'Run it again: dag.rerun("orders")' in told


def test_a_body_that_asks_ends_when_the_run_is_cancelled(tmp_path: Path) -> None:
    ready, ended = tmp_path / "ready", tmp_path / "ended"

    def waits() -> None:
        ready.touch()
        while not wfkit.cancelled():
            threading.Event().wait(0.01)
        ended.touch()

    dag = Dag("sales", [waits])
    run = dag.run(executor="dask", store=None, background=True)
    assert until(ready.exists)
    run.cancel("asked for")
    assert run.wait(LATEST)
    assert run.state is RunState.CANCELLED
    assert until(ended.exists)


def until(holds: Any) -> bool:
    pause = threading.Event()
    for _ in range(100 * LATEST):
        if holds():
            return True
        pause.wait(0.01)
    return False


def test_no_secret_comes_home(tmp_path: Path) -> None:
    def talks() -> str:
        value = Secret("hunter2-and-more").get_secret_value()
        print(f"it is {value}")
        return "done"

    run = Dag("sales", [talks]).run(executor="dask", store=tmp_path / "history")
    assert list(run.logs["text"]) == ["it is ***"]


def test_what_cannot_be_sent_fails_its_task() -> None:
    lock = threading.Lock()

    def holds() -> bool:
        return lock.locked()

    with pytest.raises(RunFailed, match='holds cannot be sent to a process: its "lock" is'):
        Dag("sales", [holds]).run(executor="dask", store=None)


def test_where_no_scheduler_answers_nothing_is_recorded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dask_cluster, "PATIENCE", 1.0)
    dag = Dag("sales", [orders])
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{free.getsockname()[1]}"
    with pytest.raises(NoCluster, match=f"no Dask scheduler answers at {address}"):
        dag.run(executor="dask", address=address, store=tmp_path / "history")
    assert len(dag.runs(store=tmp_path / "history")) == 0


def test_other_versions_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    here = dask_worker.versions()
    monkeypatch.setattr(dask_cluster, "versions", lambda: here | {"wfkit": "0.0.0"})
    monkeypatch.setattr(dask_cluster, "PATIENCE", 10.0)
    cluster = dask_cluster.Cluster(None)
    try:
        with pytest.raises(NoCluster, match=r"wfkit is \S+ there and 0\.0\.0 here"):
            cluster.have(1)
    finally:
        cluster.close()


def test_what_is_not_installed_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(NoCluster, match=r"pip install 'wfkit\[dask\]'"):
        Dag("sales", [orders]).run(executor="dask", store=None)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"executor": "thread", "address": "tcp://a:1"}, "the executor is thread"),
        ({"address": "tcp://a:1"}, "the executor is thread"),
        ({"executor": "dask", "clock": "virtual"}, "cannot follow a virtual clock"),
    ],
)
def test_what_does_not_go_together_is_refused(options: dict[str, Any], told: str) -> None:
    with pytest.raises(InvalidOption, match=told):
        Dag("sales", [orders]).run(store=None, **options)


@pytest.fixture
def by_hand() -> Iterator[str]:
    """The address of a scheduler with two workers, each started by hand."""
    with ExitStack() as stack:
        command = [sys.executable, "-m", "distributed.cli.dask_scheduler"]
        command += ["--host", "127.0.0.1", "--port", "0", "--no-dashboard"]
        scheduler = stack.enter_context(
            subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        )
        stack.callback(scheduler.kill)
        assert scheduler.stderr is not None
        lines = (line for line in scheduler.stderr if "Scheduler at:" in line)
        address = next(lines).split()[-1]
        for _ in range(2):
            worker = [sys.executable, "-m", "distributed.cli.dask_worker", address]
            worker += ["--nthreads", "1", "--no-nanny", "--no-dashboard"]
            process = stack.enter_context(
                subprocess.Popen(worker, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            )
            stack.callback(process.kill)
        stack.callback(dask_cluster.close_all)
        yield address


def test_a_cluster_of_others_loses_a_worker(by_hand: str, tmp_path: Path) -> None:
    dag = Dag("sales", dying(tmp_path / "flag"))
    run = dag.run(executor="dask", address=by_hand, store=tmp_path / "history")
    assert run["after"] == 15
    assert ("dies", "lost") in outcomes(run)
