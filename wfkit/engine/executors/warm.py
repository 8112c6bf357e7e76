"""Worker processes that wait for the next run, so that it need not start and import again."""

from __future__ import annotations

import atexit
import contextlib
import os
import threading

from wfkit.engine.executors.worker_process import Died, WorkerProcess

MOST_WAITING = 4

_waiting: list[WorkerProcess] = []
_lock = threading.Lock()


def take(setting: bytes) -> WorkerProcess:
    """Return a worker that has taken over the setting: one that waited, or a new one.

    Raises OSError or Died where none can be started.
    """
    while (worker := _next()) is not None:
        with contextlib.suppress(Died):
            if worker.is_alive() and worker.settle(setting):
                return worker
        worker.end()
    worker = WorkerProcess()
    worker.settle(setting)
    return worker


def _next() -> WorkerProcess | None:
    with _lock:
        return _waiting.pop() if _waiting else None


def give_back(worker: WorkerProcess) -> None:
    """Let a worker wait for the next run, or end it where enough of them wait."""
    with _lock:
        if worker.is_alive() and len(_waiting) < MOST_WAITING:
            _waiting.append(worker)
            return
    worker.end()


def end_all() -> None:
    """End every worker that waits."""
    with _lock:
        workers, _waiting[:] = list(_waiting), []
    for worker in workers:
        worker.hang_up()
    for worker in workers:
        worker.end(grace=0.5)


def _forget() -> None:
    _waiting.clear()  # in a forked child: they are not its own


atexit.register(end_all)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
