"""How does a history in SQLite keep what happened with alerts? In a table of its own."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any

from wfkit.core.alerts import RAISED, AlertFact, AlertState, Delivery, deliveries

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

_UNSENT = """
SELECT dag, run_id, it.alert, it.time, it.type, it.receiver, it.detail
FROM alert AS it JOIN run ON run.id = it.run
WHERE EXISTS (
    SELECT 1 FROM alert AS up WHERE up.run = it.run AND up.alert = it.alert
    AND up.type = 'raised' AND json_array_length(up.detail, '$.to') > (
        SELECT count(DISTINCT receiver) FROM alert AS told
        WHERE told.run = up.run AND told.alert = up.alert AND told.type <> 'raised'))
ORDER BY it.rowid
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
    return _facts(connection.execute(_READ, (dag, run_id)).fetchall())


def read_unsent(connection: sqlite3.Connection) -> list[tuple[Delivery, str]]:
    """Return the alerts of all Dags that are on their way, each with the process that sends it."""
    if connection.execute("PRAGMA user_version").fetchone()[0] < SINCE:
        return []
    by_dag: dict[str, list[AlertFact]] = {}
    for dag, *row in connection.execute(_UNSENT).fetchall():
        by_dag.setdefault(dag, []).extend(_facts([row]))
    found = []
    for facts in by_dag.values():
        who = {(it.run_id, it.alert): _process(it) for it in facts if it.type == RAISED}
        found += [
            (it, who[it.alert.run_id, it.alert.key])
            for it in deliveries(facts)
            if it.state is AlertState.PENDING
        ]
    return found


def _process(fact: AlertFact) -> str:
    return str((fact.detail or {}).get("process", ""))


def _facts(rows: Iterable[Sequence[Any]]) -> list[AlertFact]:
    return [AlertFact._make((*row[:5], row[5] and json.loads(row[5]))) for row in rows]
