"""What did a task print, log and display? Kept for each attempt, never mixed."""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Callable, Mapping
from contextvars import ContextVar, Token
from typing import Any, NamedTuple

from wfkit.core.masking import masked, masked_bundle, masked_lines
from wfkit.engine.clock import Clock

MOST_CHARACTERS = 1_000_000
_LONGEST_LINE = MOST_CHARACTERS // 4
_SHOWN_OF_A_LONG_LINE = 2_000
_LONGEST_SECRET = 8_000


class LogLine(NamedTuple):
    """One line that an attempt printed, logged or displayed.

    `level` is stdout, stderr, display, or the level of a log record (INFO, WARNING …). `time` is
    in seconds since 1970 (UTC). `data` is the mime bundle of something displayed.
    """

    task: str
    map_index: int
    attempt: int
    time: float
    level: str
    text: str
    data: Mapping[str, Any] | None = None


class _Kept:
    """What is kept of an attempt: its first lines, its newest ones, beginnings of lines.

    Made when the first line comes, as most tasks are silent.
    """

    def __init__(self) -> None:
        self._head: list[LogLine] = []
        self._tail: deque[LogLine] = deque()
        self._tail_size = 0
        self._left_out = 0
        self._room = MOST_CHARACTERS // 2
        self._parts: dict[str, list[str]] = {}
        self._sizes: dict[str, int] = {}

    def hold(self, stream: str, part: str) -> None:
        """Keep a piece of a line; of an endless one only so much is held, and its length."""
        size = self._sizes.get(stream, 0)
        if size <= _LONGEST_LINE:
            self._parts.setdefault(stream, []).append(part)
        self._sizes[stream] = size + len(part)

    def beginning(self, stream: str) -> tuple[str, int]:
        """Take out what is held of a line, and how long it was."""
        return "".join(self._parts.pop(stream, ())), self._sizes.pop(stream, 0)

    def unfinished(self) -> list[str]:
        """Return the streams whose last line has not ended."""
        return list(self._parts)

    def add(self, it: LogLine) -> None:
        """Keep a whole line."""
        size = len(it.text) + 1
        if self._room > 0:
            self._room -= size
            self._head.append(it)
            return
        self._tail.append(it)
        self._tail_size += size
        while self._tail_size > MOST_CHARACTERS // 2:
            self._tail_size -= len(self._tail.popleft().text) + 1
            self._left_out += 1

    def lines(self) -> list[LogLine]:
        """Return all lines that are kept, and one that tells how many are not."""
        if not self._left_out:
            return [*self._head, *self._tail]
        told = f"… {self._left_out:,} lines left out …"
        gap = self._head[-1]._replace(level="note", text=told, data=None)
        return [*self._head, gap, *self._tail]


_first_line = threading.Lock()


