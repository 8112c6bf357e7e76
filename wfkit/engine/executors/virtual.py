"""Attempts on a virtual clock: time jumps from one moment at which something happens to the next.

At most one body runs at any real moment. With threads a body that sleeps passes the baton on
and gets it back when its virtual moment has come, so the same run plays the same every time.
Without threads each body runs through at its start, and its result counts when its virtual
time is over.
"""

from __future__ import annotations

import heapq
import queue
import threading
from collections.abc import Callable
from typing import Any

from wfkit.core.facts import AttemptStarted
from wfkit.engine.attempt import Finished, Stopped, Work, give_up
from wfkit.engine.beside import run
from wfkit.engine.clock import SystemClock, VirtualClock

WATCHDOG = 60.0
"""Seconds of real time after which a body that neither ends nor sleeps is given up."""

Key = tuple[str, int, int]
Moment = tuple[float, str, int, int]


class VirtualExecutor:
    """Runs attempts on at most `slots` slots of virtual time, in one fixed order.

    The order is priority and name for starts, then time and name for what follows.
    """

    lingers = False

    def __init__(self, slots: int, clock: VirtualClock, threads: bool = True) -> None:
        self.inbox: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._clock = clock
        self._slots = slots
        self._idle: list[_Hand] = []
        self._begin: Callable[[Work], _Body] = self._begin_on_a_thread if threads else _Inline
        self._heap: list[Work] = []
        self._agenda: list[Moment] = []
        self._bodies: dict[Key, _Body] = {}

    def submit(self, work: Work) -> None:
        """Take an attempt; it starts as soon as a slot is free."""
        heapq.heappush(self._heap, work)

    def collect(self, until: float | None) -> list[Any]:
        """Start the next attempt, or jump to the next moment; return what happened there."""
        while self.inbox.empty():
            if self._heap and len(self._bodies) < self._slots:
                return self._start(heapq.heappop(self._heap))
            self._drop_stopped()
            if not self._agenda or (until is not None and self._agenda[0][0] > until):
                message = self._clock.wait(self.inbox, until)
                return [] if message is None else [message]
            reports = self._continue()
            if reports:
                return reports
        return [self.inbox.get()]

    def is_idle(self) -> bool:
        """Return True: nothing happens here between two calls of `collect`."""
        return True

    def revoke(self) -> None:
        """Forget every attempt that has not started."""
        self._heap.clear()

    def stop(self, task: str, map_index: int, attempt: int) -> None:
        """End an attempt: its body is woken with an error that it cannot handle."""
        body = self._bodies.pop((task, map_index, attempt), None)
        if body is not None:
            body.stop()

    def close(self) -> None:
        """End whatever still sleeps."""
        self._heap.clear()
        for body in self._bodies.values():
            body.stop()
        self._bodies.clear()
        while self._idle:
            self._idle.pop().take(None)

    def _begin_on_a_thread(self, work: Work) -> _Body:
        return _Threaded(work, self._idle)

    def _start(self, work: Work) -> list[Any]:
        started = AttemptStarted(work.name, work.map_index, work.attempt, self._clock.now())
        body = self._bodies[work.name, work.map_index, work.attempt] = self._begin(work)
        self._step(body)
        return [started]

    def _continue(self) -> list[Any]:
        moment, *key = heapq.heappop(self._agenda)
        message = self._clock.wait(self.inbox, moment)
        if message is not None:
            heapq.heappush(self._agenda, (moment, *key))  # type: ignore[misc]
            return [message]
        body = self._bodies[tuple(key)]  # type: ignore[index]
        if body.finished is None:
            self._step(body)
            return []
        del self._bodies[tuple(key)]  # type: ignore[arg-type]
        return [body.finished]

    def _step(self, body: _Body) -> None:
        moment = body.step()
        work = body.work
        heapq.heappush(self._agenda, (moment, work.name, work.map_index, work.attempt))

    def _drop_stopped(self) -> None:
        while self._agenda and self._agenda[0][1:] not in self._bodies:
            heapq.heappop(self._agenda)


class _Body:
    """One attempt under way; `finished` is set once its body has run to its end."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.finished: Finished | None = None

    def step(self) -> float:
        """Run on until the body sleeps or ends; return the moment at which it goes on or counts."""
        raise NotImplementedError

    def stop(self) -> None:
        """End the body."""


class _Inline(_Body):
    """A body that runs through on the runner's own thread; its sleeps only add up."""

    def step(self) -> float:
        clock = self.work.clock
        with clock.running_ahead():  # type: ignore[attr-defined]
            self.finished = run(self.work)
        return self.finished.fact.time


class _Hand:
    """A thread that runs one body after another."""

    def __init__(self) -> None:
        self._bodies: queue.SimpleQueue[_Threaded | None] = queue.SimpleQueue()
        threading.Thread(target=self._live, name="wfkit-virtual", daemon=True).start()

    def take(self, body: _Threaded | None) -> None:
        """Run this body next; None ends the thread."""
        self._bodies.put(body)

    def _live(self) -> None:
        while (body := self._bodies.get()) is not None:
            body.live()


class _Threaded(_Body):
    """A body on the thread of a hand, which passes the baton whenever it sleeps.

    At its end the hand goes back to those that are `idle`.
    """

    def __init__(self, work: Work, idle: list[_Hand]) -> None:
        super().__init__(work)
        self._go: queue.SimpleQueue[bool] = queue.SimpleQueue()
        self._yielded: queue.SimpleQueue[float | Finished] = queue.SimpleQueue()
        self._is_stopped = False
        self._pause = 0.005
        self._idle = idle
        self._hand = idle.pop() if idle else _Hand()
        work.capture.sleeper = self._sleep
        self._hand.take(self)

    def step(self) -> float:
        self._go.put(True)
        told = self._heard(WATCHDOG)
        if told is None:
            self._is_stopped = True
            told = give_up(self.work, f"its body did not end within {WATCHDOG:g} s of real time")
        if isinstance(told, Finished):
            self.finished = told
            return told.fact.time
        return told

    def stop(self) -> None:
        if self.finished is None and not self._is_stopped:
            self._is_stopped = True
            self._go.put(False)
            self._heard(1.0)

    def live(self) -> None:
        """Run through, on the thread of the hand."""
        if self._go.get():
            self._yielded.put(run(self.work))

    def _heard(self, patience: float) -> float | Finished | None:
        """Return the moment until which the body sleeps, or its end; None if it says nothing."""
        try:
            told = self._yielded.get(timeout=patience)
        except queue.Empty:
            self._hand.take(None)
            return None
        if isinstance(told, Finished):
            self._idle.append(self._hand)
        return told

    def _sleep(self, seconds: float) -> None:
        if self._is_stopped:
            # A body that will not end must not burn a core: it is woken ever more rarely.
            self._pause = min(1.0, 2 * self._pause)
            SystemClock().sleep(self._pause)
            raise Stopped
        self._yielded.put(self.work.clock.now() + seconds)
        if not self._go.get():
            raise Stopped
