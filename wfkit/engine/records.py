"""What becomes of a log record that a task makes? A line of its capture, once.

Python's loggers are asked, not one handler more is added: a logger that has handlers of its own,
or does not pass its records on, is heard like any other.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterator
from typing import Any

from wfkit.engine.capture import Capture, current

_Call = Callable[[logging.Logger, logging.LogRecord], None]
_Take = Callable[[_Call, logging.Logger, logging.LogRecord], None]
_KNOWN = {
    name: getattr(logging, name) for name in ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
}
_NOBODY = logging.NullHandler()


class Records:
    """Catches the log records of tasks, from `catch` until `release`.

    What writes to the console hears nothing of them, nor does any stream that the host has put at
    the root; other handlers (such as one for a file) do, wherever they are. So does a patch of
    `Logger.callHandlers` that somebody else made: it is called with a logger of the same name
    that has only those handlers. `is_redirect` knows the streams of tasks.
    """

    def __init__(self, is_redirect: Callable[[object], bool]) -> None:
        self._is_redirect = is_redirect
        self._format = logging.Formatter().format
        self._host: list[logging.Handler] = []
        self._level = logging.WARNING
        self._let_go: Callable[[], None] = lambda: None

    def catch(self) -> None:
        """Begin to listen."""
        root = logging.getLogger()
        self._host, self._level = list(root.handlers), root.level
        if not self._host and root.level == logging.WARNING:
            root.setLevel(logging.INFO)
        self._let_go = _patched(self._take)

    def release(self) -> None:
        """Leave logging as it was, but for what others have changed meanwhile."""
        self._let_go()
        root = logging.getLogger()
        if not self._host and root.level == logging.INFO:
            root.setLevel(self._level)

    def _take(self, call: _Call, logger: logging.Logger, record: logging.LogRecord) -> None:
        here = current()
        if here is None:
            call(logger, record)
        elif self._write(here, record):
            call(self._without_consoles(logger), record)

    def _write(self, here: Capture, record: logging.LogRecord) -> bool:
        try:
            text = self._format(record)
        except Exception:  # noqa: BLE001 - as in every handler of Python's
            logging.Handler().handleError(record)
            return False
        for line in text.split("\n"):
            here.line(_level(record), line)
        return True

    def _without_consoles(self, logger: logging.Logger) -> logging.Logger:
        found = logging.Logger(logger.name, logger.level)  # noqa: LOG001 - a copy, unknown to others
        found.propagate = False
        # Without any, Python would write to stderr.
        found.handlers = [it for it in _handlers(logger) if not self._is_console(it)] or [_NOBODY]
        return found

    def _is_console(self, handler: logging.Handler) -> bool:
        is_stream = isinstance(handler, logging.StreamHandler)
        if is_stream and not isinstance(handler, logging.FileHandler) and handler in self._host:
            return True
        # Rich's handler has a console instead of a stream.
        stream: Any = getattr(handler, "stream", getattr(handler, "console", None))
        stream = getattr(stream, "file", stream)
        known = (sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__)
        originals = (getattr(it, "original", None) for it in known[:2])
        return stream is not None and (
            self._is_redirect(stream) or any(stream is it for it in (*known, *originals))
        )


def _level(record: logging.LogRecord) -> str:
    """Return the name of a level; with its number, unless every Python knows it by that name."""
    name, number = str(record.levelname), record.levelno
    is_known = name == f"Level {number}" or _KNOWN.get(name) == number
    return name if is_known else f"{name} ({number})"


def _patched(take: _Take) -> Callable[[], None]:
    """Let `take` have all records, with what they would have gone to; return what ends that."""
    call: _Call = logging.Logger.callHandlers
    is_on = True

    def instead(logger: logging.Logger, record: logging.LogRecord) -> None:
        if is_on:
            take(call, logger, record)
        else:
            call(logger, record)

    def let_go() -> None:
        # Where somebody has patched it since, theirs may call ours for as long as it is there.
        nonlocal is_on
        is_on = False
        if logging.Logger.callHandlers is instead:
            logging.Logger.callHandlers = call  # type: ignore[assignment,method-assign]

    logging.Logger.callHandlers = instead  # type: ignore[assignment,method-assign]
    return let_go


def _handlers(logger: logging.Logger | None) -> Iterator[logging.Handler]:
    """Yield the handlers that a record of `logger` reaches."""
    while logger is not None:
        yield from logger.handlers
        logger = logger.parent if logger.propagate else None