class Capture:
    """Everything that one attempt lets out, as lines in order.

    At most 1,000,000 characters are kept: the first half and the newest half; a line between
    them says how many lines were left out.
    """

    __slots__ = ("_clock", "_is_open", "_kept", "_key", "is_cancelled", "sleeper")

    def __init__(self, task: str, map_index: int, attempt: int, clock: Clock) -> None:
        self._key = (task, map_index, attempt)
        self._clock = clock
        self._kept: _Kept | None = None
        self._is_open = True
        self.is_cancelled = False
        self.sleeper: Callable[[float], None] = clock.sleep

    @property
    def clock(self) -> Clock:
        """The clock that the attempt lives by."""
        return self._clock

    def write(self, stream: str, text: str) -> None:
        """Take in a piece of what was written to `stream` (stdout or stderr)."""
        first, *rest = text.split("\n")
        self._hold(stream, first)
        if rest:
            self._end_line(stream)
            for line in rest[:-1]:
                self.line(stream, line)
            self._hold(stream, rest[-1])

    def _keeps(self) -> _Kept:
        if self._kept is None:
            self._make_room()
        assert self._kept is not None
        return self._kept

    def _make_room(self) -> None:
        with _first_line:  # which several threads of a task may write at once
            if self._kept is None:
                self._kept = _Kept()

    def _hold(self, stream: str, part: str) -> None:
        if part:
            self._keeps().hold(stream, part)

    def _end_line(self, stream: str) -> None:
        text, size = self._keeps().beginning(stream)
        self.line(stream, text, size=size)

    def display(self, data: Mapping[str, Any], metadata: Mapping[str, Any] | None = None) -> None:
        """Take in something that was displayed: a mime bundle."""
        bundle = {"data": _storable_parts(data), "metadata": _storable_parts(metadata or {})}
        self.line("display", str(data.get("text/plain", "")), bundle)

    def line(
        self, level: str, text: str, data: Mapping[str, Any] | None = None, size: int = 0
    ) -> None:
        """Take in one whole line; `size` is its length where `text` is only its beginning."""
        if not self._is_open:
            return
        size = size or len(text)
        if size > _LONGEST_LINE:
            # Masked before it is cut, as half a secret could not be recognised.
            begin = masked(text[: _SHOWN_OF_A_LONG_LINE + _LONGEST_SECRET])
            text = f"{begin[:_SHOWN_OF_A_LONG_LINE]} … ({size:,} characters)"
        if not text.isascii() or "\0" in text:
            text = storable(text)
        self._keeps().add(LogLine(*self._key, self._clock.now(), level, text, data))

    def note(self, text: str) -> LogLine:
        """Return a line about the attempt, to be kept behind its own."""
        return LogLine(*self._key, self._clock.now(), "note", text)

    def flush(self) -> None:
        """Nothing is held back here; a capture that sends its lines elsewhere may do so."""

    def finish(self) -> list[LogLine]:
        """Close the capture and return its lines, with all secrets masked that are known by now."""
        kept = self._kept
        if kept is not None and self._is_open:
            for stream in kept.unfinished():
                self._end_line(stream)
        self._is_open = False
        return [] if kept is None else _masked(kept.lines())


def _masked(lines: list[LogLine]) -> list[LogLine]:
    found = list(lines)
    for level in {it.level for it in lines}:
        places = [i for i, it in enumerate(lines) if it.level == level]
        texts = masked_lines([lines[i].text for i in places])
        for i, text in zip(places, texts, strict=True):
            data = lines[i].data
            if text is not lines[i].text or data is not None:
                found[i] = lines[i]._replace(text=text, data=data and masked_bundle(data))
    return found


def storable(text: str) -> str:
    r"""Return `text` with what no file or screen can take written as an escape.

    >>> print(storable("café \udc80 \0"))
    café \udc80 \0
    """
    return text.encode("utf-8", "backslashreplace").decode().replace("\0", "\\0")


def _storable_parts(bundle: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parts of a bundle that JSON can hold and that are not too large to keep."""
    kept = {}
    for kind, part in bundle.items():
        try:
            size = len(json.dumps(part, default=str))
        except (TypeError, ValueError, RecursionError):
            continue
        if size <= MOST_CHARACTERS:
            kept[str(kind)] = part
    return kept


_CURRENT: ContextVar[Capture | None] = ContextVar("wfkit_capture", default=None)


_claimed: Capture | None = None


def current() -> Capture | None:
    """Return the capture of the attempt that runs here, or None outside of a task."""
    return _CURRENT.get() or _claimed


def claim(capture: Capture | None) -> None:
    """Let `capture` take what threads let out that belong to no attempt by themselves.

    For a process that runs one attempt at a time.
    """
    global _claimed  # noqa: PLW0603 - its standard output, too, belongs to the whole process
    _claimed = capture


def enter(capture: Capture) -> Token[Capture | None]:
    """Let `capture` take what this thread prints, logs and displays from now on."""
    return _CURRENT.set(capture)


def leave(token: Token[Capture | None]) -> None:
    """Undo `enter`."""
    _CURRENT.reset(token)
