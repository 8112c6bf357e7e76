"""One contract for every executor: what is run, in which order, and what is reported."""

# ruff: noqa: T201 - prints are part of what a body does

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from wfkit.core.errors import InvalidOption
from wfkit.core.facts import AttemptStarted
from wfkit.core.states import Outcome
from wfkit.core.task import Task
from wfkit.engine.attempt import Finished, Work
from wfkit.engine.capture import Capture
from wfkit.engine.clock import SystemClock, VirtualClock
from wfkit.engine.executors.base import Executor
from wfkit.engine.executors.choice import EXECUTOR_NAMES, executor_name, make_executor
from wfkit.engine.executors.serial import SerialExecutor
from wfkit.engine.executors.thread import ThreadExecutor
from wfkit.engine.executors.virtual import VirtualExecutor

PATIENCE = 10.0


def work(task: str, body: Callable[..., Any], priority: int = 0, **inputs: Any) -> Work:
    clock = SystemClock()
    kept = Capture(task, -1, 1, clock)
    return Work(-priority, task, -1, 1, Task(body, name=task), inputs, clock, kept)


def noting() -> tuple[list[str], Callable[[str], None]]:
    """A list, and a body that notes its name there."""
    ran: list[str] = []

    def note(name: str) -> None:
        ran.append(name)

    return ran, note


def eventually(holds: Callable[[], bool]) -> bool:
    """Wait until something holds, at most PATIENCE seconds."""
    end = time.monotonic() + PATIENCE
    while not holds() and time.monotonic() < end:
        threading.Event().wait(0.002)
    return holds()


class Reports:
    """What an executor reported, collected until there is enough of it."""

    def __init__(self, executor: Executor) -> None:
        self.all: list[Any] = []
        self._executor = executor

    def until(self, number: int, kind: type[Any] = Finished) -> list[Any]:
        """Collect until there are so many reports of a kind; return those."""
        end = time.time() + PATIENCE
        while len(self.of(kind)) < number and time.time() < end:
            self.all += self._executor.collect(end)
        assert len(self.of(kind)) == number
        return self.of(kind)

    def of(self, kind: type[Any]) -> list[Any]:
        return [report for report in self.all if isinstance(report, kind)]

    @property
    def started(self) -> list[str]:
        return [report.task for report in self.of(AttemptStarted)]


