"""What does a small old database do when too many ask it at once?

The database of the shop's till answers two queries at a time. A third one brings it down: then no
query that is open gets an answer. When all of them have gone, it is well again.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from contextlib import ExitStack
from datetime import date
from types import TracebackType
from typing import Self

from wfkit.core.errors import InvalidOption
from wfkit.engine import capture
from wfkit.engine.attempt import sleep
from wfkit.teach.shop import purchases

MOST_QUERIES = 2
MINUTES = 10
"""How long a query takes inside a task, on the clock of its run; elsewhere it takes no time."""


def sales(day: str) -> float:
    """Ask for the money of one day.

    Raises ConnectionError where more than two queries are open, InvalidOption for another day.

    >>> sales("1997-03-03")
    14712.64
    """
    return round(sum(float(row.rpartition(",")[2]) for row in _answer(day)), 2)


def customers(day: str) -> int:
    """Ask how many people bought something on one day. Raises what `sales` raises.

    >>> customers("1997-03-03")
    409
    """
    return len({row.partition(",")[0] for row in _answer(day)})


def at_once(days: Iterable[str]) -> dict[str, str]:
    """Open a query of each day before the first one is answered; return what each gets.

    >>> at_once(["1997-03-03", "1997-03-04"])
    {'1997-03-03': '419 purchases', '1997-03-04': '483 purchases'}
    >>> at_once(["1997-03-03", "1997-03-04", "1997-03-05"])["1997-03-03"]
    'no answer: the till is down, 3 queries at once'
    """
    with ExitStack() as queries:
        opened = [queries.enter_context(_Query(day)) for day in days]
        return {query.day: _told(query) for query in opened}


def _answer(day: str) -> tuple[str, ...]:
    with _Query(day) as query:
        query.rows()
        if capture.current() is not None:
            sleep(60 * MINUTES)
        return query.rows()


def _told(query: _Query) -> str:
    try:
        return f"{len(query.rows())} purchases"
    except ConnectionError as error:
        return f"no answer: {error}"


class _Query:
    """One query, open as long as its `with`."""

    _lock = threading.Lock()
    _open = 0
    _most = 0

    def __init__(self, day: str) -> None:
        self.day = day

    def __enter__(self) -> Self:
        with self._lock:
            _Query._most = 0 if not self._open else self._most
            _Query._open += 1
            _Query._most = max(self._most, self._open)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        with self._lock:
            _Query._open -= 1

    def rows(self) -> tuple[str, ...]:
        """Return the day's purchases; raises ConnectionError where the till is down."""
        if self._most > MOST_QUERIES:
            raise ConnectionError(f"the till is down, {self._most} queries at once")
        try:
            return tuple(purchases()[date.fromisoformat(self.day)])
        except (KeyError, ValueError):
            raise InvalidOption(
                f'the till knows no day "{self.day}": write it as 1997-03-03.'
            ) from None
