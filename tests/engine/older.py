"""Histories as earlier versions of wfkit left them."""

import sqlite3
from pathlib import Path

_CAME_WITH = {
    2: ("DROP TABLE summary", "DROP INDEX run_of_dag"),
    3: ("DROP TABLE alert",),
}


def make_older(path: Path, version: int) -> None:
    """Take everything from a history that came after this version of its tables."""
    connection = sqlite3.connect(path)
    for since, changes in _CAME_WITH.items():
        for change in changes if since > version else ():
            connection.execute(change)
    connection.execute(f"PRAGMA user_version = {version}")
    connection.close()


def version_of(path: Path) -> int:
    """Return which version the tables of a history have."""
    connection = sqlite3.connect(path)
    found: int = connection.execute("PRAGMA user_version").fetchone()[0]
    connection.close()
    return found