class ExecutorContract:
    """What every executor promises."""

    kind: Callable[[int, SystemClock], Executor]

    @pytest.fixture
    def make(self) -> Iterator[Callable[..., Executor]]:
        made: list[Executor] = []

        def make(slots: int = 1) -> Executor:
            made.append(type(self).kind(slots, SystemClock()))
            return made[-1]

        yield make
        for executor in made:
            executor.close()

    def test_body_is_run_with_its_inputs_and_its_result_reported(
        self, make: Callable[..., Executor]
    ) -> None:
        executor = make()
        executor.submit(work("it", lambda a, b: a + b, a=1, b=2))
        reports = Reports(executor)
        (finished,) = reports.until(1)
        assert (finished.result, finished.fact.outcome) == (3, Outcome.RETURNED)
        assert finished.fact[:3] == ("it", -1, 1)
        start, end = reports.all
        assert start[:3] == ("it", -1, 1)
        assert isinstance(start, AttemptStarted)
        assert end is finished
        assert start.time <= finished.fact.time

    def test_start_is_reported_before_the_end_of_each(self, make: Callable[..., Executor]) -> None:
        executor = make(4)
        for number in range(50):
            executor.submit(work(f"t{number}", lambda: None))
        reports = Reports(executor)
        reports.until(50)
        seen: set[str] = set()
        for report in reports.all:
            if isinstance(report, AttemptStarted):
                assert report.task not in seen
                seen.add(report.task)
            else:
                assert report.fact.task in seen
        assert len(reports.all) == 100

    def test_urgent_work_goes_first_then_by_name(self, make: Callable[..., Executor]) -> None:
        executor, gate = make(), threading.Event()
        ran, note = noting()
        executor.submit(work("gate", gate.wait, priority=99, timeout=PATIENCE))
        for name, priority in [("d", 0), ("b", 0), ("z", 5), ("a", 0), ("c", -1), ("y", 5)]:
            executor.submit(work(name, note, priority, name=name))
        gate.set()
        reports = Reports(executor)
        reports.until(7)
        assert ran == ["y", "z", "a", "b", "d", "c"]
        assert reports.started == ["gate", *ran]

    @pytest.mark.parametrize("slots", [1, 2, 3])
    def test_slots_are_never_exceeded(self, make: Callable[..., Executor], slots: int) -> None:
        executor, lock = make(slots), threading.Lock()
        live, most = [0], [0]

        def body() -> None:
            with lock:
                live[0] += 1
                most[0] = max(most[0], live[0])
            threading.Event().wait(0.001)
            with lock:
                live[0] -= 1

        for number in range(20):
            executor.submit(work(f"t{number:02}", body))
        Reports(executor).until(20)
        assert most[0] <= slots

    @pytest.mark.parametrize(
        "error", [ValueError("x"), SystemExit(1), KeyboardInterrupt(), GeneratorExit()]
    )
    def test_no_error_stops_the_executor(
        self, make: Callable[..., Executor], error: BaseException
    ) -> None:
        def body() -> None:
            raise error

        executor = make()
        executor.submit(work("a", body))
        executor.submit(work("b", lambda: "still there"))
        first, second = Reports(executor).until(2)
        assert (first.fact.outcome, first.result) == (Outcome.RAISED, None)
        assert second.result == "still there"

    def test_lines_come_with_the_end(self, make: Callable[..., Executor]) -> None:
        from wfkit.engine.capture import installed

        executor = make(2)
        with installed():
            executor.submit(work("a", lambda: print("from a")))
            executor.submit(work("b", lambda: print("from b")))
            found = Reports(executor).until(2)
        lines = {it.fact.task: [line.text for line in it.lines] for it in found}
        assert lines == {"a": ["from a"], "b": ["from b"]}

    def test_collect_waits_for_a_moment_or_a_message(self, make: Callable[..., Executor]) -> None:
        executor = make()
        assert executor.is_idle()
        assert executor.collect(time.time() + 0.01) == []
        executor.inbox.put("hello")
        assert not executor.is_idle()
        assert executor.collect(None) == ["hello"]
        assert executor.is_idle()

    def test_revoked_work_is_never_run(self, make: Callable[..., Executor]) -> None:
        executor, gate = make(), threading.Event()
        ran, note = noting()
        executor.submit(work("gate", gate.wait, priority=9, timeout=PATIENCE))
        reports = Reports(executor)
        reports.until(1, AttemptStarted)
        for name in ("a", "b", "c"):
            executor.submit(work(name, note, name=name))
        executor.revoke()
        gate.set()
        executor.submit(work("after", lambda: ran.append("after")))
        end = time.time() + PATIENCE
        while "after" not in ran and time.time() < end:
            reports.all += executor.collect(end)
        assert ran == ["after"]
        assert set(reports.started) <= {"gate", "after"}

    def test_close_may_be_called_twice_and_with_work_left(
        self, make: Callable[..., Executor]
    ) -> None:
        executor, ran = make(), []
        executor.close()
        executor.close()
        other = make()
        gate = threading.Event()
        other.submit(work("gate", gate.wait, timeout=PATIENCE))
        other.submit(work("never", lambda: ran.append("never")))
        other.close()
        gate.set()
        assert ran == []


