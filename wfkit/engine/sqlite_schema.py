"""Which tables does a history in SQLite have, and how does an older one get those of today?"""

from __future__ import annotations

import sqlite3
from enum import Enum

from wfkit.engine import sqlite_alerts, summaries

VERSION = 3
_APPLICATION = 0x77666B74  # "wfkt"
# The newest runs of one Dag, however many there are.
_RUNS_OF_DAG = "CREATE INDEX IF NOT EXISTS run_of_dag ON run (dag)"
_FIRST = f"""
CREATE TABLE IF NOT EXISTS run (
    id INTEGER PRIMARY KEY, dag TEXT NOT NULL, run_id TEXT NOT NULL, state TEXT NOT NULL,
    logical_date TEXT NOT NULL, created REAL NOT NULL, UNIQUE (dag, run_id));
CREATE TABLE IF NOT EXISTS event (
    run INTEGER NOT NULL REFERENCES run (id), seq INTEGER NOT NULL, time REAL NOT NULL,
    type TEXT NOT NULL, task TEXT, map_index INTEGER NOT NULL, attempt INTEGER,
    from_state TEXT, to_state TEXT, detail TEXT, PRIMARY KEY (run, seq)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS line (
    run INTEGER NOT NULL REFERENCES run (id), task TEXT NOT NULL, map_index INTEGER NOT NULL,
    attempt INTEGER NOT NULL, time REAL NOT NULL, level TEXT NOT NULL, text TEXT NOT NULL,
    data TEXT);
CREATE INDEX IF NOT EXISTS line_of_run ON line (run);
CREATE TABLE IF NOT EXISTS result (
    run INTEGER NOT NULL REFERENCES run (id), task TEXT NOT NULL, map_index INTEGER NOT NULL,
    data BLOB, file TEXT, cached TEXT, PRIMARY KEY (run, task, map_index)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS cached_result ON result (cached) WHERE cached IS NOT NULL;
PRAGMA application_id = {_APPLICATION};
"""
_SINCE_THEN = (
    summaries.TABLE,
    _RUNS_OF_DAG,
    sqlite_alerts.TABLE,
    sqlite_alerts.INDEX,
    f"PRAGMA user_version = {VERSION}",
)


class Age(Enum):
    """How the tables of a file compare with those of today."""

    NEW = "none yet"
    OLD = "older"
    CURRENT = "as today"


def age(connection: sqlite3.Connection) -> Age:
    """Return how old the tables of a file are.

    Raises DatabaseError for the file of another application, or of a newer wfkit.
    """
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if not connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
        found = Age.NEW
    elif connection.execute("PRAGMA application_id").fetchone()[0] != _APPLICATION:
        raise sqlite3.DatabaseError("it belongs to another application")
    else:
        found = Age.OLD if version < VERSION else Age.CURRENT
    if version > VERSION:
        raise sqlite3.DatabaseError("a newer version of wfkit wrote it")
    return found


def make(connection: sqlite3.Connection) -> None:
    """Make all tables, in one step, so that nobody finds the file half made."""
    connection.executescript(f"BEGIN IMMEDIATE; {_FIRST} {'; '.join(_SINCE_THEN)}; COMMIT;")


def bring_up_to_date(connection: sqlite3.Connection) -> None:
    """Add what came after the first version; part of the transaction that is open."""
    for change in _SINCE_THEN:
        connection.execute(change)
