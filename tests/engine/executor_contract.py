"""One contract for every executor: what is run, in which order, and what is reported.

Bodies share nothing with the test but a folder, so that they may run in another process.
"""

# ruff: noqa: T201 - prints are part of what a body does

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import wfkit
from wfkit.core.facts import AttemptStarted
from wfkit.core.states import Outcome
from wfkit.core.task import Task
from wfkit.core.task_options import TaskOptions
from wfkit.engine import stored
from wfkit.engine.attempt import Finished, Work
from wfkit.engine.capture import Capture
from wfkit.engine.clock import Clock, SystemClock
from wfkit.engine.executors.base import Executor
from wfkit.engine.executors.choice import make_executor
from wfkit.engine.faults import Effect
from wfkit.engine.kept import resolved
from wfkit.engine.redirects import installed

PATIENCE = 20.0
_FIELDS = ("map_index", "attempt", "keeps", "refusal", "effect")


def waits(folder: Path) -> str:
    """A body that goes on when there is a file `open`; on a virtual clock it gives up."""
    for _ in range(int(PATIENCE / 0.005)):
        if (folder / "open").exists():
            break
        wfkit.sleep(0.005)
    return "open"


def notes(folder: Path, word: str) -> None:
    """A body that writes a word down."""
    with (folder / "ran").open("a", encoding="ascii") as file:
        file.write(f"{word}\n")


def noted(folder: Path) -> list[str]:
    """What was written down."""
    found = folder / "ran"
    return found.read_text(encoding="ascii").split() if found.exists() else []


def eventually(holds: Callable[[], bool]) -> bool:
    """Wait until something holds, at most PATIENCE seconds."""
    end = time.monotonic() + PATIENCE
    while not holds() and time.monotonic() < end:
        threading.Event().wait(0.002)
    return holds()


class Bench:
    """An executor that is made, fed and listened to."""

    def __init__(self, name: str, clock: Clock) -> None:
        self.clock = clock
        self.reports: list[Any] = []
        self._name = name
        self._made: list[Executor] = []

    @property
    def executor(self) -> Executor:
        return self._made[-1]

    def make(self, slots: int = 1) -> Executor:
        self._made.append(make_executor(self._name, slots, self.clock))
        return self.executor

    def submit(
        self, task: str, body: Callable[..., Any], priority: int = 0, **more: Any
    ) -> Capture:
        """Submit an attempt and return where its lines go.

        `more` are fields of Work, `options` of the task, or else inputs of the body.
        """
        fields = {name: more.pop(name) for name in _FIELDS if name in more}
        index, attempt = fields.pop("map_index", -1), fields.pop("attempt", 1)
        made = Task(body, more.pop("options", TaskOptions()), name=task)
        kept = Capture(task, index, attempt, self.clock)
        order = (-priority, task, index, attempt, made, more, self.clock, kept)
        self.executor.submit(Work(*order, **fields))
        return kept

    def until(self, number: int, kind: type[Any] = Finished) -> list[Any]:
        """Collect until there are so many reports of a kind; return those."""
        return self.when(lambda: len(self.of(kind)) >= number) and self.of(kind)

    def when(self, holds: Callable[[], bool]) -> Any:
        """Collect until something holds; fail when that takes too long."""
        end = time.monotonic() + PATIENCE
        while not holds():
            assert time.monotonic() < end, self.reports
            self.reports += self.executor.collect(self.clock.now() + 0.02)
        return True

    def of(self, kind: type[Any]) -> list[Any]:
        return [report for report in self.reports if isinstance(report, kind)]

    @property
    def started(self) -> list[str]:
        return [report.task for report in self.of(AttemptStarted)]

    def close(self) -> None:
        for executor in self._made:
            executor.close()