class TestSerialExecutor(ExecutorContract):
    kind = SerialExecutor

    def test_everything_happens_on_the_collecting_thread(self) -> None:
        executor, seen = SerialExecutor(8, SystemClock()), []
        executor.submit(work("it", lambda: seen.append(threading.current_thread())))
        assert seen == []
        assert len(executor.collect(None)) == len(executor.collect(None)) == 1
        assert seen == [threading.current_thread()]

    def test_message_comes_before_the_next_body(self) -> None:
        executor, ran = SerialExecutor(1, SystemClock()), []
        executor.submit(work("it", lambda: ran.append(1)))
        executor.inbox.put("cancel")
        assert executor.collect(None) == ["cancel"]
        executor.collect(None)
        executor.inbox.put("cancel")
        assert executor.collect(None) == ["cancel"]
        executor.revoke()
        executor.stop("it", -1, 1)
        assert (executor.is_idle(), ran) == (True, [])


class TestThreadExecutor(ExecutorContract):
    kind = ThreadExecutor

    def test_slots_are_really_used_side_by_side(self) -> None:
        executor, together = ThreadExecutor(3, SystemClock()), threading.Barrier(3)
        for number in range(3):
            executor.submit(work(f"t{number}", together.wait, timeout=PATIENCE))
        found = Reports(executor).until(3)
        assert {it.fact.outcome for it in found} == {Outcome.RETURNED}
        executor.close()

    def test_no_more_threads_than_work_or_slots(self) -> None:
        before = threading.active_count()
        executor = ThreadExecutor(100, SystemClock())
        assert threading.active_count() == before
        for number in range(3):
            executor.submit(work(f"t{number}", lambda: None))
        assert threading.active_count() <= before + 3
        Reports(executor).until(3)
        executor.close()

    def test_threads_end_after_close(self) -> None:
        before = set(threading.enumerate())
        executor, gate = ThreadExecutor(4, SystemClock()), threading.Event()
        for number in range(8):
            executor.submit(work(f"t{number}", gate.wait, timeout=PATIENCE))
        Reports(executor).until(4, AttemptStarted)
        mine = set(threading.enumerate()) - before
        assert {thread.name for thread in mine} == {f"wfkit-worker-{n}" for n in (1, 2, 3, 4)}
        assert all(thread.daemon for thread in mine)
        executor.close()
        gate.set()
        assert eventually(lambda: not any(thread.is_alive() for thread in mine))

    def test_start_of_whatever_runs_is_known_after_a_revoke(self) -> None:
        for _ in range(20):
            executor = ThreadExecutor(4, SystemClock())
            ran, note = noting()
            for number in range(30):
                executor.submit(work(f"t{number}", note, name=f"t{number}"))
            executor.revoke()
            told = [executor.inbox.get() for _ in range(executor.inbox.qsize())]
            started = {it.task for it in told if isinstance(it, AttemptStarted)}
            executor.close()
            threads = [it for it in threading.enumerate() if it in executor._threads]
            for thread in threads:
                thread.join(PATIENCE)
            assert set(ran) == started

    def test_prints_after_the_end_of_the_run_reach_nobody(
        self, capsys: pytest.CaptureFixture[str]
    ) -> None:
        from wfkit.engine.capture import installed

        executor = ThreadExecutor(1, SystemClock())
        gate, done = threading.Event(), threading.Event()

        def body() -> None:
            gate.wait(PATIENCE)
            print("late")
            done.set()

        it = work("it", body)
        before = sys.stdout
        with installed():
            executor.submit(it)
            Reports(executor).until(1, AttemptStarted)
            it.capture.finish()
            executor.close()
        gate.set()
        assert done.wait(PATIENCE)
        assert eventually(lambda: sys.stdout is before)
        assert capsys.readouterr() == ("", "")


# Which one?


def test_executor_by_name() -> None:
    assert EXECUTOR_NAMES == ("serial", "thread", "process")
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
        'Use executor="thread", or clock="system".'
    )


def test_unknown_executor_is_corrected() -> None:
    with pytest.raises(InvalidOption) as caught:
        executor_name("threads", SystemClock())
    assert str(caught.value) == (
        'executor="threads" is unknown. Did you mean "thread"?\n'
        "Choose one of: serial, thread, process."
    )
