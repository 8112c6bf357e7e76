"""Attempts share a process with each other and with a notebook, and leave it as it was."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from wfkit.core.facts import AttemptFinished
from wfkit.core.states import Outcome
from wfkit.core.task import Task
from wfkit.engine import beside, chance, host, loans
from wfkit.engine.attempt import Work
from wfkit.engine.capture import Capture
from wfkit.engine.clock import SystemClock, VirtualClock
from wfkit.engine.executors import virtual
from wfkit.engine.executors.virtual import VirtualExecutor
from wfkit.engine.redirects import installed

ROOT = Path(__file__).parents[2]
CLOCK = SystemClock()


def work(function: object, clock: SystemClock | VirtualClock = CLOCK) -> Work:
    task = Task(function, name="it")  # type: ignore[arg-type]
    return Work(0, "it", -1, 1, task, {}, clock, Capture("it", -1, 1, clock))


def notes(function: object) -> list[str]:
    return [it.text for it in beside.run(work(function)).lines]


def grow_path() -> None:
    sys.path.append("/leak")


@pytest.fixture
def _path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", list(sys.path))


@pytest.mark.usefixtures("_path")
def test_what_is_shared_is_put_back_only_while_the_main_thread_waits() -> None:
    with host.waits():
        assert notes(grow_path) == ["put back after this attempt: sys.path"]
    assert "/leak" not in sys.path
    assert notes(grow_path) == ["changed while this attempt ran, and left so: sys.path"]
    assert "/leak" in sys.path


@pytest.mark.usefixtures("_path")
def test_what_the_notebook_did_between_two_waits_is_no_tasks_doing() -> None:
    with host.waits():
        assert notes(lambda: None) == []
    grow_path()
    with host.waits():
        assert notes(lambda: None) == []
    assert "/leak" in sys.path


@pytest.mark.usefixtures("_path")
def test_a_body_that_was_given_up_keeps_nothing_from_being_put_back() -> None:
    begun, over = threading.Event(), threading.Event()

    def lingers() -> None:
        begun.set()
        over.wait(10)

    given_up = work(lingers)
    thread = threading.Thread(target=beside.run, args=[given_up], name="wfkit test")
    with host.waits():
        thread.start()
        assert begun.wait(10)
        assert notes(grow_path) == []
        given_up.capture.is_cancelled = True
        assert notes(lambda: None) == ["put back after this attempt: sys.path"]
    over.set()
    thread.join(10)
    assert "/leak" not in sys.path


def test_two_bodies_that_go_elsewhere_leave_the_notebook_where_it_was(tmp_path: Path) -> None:
    here = Path.cwd()
    gone, over = threading.Event(), threading.Event()

    def first() -> None:
        os.chdir(tmp_path)
        gone.set()
        over.wait(10)

    thread = threading.Thread(target=beside.run, args=[work(first)])
    thread.start()
    assert gone.wait(10)
    assert loans.folder() == str(here)
    assert notes(lambda: os.chdir("/")) == ["put back after this attempt: the working directory"]
    assert Path.cwd() == here
    over.set()
    thread.join(10)
    assert Path.cwd() == here
    assert loans.folder() == str(here)


def test_a_folder_that_is_gone_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "gone"
    folder.mkdir()
    monkeypatch.chdir(folder)

    def body() -> None:
        os.chdir(tmp_path)
        folder.rmdir()

    finished = beside.run(work(body))
    assert isinstance(finished.fact, AttemptFinished)
    assert finished.fact.outcome is Outcome.RETURNED
    monkeypatch.chdir(tmp_path)


def test_waits_of_other_threads_do_not_count() -> None:
    found: list[int] = []

    @host.waits()
    def other() -> None:
        found.append(host.waiting())

    thread = threading.Thread(target=other)
    thread.start()
    thread.join(10)
    other()
    assert found[0] == 0
    assert found[1] > 0


def test_chance_is_left_alone_where_nobody_waits() -> None:
    import random

    state = random.getstate()
    with chance.of_its_own():
        assert random.getstate() == state


FORKED_UNDER_A_LOCK = """
import os, threading
from tests.engine.test_beside import beside, work
def forks():
    child = os.fork()
    if child:
        return os.waitpid(child, 0)[1]
    os.environ["X"] = "1"
    beside.run(work(lambda: os.chdir("/")))
    return 3
ready, go = threading.Event(), threading.Event()
def holds():
    with beside._lock:
        ready.set(); go.wait(10)
def body():
    threading.Thread(target=holds).start(); ready.wait(10)
    try:
        return forks()
    finally:
        go.set()
print(beside.run(work(body)).result)
"""


@pytest.mark.slow
def test_a_child_that_is_forked_while_others_begin_does_not_hang() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", FORKED_UNDER_A_LOCK],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=20,
        check=True,
    )
    assert done.stdout == "0\n"


# A body that does not want to end


class Woken(SystemClock):
    """Counts how often somebody sleeps, and for how long in all; does not really."""

    def __init__(self) -> None:
        self.sleeps: list[float] = []
        self.over = threading.Event()

    def sleep(self, seconds: float) -> None:
        self.sleeps.append(seconds)
        if sum(self.sleeps) > 60:
            self.over.set()
            threading.Event().wait(10)


def test_a_body_that_refuses_to_end_does_not_burn_a_core(monkeypatch: pytest.MonkeyPatch) -> None:
    from wfkit import sleep

    clock, woken = VirtualClock(0.0), Woken()
    monkeypatch.setattr(virtual, "SystemClock", lambda: woken)

    def stubborn() -> None:
        while True:
            try:
                sleep(5)
            except:  # noqa: E722 - as learners do
                continue

    executor = VirtualExecutor(1, clock)
    executor.submit(work(stubborn, clock))
    executor.collect(None)
    executor.stop("it", -1, 1)
    assert woken.over.wait(10)
    assert len(woken.sleeps) < 80


def test_input_of_nobody_is_not_redirected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    with installed():
        assert sys.stdin is None
    assert sys.stdin is None
