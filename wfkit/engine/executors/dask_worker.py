"""What runs on a worker of a Dask cluster: one attempt, which tells home what happens."""

from __future__ import annotations

import os
import pickle
import platform
import threading
from collections.abc import Mapping
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple
from uuid import uuid4

import cloudpickle

from wfkit.core import known_secrets
from wfkit.core.task import Task
from wfkit.engine import beside, redirects, wire
from wfkit.engine.attempt import Finished, Work
from wfkit.engine.clock import SystemClock
from wfkit.engine.failure import in_a_line
from wfkit.engine.result_files import SMALL
from wfkit.engine.settling import Settler
from wfkit.engine.shipping import Order, Setting, packed_result
from wfkit.engine.wire import Wire
from wfkit.engine.worker import SentCapture

_SAME = ("wfkit", "distributed", "cloudpickle")
_me = uuid4().hex
_settler: Settler | None = None
_settled = ""
_lock = threading.Lock()
_bodies: dict[str, tuple[SentCapture, Wire]] = {}


class Joined(NamedTuple):
    """A worker that is ready: `who` it is, and its `versions` by what they are of."""

    who: str
    versions: Mapping[str, str]


class Line(NamedTuple):
    """How an attempt tells home what happens: on a topic, under a `token` of its own.

    `who` is the worker that is meant, `setting` the file of what it is to take over, if any.
    """

    topic: str
    token: str
    who: str
    setting: str


class Moved(RuntimeError):
    """An attempt came to a worker that it was not meant for; its body was not called."""


def versions() -> dict[str, str]:
    """Return what must be the same at home and on each worker."""
    python = ".".join(platform.python_version_tuple()[:2])
    return {"Python": python, **{name: version(name) for name in _SAME}}


def join() -> Joined:
    """Tell who this worker is."""
    return Joined(_me, versions())


async def cancel(token: str) -> None:
    """Let the body of an attempt know that nobody waits for it any more."""
    if token in _bodies:
        _bodies[token][0].is_cancelled = True


def attempt(task: bytes, order: bytes, given: Mapping[str, Any], line: Line) -> Any:
    """Run one attempt; its result stays here, as bytes where a store keeps it.

    `given` are the inputs that were made on workers.
    """
    told = _Topic(line)
    try:
        _check(line)
        _settle(line.setting)
        asked: Order = pickle.loads(order)  # noqa: S301 - from who sends attempts
        it: Task = pickle.loads(task)  # noqa: S301 - as above
    except BaseException as cause:  # noqa: BLE001 - a module may do anything when imported
        told.send(wire.UNLOADABLE, in_a_line(cause).encode())
        return None
    told.send(wire.STARTED)
    sent = SentCapture(asked, told)
    finished = _finished(_work(it, asked, given, sent), line.token, told)
    for note in finished.lines:
        sent.line(note.level, note.text)
    sent.flush()
    data = finished.pickled if asked.keeps else None
    goes_along = data is not None and len(data) <= SMALL
    told.send(wire.FINISHED, cloudpickle.dumps((finished.fact, data if goes_along else None)))
    return data if asked.keeps else finished.result


def _check(line: Line) -> None:
    if line.who != _me:
        raise Moved("its worker is gone")


def _work(it: Task, asked: Order, given: Mapping[str, Any], sent: SentCapture) -> Work:
    key = (asked.name, asked.map_index, asked.attempt)
    inputs = {**asked.inputs, **given}
    work = Work(0, *key, it, inputs, SystemClock(), sent, asked.effect, asked.downstream)
    return work._replace(keeps=asked.keeps)


def _finished(work: Work, token: str, told: Wire) -> Finished:
    assert isinstance(work.capture, SentCapture)
    _bodies[token] = work.capture, told
    try:
        with redirects.installed():
            return beside.run(work, partial(packed_result, True))
    finally:
        del _bodies[token]


def _settle(file: str) -> None:
    """Become like the process that began this one, as it is now."""
    global _settler, _settled  # noqa: PLW0603 - there is one process
    with _lock:
        if _settler is None:
            _settler = Settler()
            known_secrets.hear(_tell_secret)
        if file and file != _settled:
            found: Setting = pickle.loads(Path(file).read_bytes())  # noqa: S301 - as above
            _settler.settle(found)
            _settled = file


def _tell_secret(value: str | bytes) -> None:
    """Let home know at once what it must mask: lines with it may follow."""
    for _, told in list(_bodies.values()):
        told.send(wire.SECRET, pickle.dumps(value, protocol=5))


class _Topic(Wire):
    """Sends what an attempt lets out to whoever listens to its topic."""

    def __init__(self, line: Line) -> None:
        from distributed import get_worker

        self._worker = get_worker()
        self._line = line
        self._pid = os.getpid()

    def send(self, kind: int, payload: bytes = b"") -> None:
        """Send a part of what there is to tell."""
        if os.getpid() != self._pid:
            return  # a child that a task forked talks to nobody
        message = {"token": self._line.token, "kind": kind, "payload": payload}
        self._worker.log_event(self._line.topic, message)
