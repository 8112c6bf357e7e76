"""How do a run and its worker processes talk? In frames: a kind, a length, bytes."""

from __future__ import annotations

import struct
import threading

from wfkit.engine import pipes

SETTING, TASK, ATTEMPT, GO, DROP = range(0xF1, 0xF6)
"""What a worker is told."""

SETTLED, READY, UNLOADABLE, STDOUT, STDERR, LINE, RESULT, FINISHED, SECRET = range(0xE1, 0xEA)
STARTED, LOST = range(0xEA, 0xEC)
"""What a worker tells, and what is told of one that is gone."""

_KINDS = frozenset({*range(0xF1, 0xF6), *range(0xE1, 0xEC)})
_HEAD = struct.Struct("<BQ")
_SMALL = 1 << 15

Frame = tuple[int, bytes]


class Garbled(Exception):
    """What came over the wire is no frame."""


class Parser:
    """Cuts a stream of bytes into frames.

    >>> parser = Parser()
    >>> parser.feed(frame(GO, b"ab")[:5]), parser.feed(frame(GO, b"ab")[5:]) == [(GO, b"ab")]
    ([], True)
    """

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._needed = _HEAD.size

    def feed(self, data: bytes) -> list[Frame]:
        """Take in bytes and return the frames that are whole by now. Raises Garbled."""
        buffer = self._buffer
        buffer += data
        if len(buffer) < self._needed:
            return []
        found, start = [], 0
        while (end := self._end(start)) <= len(buffer):
            found.append((buffer[start], bytes(buffer[start + _HEAD.size : end])))
            start = end
        del buffer[:start]
        self._needed = end - start
        return found

    def _end(self, start: int) -> int:
        if len(self._buffer) - start < _HEAD.size:
            return start + _HEAD.size
        kind, size = _HEAD.unpack_from(self._buffer, start)
        if kind not in _KINDS:
            raise Garbled
        return start + _HEAD.size + int(size)


def frame(kind: int, payload: bytes = b"") -> bytes:
    """Return a frame as bytes."""
    return _HEAD.pack(kind, len(payload)) + payload


class Wire:
    """One end of a connection; `send` may be called from any thread."""

    def __init__(self, ends: pipes.Pair) -> None:
        self.reading, self.writing = ends
        self._parser = Parser()
        self._lock = threading.RLock()
        self._is_torn = False

    def send(self, kind: int, payload: bytes = b"") -> None:
        """Send one frame. Raises OSError when the other end is gone."""
        with self._lock:
            if self._is_torn:
                raise BrokenPipeError
            is_small = len(payload) < _SMALL
            first = _HEAD.pack(kind, len(payload)) + (payload if is_small else b"")
            sent = pipes.write_some(self.writing, first)
            if sent < len(first) or not is_small:
                self._is_torn = True  # for good, if a signal's handler raises on the way
                self._write(memoryview(first)[sent:])
                self._write(memoryview(b"" if is_small else payload))
                self._is_torn = False

    def _write(self, data: memoryview) -> None:
        while data:
            data = data[pipes.write_some(self.writing, data) :]

    def receive(self) -> list[Frame]:
        """Wait for bytes and return the frames that are whole by now.

        Raises EOFError or OSError when the other end is gone, Garbled for what is no frame.
        """
        data = pipes.read_some(self.reading)
        if not data:
            raise EOFError
        return self._parser.feed(data)

    def close(self) -> None:
        """Close this end."""
        for end in {self.reading, self.writing}:
            pipes.close(end)
