"""How is a schedule served in a terminal? A line for whatever happens, until a signal comes."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from types import FrameType

from wfkit.api.schedule import known_schedule
from wfkit.api.scheduling import Scheduling
from wfkit.api.service import service_of
from wfkit.engine.clock import SystemClock
from wfkit.engine.stores import StoreChoice, store_for


class _Stopped(BaseException):
    """A signal asks the process to end."""


def serve_here(dags: Iterable[Scheduling], *, store: StoreChoice = "default") -> None:
    """Serve `dags` until SIGTERM or Ctrl-C, then cancel their runs and wait until they are over.

    Raises InvalidOption for a Dag without a schedule, StoreBusy where another process serves, and
    SchedulerDied where it was no signal that ended it.
    """
    dags = list(dags)
    told = [f"serving {it.name}: {known_schedule(it).timetable.describe()}" for it in dags]
    with _signals_that_stop(), suppress(_Stopped):
        _serve(dags, told, store)
    _say("stopped")


def _serve(dags: Sequence[Scheduling], told: Sequence[str], store: StoreChoice) -> None:
    service = service_of(store_for(store))
    service.tell = _say
    try:
        for dag, line in zip(dags, told, strict=True):
            _say(line)
            dag.serve(store=store)
        service.wait()
    finally:
        _say("stopping")
        service.stop()
        service.wait()
        service.check()


def _say(text: str) -> None:
    at = datetime.fromtimestamp(SystemClock().now(), UTC).astimezone()
    # One write for each line: several threads tell what happens.
    sys.stdout.write(f"{at:%Y-%m-%d %H:%M:%S %Z}  {text}\n")
    sys.stdout.flush()


@contextmanager
def _signals_that_stop() -> Iterator[None]:
    """Raise _Stopped in this thread, the main one, for the first signal; ignore those after it."""

    def stop(number: int, frame: FrameType | None) -> None:
        for it in (signal.SIGTERM, signal.SIGINT):
            signal.signal(it, signal.SIG_IGN)
        raise _Stopped

    before = {it: signal.signal(it, stop) for it in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
