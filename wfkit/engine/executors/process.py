"""Attempts side by side in processes of their own, each of which can be killed."""

from __future__ import annotations

import heapq
import re
from collections.abc import Mapping
from linecache import getline
from typing import Any

from wfkit.core.facts import AttemptFinished, AttemptStarted
from wfkit.core.states import Outcome
from wfkit.engine import stored
from wfkit.engine.attempt import Finished, Work, run
from wfkit.engine.clock import Clock
from wfkit.engine.executors import warm
from wfkit.engine.executors.thread import ThreadExecutor
from wfkit.engine.executors.worker_process import GRACE, Died, Reply, Unloadable, WorkerProcess
from wfkit.engine.failure import in_a_line
from wfkit.engine.faults import LostOnPurpose
from wfkit.engine.kept import arrived
from wfkit.engine.shipping import CannotSend, PackedTasks, packed_order, setting

CLOSING_GRACE = 0.5
"""Seconds that a body has to end by itself when nobody waits for its run any more."""

_FRAME = re.compile(r'File "(?P<file>.+)", line (?P<line>\d+) in (?P<function>\S+)')


class _Slot:
    """A thread of this process, the worker process that it looks after, what that one runs."""

    def __init__(self) -> None:
        self.worker: WorkerProcess | None = None
        self.work: Work | None = None
        self.is_begun = False
        self.is_stopped = False


class ProcessExecutor(ThreadExecutor):
    """Runs at most `slots` attempts at a time, each in a worker process.

    Each process is looked after by a thread, which hears what it reports and sees it die: then
    only its own attempt is lost. A slot is free again when the process of an attempt that was
    stopped has really ended; till then no attempt of that task instance or its pool begins.
    """

    lingers = False

    def __init__(self, slots: int, clock: Clock) -> None:
        super().__init__(slots, clock)
        self._running: list[_Slot] = []
        self._busy = 0
        self._setting: bytes | None = None
        self._tasks = PackedTasks()

    def submit(self, work: Work) -> None:
        """Take an attempt; it starts as soon as one of the slots is free."""
        with self._starting:
            heapq.heappush(self._heap, work)
            idle = len(self._threads) - self._busy
            is_short = len(self._heap) > idle and len(self._threads) < self._slots
        self._tokens.put(True)
        if is_short:
            self._add_thread()

    def revoke(self) -> None:
        """Forget every attempt that has not started; of all others the start is in the inbox."""
        with self._starting:
            self._heap.clear()
            for slot in self._running:
                slot.is_stopped = slot.is_stopped or not slot.is_begun

    def stop(self, task: str, map_index: int, attempt: int) -> None:
        """Kill the process of an attempt, unless it ends soon; another one takes over its slot."""
        with self._starting:
            for slot in self._running:
                if slot.work is not None and slot.work[1:4] == (task, map_index, attempt):
                    _stop(slot, GRACE)

    def close(self) -> None:
        """Take no more work, and end what still runs."""
        self.revoke()
        with self._starting:
            for slot in self._running:
                _stop(slot, CLOSING_GRACE)
        for _ in self._threads:
            self._tokens.put(False)
        for thread in self._threads:
            thread.join(2 * CLOSING_GRACE)

    def _work(self) -> None:
        slot = _Slot()
        while self._tokens.get():
            self._serve(slot)
        if slot.worker is not None:
            warm.give_back(slot.worker)

    def _serve(self, slot: _Slot) -> None:
        failure = self._man(slot)
        work = self._assign(slot)
        if work is None:
            return
        finished = self._lost(slot, work, failure) if failure else self._attempt(slot, work)
        if slot.is_stopped:
            _end_worker(slot)
        self._finish(slot)
        if finished is not None:
            self.inbox.put(finished)

    def _finish(self, slot: _Slot) -> None:
        with self._starting:
            self._running.remove(slot)
            self._busy -= 1
            slot.work = None
            held = len(self._heap) if slot.is_stopped else 0
        if slot.is_stopped:
            _end_worker(slot)
        for _ in range(held):
            self._tokens.put(True)

    def _man(self, slot: _Slot) -> Exception | None:
        """Give the slot a worker, or return why there is none."""
        if slot.worker is not None:
            return None
        try:
            if self._setting is None:
                self._setting = setting()
            slot.worker = warm.take(self._setting)
        except Exception as failure:  # noqa: BLE001 - without a report the run would wait for ever
            return failure
        return None

    def _assign(self, slot: _Slot) -> Work | None:
        """Give the slot the next attempt that may begin, if there is one."""
        with self._starting:
            for work in sorted(self._heap) if self._heap else ():
                if not self._is_held(work):
                    self._heap.remove(work)
                    heapq.heapify(self._heap)
                    break
            else:
                return None
            slot.work, slot.is_begun, slot.is_stopped = work, False, False
            self._running.append(slot)
            self._busy += 1
        return work

    def _is_held(self, work: Work) -> bool:
        pool = work.task.options.pool
        for slot in self._running:
            dying = slot.work if slot.is_stopped else None
            if dying is not None and (
                dying[1:3] == work[1:3] or (pool is not None and dying.task.options.pool == pool)
            ):
                return True
        return False

    def _attempt(self, slot: _Slot, work: Work) -> Finished | None:
        try:
            return self._tried(slot, work)
        except CannotSend as refusal:
            return self._refused(slot, work._replace(refusal=refusal))
        except Unloadable as cause:
            return self._refused(slot, work._replace(refusal=_not_loaded(work, cause)))
        except Exception as cause:  # noqa: BLE001 - without a report the run would wait for ever
            _end_worker(slot)
            return self._lost(slot, work, cause)

    def _tried(self, slot: _Slot, work: Work) -> Finished | None:
        worker = slot.worker
        assert worker is not None
        if work.refusal is not None:
            return self._refused(slot, work)
        worker.load(self._tasks.of(work.task), packed_order(work), work.capture)
        if not self._begin(slot):
            worker.drop()
            return None
        return self._received(slot, work, worker.run())

    def _begin(self, slot: _Slot) -> bool:
        """Report that the attempt begins, unless it was called off."""
        with self._starting:
            if slot.is_stopped or slot.work is None:
                return False
            if not slot.is_begun:
                slot.is_begun = True
                self.inbox.put(AttemptStarted(*slot.work[1:4], self._clock.now()))
            return True

    def _received(self, slot: _Slot, work: Work, reply: Reply) -> Finished:
        if not reply.is_clean:
            _end_worker(slot)
        try:
            result = None if reply.result is None else arrived(work.name, reply.result)
        except Exception as cause:  # noqa: BLE001 - any class may fail to be built again
            refusal = stored.CannotStore(
                f"what {work.name} returned cannot be read back: {in_a_line(cause)}.\n"
                'Return data instead, or run with executor="thread".'
            )
            return run(work._replace(refusal=refusal))
        kept = reply.result if work.keeps else None
        return Finished(reply.fact, result, work.capture.finish(), kept)

    def _refused(self, slot: _Slot, work: Work) -> Finished | None:
        return run(work) if self._begin(slot) else None

    def _lost(self, slot: _Slot, work: Work, cause: Exception) -> Finished | None:
        if not self._begin(slot):
            return None
        now = self._clock.now()
        fact = AttemptFinished(*work[1:4], now, Outcome.LOST, _described(work, cause))
        return Finished(fact, None, work.capture.finish())


