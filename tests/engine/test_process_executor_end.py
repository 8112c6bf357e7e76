"""How processes end: killed from outside, by themselves, when time is up, with their run."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from wfkit import Dag, task
from wfkit.api.dag_run import DagRun
from wfkit.core.task import Task
from wfkit.engine.attempt import Finished, Work
from wfkit.engine.capture import Capture
from wfkit.engine.clock import SystemClock
from wfkit.engine.executors import warm
from wfkit.engine.executors.process import ProcessExecutor

PATIENCE = 20.0
SLACK = 0.5


def run(*tasks: Task | Callable[..., Any], **options: Any) -> DagRun:
    return Dag("sales", tasks).run(executor="process", store=None, **options)


def eventually(holds: Callable[[], object]) -> bool:
    """Wait until something holds, at most PATIENCE seconds."""
    end = time.monotonic() + PATIENCE
    while not holds() and time.monotonic() < end:
        threading.Event().wait(0.01)
    return bool(holds())


def is_alive(pid: int) -> bool:
    """True while a process runs; one that only waits to be reaped does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def stays(path: Path) -> bool:
    """True if a file does not grow for a while."""
    size = path.stat().st_size
    threading.Event().wait(0.15)
    return path.stat().st_size == size


def spent(attempt: Any) -> float:
    return float(attempt.ended - attempt.started)


ENDS = {
    "exit code 0": lambda: os._exit(0),
    "exit code 3": lambda: os._exit(3),
    "signal SIGKILL": lambda: os.kill(os.getpid(), signal.SIGKILL),
    "signal SIGTERM": lambda: os.kill(os.getpid(), signal.SIGTERM),
    "signal SIGSEGV": lambda: os.kill(os.getpid(), signal.SIGSEGV),
    "signal SIGABRT": os.abort,
}


@pytest.mark.slow
@pytest.mark.parametrize("how", ENDS)
def test_a_dead_process_loses_only_its_own_attempt(how: str) -> None:
    end = ENDS[how]

    @task(retries=5)
    def dies(attempt: int) -> int:
        if attempt == 1:
            end()
        return attempt

    def lives() -> str:
        for _ in range(30):
            time.sleep(0.01)
        return "here"

    found = run(dies, lives)
    assert (found["dies"], found["lives"]) == (2, "here")
    first = next(it for it in found.snapshot.attempts.values() if it.task == "dies")
    assert first.outcome == "lost"
    lost = next(e for e in found.events if e.detail and e.detail.get("outcome") == "lost")
    assert lost.detail is not None
    assert lost.detail["error"]["type"] == "ProcessDied"
    assert lost.detail["error"]["message"] == f"its process ended with {how}"
    assert [it.number for it in found.snapshot.attempts.values() if it.task == "lives"] == [1]


def test_a_crash_names_the_learners_line() -> None:
    def crashes() -> None:
        import ctypes

        ctypes.string_at(0)

    found = run(crashes, expect="failed")
    error = found.snapshot.instances["crashes", -1].error
    assert error is not None
    assert error["message"] == "its process ended with signal SIGSEGV"
    assert error["line"]["source"] == "ctypes.string_at(0)"
    assert error["traceback"][1].strip() == "ctypes.string_at(0)"


def test_three_losses_in_a_row_fail_the_task() -> None:
    def dies() -> None:
        os._exit(1)

    found = run(dies, expect="failed")
    assert [it.outcome for it in found.snapshot.attempts.values()] == ["lost"] * 3


def test_a_lost_fault_kills_the_process() -> None:
    def first() -> int:
        return os.getpid()

    @task(after="first")
    def second() -> int:
        return os.getpid()

    found = run(first, second, faults="second:lost")
    lost = next(e for e in found.events if e.detail and e.detail.get("outcome") == "lost")
    assert lost.detail is not None
    assert lost.detail["error"]["message"] == "its process ended with signal SIGKILL"
    assert lost.detail["error"]["injected"] is True
    assert not is_alive(found["first"])
    assert found["second"] != found["first"]


