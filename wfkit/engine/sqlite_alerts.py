"""How does a history in SQLite keep what happened with alerts? In a table of its own."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable

from wfkit.core.alerts import AlertFact

SINCE = 3
"""The version of the schema that brought the table."""

TABLE = """
CREATE TABLE IF NOT EXISTS alert (
    run INTEGER NOT NULL REFERENCES run (id), alert TEXT NOT NULL, time REAL NOT NULL,
    type TEXT NOT NULL, receiver TEXT NOT NULL, detail TEXT)
"""
INDEX = "CREATE INDEX IF NOT EXISTS alert_of_run ON alert (run)"
_READ = """
SELECT run_id, alert, time, type, receiver, detail FROM alert JOIN run ON run.id = alert.run
WHERE dag = ?1 AND (?2 IS NULL OR run_id = ?2) ORDER BY alert.rowid
"""


def write_alerts(connection: sqlite3.Connection, facts: Iterable[tuple[int, AlertFact]]) -> None:
    """Write facts, each with the key of its run; part of the transaction that is open."""
    for run, (_, alert, time, type_, to, detail) in facts:
        told = None if detail is None else json.dumps(detail, default=str)
        row = (run, alert, time, type_, to, told)
        connection.execute("INSERT INTO alert VALUES (?,?,?,?,?,?)", row)


def read_alerts(connection: sqlite3.Connection, dag: str, run_id: str | None) -> list[AlertFact]:
    """Return the facts about alerts of a Dag (of one run), in order."""
    # Another process may have brought the table since the file was opened.
    if connection.execute("PRAGMA user_version").fetchone()[0] < SINCE:
        return []
    rows = connection.execute(_READ, (dag, run_id)).fetchall()
    return [AlertFact._make((*row[:5], row[5] and json.loads(row[5]))) for row in rows]
