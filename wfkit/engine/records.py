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


class Records:
    """Catches the log records of tasks, from `catch` until `release`.

    What writes to the console, and what the host has put at the root, hears nothing of them;
    other handlers (such as one for a file) do. `is_redirect` knows the streams of tasks.
    """

    def __init__(self, is_redirect: Callable[[object], bool]) -> None:
        self._is_redirect = is_redirect
        self._format = logging.Formatter().format
        self._host: list[logging.Handler] = []
        self._level = logging.WARNING
        self._call: Callable[[logging.Logger, logging.LogRecord], None] = (
            logging.Logger.callHandlers
        )

    def catch(self) -> None:
        """Begin to listen."""
        root = logging.getLogger()
        self._host, self._level = list(root.handlers), root.level
        if not self._host and root.level == logging.WARNING:
            root.setLevel(logging.INFO)
        call = self._call = logging.Logger.callHandlers

        def instead(logger: logging.Logger, record: logging.LogRecord) -> None:
            here = current()
            if here is None:
                call(logger, record)
            else:
                self._take(here, logger, record)

        logging.Logger.callHandlers = instead  # type: ignore[assignment,method-assign]

    def release(self) -> None:
        """Leave logging as it was."""
        logging.Logger.callHandlers = self._call  # type: ignore[assignment,method-assign]
        root = logging.getLogger()
        if not self._host and root.level == logging.INFO:
            root.setLevel(self._level)

    def _take(self, here: Capture, logger: logging.Logger, record: logging.LogRecord) -> None:
        try:
            text = self._format(record)
        except Exception:  # noqa: BLE001 - as in every handler of Python's
            logging.Handler().handleError(record)
            return
        for line in text.split("\n"):
            here.line(record.levelname, line)
        for handler in _handlers(logger):
            if record.levelno >= handler.level and not self._is_for_others(handler):
                handler.handle(record)

    def _is_for_others(self, handler: logging.Handler) -> bool:
        if handler in self._host:
            return True
        stream: Any = getattr(handler, "stream", None)
        known = (sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__)
        originals = (getattr(it, "original", None) for it in known[:2])
        return stream is not None and (
            self._is_redirect(stream) or any(stream is it for it in (*known, *originals))
        )


def _handlers(logger: logging.Logger | None) -> Iterator[logging.Handler]:
    """Yield the handlers that a record of `logger` reaches."""
    while logger is not None:
        yield from logger.handlers
        logger = logger.parent if logger.propagate else None
