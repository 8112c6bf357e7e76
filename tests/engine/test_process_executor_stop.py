"""Processes are stopped: when time is up, with their run, with their kernel."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.engine.processes import FRESH, PATIENCE, eventually, is_alive, run, stays
from wfkit import Dag, task
from wfkit.core.facts import AttemptStarted
from wfkit.core.task import Task
from wfkit.engine.attempt import Finished, Work
from wfkit.engine.capture import Capture
from wfkit.engine.clock import SystemClock
from wfkit.engine.executors.process import ProcessExecutor

SLACK = 0.5
"""Seconds that an end may take beyond what it is given."""


def spent(attempt: Any) -> float:
    return float(attempt.ended - attempt.started)


@pytest.mark.long
def test_time_is_up_for_real(tmp_path: Path) -> None:
    witness = tmp_path / "witness"

    @task(timeout=0.3)
    def hangs() -> None:
        while True:
            with witness.open("a") as file:
                file.write("x")
            time.sleep(0.005)

    def lives() -> int:
        for _ in range(50):
            time.sleep(0.01)
        return os.getpid()

    found = run(hangs, lives, expect="failed")
    (attempt,) = [it for it in found.snapshot.attempts.values() if it.task == "hangs"]
    assert attempt.outcome == "timed_out"
    assert 0.3 <= spent(attempt) < 0.3 + SLACK
    assert stays(witness)
    assert found["lives"]


@pytest.mark.long
def test_a_stopped_body_cleans_up(tmp_path: Path) -> None:
    @task(timeout=0.2)
    def tidy() -> None:
        try:
            time.sleep(60)
        finally:
            (tmp_path / "tidied").touch()

    run(tidy, expect="failed")
    assert (tmp_path / "tidied").exists()


@pytest.mark.long
def test_a_polite_body_ends_by_itself(tmp_path: Path) -> None:
    @task(timeout=0.2)
    def polite() -> None:
        from wfkit import cancelled, sleep

        while not cancelled():
            sleep(0.01)
        sleep(0.1)
        (tmp_path / "ended").touch()

    run(polite, expect="failed")
    assert eventually((tmp_path / "ended").exists)


@pytest.mark.long
def test_a_stubborn_body_is_killed_after_the_grace(tmp_path: Path) -> None:
    witness, pids = tmp_path / "witness", tmp_path / "pid"

    @task(timeout=0.2)
    def stubborn() -> None:
        pids.write_text(str(os.getpid()))
        while True:
            try:
                while True:
                    with witness.open("a") as file:
                        file.write("x")
                    time.sleep(0.005)
            except BaseException:  # noqa: BLE001 - it will not be stopped
                pass

    def waits() -> None:
        time.sleep(3.0)

    began = time.monotonic()
    dag = Dag("sales", [stubborn, waits])
    background = dag.run(executor="process", store=None, background=True)
    assert eventually(pids.exists)
    assert eventually(lambda: not is_alive(int(pids.read_text())))
    assert time.monotonic() - began < 0.2 + 2.0 + 3 * SLACK
    assert stays(witness)
    background.cancel()
    assert background.wait(PATIENCE)


@pytest.mark.long
def test_code_in_c_is_killed_too() -> None:
    @task(timeout=0.2)
    def matches() -> None:
        import re

        re.match(r"(a+)+$", "a" * 40 + "b")

    found = run(matches, expect="failed")
    assert found.snapshot.instances["matches", -1].state == "failed"


@pytest.mark.long
def test_what_a_task_started_is_killed_with_it(tmp_path: Path) -> None:
    pids = tmp_path / "pid"

    @task(timeout=0.5)
    def starts() -> None:
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
        pids.write_text(str(child.pid))
        child.wait()

    run(starts, expect="failed")
    assert eventually(lambda: not is_alive(int(pids.read_text())))


@pytest.mark.long
def test_the_next_attempt_waits_until_the_last_is_dead(tmp_path: Path) -> None:
    witness = tmp_path / "witness"

    @task(timeout=0.3, retries=1)
    def stubborn(attempt: int) -> str:
        if attempt == 2:
            return witness.read_text()
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        witness.touch()
        time.sleep(0.8)
        witness.write_text("ended")
        return "late"

    assert run(stubborn)["stubborn"] == "ended"


def test_a_hanging_fault_ends_with_its_time() -> None:
    @task(timeout=0.2, retries=1)
    def orders(attempt: int) -> int:
        return attempt

    assert run(orders, faults="orders:hang")["orders"] == 2


@pytest.mark.long
def test_cancel_kills_what_runs(tmp_path: Path) -> None:
    witness = tmp_path / "witness"

    def hangs() -> None:
        while True:
            with witness.open("a") as file:
                file.write("x")
            time.sleep(0.005)

    found = Dag("sales", [hangs]).run(executor="process", store=None, background=True)
    assert eventually(witness.exists)
    began = time.monotonic()
    found.cancel()
    assert found.wait(PATIENCE)
    assert time.monotonic() - began < 1.0
    assert found.state == "cancelled"
    assert stays(witness)


@pytest.mark.long
def test_cancel_of_stubborn_bodies_takes_less_than_a_second(tmp_path: Path) -> None:
    def paths() -> list[int]:
        return [0, 1, 2, 3]

    @task(expand="paths")
    def stubborn(paths: int) -> None:
        (tmp_path / str(paths)).touch()
        while True:
            with contextlib.suppress(BaseException):  # it will not be stopped
                time.sleep(60)

    found = Dag("sales", [paths, stubborn]).run(executor="process", store=None, background=True)
    assert eventually(lambda: len(list(tmp_path.iterdir())) == 4)
    began = time.monotonic()
    found.cancel()
    assert found.wait(PATIENCE)
    assert time.monotonic() - began < 1.0


@pytest.mark.long
def test_processes_die_with_the_kernel(tmp_path: Path) -> None:
    witness = tmp_path / "witness"
    script = tmp_path / "kernel.py"
    script.write_text(
        textwrap.dedent(
            f"""
            import os, time
            from wfkit import Dag

            def hangs():
                while True:
                    with open({str(witness)!r}, "a") as file:
                        file.write(f"{{os.getpid()}}\\n")
                    time.sleep(0.01)

            Dag("sales", [hangs]).run(executor="process", store=None)
            """
        )
    )
    kernel = subprocess.Popen([sys.executable, script], env=FRESH)
    assert eventually(lambda: witness.exists() and witness.stat().st_size)
    pid = int(witness.read_text().partition("\n")[0])
    kernel.kill()
    kernel.wait()
    assert eventually(lambda: not is_alive(pid))
    assert stays(witness)


def work(name: str, body: Callable[..., Any], **inputs: Any) -> Work:
    clock = SystemClock()
    return Work(0, name, -1, 1, Task(body, name=name), inputs, clock, Capture(name, -1, 1, clock))


def test_what_was_revoked_never_runs(tmp_path: Path) -> None:
    executor = ProcessExecutor(1, SystemClock())
    for name in ("a", "b", "c"):
        executor.submit(work(name, (tmp_path / name).touch))
    executor.revoke()
    begun = [report.task for report in _reports(executor) if not isinstance(report, Finished)]
    executor.close()
    assert sorted(it.name for it in tmp_path.iterdir()) == sorted(begun)
    assert len(begun) <= 1


@pytest.mark.long
def test_what_is_revoked_while_it_loads_never_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate, loading, witness = (tmp_path / name for name in ("gate", "loading", "witness"))
    (tmp_path / "shop_slow.py").write_text(
        textwrap.dedent(
            f"""
            import pathlib, time
            pathlib.Path({str(loading)!r}).touch()
            while not pathlib.Path({str(gate)!r}).exists():
                time.sleep(0.01)

            def orders():
                pathlib.Path({str(witness)!r}).touch()
            """
        )
    )
    monkeypatch.syspath_prepend(tmp_path)
    gate.touch()
    import shop_slow  # type: ignore[import-not-found]

    gate.unlink()
    loading.unlink()
    executor = ProcessExecutor(1, SystemClock())
    executor.submit(work("orders", shop_slow.orders))
    assert eventually(loading.exists)
    executor.revoke()
    gate.touch()
    executor.submit(work("after", os.getpid))
    assert eventually(lambda: executor.inbox.qsize() == 2)
    assert {
        report[0] if isinstance(report, AttemptStarted) else report.fact.task
        for report in _reports(executor)
    } == {"after"}
    executor.close()
    assert not witness.exists()


def test_a_run_keeps_the_code_that_it_began_with() -> None:
    names: dict[str, Any] = {"__name__": "__main__", "RATE": 1}
    exec("def orders(): return RATE", names)
    executor = ProcessExecutor(1, SystemClock())
    found = []
    for rate in (1, 2):
        names["RATE"] = rate
        executor.submit(work("orders", names["orders"]))
        assert eventually(lambda: executor.inbox.qsize() == 2)
        found.append(_reports(executor)[1].result)
    executor.close()
    assert found == [1, 1]


def _reports(executor: ProcessExecutor) -> list[Any]:
    found = []
    while not executor.inbox.empty():
        found.append(executor.inbox.get())
    return found


def test_close_leaves_no_thread_behind() -> None:
    executor = ProcessExecutor(3, SystemClock())
    for name in ("a", "b", "c"):
        executor.submit(work(name, lambda: time.sleep(60)))
    assert eventually(lambda: executor.inbox.qsize() == 3)
    began = time.monotonic()
    executor.close()
    assert time.monotonic() - began < 1.0
    assert not any(thread.is_alive() for thread in executor._threads)
