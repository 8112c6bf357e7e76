"""The history in an SQLite file: survives the process, one writing process at a time.

Write-ahead log with synchronous=NORMAL: what was committed survives a killed process; a power
cut may lose the last commits (SQLite documentation, "PRAGMA synchronous"). On a disk of another
machine, where that log is not safe, a rollback journal takes its place.
"""

from __future__ import annotations

import contextlib
import functools
import json
import os
import sqlite3
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Any

from wfkit.core.alerts import AlertFact, Delivery
from wfkit.core.errors import StoreError
from wfkit.core.events import Event
from wfkit.core.grid import InstanceStates
from wfkit.core.history import RunHistory
from wfkit.core.outline import RunOutline
from wfkit.engine import sqlite_schema, summaries
from wfkit.engine.capture import LogLine, storable
from wfkit.engine.disks import is_remote
from wfkit.engine.kept import Kept
from wfkit.engine.result_files import ResultFiles, needs_a_file
from wfkit.engine.sqlite_alerts import read_alerts, read_unsent, write_alerts
from wfkit.engine.sqlite_history import read_histories, read_outlines
from wfkit.engine.sqlite_schema import Age
from wfkit.engine.store import ResultKey, RunRecord, StoredResult, cleared, last_run_state
from wfkit.engine.store_file import StoreFile
from wfkit.engine.store_trouble import refusal
from wfkit.engine.writer_lock import WriterLock

_PATIENCE = 2.0
_AT_ONCE = 32
_ADD_RUN = """
INSERT OR IGNORE INTO run (dag, run_id, state, logical_date, created) VALUES (?,?,?,?,?)
"""
_CLEAR = """
DELETE FROM result WHERE run = ?1 AND task = ?2 AND (?3 IS NULL OR map_index = ?3)
"""
_Row = Any


