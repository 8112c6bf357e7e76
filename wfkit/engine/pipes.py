"""How do bytes move between processes on this platform?

On POSIX an end is a file descriptor. On Windows it is a named pipe, which unlike other pipes
there can be waited for together with others; that half of the file is untested.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Any

_CHUNK = 1 << 16
End = Any
Pair = tuple[End, End]


def wait(ends: Sequence[End], seconds: float) -> list[End]:
    """Return the ends that have something to read, waiting at most so many seconds."""
    from multiprocessing import connection

    return list(connection.wait(ends, seconds))


if sys.platform == "win32":
    import threading
    import time
    from multiprocessing import Pipe
    from multiprocessing.connection import PipeConnection

    def connection() -> tuple[Pair, Pair]:
        """Return two pairs of a reading and a writing end."""
        here, there = Pipe()
        return (here, here), (there, there)

    def hung_up(end: End, seconds: float) -> bool:
        """Return True if nobody writes to a reading end any more, waiting so many seconds."""
        time.sleep(seconds)
        try:
            end.poll(0.0)
        except OSError:
            return True
        return False

    def pipe() -> tuple[End, int]:
        """Return a reading end, and a writing end that is a file descriptor."""
        reading, writing = os.pipe()
        here, there = Pipe(duplex=False)
        threading.Thread(target=_pump, args=(reading, there), daemon=True).start()
        return here, writing

    def _pump(reading: int, there: PipeConnection) -> None:
        with there:
            while data := os.read(reading, _CHUNK):
                there.send_bytes(data)
        os.close(reading)

    def read_some(end: End) -> bytes:
        """Return bytes that have come, waiting for the first; nothing at the end."""
        try:
            found: bytes = end.recv_bytes()
        except EOFError:
            return b""
        return found

    def write_some(end: End, data: bytes | memoryview) -> int:
        """Write bytes and return how many were taken."""
        end.send_bytes(data)
        return len(data)

    def close(end: End) -> None:
        """Close an end."""
        end.close()

    def handed_over(end: End) -> int:
        """Return the number under which a child that inherits the end finds it."""
        number: int = end.fileno()
        os.set_handle_inheritable(number, True)
        return number

    def inherited(number: int) -> End:
        """Return the end with this number, in the child."""
        os.set_handle_inheritable(number, False)
        return PipeConnection(number)

else:
    import select

    def connection() -> tuple[Pair, Pair]:
        """Return two pairs of a reading and a writing end."""
        there_reading, here_writing = os.pipe()
        here_reading, there_writing = os.pipe()
        return (here_reading, here_writing), (there_reading, there_writing)

    def hung_up(end: End, seconds: float) -> bool:
        """Return True if nobody writes to a reading end any more, waiting so many seconds."""
        poll = select.poll()
        poll.register(end, 0)
        return bool(poll.poll(1000 * seconds))

    def pipe() -> tuple[End, int]:
        """Return a reading end, and a writing end that is a file descriptor."""
        return os.pipe()

    def read_some(end: End) -> bytes:
        """Return bytes that have come, waiting for the first; nothing at the end."""
        return os.read(end, _CHUNK)

    def write_some(end: End, data: bytes | memoryview) -> int:
        """Write bytes and return how many were taken."""
        return os.write(end, data)

    def close(end: End) -> None:
        """Close an end."""
        os.close(end)

    def handed_over(end: End) -> int:
        """Return the number under which a child that inherits the end finds it."""
        return int(end)

    def inherited(number: int) -> End:
        """Return the end with this number, in the child."""
        os.set_inheritable(number, False)
        return number
