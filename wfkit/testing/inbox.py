"""What has arrived at a local server? Messages that can be counted, looked at and shown."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from textwrap import wrap
from types import TracebackType
from typing import Protocol, Self, TypeVar

from wfkit.api.watching import flush
from wfkit.core.listed import Listed

_PATIENCE = 30.0
_WIDEST = 100


class Message(Protocol):
    """Anything that has a receiver, a headline and a text."""

    @property
    def subject(self) -> str:
        """Its headline."""

    @property
    def text(self) -> str:
        """What it says."""

    @property
    def receiver(self) -> str:
        """Whom it is for."""


M = TypeVar("M", bound=Message)


class LocalInbox(Listed[M]):
    """The messages that a server on this machine has received, oldest first; `raw` are its bytes.

    Who looks at them sees what this process has to send by now, also what waits for a digest.
    """

    name = "inbox"

    def __init__(self) -> None:
        self._messages: list[M] = []
        self.raw: list[bytes] = []
        self._changed = threading.Condition()

    @property
    def url(self) -> str:
        """The address to send alerts to."""
        raise NotImplementedError

    def close(self) -> None:
        """End the server."""
        raise NotImplementedError

    def arrived(self, message: M, raw: bytes) -> None:
        """Take in a message, and what it was on the wire; for the server's own thread."""
        with self._changed:
            self._messages.append(message)
            self.raw.append(raw)
            self._changed.notify_all()

    def wait(self, count: int = 1, seconds: float = _PATIENCE) -> bool:
        """Wait until so many messages have arrived; return True if they have in time."""
        with self._changed:
            return self._changed.wait_for(lambda: len(self._messages) >= count, seconds)

    @property
    def messages(self) -> list[M]:
        """What has arrived so far."""
        flush(_PATIENCE)
        with self._changed:
            return list(self._messages)

    @property
    def _items(self) -> Sequence[M]:
        return self.messages

    def __bool__(self) -> bool:
        return True

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        found = self.messages
        count = "1 message" if len(found) == 1 else f"{len(found) or 'no'} messages"
        parts = [f"{self.name}: {count}"]
        for number, it in enumerate(found, start=1):
            parts += ["", *_wrapped(f"{number}. {it.subject or '(no subject)'}", "   ")]
            parts += [f"   to {it.receiver}", ""]
            for line in it.text.rstrip().split("\n"):
                parts += _wrapped(f"   {line}".rstrip(), "  ")
        return "\n".join(parts)


def _wrapped(line: str, behind: str) -> list[str]:
    """Return a line as several that fit a cell; those behind the first are indented more."""
    indent = line[: len(line) - len(line.lstrip())]
    return wrap(
        line,
        _WIDEST,
        subsequent_indent=indent + behind,
        break_long_words=False,
        break_on_hyphens=False,
    ) or [""]
