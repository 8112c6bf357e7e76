"""The contract of executors for each of them, and what is special about some."""

# ruff: noqa: T201 - prints are part of what a body does

from __future__ import annotations

import sys
import threading
from pathlib import Path

import pytest

import wfkit
from tests.engine.executor_contract import (
    PATIENCE,
    Bench,
    ExecutorContract,
    eventually,
    noted,
    notes,
)
from wfkit.core.errors import InvalidOption
from wfkit.core.facts import AttemptStarted
from wfkit.core.states import Outcome
from wfkit.engine.clock import SystemClock, VirtualClock
from wfkit.engine.executors.choice import EXECUTOR_NAMES, executor_name, make_executor
from wfkit.engine.executors.serial import SerialExecutor
from wfkit.engine.executors.thread import ThreadExecutor
from wfkit.engine.executors.virtual import VirtualExecutor
from wfkit.engine.redirects import installed


class TestSerial(ExecutorContract):
    name = "serial"

    def test_everything_happens_on_the_collecting_thread(self, bench: Bench) -> None:
        executor, seen = bench.make(8), []
        bench.submit("it", lambda: seen.append(threading.current_thread()))
        assert seen == []
        assert len(executor.collect(None)) == len(executor.collect(None)) == 1
        assert seen == [threading.current_thread()]

    def test_message_comes_before_the_next_body(self, bench: Bench) -> None:
        executor, ran = bench.make(), []
        bench.submit("it", lambda: ran.append(1))
        executor.inbox.put("cancel")
        assert executor.collect(None) == ["cancel"]
        executor.collect(None)
        executor.inbox.put("cancel")
        assert executor.collect(None) == ["cancel"]
        executor.revoke()
        executor.stop("it", -1, 1)
        assert (executor.is_idle(), ran) == (True, [])


class TestThread(ExecutorContract):
    name = "thread"

    def test_slots_are_really_used_side_by_side(self, bench: Bench) -> None:
        bench.make(3)
        together = threading.Barrier(3)
        for number in range(3):
            bench.submit(f"t{number}", lambda: together.wait(PATIENCE))
        assert {it.fact.outcome for it in bench.until(3)} == {Outcome.RETURNED}

    def test_no_more_threads_than_work_or_slots(self, bench: Bench) -> None:
        before = threading.active_count()
        bench.make(100)
        for number in range(3):
            bench.submit(f"t{number}", lambda: None)
        assert threading.active_count() <= before + 3
        bench.until(3)

    def test_threads_end_after_close(self, bench: Bench) -> None:
        before = set(threading.enumerate())
        executor, gate = bench.make(4), threading.Event()
        for number in range(8):
            bench.submit(f"t{number}", lambda: gate.wait(PATIENCE))
        bench.until(4, AttemptStarted)
        mine = set(threading.enumerate()) - before
        assert {thread.name for thread in mine} == {f"wfkit-worker-{n}" for n in (1, 2, 3, 4)}
        assert all(thread.daemon for thread in mine)
        executor.close()
        gate.set()
        assert eventually(lambda: not any(thread.is_alive() for thread in mine))

    def test_start_of_whatever_runs_is_known_after_a_revoke(
        self, bench: Bench, tmp_path: Path
    ) -> None:
        for turn in range(20):
            before, executor = set(threading.enumerate()), bench.make(4)
            folder = tmp_path / str(turn)
            folder.mkdir()
            for number in range(30):
                bench.submit(f"t{number}", notes, folder=folder, word=f"t{number}")
            executor.revoke()
            told = [executor.inbox.get() for _ in range(executor.inbox.qsize())]
            started = {it.task for it in told if isinstance(it, AttemptStarted)}
            executor.close()
            for thread in set(threading.enumerate()) - before:
                thread.join(PATIENCE)
            assert set(noted(folder)) == started

    def test_prints_after_the_end_of_the_run_reach_nobody(
        self, bench: Bench, capsys: pytest.CaptureFixture[str]
    ) -> None:
        bench.make()
        gate, done = threading.Event(), threading.Event()

        def body() -> None:
            gate.wait(PATIENCE)
            print("late")
            done.set()

        before = sys.stdout
        with installed():
            kept = bench.submit("it", body)
            bench.until(1, AttemptStarted)
            kept.finish()
            bench.close()
        gate.set()
        assert done.wait(PATIENCE)
        assert eventually(lambda: sys.stdout is before)
        assert capsys.readouterr() == ("", "")


class TestProcess(ExecutorContract):
    name = "process"


class TestVirtualSerial(ExecutorContract):
    name, clock = "serial", VirtualClock


class TestVirtualThreads(ExecutorContract):
    name, clock = "thread", VirtualClock

    def test_threads_run_one_body_after_another_and_end_with_the_run(self, bench: Bench) -> None:
        seen: set[threading.Thread] = set()

        def body() -> None:
            seen.add(threading.current_thread())
            wfkit.sleep(1)

        bench.make(2)
        for number in range(20):
            bench.submit(f"t{number}", body)
        bench.until(20)
        assert len(seen) == 2
        bench.close()
        assert eventually(lambda: not any(it.is_alive() for it in seen))

    def test_a_thread_whose_body_was_stopped_runs_the_next(self, bench: Bench) -> None:
        seen: list[threading.Thread] = []

        def body() -> None:
            seen.append(threading.current_thread())
            wfkit.sleep(60)

        executor = bench.make(1)
        bench.submit("a", body)
        bench.until(1, AttemptStarted)
        executor.stop("a", -1, 1)
        bench.submit("b", body)
        (finished,) = bench.until(1)
        assert (finished.fact.task, len(seen), len(set(seen))) == ("b", 2, 1)


# Which one?


def test_executor_by_name() -> None:
    assert EXECUTOR_NAMES == ("serial", "thread", "process", "dask")
    assert isinstance(make_executor("serial", 1, SystemClock()), SerialExecutor)
    assert isinstance(make_executor("thread", 1, SystemClock()), ThreadExecutor)
    assert isinstance(make_executor("serial", 1, VirtualClock()), VirtualExecutor)
    assert isinstance(make_executor("thread", 1, VirtualClock()), VirtualExecutor)


def test_threads_are_the_choice_on_every_clock() -> None:
    assert executor_name(None, SystemClock()) == "thread"
    assert executor_name(None, VirtualClock()) == "thread"
    assert executor_name("serial", SystemClock()) == "serial"
    assert executor_name("serial", VirtualClock()) == "serial"


def test_serial_is_the_choice_where_there_are_no_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "emscripten")
    assert executor_name(None, SystemClock()) == "serial"


def test_processes_refuse_a_virtual_clock() -> None:
    with pytest.raises(InvalidOption) as caught:
        executor_name("process", VirtualClock())
    assert str(caught.value) == (
        'executor="process" cannot follow a virtual clock.\n'
        "Use the executor thread, or the clock system."
    )


def test_unknown_executor_is_corrected() -> None:
    with pytest.raises(InvalidOption) as caught:
        executor_name("threads", SystemClock())
    assert str(caught.value) == (
        'executor="threads" is unknown. Did you mean "thread"?\n'
        "Choose one of: serial, thread, process, dask."
    )
