"""One worker process, seen from the process that it works for.

A worker is started anew, never forked, with a process group of its own: to end it is to end
whatever a task started in it. On Windows only the process itself is ended (untested there).
"""

from __future__ import annotations

import codecs
import contextlib
import os
import pickle
import signal
import subprocess
import sys
from collections import deque
from pathlib import Path
from typing import Any, NamedTuple

from wfkit.core.facts import AttemptFinished, Poked
from wfkit.engine import pipes, wire
from wfkit.engine.capture import Capture
from wfkit.engine.clock import SystemClock
from wfkit.engine.delivery import deliver
from wfkit.engine.wire import Wire

GRACE = 2.0
"""Seconds that a body has to end by itself before its process is killed."""

_BLINK = 0.1
_EXITING = 0.5
_LONG = 1 << 16
_MOST_DRAINED = 64
_STREAMS = frozenset({wire.STDOUT, wire.STDERR})
_OUTPUT = _STREAMS | {wire.LINE, wire.SECRET}
_ROOT = str(Path(__file__).parents[3])
_BOOT = "import sys; sys.path.insert(0, sys.argv[1]); from wfkit.engine.worker import main; "


class Died(Exception):
    """A worker process is no more; `crash` is where it was, as far as it could tell."""

    def __init__(self, message: str, crash: str = "") -> None:
        super().__init__(message)
        self.crash = crash


class Unloadable(Exception):
    """A worker could not load a task or its inputs."""


class Reply(NamedTuple):
    """What an attempt left behind; `result` as bytes."""

    fact: AttemptFinished | Poked
    result: bytes | None
    is_clean: bool


