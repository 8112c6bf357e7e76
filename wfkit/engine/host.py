"""Does the main thread wait for wfkit, so that no cell changes anything meanwhile?"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

_waits = 0
_number = 0


@contextmanager
def waits() -> Iterator[None]:
    """Let it be known, on the main thread, that nothing else happens there than the block."""
    global _waits, _number  # noqa: PLW0603 - there is one main thread
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    _number += not _waits
    _waits += 1
    try:
        yield
    finally:
        _waits -= 1


def waiting() -> int:
    """Return the number of the main thread's present wait, 0 while it does something else.

    >>> with waits():
    ...     first = waiting()
    >>> first > 0, waiting()
    (True, 0)
    """
    return _number if _waits else 0
