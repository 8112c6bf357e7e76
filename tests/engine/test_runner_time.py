"""When is a time limit heard of, however much else there is to hear?"""

# ruff: noqa: T201 - prints are part of what a body does

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from typing import Any

from tests.engine.drive import PATIENCE, Drive
from wfkit.core.facts import AttemptStarted
from wfkit.core.task import Task
from wfkit.core.task_options import TaskOptions
from wfkit.engine.attempt import run
from wfkit.engine.clock import SystemClock
from wfkit.engine.executors.serial import SerialExecutor

LIMIT = 0.05
HANGS = "hangs"


class Ticking(SystemClock):
    """A clock on which each look takes a tenth of a millisecond."""

    def __init__(self) -> None:
        self._now = 0.0

    def now(self) -> float:
        self._now += 0.0001
        return self._now

    def wait(self, inbox: queue.SimpleQueue[Any], until: float | None) -> Any:
        assert until is not None, "the run waits for what never comes"
        self._now = max(self._now, until)
        return None


class Crowded(SerialExecutor):
    """Reports something at each look, as long as there is anything to run; `hangs` never ends."""

    def collect(self, until: float | None) -> list[Any]:
        reports = super().collect(until)
        if self._begun and self._begun.name == HANGS:
            self._begun = None
        return reports


class Slow(SerialExecutor):
    """Tells of the start of `other` so late that the time of `just` is up, then that it ended."""

    def __init__(self, clock: Ticking) -> None:
        super().__init__(1, clock)
        self._looks = self._play()

    def collect(self, until: float | None) -> list[Any]:
        return [next(self._looks)]

    def _play(self) -> Iterator[Any]:
        just, other = sorted(self._heap)
        started = self._clock.now()
        yield AttemptStarted(*just[1:4], started)
        self._clock.wait(self.inbox, started + 2 * LIMIT)
        yield AttemptStarted(*other[1:4], self._clock.now())
        finished = run(just)
        yield finished._replace(fact=finished.fact._replace(time=started + LIMIT))
        yield run(other)


def test_what_was_printed_before_the_time_was_up_is_kept() -> None:
    gate = threading.Event()

    def slow() -> None:
        print("before")
        gate.wait(PATIENCE)

    drive = Drive([Task(slow, TaskOptions(timeout=LIMIT))], "thread").begin().end()
    gate.set()
    assert drive.states() == {"slow": "failed"}
    assert drive.lines() == [("slow", 1, "before")]


def tiny() -> int:
    return 1


def test_limit_is_heard_of_in_a_crowd_of_tiny_tasks() -> None:
    tasks = [Task(tiny, TaskOptions(timeout=LIMIT), HANGS)]
    tasks += [Task(tiny, name=f"t{number}") for number in range(1_000)]
    clock = Ticking()
    drive = Drive(tasks, clock=clock)
    drive.runner._executor = Crowded(1, clock)
    drive.run()
    started = next(e for e in drive.events if e.task == HANGS and e.to_state == "running")
    failed = next(e for e in drive.events if e.task == HANGS and e.to_state == "failed")
    assert LIMIT <= failed.time - started.time < 2 * LIMIT


def test_who_ends_as_the_time_is_up_has_ended_in_time() -> None:
    clock = Ticking()
    drive = Drive(
        [Task(tiny, TaskOptions(timeout=LIMIT), "just"), Task(tiny, name="other")], clock=clock
    )
    drive.runner._executor = Slow(clock)
    drive.run()
    assert drive.states() == {"just": "success", "other": "success"}