class WorkerProcess:
    """A process that runs one attempt after another. Raises OSError if it cannot be started."""

    def __init__(self) -> None:
        here, there = pipes.connection()
        crash, crash_there = pipes.pipe()
        output, output_there = pipes.pipe()
        errors, errors_there = pipes.pipe()
        try:
            self._process = _start(there, crash_there, output_there, errors_there)
        finally:
            for end in {*there, crash_there, output_there, errors_there}:
                pipes.close(end)
        self._clock = SystemClock()
        self._wire = Wire(here)
        self._crash = crash
        self._outputs = {output: _Output("stdout"), errors: _Output("stderr")}
        self._opened = [crash, output, errors]
        self._ends = [output, errors, self._wire.reading]
        self._pending: deque[wire.Frame] = deque()
        self._kill_at: float | None = None
        self._capture: Capture | None = None

    def settle(self, setting: bytes) -> bool:
        """Let the worker take over a setting; False if it is too old for it. Raises Died."""
        self._send(wire.SETTING, setting)
        return self._answer() == (wire.SETTLED, b"")

    def load(self, task: bytes, order: bytes, capture: Capture) -> None:
        """Let the worker get ready for an attempt. Raises Died or Unloadable."""
        self._capture = capture
        self._send(wire.TASK, task)
        self._send(wire.ATTEMPT, order)
        kind, payload = self._answer()
        if kind == wire.UNLOADABLE:
            raise Unloadable(payload.decode())

    def drop(self) -> None:
        """Forget the attempt that was loaded. Raises Died."""
        self._send(wire.DROP)

    def run(self) -> Reply:
        """Run the attempt that was loaded, and return what it left behind. Raises Died."""
        self._send(wire.GO)
        result = None
        while True:
            kind, payload = self._answer()
            if kind == wire.RESULT:
                result = payload
            else:
                self._drain()
                fact, is_clean = pickle.loads(payload)  # noqa: S301 - from a process of ours
                return Reply(fact, result, is_clean)

    def interrupt(self, grace: float) -> None:
        """Ask the worker to end; whoever waits for it kills it after `grace` seconds.

        May be called from any thread.
        """
        moment, before = self._clock.now() + grace, self._kill_at
        self._kill_at = moment if before is None else min(moment, before)
        if before is not None or self._process.returncode is not None:
            return
        if sys.platform == "win32":
            self._process.kill()
        else:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGTERM)

    def hang_up(self) -> None:
        """Tell a worker that is idle to end by itself."""
        if self._wire.reading in self._ends:
            self._ends.remove(self._wire.reading)
            self._wire.close()

    def end(self, grace: float = 0.0) -> None:
        """End the worker and all that it started; an idle one has `grace` seconds to do it."""
        if grace:
            self.hang_up()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(grace)
        if self._process.poll() is None:
            self._kill()
            self._process.wait()
        self.hang_up()
        for end in self._opened:
            pipes.close(end)
        self._ends, self._opened = [], []

    def is_alive(self) -> bool:
        """Return True as long as the process has not ended."""
        return self._process.poll() is None

    def _kill(self) -> None:
        if sys.platform == "win32":
            self._process.kill()
            return
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)

    def _send(self, kind: int, payload: bytes = b"") -> None:
        try:
            self._wire.send(kind, payload)
        except OSError:
            raise self._death() from None

    def _answer(self) -> wire.Frame:
        while True:
            while self._pending:
                found = self._pending.popleft()
                if found[0] not in _OUTPUT:
                    return found
                self._take(found)
            self._listen()

    def _listen(self) -> None:
        ready = pipes.wait(self._ends, _BLINK)
        if self._wire.reading in ready:
            try:
                self._pending.extend(self._wire.receive())
            except (EOFError, OSError, wire.Garbled):
                raise self._death() from None
            while self._pending and self._pending[0][0] in _OUTPUT:
                self._take(self._pending.popleft())
        self._read(ready)
        if not ready:
            self._rest(is_over=False)
            if not self.is_alive():
                raise self._death()
        if self._kill_at is not None and self._clock.now() >= self._kill_at and self.is_alive():
            self._kill()

    def _rest(self, is_over: bool) -> None:
        for output in self._outputs.values():
            output.rest(self._capture, is_over)

    def _take(self, found: wire.Frame) -> None:
        kind, payload = found
        parts = [payload]
        while kind in _STREAMS and self._pending and self._pending[0][0] == kind:
            parts.append(self._pending.popleft()[1])
        deliver(self._capture, kind, b"".join(parts))

    def _read(self, ready: list[pipes.End]) -> None:
        for end in ready:
            if end in self._outputs:
                data = pipes.read_some(end)
                self._outputs[end].take(data, self._capture)
                if not data:
                    self._ends.remove(end)

    def _drain(self) -> None:
        """Take what the outputs hold by now; it was written before the attempt ended."""
        outputs = [end for end in self._ends if end in self._outputs]
        for _ in range(_MOST_DRAINED):
            ready = pipes.wait(outputs, 0.0)
            if not ready:
                break
            self._read(ready)
            outputs = [end for end in outputs if end in self._ends]
        self._rest(is_over=True)

    def _death(self) -> Died:
        """Return how the worker ended, after everything that it left behind is taken care of."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_EXITING)
        code = self._process.returncode
        self._kill()  # what it started; its number cannot be another's yet
        self._drain()
        crash = pipes.read_some(self._crash) if pipes.wait([self._crash], 0.0) else b""
        self.end()
        return Died(_ended_with(code), crash.decode("utf-8", "replace"))


class _Output:
    """One of the standard streams of a worker, below the level of Python.

    A line waits until it is whole, so that it does not mix with what Python prints meanwhile.
    """

    def __init__(self, stream: str) -> None:
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder("utf-8")("backslashreplace")
        self._held = ""

    def take(self, data: bytes, capture: Capture | None) -> None:
        """Take in bytes, and hand on the lines that are whole."""
        text = self._held + self._decoder.decode(data)
        end = len(text) if len(text) > _LONG else text.rfind("\n") + 1
        self._held = text[end:]
        if end and capture is not None:
            capture.write(self._stream, text[:end])

    def rest(self, capture: Capture | None, is_over: bool) -> None:
        """Hand on the beginning of a line, after a while or when the attempt is over."""
        text = self._held + (self._decoder.decode(b"", final=True) if is_over else "")
        self._held = ""
        if text and capture is not None:
            capture.write(self._stream, text)


def _ended_with(code: int | None) -> str:
    if code is None:
        return "its process no longer answered"
    if code >= 0:
        return f"its process ended with exit code {code}"
    try:
        return f"its process ended with signal {signal.Signals(-code).name}"
    except ValueError:
        return f"its process ended with signal {-code}"


def _start(there: pipes.Pair, crash: int, output: int, errors: int) -> subprocess.Popen[bytes]:
    numbers = [pipes.handed_over(end) for end in there]
    options: dict[str, Any] = {}
    if sys.platform == "win32":
        options["startupinfo"] = subprocess.STARTUPINFO(lpAttributeList={"handle_list": numbers})
        options["creationflags"] = subprocess.CREATE_NEW_PROCESS_GROUP
    else:
        numbers.append(crash)
        options.update(start_new_session=True, pass_fds=numbers)
    return subprocess.Popen(
        [sys.executable, "-P", "-c", f"{_BOOT}main(*{numbers})", _ROOT],
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=errors,
        **options,
    )