class ExecutorContract:
    """What every executor promises. `name` is what `executor=` says."""

    name: str
    clock: Callable[[], Clock] = SystemClock

    @pytest.fixture
    def bench(self) -> Iterator[Bench]:
        bench = Bench(self.name, type(self).clock())
        yield bench
        bench.close()

    def test_body_is_run_with_its_inputs_and_its_result_reported(self, bench: Bench) -> None:
        bench.make()
        bench.submit("it", lambda a, b: a + b, map_index=3, attempt=2, a=1, b=2)
        (finished,) = bench.until(1)
        assert (resolved(finished.result), finished.fact.outcome) == (3, Outcome.RETURNED)
        start, end = bench.reports
        assert isinstance(start, AttemptStarted)
        assert start[:3] == finished.fact[:3] == ("it", 3, 2)
        assert end is finished
        assert start.time <= finished.fact.time

    def test_start_is_reported_before_the_end_of_each(self, bench: Bench) -> None:
        bench.make(4)
        for number in range(50):
            bench.submit(f"t{number}", lambda: None)
        bench.until(50)
        seen: set[str] = set()
        for report in bench.reports:
            if isinstance(report, AttemptStarted):
                assert report.task not in seen
                seen.add(report.task)
            else:
                assert report.fact.task in seen
        assert len(bench.reports) == 100

    def test_urgent_work_goes_first_then_by_name(self, bench: Bench, tmp_path: Path) -> None:
        bench.make()
        bench.submit("gate", waits, 99, folder=tmp_path)
        for name, priority in [("d", 0), ("b", 0), ("z", 5), ("a", 0), ("c", -1), ("y", 5)]:
            bench.submit(name, notes, priority, folder=tmp_path, word=name)
        (tmp_path / "open").touch()
        bench.until(7)
        assert noted(tmp_path) == ["y", "z", "a", "b", "d", "c"]
        assert bench.started == ["gate", *noted(tmp_path)]

    @pytest.mark.parametrize("slots", [1, 2, 3])
    def test_slots_are_never_exceeded(self, bench: Bench, tmp_path: Path, slots: int) -> None:
        def body() -> None:
            notes(tmp_path, "+1")
            wfkit.sleep(0.001)
            notes(tmp_path, "-1")

        bench.make(slots)
        for number in range(20):
            bench.submit(f"t{number:02}", body)
        bench.until(20)
        steps = [int(step) for step in noted(tmp_path)]
        assert len(steps) == 40
        assert max(sum(steps[:number]) for number in range(1, 41)) <= slots

    @pytest.mark.parametrize(
        "error", [ValueError("x"), SystemExit(1), KeyboardInterrupt(), GeneratorExit()]
    )
    def test_no_error_stops_the_executor(self, bench: Bench, error: BaseException) -> None:
        def body() -> None:
            raise error

        bench.make()
        bench.submit("a", body)
        bench.submit("b", lambda: "still there")
        first, second = bench.until(2)
        assert (first.fact.outcome, first.result) == (Outcome.RAISED, None)
        assert first.fact.error["type"] == type(error).__name__
        assert resolved(second.result) == "still there"

    def test_lines_come_with_the_end(self, bench: Bench) -> None:
        def says(word: str) -> None:
            print("from", word)

        bench.make(2)
        with installed():
            for name in ("a", "b"):
                bench.submit(name, says, word=name)
            found = bench.until(2)
        lines = {it.fact.task: [line.text for line in it.lines] for it in found}
        assert lines == {"a": ["from a"], "b": ["from b"]}

    def test_inputs_are_copies(self, bench: Bench) -> None:
        def spoils(orders: list[int]) -> list[int]:
            orders.append(99)
            return orders

        bench.make()
        orders = [1, 2]
        for name in ("a", "b"):
            bench.submit(name, spoils, orders=orders)
        assert [resolved(it.result) for it in bench.until(2)] == [[1, 2, 99]] * 2
        assert orders == [1, 2]

    def test_result_that_is_kept_comes_pickled_too(self, bench: Bench) -> None:
        bench.make()
        for name, keeps in (("a", True), ("b", False)):
            bench.submit(name, lambda: {"n": [1]}, keeps=keeps)
        first, second = bench.until(2)
        assert (
            first.result
            == resolved(second.result)
            == stored.from_bytes(first.pickled)
            == {"n": [1]}
        )
        assert second.pickled is None

    def test_result_that_cannot_be_kept_is_a_failure(self, bench: Bench) -> None:
        bench.make()
        bench.submit("it", lambda: {"lock": threading.Lock()}, keeps=True)
        (finished,) = bench.until(1)
        assert finished.fact.outcome is Outcome.RAISED
        assert not finished.fact.retryable
        assert finished.fact.error["type"] == "CannotStore"
        assert "lock" in finished.fact.error["message"]

    def test_refusal_and_fault_come_before_the_body(self, bench: Bench, tmp_path: Path) -> None:
        bench.make()
        fault = Effect(error=ConnectionError("injected"))
        for name, more in (("a", {"refusal": ValueError("no list")}), ("b", {"effect": fault})):
            bench.submit(name, notes, **more, folder=tmp_path, word=name)
        first, second = bench.until(2)
        assert (first.fact.outcome, first.fact.retryable) == (Outcome.RAISED, False)
        assert (second.fact.outcome, second.fact.retryable) == (Outcome.RAISED, True)
        assert second.fact.error["injected"]
        assert noted(tmp_path) == []

    def test_broken_promise_is_a_failure(self, bench: Bench) -> None:
        bench.make()
        bench.submit("it", lambda: 1, options=TaskOptions(ensure=lambda it: it > 1))
        (finished,) = bench.until(1)
        assert (finished.result, finished.fact.error["type"]) == (None, "ContractBroken")

    def test_collect_waits_for_a_moment_or_a_message(self, bench: Bench) -> None:
        executor, clock = bench.make(), bench.clock
        until = clock.now() + 0.01
        assert executor.is_idle()
        assert executor.collect(until) == []
        assert clock.now() >= until
        executor.inbox.put("hello")
        assert clock.is_virtual or not executor.is_idle()
        assert executor.collect(None) == ["hello"]
        assert executor.is_idle()

    def test_revoked_work_is_never_run(self, bench: Bench, tmp_path: Path) -> None:
        bench.make()
        bench.submit("gate", waits, 9, folder=tmp_path)
        bench.until(1, AttemptStarted)
        for name in ("a", "b", "c"):
            bench.submit(name, notes, folder=tmp_path, word=name)
        bench.executor.revoke()
        (tmp_path / "open").touch()
        bench.submit("after", notes, folder=tmp_path, word="after")
        found = bench.until(2)
        assert [it.fact.task for it in found] == ["gate", "after"]
        assert noted(tmp_path) == ["after"]
        assert bench.started == ["gate", "after"]

    def test_stopped_work_gives_its_slot_to_another(self, bench: Bench, tmp_path: Path) -> None:
        before, executor = threading.active_count(), bench.make()
        bench.submit("stuck", waits, 9, folder=tmp_path)
        bench.until(1, AttemptStarted)
        executor.stop("stuck", -1, 1)
        executor.stop("nobody", -1, 1)
        bench.submit("after", notes, folder=tmp_path, word="after")
        bench.when(lambda: noted(tmp_path) == ["after"])
        assert not (tmp_path / "open").exists()
        (tmp_path / "open").touch()
        executor.close()
        assert eventually(lambda: threading.active_count() <= before)

    def test_close_may_be_called_twice_and_with_work_left(
        self, bench: Bench, tmp_path: Path
    ) -> None:
        executor = bench.make()
        executor.close()
        executor.close()
        bench.make()
        bench.submit("gate", waits, 9, folder=tmp_path)
        bench.submit("never", notes, folder=tmp_path, word="never")
        bench.executor.close()
        (tmp_path / "open").touch()
        assert noted(tmp_path) == []

    def test_making_one_starts_nothing(self, bench: Bench) -> None:
        before = threading.active_count()
        bench.make(100).close()
        assert threading.active_count() == before