class SqliteStore:
    """A history in one SQLite file.

    Raises StoreError for a file that is no history of wfkit, StoreBusy when another process
    keeps writing to it for more than two seconds.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     store = SqliteStore(Path(folder) / "history.sqlite")
    ...     with store.writing():
    ...         added = store.add_run("sales", "manual__1", "", 0.0)
    ...         store.commit()
    ...     found = [record.run_id for record in store.runs()]
    ...     store.close()
    >>> added, found
    (True, ['manual__1'])
    """

    is_durable = True

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path).absolute()
        self._lock = threading.RLock()
        self._writers = 0
        self._writer = WriterLock(self.path)
        self._keys: dict[tuple[str, str], int] = {}
        self._sharers: set[int] = set()
        self._robbed: set[int] = set()
        self.had_trouble = False
        self._summaries = summaries.Summaries()
        self._files = ResultFiles(self.path.with_name(f"{self.path.name}.results"))
        self._open()

    def _open(self) -> None:
        with self._using():
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._connection = sqlite3.connect(
                self.path, check_same_thread=False, isolation_level=None, timeout=_PATIENCE
            )
            try:
                self._prepare()
            except sqlite3.Error:
                self._connection.close()
                raise
            self._file = StoreFile(self.path)

    @contextlib.contextmanager
    def _using(self) -> Iterator[None]:
        """Be the one thread at the connection; raise StoreError for what SQLite complains of."""
        try:
            with self._lock:
                yield
        except (sqlite3.Error, OSError) as cause:
            raise refusal(self.path, cause) from cause

    @contextlib.contextmanager
    def _changing(self) -> Iterator[None]:
        """As `_using`, for what takes part in the transaction; it is given up on an error."""
        with self._using():
            if threading.get_ident() in self._robbed:
                self._robbed.discard(threading.get_ident())
                raise StoreError(
                    f"what was written to {self.path.name} is lost, as another run could not "
                    "be written with it.\nGo on when that is mended: dag.resume()"
                )
            try:
                yield
            except BaseException:
                self._give_up()
                raise

    def _give_up(self) -> None:
        # Runs of several threads share a transaction: none of them may believe it went through.
        self.had_trouble = True
        self._robbed |= self._sharers - {threading.get_ident()}
        self._sharers.clear()
        with contextlib.suppress(sqlite3.Error):
            self._connection.rollback()

    def _prepare(self) -> None:
        connection = self._connection
        age = sqlite_schema.age(connection)
        self._is_old = age is Age.OLD
        # Who finds the file busy here meets another one that is just switching it.
        with contextlib.suppress(sqlite3.OperationalError):
            mode = "DELETE" if is_remote(self.path) else "WAL"
            connection.execute(f"PRAGMA journal_mode = {mode}")
        connection.execute("PRAGMA synchronous = NORMAL")
        # Pages of 4 KB. Checkpoints wait for the disk, which short tasks would feel.
        connection.execute("PRAGMA wal_autocheckpoint = 4000")
        if age is Age.NEW:
            sqlite_schema.make(connection)

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._connection.close()

    @property
    def is_writing(self) -> bool:
        """True while this process drives a run whose history is kept here."""
        return self._writers > 0

    @contextlib.contextmanager
    def writing(self, patience: float = _PATIENCE) -> Iterator[None]:
        """Be the one process that writes while the block runs.

        Raises StoreBusy when another one goes on writing for `patience` seconds.
        """
        with self._using():
            if not self._writers:
                self._writer.acquire(patience)
            self._writers += 1
        try:
            yield
        finally:
            with self._lock:
                try:
                    self.commit()
                finally:
                    self._writers -= 1
                    if not self._writers:
                        self._writer.release()

    def add_run(self, dag: str, run_id: str, logical_date: str, created: float) -> bool:
        """Reserve a run_id; False when this Dag already has a run of that name."""
        with self._changing():
            self._begin()
            done = self._connection.execute(
                _ADD_RUN, (dag, run_id, "queued", logical_date, created)
            )
            return done.rowcount == 1

    def count_runs(self, dag: str, run_id: str) -> int:
        """Return how many runs have this run_id, or it with `_2`, `_3` and so on behind it."""
        rows = self._read(
            "SELECT count(*) FROM run WHERE dag = ? "
            "AND (run_id = ? OR run_id BETWEEN ? AND ?)",  # ":" comes right after "9"
            (dag, run_id, f"{run_id}_0", f"{run_id}_:"),
        )
        return int(rows[0][0])

    def write(self, dag: str, run_id: str, events: Sequence[Event]) -> None:
        """Write events, in order, after those that are there."""
        with self._changing():
            key = self._key(dag, run_id)
            self._begin()
            self._insert(
                "INSERT INTO event VALUES",
                [
                    (key, seq, time, type_, task, index, attempt, before, after, _json(detail))
                    for seq, time, type_, _, task, index, attempt, before, after, detail in events
                ],
            )
            state = last_run_state(events)
            if state:
                self._connection.execute("UPDATE run SET state = ? WHERE id = ?", (state, key))
            self._summaries.take(self._connection, key, events, state)
            for task, index in cleared(events):
                self._connection.execute(_CLEAR, (key, task, index))

    def write_lines(self, dag: str, run_id: str, lines: Sequence[LogLine]) -> None:
        """Write what an attempt printed, logged and displayed."""
        with self._changing():
            key = self._key(dag, run_id)
            self._begin()
            self._insert(
                "INSERT INTO line VALUES",
                [
                    (key, task, index, attempt, time, level, storable(text), _json(data))
                    for task, index, attempt, time, level, text, data in lines
                ],
            )

    def write_results(self, dag: str, run_id: str, results: Sequence[StoredResult]) -> None:
        """Write pickled results; large ones go to files of their own first."""
        with self._changing():
            run = self._key(dag, run_id)
            self._begin()
            self._insert(
                "INSERT OR REPLACE INTO result VALUES",
                [
                    (run, *key, *self._placed(run, key, data), cached)
                    for key, data, cached in results
                ],
            )

    def write_alerts(self, dag: str, facts: Sequence[AlertFact]) -> None:
        """Write what happened with alerts of runs of a Dag, in order."""
        with self._changing():
            self._begin()
            write_alerts(self._connection, [(self._key(dag, it.run_id), it) for it in facts])

    def alerts(self, dag: str, run_id: str | None = None) -> list[AlertFact]:
        """Return what happened with alerts of a Dag (of one run), in order."""
        with self._using():
            self._file.check()
            return read_alerts(self._connection, dag, run_id)

    def unsent_alerts(self) -> list[tuple[Delivery, str]]:
        """Return the alerts that are on their way, each with the process that is to send it."""
        with self._using():
            return read_unsent(self._connection)

    def _insert(self, sql: str, rows: Sequence[tuple[Any, ...]]) -> None:
        """Insert rows, many at a time as long as there are many: SQLite takes them faster so."""
        if not rows:
            return
        width, rest = len(rows[0]), len(rows) % _AT_ONCE
        for start in range(0, len(rows) - rest, _AT_ONCE):
            values = [value for row in rows[start : start + _AT_ONCE] for value in row]
            self._connection.execute(_with_values(sql, width, _AT_ONCE), values)
        self._connection.executemany(_with_values(sql, width, 1), rows[len(rows) - rest :])

    def _placed(self, run: int, key: ResultKey, data: bytes) -> tuple[bytes | None, str | None]:
        if not needs_a_file(data):
            return data, None
        return None, self._files.write(f"{run}-{_short(key[0])}-{key[1]}-{time.time_ns()}", data)

    def read_result(
        self, dag: str, run_id: str, key: ResultKey, most: int | None = None
    ) -> bytes | None:
        """Return the newest pickled result of a task instance, None where there is none.

        None too for more than `most` bytes.
        """
        return self._data(self._row(dag, run_id, key), most)

    def kept(self, dag: str, run_id: str, key: ResultKey) -> Kept | None:
        """Return where the newest result of a task instance lies, None if in no file of its own."""
        rows = self._row(dag, run_id, key)
        return Kept(key[0], str(self._files.folder), rows[0][1]) if rows and rows[0][1] else None

    def _row(self, dag: str, run_id: str, key: ResultKey) -> list[_Row]:
        return self._read(
            "SELECT data, file FROM result WHERE task = ? AND map_index = ? "
            "AND run = (SELECT id FROM run WHERE dag = ? AND run_id = ?)",
            (*key, dag, run_id),
        )

    def read_cached(self, dag: str, task: str, cached: str) -> bytes | None:
        """Return a pickled result that was written with this cache key, or None."""
        rows = self._read(
            "SELECT data, file FROM result WHERE cached = ? AND task = ? "
            "AND run IN (SELECT id FROM run WHERE dag = ?) ORDER BY run DESC LIMIT 1",
            (cached, task, dag),
        )
        return self._data(rows)

    def sweep(self) -> None:
        """Remove files of results that were never committed."""
        rows = self._read("SELECT file FROM result WHERE file IS NOT NULL", ())
        self._files.sweep(row[0] for row in rows)

    def _data(self, rows: list[_Row], most: int | None = None) -> bytes | None:
        if not rows:
            return None
        ResultFiles.check_owner(self.path)
        data, file = rows[0]
        if file:
            return self._files.read(file, most)
        return bytes(data) if most is None or len(data) <= most else None

    def commit(self) -> None:
        """Make everything that was written last."""
        with self._changing():
            if self._connection.in_transaction:
                self._connection.execute("COMMIT")
                self._is_old = False
            self._sharers.clear()

    def runs(self, dag: str | None = None, most: int | None = None) -> list[RunRecord]:
        """Return the newest runs, oldest of them first."""
        rows = self._read(
            "SELECT dag, run_id, state, logical_date, created FROM run "
            "WHERE ? IS NULL OR dag = ? ORDER BY id DESC LIMIT ?",
            (dag, dag, -1 if most is None else most),
        )
        return [RunRecord(*row) for row in reversed(rows)]

    def starts(self, dag: str, logical_date: str | None = None) -> list[Event]:
        """Return the first event of each run that began (of that logical date, as text)."""
        rows = self._read(
            "SELECT seq, time, type, run_id, task, map_index, attempt, from_state, to_state, "
            "detail FROM run JOIN event ON event.run = run.id AND seq = 1 "
            "WHERE dag = ?1 AND (?2 IS NULL OR logical_date = ?2) ORDER BY run.id",
            (dag, logical_date),
        )
        found = [Event._make((*row[:9], _parsed(row[9]))) for row in rows]
        return [event for event in found if event.detail and "run_type" in event.detail]

    def outlines(self, dag: str, most: int | None = None) -> list[RunOutline]:
        """Return what is told of the newest runs of a Dag without their tasks, oldest first."""
        return read_outlines(self._read, dag, most)

    def histories(self, dag: str, most: int | None = None) -> list[RunHistory]:
        """Return the newest runs of a Dag with their task instances, oldest of them first."""
        return read_histories(self._read, dag, most)

    def task_states(self, dag: str, most: int) -> dict[str, InstanceStates]:
        """Return where the task instances of the newest runs of a Dag stand, by run_id."""
        with self._using():
            self._file.check()
            return summaries.task_states(self._connection, dag, most)

    def events(self, dag: str, run_id: str) -> list[Event]:
        """Return the events of a run, in order; none for a run that is not there."""
        rows = self._read(
            "SELECT seq, time, type, task, map_index, attempt, from_state, to_state, detail "
            "FROM event WHERE run = (SELECT id FROM run WHERE dag = ? AND run_id = ?) ORDER BY seq",
            (dag, run_id),
        )
        return [Event._make((*row[:3], run_id, *row[3:8], _parsed(row[8]))) for row in rows]

    def last_seq(self, dag: str, run_id: str) -> int:
        """Return the number of the newest event of a run, 0 where there is none."""
        rows = self._read(
            "SELECT max(seq) FROM event "
            "WHERE run = (SELECT id FROM run WHERE dag = ? AND run_id = ?)",
            (dag, run_id),
        )
        return rows[0][0] or 0

    def lines(self, dag: str, run_id: str) -> list[LogLine]:
        """Return the log lines of a run, in the order in which its attempts ended."""
        rows = self._read(
            "SELECT task, map_index, attempt, time, level, text, data FROM line "
            "WHERE run = (SELECT id FROM run WHERE dag = ? AND run_id = ?) ORDER BY rowid",
            (dag, run_id),
        )
        return [LogLine._make((*row[:6], _parsed(row[6]))) for row in rows]

    def _read(self, sql: str, values: _Row) -> list[_Row]:
        with self._using():
            self._file.check()
            return self._connection.execute(sql, values).fetchall()

    def _begin(self) -> None:
        if not self._connection.in_transaction:
            self._file.check()
            self._connection.execute("BEGIN IMMEDIATE")
            if self._is_old:
                # Only who may write brings a history up to date, with the first thing it writes.
                sqlite_schema.bring_up_to_date(self._connection)
        self._sharers.add(threading.get_ident())

    def is_there(self) -> bool:
        """Return True unless the file was deleted, replaced or cut since it was opened."""
        with self._lock:
            return self._file.is_whole()

    def _key(self, dag: str, run_id: str) -> int:
        found = self._keys.get((dag, run_id))
        if found is None:
            sql = "SELECT id FROM run WHERE dag = ? AND run_id = ?"
            found = int(self._connection.execute(sql, (dag, run_id)).fetchone()[0])
            self._keys[dag, run_id] = found
        return found


@functools.cache
def _with_values(sql: str, width: int, rows: int) -> str:
    row = f"({','.join('?' * width)})"
    return f"{sql} {','.join([row] * rows)}"


def _short(name: str) -> str:
    """Return a file name for a task, whatever its name is made of."""
    return blake2b(name.encode(), digest_size=8).hexdigest()


def _json(detail: Mapping[str, Any] | None) -> str | None:
    if detail is None:
        return None
    if len(detail) == 1 and "outcome" in detail:
        return f'{{"outcome": "{detail["outcome"]}"}}'
    return json.dumps(detail, ensure_ascii=True, default=str)


def _parsed(text: str | None) -> dict[str, Any] | None:
    return None if text is None else json.loads(text)
