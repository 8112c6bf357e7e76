"""Attempts side by side on threads of this process."""

from __future__ import annotations

import heapq
import queue
import threading

from wfkit.core.facts import AttemptStarted
from wfkit.engine import redirects
from wfkit.engine.attempt import Work
from wfkit.engine.beside import run
from wfkit.engine.clock import Clock
from wfkit.engine.executors.queued import QueuedExecutor


class ThreadExecutor(QueuedExecutor):
    """Runs at most `slots` attempts at a time, each on a thread.

    A thread cannot be stopped from outside: after `close` a body that still runs goes on to its
    end, and nobody hears its result. The same goes for one whose time is up: another thread
    takes over its slot.
    """

    lingers = True

    def __init__(self, slots: int, clock: Clock) -> None:
        super().__init__(slots, clock)
        self._tokens: queue.SimpleQueue[bool] = queue.SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._under_way: set[tuple[str, int, int]] = set()
        self._stopped: set[tuple[str, int, int]] = set()

    def submit(self, work: Work) -> None:
        """Take an attempt; it starts as soon as one of the slots is free."""
        heapq.heappush(self._heap, work)
        self._tokens.put(True)
        if len(self._threads) < self._slots + len(self._stopped):
            self._add_thread()

    def stop(self, task: str, map_index: int, attempt: int) -> None:
        """Let another thread take over the slot of an attempt that is running."""
        with self._starting:
            if (task, map_index, attempt) not in self._under_way:
                return
            self._stopped.add((task, map_index, attempt))
        if self._heap:
            self._add_thread()

    def close(self) -> None:
        """Let the threads end, each after the body that it is running now."""
        self.revoke()
        for _ in self._threads:
            self._tokens.put(False)

    def _add_thread(self) -> None:
        name = f"wfkit-worker-{len(self._threads) + 1}"
        thread = threading.Thread(target=self._work, name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _work(self) -> None:
        while self._tokens.get():
            work = self._next()
            if work is None:
                continue
            # A body that outlives its run must not begin to print into the notebook.
            with redirects.installed():
                finished = run(work)
            self.inbox.put(finished)
            if self._was_stopped(work[1:4]):
                return

    def _was_stopped(self, key: tuple[str, int, int]) -> bool:
        with self._starting:
            self._under_way.discard(key)
            if key not in self._stopped:
                return False
            self._stopped.discard(key)
            self._threads.remove(threading.current_thread())
            return True

    def _next(self) -> Work | None:
        with self._starting:
            if not self._heap:
                return None
            work = heapq.heappop(self._heap)
            key = work[1:4]
            self._under_way.add(key)
            self.inbox.put(AttemptStarted(*key, self._clock.now()))
        return work
