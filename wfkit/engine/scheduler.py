"""Starts runs when they are due: one loop for real time and for virtual time."""

from __future__ import annotations

import heapq
import queue
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import NamedTuple

from wfkit.core.schedules import OnSuccess, Schedule
from wfkit.core.states import RunState
from wfkit.engine.agenda import Agenda, Occasion, SeenFile
from wfkit.engine.clock import Clock
from wfkit.engine.timetable import Interval

LOOK = 60.0
"""Seconds after which a sleeping scheduler looks at the wall clock, which may have been set."""


class RunEnded(NamedTuple):
    """A run of the Dag `dag` came to its end at `time`, in seconds since 1970 (UTC).

    `agenda` is the one that brought it, None for a run that somebody else began.
    """

    dag: str
    time: float
    state: RunState
    agenda: Agenda | None = None


class FilesArrived(NamedTuple):
    """These files have settled at `time`."""

    dag: str
    time: float
    files: tuple[SeenFile, ...]


class Stop(NamedTuple):
    """Somebody wants the scheduler to end."""


@dataclass(frozen=True)
class Served:
    """A Dag that is served from now on; `start` begins a run of an agenda, and tells its end."""

    name: str
    schedule: Schedule | None
    agenda: Agenda
    start: Callable[[Agenda, Occasion], None]


class Left(NamedTuple):
    """The Dag `dag` is served no more."""

    dag: str


Message = RunEnded | FilesArrived | Served | Left | Stop


class Scheduler:
    """Runs the agendas of some Dags. Everything happens on the thread that calls `run`.

    `inbox` takes messages from any thread. `outage` is a time (begin, end) in which the scheduler
    is away, in seconds since 1970 (UTC).
    """

    def __init__(self, clock: Clock, outage: tuple[float, float] | None = None) -> None:
        self.inbox: queue.SimpleQueue[Message] = queue.SimpleQueue()
        self._clock = clock
        self._outage = outage
        self._served: dict[str, Served] = {}
        self._later: list[tuple[float, int, Message]] = []
        self._count = 0
        self._is_stopping = False

    def add(self, served: Served) -> None:
        """Serve another Dag; while `run` runs, put it into the inbox instead."""
        before = self._served.get(served.name)
        if before:
            before.agenda.go_on_as(served.agenda)
            served = replace(served, agenda=before.agenda)
        self._served[served.name] = served

    def at(self, time: float, message: Message) -> None:
        """Hear `message` at that moment; for the scheduler's own thread."""
        self._count += 1
        heapq.heappush(self._later, (time, self._count, message))

    def stop(self) -> None:
        """Ask the scheduler to end; callable from any thread."""
        self.inbox.put(Stop())

    def run(self, forever: bool = False) -> None:
        """Start what is due until stopped; unless `forever`, until nothing more can come."""
        while not self._is_stopping:
            self._skip_outage()
            self._hear_what_is_due()
            self._start_what_is_due()
            until = self._wakes_at()
            if until is None and not forever and self._is_idle():
                return
            if not self._clock.is_virtual:
                until = min(until or float("inf"), self._clock.now() + LOOK)
            message = self._clock.wait(self.inbox, until)
            if message is not None:
                self._take(message)

    def _skip_outage(self) -> None:
        if self._outage and self._outage[0] <= self._clock.now() < self._outage[1]:
            self._clock.sleep(self._outage[1] - self._clock.now())

    def _hear_what_is_due(self) -> None:
        while self._later and self._later[0][0] <= self._clock.now():
            self._take(heapq.heappop(self._later)[2])

    def _start_what_is_due(self) -> None:
        now = _moment(self._clock.now())
        for served in list(self._served.values()):
            for occasion in served.agenda.due(now):
                served.start(served.agenda, occasion)

    def _wakes_at(self) -> float | None:
        ticks = (it.agenda.wakes_at for it in self._served.values())
        times = [tick.timestamp() for tick in ticks if tick]
        if self._later:
            times.append(self._later[0][0])
        return min(times, default=None)

    def _is_idle(self) -> bool:
        return all(served.agenda.is_idle for served in self._served.values())

    def _take(self, message: Message) -> None:
        match message:
            case Stop():
                self._is_stopping = True
            case Served():
                self.add(message)
            case Left():
                self._served.pop(message.dag, None)
            case FilesArrived():
                self._add(message.dag, message.time, message.files)
            case RunEnded():
                self._take_end(message)

    def _take_end(self, ended: RunEnded) -> None:
        if ended.agenda:
            ended.agenda.ended()
        if ended.state is RunState.SUCCESS:
            for name, served in self._served.items():
                schedule = served.schedule
                if isinstance(schedule, OnSuccess) and schedule.dag == ended.dag:
                    self._add(name, ended.time)

    def _add(self, dag: str, time: float, files: tuple[SeenFile, ...] = ()) -> None:
        if dag in self._served:
            moment = _moment(time)
            occasion = Occasion("scheduled", Interval(moment, moment), moment, files)
            self._served[dag].agenda.add(occasion)


def _moment(time: float) -> datetime:
    return datetime.fromtimestamp(time, UTC)
