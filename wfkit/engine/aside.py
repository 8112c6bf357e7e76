"""How is something done that may not come back? On a thread made before, beside who waits for it.

At the end of a process no thread can be made any more, but there are still alerts to be sent.
"""

from __future__ import annotations

import contextlib
import contextvars
import queue
import threading
import weakref
from collections.abc import Callable

_GRACE = 1.0
_Jobs = queue.SimpleQueue[tuple[Callable[[], object], threading.Event] | None]


class Aside:
    """A thread that does one thing after another for somebody who does not wait for ever.

    >>> aside = Aside("counting")
    >>> aside.make_ready()
    >>> heard = []
    >>> aside.does(lambda: heard.append(1), seconds=10.0), heard
    (True, [1])
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._making = threading.Lock()
        self._thread: threading.Thread | None = None
        self._jobs: _Jobs = queue.SimpleQueue()

    def make_ready(self) -> None:
        """Make the thread, which is there until nobody has this object any more."""
        with self._making:
            if self._thread is not None and self._thread.is_alive():
                return
            jobs: _Jobs = queue.SimpleQueue()
            thread = threading.Thread(target=_work, args=(jobs,), name=self._name, daemon=True)
            thread.start()
            weakref.finalize(self, jobs.put, None).atexit = False
            self._thread, self._jobs = thread, jobs

    def does(
        self, job: Callable[[], object], seconds: float, end: Callable[[], object] | None = None
    ) -> bool:
        """Let the thread do a job; return False if that takes longer than `seconds`.

        `end` is then called and may make it come back. One that does not is left to itself, and
        another thread does what comes next. What the job raises is lost.
        """
        self.make_ready()
        done = threading.Event()
        self._jobs.put((job, done))
        if done.wait(seconds):
            return True
        if end is not None:
            end()
        if end is None or not done.wait(_GRACE):
            self._jobs.put(None)
            self._thread = None
        return False


def _work(jobs: _Jobs) -> None:
    while (it := jobs.get()) is not None:
        job, done = it
        # In a context of its own, so that no job finds what an earlier one set.
        with contextlib.suppress(BaseException):
            contextvars.copy_context().run(job)
        del it, job
        done.set()
