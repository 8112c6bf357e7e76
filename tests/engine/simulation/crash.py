"""How does a process die in memory? What was not committed is rolled back."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from wfkit.core.events import Event
from wfkit.engine.capture import LogLine
from wfkit.engine.store import MemoryStore, ResultKey, StoredResult


class Crash(BaseException):
    """The process is gone."""


class Endless(Exception):
    """The run takes more steps than any run may."""


class Fuse:
    """Counts the places at which a process may die, and calls `blow` at some of them.

    A place comes before each write, before each commit and after each commit.
    """

    def __init__(self, places: Sequence[int], most: int, blow: Callable[[], None]) -> None:
        self._places = frozenset(places)
        self._most = most
        self._blow = blow
        self.passed = 0

    def burn(self) -> None:
        """Pass one place."""
        self.passed += 1
        if self.passed in self._places:
            self._blow()
        if self.passed > self._most:
            raise Endless(f"no end after {self._most} steps")


def crash() -> None:
    """End this process, as far as the simulation goes."""
    raise Crash


class CrashStore(MemoryStore):
    """A durable store in memory: what is written counts from the next commit on."""

    is_durable = True

    def __init__(self, fuse: Fuse) -> None:
        super().__init__()
        self._fuse = fuse
        self._undo: list[tuple[Any, Any, Any]] = []
        self._uncommitted: list[tuple[list[Any], int]] = []
        self.committed = 0
        """How many events of the newest run are durable."""

    @contextmanager
    def writing(self, patience: float = 0.0) -> Iterator[None]:
        """Commit at the end of the block, unless the process dies in it."""
        yield
        self.commit()

    def sweep(self) -> None:
        """There are no files here."""

    def roll_back(self) -> None:
        """Forget everything since the last commit."""
        for where, key, value in reversed(self._undo):
            if value is None:
                where.pop(key, None)
            else:
                where[key] = value
        for grown, length in reversed(self._uncommitted):
            del grown[length:]
        self._undo.clear()
        self._uncommitted.clear()

    def commit(self) -> None:
        """Make everything that was written last."""
        self._fuse.burn()
        self._undo.clear()
        self._uncommitted.clear()
        if self._events:
            self.committed = len(next(reversed(self._events.values())))
        self._fuse.burn()

    def add_run(self, dag: str, run_id: str, logical_date: str, created: float) -> bool:
        self._fuse.burn()
        self._keep(self._runs, (dag, run_id))
        return super().add_run(dag, run_id, logical_date, created)

    def write(self, dag: str, run_id: str, events: Sequence[Event]) -> None:
        self._fuse.burn()
        there = self._events.setdefault((dag, run_id), [])
        self._uncommitted.append((there, len(there)))
        self._keep(self._runs, (dag, run_id))
        super().write(dag, run_id, events)

    def write_lines(self, dag: str, run_id: str, lines: Sequence[LogLine]) -> None:
        self._fuse.burn()
        there = self._lines.setdefault((dag, run_id), [])
        self._uncommitted.append((there, len(there)))
        super().write_lines(dag, run_id, lines)

    def write_results(self, dag: str, run_id: str, results: Sequence[StoredResult]) -> None:
        self._fuse.burn()
        for key, _, cached in results:
            self._keep(self._results, (dag, run_id, key))
            if cached is not None:
                self._keep(self._cache, (dag, key[0], cached))
        super().write_results(dag, run_id, results)

    def _forget(self, key: Any) -> None:
        self._keep(self._results, key)
        super()._forget(key)

    def stored(self, dag: str, run_id: str) -> dict[ResultKey, bytes]:
        """Return every durable result of a run."""
        return {key[2]: data for key, data in self._results.items() if key[:2] == (dag, run_id)}

    def _keep(self, where: dict[Any, Any], key: Any) -> None:
        self._undo.append((where, key, where.get(key)))
