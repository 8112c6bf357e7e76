"""What runs in a worker process: one attempt after another, each on its main thread.

A thread beside it watches. When the other end hangs up, a process that is idle ends, and one
that is busy is killed with all that it started: nobody would hear what it does.
"""

from __future__ import annotations

import contextlib
import contextvars
import decimal
import faulthandler
import os
import pickle
import signal
import sys
import threading
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, NoReturn

import cloudpickle

from wfkit.core import known_secrets
from wfkit.core.states import Outcome
from wfkit.core.task import Task
from wfkit.engine import capture, displays, loans, pipes, redirects, wire
from wfkit.engine.attempt import Finished, Stopped, Work, run
from wfkit.engine.capture import Capture, LogLine
from wfkit.engine.clock import SystemClock
from wfkit.engine.failure import in_a_line
from wfkit.engine.footprint import (
    Footprint,
    close_figures,
    draw_anew,
    left_running,
    put_back_note,
)
from wfkit.engine.settling import Settler
from wfkit.engine.shipping import Order, Setting, packed_result
from wfkit.engine.standard import StandardStreams
from wfkit.engine.wire import Wire

_PATIENCE = 600.0
"""Seconds after which a worker without work ends by itself."""

_EXITING = 2.0
_BLINK = 0.1
_MOST_HELD = 100
_AT_ONCE = 1 << 20


class SentCapture(Capture):
    """Sends what an attempt lets out to the process that keeps it, line by line.

    A line that has not ended yet waits for its end, but not for long. `was_asked` turns True when
    the body asks whether it is cancelled: then it ends by itself.
    """

    __slots__ = ("_held", "_is_cancelled", "_lock", "_stream", "_wire", "was_asked")

    def __init__(self, order: Order, connection: Wire) -> None:
        self._wire = connection
        self._lock = threading.RLock()
        self._stream = "stdout"
        self._held: list[str] = []
        self.was_asked = False
        super().__init__(order.name, order.map_index, order.attempt, SystemClock())

    @property
    def is_cancelled(self) -> bool:
        """True once the body is to end."""
        self.was_asked = True
        return self._is_cancelled

    @is_cancelled.setter
    def is_cancelled(self, value: bool) -> None:
        self._is_cancelled = value

    def write(self, stream: str, text: str) -> None:
        with self._lock:
            if stream != self._stream:
                self.flush()
                self._stream = stream
            self._held.append(text)
            if "\n" in text or len(text) > _AT_ONCE or len(self._held) > _MOST_HELD:
                self.flush()

    def flush(self) -> None:
        """Send the beginning of a line that has not ended yet."""
        if not self._held:
            return
        with self._lock:
            text, self._held = "".join(self._held), []
            kind = wire.STDERR if self._stream == "stderr" else wire.STDOUT
            for start in range(0, len(text), _AT_ONCE):
                part = text[start : start + _AT_ONCE]
                self._wire.send(kind, part.encode("utf-8", "surrogatepass"))

    def line(
        self, level: str, text: str, data: Mapping[str, Any] | None = None, size: int = 0
    ) -> None:
        try:
            packed = pickle.dumps((level, text, data, size), protocol=5)
        except Exception:  # noqa: BLE001 - anything may be in a mime bundle
            packed = pickle.dumps((level, text, None, size), protocol=5)
        with self._lock:
            self.flush()
            self._wire.send(wire.LINE, packed)

    def finish(self) -> list[LogLine]:
        """Send what is left; the lines are kept elsewhere."""
        self.flush()
        return []

    def detach(self) -> None:
        """Go on in a forked child, whose output is just that of a program."""
        self._lock, self._held, self._wire = threading.RLock(), [], _Bare()


class _Bare(Wire):
    """Stands in for a wire that only one process may use."""

    def __init__(self) -> None:
        """There is nothing at the other end."""

    def send(self, kind: int, payload: bytes = b"") -> None:
        if kind == wire.LINE:
            _, text, *_ = pickle.loads(payload)  # noqa: S301 - from this very process
            payload = f"{text}\n".encode("utf-8", "backslashreplace")
        os.write(1 if kind == wire.STDOUT else 2, payload)