def test_closing_every_descriptor_loses_the_attempt() -> None:
    @task
    def closes(attempt: int) -> int:
        if attempt == 1:
            os.closerange(0, 100)
        return attempt

    assert run(closes)["closes"] == 2


@pytest.mark.slow
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


@pytest.mark.slow
def test_a_stopped_body_cleans_up(tmp_path: Path) -> None:
    @task(timeout=0.2)
    def tidy() -> None:
        try:
            time.sleep(60)
        finally:
            (tmp_path / "tidied").touch()

    run(tidy, expect="failed")
    assert (tmp_path / "tidied").exists()


@pytest.mark.slow
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


@pytest.mark.slow
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


@pytest.mark.slow
def test_code_in_c_is_killed_too() -> None:
    @task(timeout=0.2)
    def matches() -> None:
        import re

        re.match(r"(a+)+$", "a" * 40 + "b")

    found = run(matches, expect="failed")
    assert found.snapshot.instances["matches", -1].state == "failed"


@pytest.mark.slow
def test_what_a_task_started_is_killed_with_it(tmp_path: Path) -> None:
    pids = tmp_path / "pid"

    @task(timeout=0.5)
    def starts() -> None:
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
        pids.write_text(str(child.pid))
        child.wait()

    run(starts, expect="failed")
    assert eventually(lambda: not is_alive(int(pids.read_text())))


@pytest.mark.slow
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


@pytest.mark.slow
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


@pytest.mark.slow
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


def test_no_process_is_left_once_warm_ones_are_ended() -> None:
    def here() -> int:
        return os.getpid()

    pid = run(here)["here"]
    assert is_alive(pid)
    assert run(here)["here"] == pid
    warm.end_all()
    assert eventually(lambda: not is_alive(pid))


def test_a_waiting_process_that_was_killed_is_replaced() -> None:
    def here() -> int:
        return os.getpid()

    pid = run(here)["here"]
    os.kill(pid, signal.SIGKILL)
    found = run(here)
    assert found["here"] != pid
    assert len(found.snapshot.attempts) == 1


@pytest.mark.slow
def test_threads_and_processes_that_outlive_a_task_are_ended(tmp_path: Path) -> None:
    witness = tmp_path / "witness"

    def leaves_thread() -> int:
        def go_on() -> None:
            while True:
                with witness.open("a") as file:
                    file.write("x")
                time.sleep(0.005)

        threading.Thread(target=go_on, daemon=True).start()
        return os.getpid()

    def leaves_process(leaves_thread: int) -> tuple[int, int]:
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
        return os.getpid(), child.pid

    def after(leaves_process: tuple[int, int]) -> int:
        return os.getpid()

    found = run(leaves_thread, leaves_process, after)
    one, (two, child), three = found["leaves_thread"], found["leaves_process"], found["after"]
    assert len({one, two, three}) == 3
    assert eventually(lambda: not any(map(is_alive, (one, two, child))))
    assert stays(witness)
    notes = [it.text for it in found.lines if it.level == "note"]
    assert notes == [
        "ended with this attempt: a thread that it left running",
        "ended with this attempt: a process that it left running",
    ]


@pytest.mark.slow
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
    kernel = subprocess.Popen([sys.executable, script], env=os.environ | _path())
    assert eventually(lambda: witness.exists() and witness.stat().st_size)
    pid = int(witness.read_text().partition("\n")[0])
    kernel.kill()
    kernel.wait()
    assert eventually(lambda: not is_alive(pid))
    assert stays(witness)


def _path() -> dict[str, str]:
    return {"PYTHONPATH": str(Path(__file__).parents[2])}


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


def test_a_process_that_cannot_start_fails_the_task(monkeypatch: pytest.MonkeyPatch) -> None:
    def here() -> int:
        return 1

    warm.end_all()
    monkeypatch.setattr(sys, "executable", "/nonexistent/python")
    found = run(here, expect="failed")
    error = found.snapshot.instances["here", -1].error
    assert error is not None
    assert error["message"].startswith("no process could be started: ")
