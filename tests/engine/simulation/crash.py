"""How does a process die? In memory what was not committed is rolled back; on disk it is killed."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from wfkit.core.events import Event
from wfkit.engine.capture import LogLine
from wfkit.engine.sqlite_store import SqliteStore
from wfkit.engine.store import MemoryStore, ResultKey, Store, StoredResult


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


def kill() -> None:
    """End this process for good."""
    os.kill(os.getpid(), signal.SIGKILL)


def deaf(events: Sequence[Event]) -> None:
    """Nobody listens."""


class SimStore(Store, Protocol):
    """A store that tells the simulation what it needs to know.

    `committed` is how many events of the newest run are durable, `listener` hears of events as
    soon as they are written.
    """

    committed: int
    listener: Callable[[Sequence[Event]], None]

    def stored(self, dag: str, run_id: str) -> dict[ResultKey, bytes]:
        """Return every result of a run."""


class CrashStore(MemoryStore):
    """A durable store in memory: what is written counts from the next commit on."""

    is_durable = True

    def __init__(self, fuse: Fuse) -> None:
        super().__init__()
        self._fuse = fuse
        self._undo: list[tuple[Any, Any, Any]] = []
        self._uncommitted: list[tuple[list[Any], int]] = []
        self.committed = 0
        self.listener: Callable[[Sequence[Event]], None] = deaf

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
        self.listener(events)

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
                there = self._cache.setdefault((dag, key[0], cached), [])
                self._uncommitted.append((there, len(there)))
        super().write_results(dag, run_id, results)

    def _forget(self, key: Any) -> None:
        self._keep(self._results, key)
        super()._forget(key)

    def stored(self, dag: str, run_id: str) -> dict[ResultKey, bytes]:
        """Return every durable result of a run."""
        return {it.key: it.data for key, it in self._results.items() if key[:2] == (dag, run_id)}

    def _keep(self, where: dict[Any, Any], key: Any) -> None:
        self._undo.append((where, key, where.get(key)))


class KillStore(SqliteStore):
    """A store on disk whose process may die at each place."""

    def __init__(self, path: Path, fuse: Fuse) -> None:
        super().__init__(path)
        self._fuse = fuse
        self._newest = 0
        self.committed = 0
        self.listener: Callable[[Sequence[Event]], None] = deaf

    def commit(self) -> None:
        """Make everything that was written last."""
        self._fuse.burn()
        super().commit()
        self.committed = self._newest
        self._fuse.burn()

    def add_run(self, dag: str, run_id: str, logical_date: str, created: float) -> bool:
        self._fuse.burn()
        return super().add_run(dag, run_id, logical_date, created)

    def write(self, dag: str, run_id: str, events: Sequence[Event]) -> None:
        self._fuse.burn()
        super().write(dag, run_id, events)
        self._newest = events[-1].seq
        self.listener(events)

    def write_lines(self, dag: str, run_id: str, lines: Sequence[LogLine]) -> None:
        self._fuse.burn()
        super().write_lines(dag, run_id, lines)

    def write_results(self, dag: str, run_id: str, results: Sequence[StoredResult]) -> None:
        self._fuse.burn()
        super().write_results(dag, run_id, results)

    def stored(self, dag: str, run_id: str) -> dict[ResultKey, bytes]:
        """Return every result of a run."""
        sql = (
            "SELECT task, map_index FROM result "
            "WHERE run = (SELECT id FROM run WHERE dag = ? AND run_id = ?)"
        )
        found = {}
        for task, index in self._read(sql, (dag, run_id)):
            data = self.read_result(dag, run_id, (task, index))
            assert data is not None
            found[task, index] = data
        return found
