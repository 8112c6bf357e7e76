"""The loop that starts runs: in virtual time, and when the wall clock does odd things."""

from __future__ import annotations

import queue
from datetime import UTC, datetime, timedelta
from typing import Any

from wfkit.core.schedules import Every, OnSuccess
from wfkit.core.states import RunState
from wfkit.engine.agenda import Agenda, Occasion, SeenFile
from wfkit.engine.clock import VirtualClock
from wfkit.engine.scheduler import (
    LOOK,
    FilesArrived,
    Left,
    RunEnded,
    Scheduler,
    Served,
    Stop,
)
from wfkit.engine.timetable import Timetable

BEGIN = datetime(1997, 1, 1, tzinfo=UTC)


class Log:
    """Runs that take so many seconds each, and when they began."""

    def __init__(self, scheduler: Scheduler, clock: Any, seconds: float = 0.0) -> None:
        self.begun: list[tuple[str, float]] = []
        self._scheduler, self._clock, self._seconds = scheduler, clock, seconds

    def serve(self, name: str, schedule: Any, agenda: Agenda) -> Served:
        def start(agenda: Agenda, occasion: Occasion) -> None:
            now = self._clock.now()
            self.begun.append((name, now - BEGIN.timestamp()))
            end = now + self._seconds
            self._scheduler.at(end, RunEnded(name, end, RunState.SUCCESS, agenda))

        return Served(name, schedule, agenda, start)


def hourly(**options: Any) -> Agenda:
    until = BEGIN + timedelta(hours=4)
    return Agenda(Timetable(Every("1h")).intervals(BEGIN), until=until, **options)


def played(seconds: float = 0.0, outage: tuple[float, float] | None = None, **options: Any) -> Log:
    clock = VirtualClock(BEGIN)
    scheduler = Scheduler(clock, outage)
    log = Log(scheduler, clock, seconds)
    scheduler.add(log.serve("sales", Every("1h"), hourly(**options)))
    scheduler.run()
    return log


def test_runs_begin_at_their_ticks_and_the_loop_ends_with_the_last() -> None:
    assert played().begun == [("sales", 3600.0 * hour) for hour in (1, 2, 3, 4)]


def test_long_runs_queue_and_all_of_them_begin() -> None:
    assert [time for _, time in played(5400.0).begun] == [3600.0, 9000.0, 14400.0, 19800.0]


def test_after_an_outage_the_newest_counts_or_all() -> None:
    away = (BEGIN.timestamp() + 3000, BEGIN.timestamp() + 11_000)
    assert [time for _, time in played(outage=away).begun] == [11_000.0, 14_400.0]
    caught_up = played(outage=away, catchup=True)
    assert [time for _, time in caught_up.begun] == [11_000.0] * 3 + [14_400.0]


def test_files_and_the_success_of_others_bring_runs() -> None:
    clock = VirtualClock(BEGIN)
    scheduler = Scheduler(clock)
    log = Log(scheduler, clock, 60.0)
    scheduler.add(log.serve("inbox", None, Agenda()))
    scheduler.add(log.serve("report", OnSuccess("inbox"), Agenda()))
    at = BEGIN.timestamp() + 10
    scheduler.at(at, FilesArrived("inbox", at, (SeenFile("a.csv"),)))
    scheduler.run()
    assert log.begun == [("inbox", 10.0), ("report", 70.0)]


class WallClock:
    """A wall clock that somebody sets: each wait moves it by the next of `steps` seconds."""

    is_virtual = False

    def __init__(self, *steps: float) -> None:
        self._now = BEGIN.timestamp()
        self._steps = list(steps)
        self.waits: list[float] = []

    def now(self) -> float:
        return self._now

    def sleep(self, seconds: float) -> None:
        self._now += seconds

    def wait(self, inbox: queue.SimpleQueue[Any], until: float | None) -> Any:
        assert until is not None
        if not inbox.empty():
            return inbox.get()
        if not self._steps:
            return Stop()
        self.waits.append(until - self._now)
        self._now += self._steps.pop(0)
        return None


def on_the_wall(*steps: float, **options: Any) -> tuple[list[float], WallClock]:
    clock = WallClock(*steps)
    scheduler = Scheduler(clock)
    log = Log(scheduler, clock)
    scheduler.add(log.serve("sales", Every("1h"), hourly(**options)))
    scheduler.run(forever=True)
    return [time for _, time in log.begun], clock


def test_a_clock_that_is_set_back_fires_nothing_twice() -> None:
    begun, _ = on_the_wall(3600.0, 1800.0, -3600.0, 1800.0, 1800.0, 1800.0)
    assert begun == [3600.0, 7200.0]


class Tired(WallClock):
    """A wall clock of a busy machine: whoever waits on it sleeps for too long, `most` at worst."""

    def __init__(self, looks: int, most: float) -> None:
        super().__init__()
        self._looks, self._most = looks, most

    def wait(self, inbox: queue.SimpleQueue[Any], until: float | None) -> Any:
        if not inbox.empty():
            return inbox.get()
        assert until is not None
        if not self._looks:
            return Stop()
        self._looks -= 1
        self._now = max(self._now, until) + self._most * (self._looks % 7) / 6
        return None


def test_what_comes_late_does_not_make_the_next_one_late() -> None:
    clock = Tired(looks=1_000, most=0.9)
    scheduler = Scheduler(clock)
    log = Log(scheduler, clock, seconds=0.02)
    beats = Timetable(Every("1s")).intervals(BEGIN)
    scheduler.add(log.serve("pulse", Every("1s"), Agenda(beats)))
    scheduler.run(forever=True)
    lateness = [begun - due for due, (_, begun) in enumerate(log.begun, start=1)]
    assert len(lateness) > 300
    assert 0 <= min(lateness[-50:]) <= max(lateness) < 2


def test_the_wall_clock_is_looked_at_once_a_minute() -> None:
    _, clock = on_the_wall(1.0, 3598.0, 2.0)
    assert clock.waits == [LOOK, LOOK, 1.0]


def test_after_a_sleep_of_the_machine_catchup_decides() -> None:
    assert on_the_wall(3 * 3600.0 + 1800)[0] == [12_600.0]
    assert on_the_wall(3 * 3600.0 + 1800, catchup=True, max_active_runs=9)[0] == [12_600.0] * 3


def test_a_dag_that_left_gets_no_more_runs() -> None:
    clock = WallClock(3600.0, 3600.0)
    scheduler = Scheduler(clock)
    log = Log(scheduler, clock)
    scheduler.inbox.put(log.serve("sales", Every("1h"), hourly()))
    scheduler.inbox.put(Left("sales"))
    scheduler.run(forever=True)
    assert log.begun == []