class Worker:
    """Serves one connection."""

    def __init__(self, connection: Wire) -> None:
        self._wire = connection
        self._pid = os.getpid()
        self._body: SentCapture | None = None
        self._work: Work | None = None
        self._keeps = False
        self._task = b""
        self._streams = StandardStreams()
        self._settler = Settler()
        self._footprint: Footprint | None = None
        self._on: dict[int, Callable[[bytes], None]] = {
            wire.SETTING: self._settle,
            wire.TASK: self._take_task,
            wire.ATTEMPT: self._load,
            wire.GO: self._go,
            wire.DROP: self._drop,
        }

    def serve(self) -> None:
        """Do what comes, until nothing comes any more."""
        watcher = threading.Thread(target=self._watch, name="wfkit-watcher", daemon=True)
        watcher.start()
        self._threads = frozenset({threading.main_thread(), watcher})
        known_secrets.hear(self._tell_secret)
        signal.signal(signal.SIGTERM, self._on_sigterm)
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._leave_to_parent)
        with redirects.installed(), contextlib.suppress(EOFError):
            while pipes.wait([self._wire.reading], _PATIENCE):
                for kind, payload in self._wire.receive():
                    self._on[kind](payload)

    def _watch(self) -> None:
        while not pipes.hung_up(self._wire.reading, _BLINK):
            body = self._body
            if body is not None:
                body.flush()
        if self._work is None:
            SystemClock().sleep(_EXITING)
        _die(with_all=True)

    def _tell_secret(self, value: str | bytes) -> None:
        """Let the other process know at once what it must mask: lines with it may follow."""
        if os.getpid() == self._pid:
            with contextlib.suppress(OSError):
                self._wire.send(wire.SECRET, pickle.dumps(value, protocol=5))

    def _leave_to_parent(self) -> None:
        """Be, in a child that a task forked, no worker any more."""
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        self._wire.close()
        if self._body is not None:
            self._body.detach()

    def _on_sigterm(self, number: int, _: object) -> None:
        body = self._body
        if body is None:
            _die_as_told()
        was_asked, was_cancelled = body.was_asked, body.is_cancelled
        body.is_cancelled = True
        if not (was_asked or was_cancelled):
            raise Stopped

    def _settle(self, payload: bytes) -> None:
        if self._footprint is not None and self._settler.is_stale():
            self._wire.send(wire.SETTLED, b"stale")
            return
        setting: Setting = pickle.loads(payload)  # noqa: S301 - from the process that began this one
        self._settler.settle(setting)
        self._footprint = Footprint()
        self._wire.send(wire.SETTLED)

    def _take_task(self, payload: bytes) -> None:
        self._task = payload

    def _load(self, payload: bytes) -> None:
        try:
            order: Order = pickle.loads(payload)  # noqa: S301 - as above
            sent = SentCapture(order, self._wire)
            capture.claim(sent)
            task: Task = pickle.loads(self._task)  # noqa: S301 - as above
        except BaseException as cause:  # noqa: BLE001 - a module may do anything when imported
            self._drop()
            self._wire.send(wire.UNLOADABLE, in_a_line(cause).encode())
            return
        self._work = _work(order, task, sent)
        self._keeps = order.keeps
        self._wire.send(wire.READY)

    def _drop(self, _: bytes = b"") -> None:
        self._work = None
        capture.claim(None)

    def _go(self, _: bytes) -> None:
        work = self._work
        assert work is not None
        assert isinstance(work.capture, SentCapture)
        finished = self._finished(work, work.capture)
        if getattr(finished.fact, "outcome", None) is Outcome.LOST:
            _die()
        is_clean = self._clean_up(work.capture)
        self._settler.look_at_modules()
        self._drop()
        self._report(finished, is_clean)

    def _finished(self, work: Work, body: SentCapture) -> Finished:
        draw_anew()
        body.was_asked = False
        self._body = body
        try:
            return contextvars.copy_context().run(_in_own_context, work, self._keeps)
        finally:
            self._body = None
            if os.getpid() != self._pid:
                os._exit(0)  # a child that a task forked and that came back from its body
            if body.is_cancelled:
                _die_as_told()

    def _clean_up(self, body: SentCapture) -> bool:
        assert self._footprint is not None
        changed = self._footprint.put_back()
        loans.give_back(body)
        close_figures()
        self._streams.put_back()
        left = left_running(self._threads)
        if changed:
            body.line("note", put_back_note(changed))
        if left:
            body.line("note", f"ended with this attempt: a {left} that it left running")
        return left is None

    def _report(self, finished: Finished, is_clean: bool) -> None:
        if finished.pickled is not None:
            self._wire.send(wire.RESULT, finished.pickled)
        self._wire.send(wire.FINISHED, cloudpickle.dumps((finished.fact, is_clean)))


def _in_own_context(work: Work, keeps: bool) -> Finished:
    decimal.setcontext(decimal.getcontext().copy())  # copied contexts share this one
    return run(work, partial(packed_result, keeps))


def _work(order: Order, task: Task, sent: SentCapture) -> Work:
    return Work(
        0,
        order.name,
        order.map_index,
        order.attempt,
        task,
        order.inputs,
        SystemClock(),
        sent,
        order.effect,
        order.downstream,
        keeps=True,
    )


def _die(with_all: bool = False) -> NoReturn:
    """End this process at once; `with_all` that it started."""
    if sys.platform != "win32":
        (os.killpg if with_all else os.kill)(os.getpid(), signal.SIGKILL)
    os._exit(1)


def _die_as_told() -> NoReturn:
    """End this process as SIGTERM does where nobody handles it."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    os.kill(os.getpid(), signal.SIGTERM)
    os._exit(1)


def main(reading: int, writing: int, crash: int | None = None) -> None:
    """Work for the process at the other end of two inherited ends with these numbers.

    Into the descriptor `crash` goes where the body was when the process crashed.
    """
    if crash is not None:
        faulthandler.enable(pipes.inherited(crash), all_threads=False)
    ends = pipes.inherited(reading)
    other = ends if reading == writing else pipes.inherited(writing)
    displays.install()
    Worker(Wire((ends, other))).serve()
