"""What does apprise say, and which of it is the cause of a failure?"""

from __future__ import annotations

import logging
import re
from types import TracebackType
from typing import Self

_MOST_TOLD = 400
_EXCEPTION = "Socket Exception: "
_ERRNO = re.compile(r"\[Errno -?\d+\] ([^\"')]+)")
_REDIRECT = re.compile(r"error=30[1278]\b")


class AppriseLog(logging.Handler):
    """Keeps what apprise says, instead of showing it: while the block runs, or from `listen` on."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.records: list[tuple[int, str]] = []
        self._logger = logging.getLogger("apprise")
        self._before = (self._logger.level, self._logger.propagate)

    def __enter__(self) -> Self:
        return self.listen()

    def listen(self) -> Self:
        """Keep what is said from now on."""
        self._logger.addHandler(self)
        self._logger.setLevel(logging.DEBUG)
        self._logger.propagate = False
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        place: TracebackType | None,
    ) -> None:
        self._logger.removeHandler(self)
        level, self._logger.propagate = self._before
        self._logger.setLevel(level)

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append((record.levelno, " ".join(record.getMessage().split())))

    def told(self) -> str:
        """Return the cause: the last warning, and the exception that was told beside it."""
        warnings = [text for level, text in self.records if level >= logging.WARNING]
        beside = [text for _, text in self.records if text.startswith(_EXCEPTION)]
        told = " ".join([*warnings[-2:], *(text.removeprefix(_EXCEPTION) for text in beside[-1:])])
        if network := _ERRNO.search(told):
            told = f"no connection: {network[1]}"
        if _REDIRECT.search(told):
            told = f"it answers with a redirect, which is not followed: {told}"
        return told[:_MOST_TOLD]
