"""Processes die: by themselves, by signals, by what they leave running."""

# ruff: noqa: T201 - prints are part of what a body does

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from tests.engine.processes import error, eventually, is_alive, run, stays
from wfkit import Dag, task
from wfkit.engine.executors import warm

ENDS = {
    "exit code 0": lambda: os._exit(0),
    "exit code 3": lambda: os._exit(3),
    "signal SIGKILL": lambda: os.kill(os.getpid(), signal.SIGKILL),
    "signal SIGTERM": lambda: os.kill(os.getpid(), signal.SIGTERM),
    "signal SIGSEGV": lambda: os.kill(os.getpid(), signal.SIGSEGV),
    "signal SIGABRT": os.abort,
}


@pytest.mark.long
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
    told = error(found, "crashes")
    assert told["message"] == "its process ended with signal SIGSEGV"
    assert told["line"]["source"] == "ctypes.string_at(0)"
    assert told["traceback"][1].strip() == "ctypes.string_at(0)"


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


def test_what_a_dead_process_started_dies_too(tmp_path: Path) -> None:
    pids = tmp_path / "pids"

    def dies() -> None:
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
        with pids.open("a") as file:
            file.write(f"{child.pid} ")
        os._exit(0)

    run(dies, expect="failed")
    assert eventually(lambda: not any(map(is_alive, map(int, pids.read_text().split()))))


def test_closing_every_descriptor_loses_the_attempt() -> None:
    @task
    def closes(attempt: int) -> int:
        if attempt == 1:
            os.closerange(0, 100)
        return attempt

    assert run(closes)["closes"] == 2


def test_no_process_is_left_once_warm_ones_are_ended() -> None:
    def here() -> int:
        return os.getpid()

    pid = run(here)["here"]
    assert is_alive(pid)
    assert run(here)["here"] == pid
    warm.end_all()
    assert eventually(lambda: not is_alive(pid))


def test_only_so_many_processes_wait(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def meets(mine: str, other: str) -> int:
        (tmp_path / mine).touch()
        while not (tmp_path / other).exists():
            time.sleep(0.01)
        return os.getpid()

    def left() -> int:
        return meets("left", "right")

    def right() -> int:
        return meets("right", "left")

    warm.end_all()
    monkeypatch.setattr(warm, "MOST_WAITING", 1)
    found = run(left, right)
    assert sum(map(is_alive, (found["left"], found["right"]))) == 1


def test_a_waiting_process_that_was_killed_is_replaced() -> None:
    def here() -> int:
        return os.getpid()

    pid = run(here)["here"]
    os.kill(pid, signal.SIGKILL)
    found = run(here)
    assert found["here"] != pid
    assert len(found.snapshot.attempts) == 1


@pytest.mark.long
def test_threads_and_processes_that_outlive_a_task_are_ended(tmp_path: Path) -> None:
    witness = tmp_path / "witness"

    def leaves_thread() -> int:
        def go_on() -> None:
            while True:
                with witness.open("a") as file:
                    file.write("x")
                time.sleep(0.005)

        threading.Thread(target=go_on, daemon=True).start()
        while not witness.exists():
            time.sleep(0.005)
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


def test_a_forked_child_is_no_worker() -> None:
    def forks() -> tuple[int, int]:
        child = os.fork()
        if child:
            os.waitpid(child, 0)
        else:
            print("from the child")
        return os.getpid(), child

    found = run(forks)
    pid, child = found["forks"]
    assert pid != child != 0
    assert [(it.level, it.text) for it in found.lines] == [("stdout", "from the child")]


@pytest.mark.long
def test_a_pool_of_forked_processes_works_in_a_task() -> None:
    def squares() -> list[int]:
        import multiprocessing

        from wfkit import cancelled

        assert not cancelled()
        with multiprocessing.get_context("fork").Pool(2) as pool:
            return pool.map(_squared, range(4))

    found = run(squares)
    assert found["squares"] == [0, 1, 4, 9]
    assert sorted(it.text for it in found.lines) == [
        "0" * 9_000,
        "1" * 9_000,
        "2" * 9_000,
        "3" * 9_000,
    ]


def _squared(value: int) -> int:
    print(str(value) * 9_000)
    return value * value


def test_a_run_inside_of_a_task() -> None:
    def outer() -> list[int]:
        def inner() -> int:
            print("inside")
            return 3

        dag = Dag("inner", [inner])
        return [dag.run(executor=kind, store=None)["inner"] for kind in ("thread", "process")]

    assert run(outer)["outer"] == [3, 3]


def test_a_process_that_cannot_start_fails_the_task(monkeypatch: pytest.MonkeyPatch) -> None:
    def here() -> int:
        return 1

    warm.end_all()
    monkeypatch.setattr(sys, "executable", "/nonexistent/python")
    found = run(here, expect="failed")
    assert error(found, "here")["message"].startswith("no process could run it: ")