def _stop(slot: _Slot, grace: float) -> None:
    slot.is_stopped = True
    if slot.worker is not None:
        slot.worker.interrupt(grace)


def _end_worker(slot: _Slot) -> None:
    if slot.worker is not None:
        slot.worker.end()
        slot.worker = None


def _not_loaded(work: Work, cause: Unloadable) -> CannotSend:
    return CannotSend(
        f"{work.name} cannot be loaded in a process: {cause}.\n"
        'Import what it needs inside the task, or run with executor="thread".'
    )


def _described(work: Work, cause: Exception) -> Mapping[str, Any]:
    message = (
        str(cause) if isinstance(cause, Died) else f"no process could run it: {in_a_line(cause)}"
    )
    lines = _crash_lines(work, cause.crash) if isinstance(cause, Died) else []
    error: dict[str, Any] = {
        "type": "ProcessDied",
        "message": message,
        "line": lines[0] if lines else None,
        "traceback": [part for line in reversed(lines) for part in _shown(line)],
    }
    is_injected = isinstance(work.effect.error, LostOnPurpose)
    return {**error, "injected": True} if is_injected else error


def _crash_lines(work: Work, crash: str) -> list[dict[str, Any]]:
    """Return the learner's own lines, innermost first, from what a crash left behind."""
    own_file = getattr(getattr(work.task.function, "__code__", None), "co_filename", None)
    return [
        {
            "function": found["function"],
            "number": int(found["line"]),
            "source": getline(found["file"], int(found["line"])).strip(),
        }
        for found in _FRAME.finditer(crash)
        if found["file"] == own_file
    ]


def _shown(line: Mapping[str, Any]) -> list[str]:
    head = f"your code, line {line['number']}, in {line['function']}"
    return [head, f"    {line['source']}"] if line["source"] else [head]
