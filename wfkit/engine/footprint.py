"""What did an attempt change in its process? It is put back before the next one."""

from __future__ import annotations

import contextlib
import locale
import logging
import os
import signal
import sys
import threading
import time
import warnings
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any, NamedTuple

_SIGNALS = [
    getattr(signal, name)
    for name in ("SIGINT", "SIGTERM", "SIGALRM", "SIGCHLD", "SIGHUP", "SIGUSR1", "SIGUSR2")
    if hasattr(signal, name)
]
_HARMLESS = {"TMonitor"}  # tqdm's own, which watches and never prints


class Aspect(NamedTuple):
    """One thing that a process has: how it is read, and how it is put back."""

    name: str
    read: Callable[[], Any]
    put_back: Callable[[Any], None]


class Footprint:
    """The state of this process, to come back to.

    >>> footprint = Footprint()
    >>> os.environ["WFKIT_EXAMPLE"] = "1"
    >>> footprint.put_back()
    ['environment variables']
    >>> "WFKIT_EXAMPLE" in os.environ
    False
    """

    def __init__(self, aspects: Iterable[Aspect] | None = None) -> None:
        known = (*_TOLD, *_UNTOLD) if aspects is None else aspects
        self._before = [(aspect, aspect.read()) for aspect in known]

    def put_back(self) -> list[str]:
        """Put back what has changed since, and return the names of what is worth telling."""
        return self._changed(lambda aspect, before: aspect.put_back(before))

    def changed(self) -> list[str]:
        """Return the names of what has changed since and is worth telling."""
        return self._changed(lambda aspect, before: None)

    def _changed(self, do: Callable[[Aspect, Any], None]) -> list[str]:
        found = []
        for aspect, before in self._before:
            if aspect.read() != before:
                do(aspect, before)
                if aspect not in _UNTOLD:
                    found.append(aspect.name)
        return found


def put_back_note(names: Iterable[str]) -> str:
    """Return what is told about changes that were put back."""
    return f"put back after this attempt: {', '.join(names)}"


def draw_anew() -> None:
    """Let chance begin anew, so that no attempt goes on where an earlier one left it."""
    if "random" in sys.modules:
        sys.modules["random"].seed()
    if "numpy.random" in sys.modules:
        sys.modules["numpy.random"].seed()


def left_running(before: Collection[threading.Thread]) -> str | None:
    """Return what the attempt that just ended left running: "thread", "process" or nothing.

    `before` are the threads that this process has of its own.
    """
    return "thread" if new_threads(before) else "process" if _has_children() else None


def new_threads(before: Collection[threading.Thread]) -> list[threading.Thread]:
    """Return the threads that were not there `before`, but for those of wfkit itself."""
    return [
        it
        for it in threading.enumerate()
        if it not in before
        and type(it).__name__ not in _HARMLESS
        and not it.name.startswith("wfkit")
    ]


def _has_children() -> bool:
    if not hasattr(os, "WNOHANG"):
        return False
    with contextlib.suppress(ChildProcessError):
        while True:
            pid, _ = os.waitpid(-1, os.WNOHANG)
            if not pid:
                return True
    return False


def _read_folder() -> str | None:
    try:
        return os.getcwd()  # noqa: PTH109 - a plain text is what is compared
    except OSError:
        return None


def _put_folder(folder: str | None) -> None:
    if folder is not None:
        with contextlib.suppress(OSError):
            os.chdir(folder)


def put_environment(values: dict[str, str]) -> None:
    """Give this process exactly these environment variables."""
    for name in os.environ.keys() - values.keys():
        del os.environ[name]
    os.environ.update(values)
    if hasattr(time, "tzset"):
        time.tzset()


def _read_locale() -> str:
    return locale.setlocale(locale.LC_ALL)


def _put_locale(value: str) -> None:
    locale.setlocale(locale.LC_ALL, value)


def _read_streams() -> list[Any]:
    return [sys.stdin, sys.stdout, sys.stderr]


def _put_streams(streams: list[Any]) -> None:
    sys.stdin, sys.stdout, sys.stderr = streams


def _loggers() -> Iterable[logging.Logger]:
    for it in list(logging.Logger.manager.loggerDict.values()):
        if isinstance(it, logging.Logger):
            yield it


def _read_logging() -> list[Any]:
    root = logging.root
    return [root.level, list(root.handlers), root.disabled, root.manager.disable]


def _put_logging(before: list[Any]) -> None:
    _put_logger(logging.root, before[:3])
    logging.disable(before[3])


def _read_loggers() -> dict[str, Any]:
    return {it.name: (it.level, list(it.handlers), it.disabled) for it in _loggers() if _is_set(it)}


def _is_set(it: logging.Logger) -> bool:
    return bool(it.level or it.handlers or it.disabled)


def _put_loggers(before: dict[str, Any]) -> None:
    for it in _loggers():
        _put_logger(it, before.get(it.name, (logging.NOTSET, [], False)))


def _put_logger(it: logging.Logger, state: Sequence[Any]) -> None:
    level, handlers, it.disabled = state
    it.setLevel(level)
    it.handlers[:] = handlers


def _read_filters() -> list[Any]:
    return list(warnings.filters)


def _put_filters(filters: list[Any]) -> None:
    warnings.resetwarnings()
    warnings.filters[:] = filters  # type: ignore[index]


def _read_signals() -> list[Any]:
    return [signal.getsignal(number) for number in _SIGNALS]


def _put_signals(handlers: list[Any]) -> None:
    for number, handler in zip(_SIGNALS, handlers, strict=True):
        if handler is not None:
            signal.signal(number, handler)


def _read_alarm() -> float:
    return signal.getitimer(signal.ITIMER_REAL)[0] if hasattr(signal, "getitimer") else 0.0


def _put_alarm(_: float) -> None:
    signal.setitimer(signal.ITIMER_REAL, 0.0)


def _read_umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def _put_umask(mask: int) -> None:
    os.umask(mask)


def _put_path(path: list[str]) -> None:
    sys.path[:] = path


def _put_arguments(arguments: list[str]) -> None:
    sys.argv[:] = arguments


def close_figures() -> None:
    """Close the figures that an attempt left open."""
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is not None:
        pyplot.close("all")


SHARED = (
    Aspect("sys.path", lambda: list(sys.path), _put_path),
    Aspect("the locale", _read_locale, _put_locale),
    Aspect("sys.stdout", _read_streams, _put_streams),
    Aspect("logging", _read_logging, _put_logging),
)
"""What the threads of a process share, and what is quick to look at."""

_TOLD = (
    Aspect("the working directory", _read_folder, _put_folder),
    Aspect("environment variables", lambda: dict(os.environ), put_environment),
    *SHARED,
    Aspect("sys.argv", lambda: list(sys.argv), _put_arguments),
    Aspect("signal handlers", _read_signals, _put_signals),
    Aspect("an alarm", _read_alarm, _put_alarm),
    Aspect("the umask", _read_umask, _put_umask),
)
# Libraries set these when they are imported, which nobody has to be told.
_UNTOLD = (
    Aspect("loggers", _read_loggers, _put_loggers),
    Aspect("warnings", _read_filters, _put_filters),
    Aspect("the recursion limit", sys.getrecursionlimit, sys.setrecursionlimit),
)
