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
    pytest.mark.long,
    pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="kills workers as POSIX does"),
]
LATEST = 60


@pytest.fixture(scope="module", autouse=True)
def _cluster_ends() -> Iterator[None]:
    """Other tests shall not share their processor with workers that wait."""
    yield
    dask_cluster.close_all()


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
    assert "its worker tls://127.0.0.1:" in str(error)


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


class ByHand:
    """A scheduler and its workers, each started by hand."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        command = [sys.executable, "-m", "distributed.cli.dask_scheduler"]
        command += ["--host", "127.0.0.1", "--port", "0", "--no-dashboard"]
        self.scheduler = self._begin(command, stderr=subprocess.PIPE)
        assert self.scheduler.stderr is not None
        lines = (line for line in self.scheduler.stderr if "Scheduler at:" in line)
        self.address = next(lines).split()[-1]

    def add(self, threads: int = 1) -> None:
        """Start a worker."""
        command = [sys.executable, "-m", "distributed.cli.dask_worker", self.address]
        command += ["--nthreads", str(threads), "--no-nanny", "--no-dashboard"]
        self._begin(command, stderr=subprocess.DEVNULL)

    def _begin(self, command: list[str], stderr: int) -> subprocess.Popen[str]:
        process = self._stack.enter_context(
            subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=stderr, text=True)
        )
        self._stack.callback(process.kill)
        return process


@pytest.fixture
def by_hand() -> Iterator[ByHand]:
    with ExitStack() as stack:
        made = ByHand(stack)
        stack.callback(dask_cluster.close_all)
        yield made


def test_a_cluster_of_others_loses_a_worker(by_hand: ByHand, tmp_path: Path) -> None:
    for _ in range(2):
        by_hand.add()
    dag = Dag("sales", dying(tmp_path / "flag"))
    run = dag.run(executor="dask", address=by_hand.address, store=tmp_path / "history")
    assert run["after"] == 15
    assert ("dies", "lost") in outcomes(run)


def test_who_was_cancelled_gives_its_worker_back(by_hand: ByHand, tmp_path: Path) -> None:
    by_hand.add()
    ready, go = tmp_path / "ready", tmp_path / "go"

    def stubborn() -> None:
        ready.touch()
        while not go.exists():
            threading.Event().wait(0.01)

    run = Dag("sales", [stubborn]).run(
        executor="dask", address=by_hand.address, store=None, background=True
    )
    assert until(ready.exists)
    run.cancel("asked for")
    assert run.wait(LATEST)
    go.touch()
    again = Dag("web", [orders]).run(executor="dask", address=by_hand.address, store=None)
    assert again["orders"] == [3, 4, 5]


def test_runs_side_by_side_do_not_meet_on_a_worker(by_hand: ByHand, tmp_path: Path) -> None:
    by_hand.add(threads=2)

    def slow(name: str, other: str) -> str:
        (tmp_path / name).touch()
        while not (tmp_path / other).exists():
            threading.Event().wait(0.01)
        return name

    names = ("one", "other")
    runs = [
        Dag(name, [slow], params={"name": name, "other": it}).run(
            executor="dask", address=by_hand.address, store=None, background=True
        )
        for name, it in (names, names[::-1])
    ]
    assert all(run.wait(LATEST) for run in runs)
    assert [run["slow"] for run in runs] == ["one", "other"]


def test_what_no_worker_can_load_fails_its_task(by_hand: ByHand, tmp_path: Path) -> None:
    by_hand.add()
    (tmp_path / "only_here.py").write_text("class Odd: pass")
    sys.path.insert(0, str(tmp_path))
    try:
        import only_here  # type: ignore[import-not-found]

        def reads(it: Any) -> str:
            return str(it)

        dag = Dag("sales", [reads], params={"it": only_here.Odd()})
        with pytest.raises(RunFailed, match="reads cannot be loaded on a worker"):
            dag.run(executor="dask", address=by_hand.address, store=None)
    finally:
        sys.path.remove(str(tmp_path))
        sys.modules.pop("only_here", None)


def test_a_scheduler_that_dies_ends_the_run(by_hand: ByHand, tmp_path: Path) -> None:
    by_hand.add()
    ready = tmp_path / "ready"

    def waits() -> None:
        ready.touch()
        threading.Event().wait(LATEST)

    run = Dag("sales", [waits]).run(
        executor="dask", address=by_hand.address, store=None, background=True
    )
    assert until(ready.exists)
    by_hand.scheduler.kill()
    assert run.wait(LATEST)
    assert run.state is RunState.FAILED
    assert {outcome for _, outcome in outcomes(run)} == {"lost"}


def test_an_end_that_is_heard_early_finds_its_result(monkeypatch: pytest.MonkeyPatch) -> None:
    client = dask_cluster.ready(None).client
    submit = client.submit

    def slow(*arguments: Any, **options: Any) -> Any:
        future = submit(*arguments, **options)
        if options.get("key", "").startswith("wfkit-"):
            future.result(timeout=30)  # the worker has told its end by now
            threading.Event().wait(0.1)
        return future

    monkeypatch.setattr(client, "submit", slow)
    run = Dag("sales", [orders, double, total]).run(executor="dask", store=None)
    assert run["total"] == (24, 3)


def test_nobody_else_can_talk_to_a_cluster_of_our_own() -> None:
    import distributed

    Dag("sales", [orders]).run(executor="dask", store=None)
    address = dask_cluster.ready(None).client.scheduler.address
    assert address.startswith("tls://127.0.0.1:")
    client: Any = distributed.Client
    with pytest.raises((OSError, TimeoutError)):
        client(address.replace("tls", "tcp"), timeout=2, set_as_default=False)
