"""How did the tasks of a run end? Noted once, so that a list of runs need not fold their events.

A summary follows from the events, which stay the truth: it says after which event it holds, and
counts only while that is the last one of its run.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from itertools import repeat

from wfkit.core.events import Event
from wfkit.core.grid import InstanceStates, LastStates, Reached
from wfkit.core.states import RUN_TERMINAL, TaskState

SINCE = 2
"""The version of the schema that brought the table."""

TABLE = """
CREATE TABLE IF NOT EXISTS summary (
    run INTEGER PRIMARY KEY REFERENCES run (id), seq INTEGER NOT NULL, states TEXT NOT NULL)
"""
_NEWEST = "SELECT id, run_id FROM run WHERE dag = ? ORDER BY id DESC LIMIT ?"
_SUMMARIES = """
SELECT id, run_id, states
FROM (SELECT id, run_id FROM run WHERE dag = ? ORDER BY id DESC LIMIT ?)
LEFT JOIN summary ON run = id AND seq = (SELECT max(seq) FROM event WHERE run = id)
"""
_MOVES = """
SELECT seq, type, task, map_index, attempt, to_state,
    type = 'cleared' AND detail LIKE '%"collapsed"%'
FROM event WHERE run = ? ORDER BY seq
"""
_COLLAPSED = {"collapsed": True}


class Summaries:
    """The summaries of one history.

    Runs that began here are followed, so that the end of one costs no look at its events.
    """

    def __init__(self) -> None:
        self._followed: dict[int, LastStates] = {}

    def take(
        self, connection: sqlite3.Connection, run: int, events: Sequence[Event], state: str | None
    ) -> None:
        """Take in events that were just written; sum them up where `state` ends the run."""
        if not events:
            return
        last = self._follow(run, events)
        if state in RUN_TERMINAL:
            self._followed.pop(run, None)
            found = (last or _folded(connection, run)).reached
            row = run, events[-1].seq, _text(found)
            connection.execute("INSERT OR REPLACE INTO summary VALUES (?,?,?)", row)

    def _follow(self, run: int, events: Sequence[Event]) -> LastStates | None:
        """Return the states after `events`, None for a run that was not followed up to them."""
        last = self._followed.get(run) or LastStates()
        if events[0].seq != last.seq + 1:
            self._followed.pop(run, None)
            return None
        last.take(events)
        self._followed[run] = last
        return last


def task_states(connection: sqlite3.Connection, dag: str, most: int) -> dict[str, InstanceStates]:
    """Return the states of the task instances of the newest runs of a Dag, by run_id."""
    # Another process may have brought the table since the file was opened.
    has_table = connection.execute("PRAGMA user_version").fetchone()[0] >= SINCE
    rows = connection.execute(_SUMMARIES if has_table else _NEWEST, (dag, most)).fetchall()
    # Most runs of a Dag end alike: what is noted of them is read once.
    known: dict[str, InstanceStates] = {}
    found: dict[str, InstanceStates] = {}
    for run, run_id, *rest in rows:
        text = rest[0] if rest else None
        if text and text not in known:
            known[text] = _parsed(text)
        found[run_id] = known[text] if text else _folded(connection, run).states
    return found


def _folded(connection: sqlite3.Connection, run: int) -> LastStates:
    last = LastStates()
    last.take(
        Event(seq, 0.0, kind, "", task, index, attempt, None, state, _COLLAPSED if it else None)
        for seq, kind, task, index, attempt, state, it in connection.execute(_MOVES, (run,))
    )
    return last


def _text(reached: Mapping[tuple[str, int], tuple[str, int]]) -> str:
    """Return where task instances stand as JSON that is quick to read.

    It is a list of [state, attempt, map_index, tasks].

    >>> _text({("a", -1): ("success", 1), ("load", 0): ("failed", 3), ("b", -1): ("success", 1)})
    '[["success",1,-1,["a","b"]],["failed",3,0,["load"]]]'
    """
    found: dict[tuple[str, int, int], list[str]] = {}
    for (task, index), (state, attempt) in reached.items():
        found.setdefault((state, attempt, index), []).append(task)
    return json.dumps([[*key, tasks] for key, tasks in found.items()], separators=(",", ":"))


def _parsed(text: str) -> InstanceStates:
    """Return where task instances stand from what `_text` has written.

    >>> _parsed('[["failed",3,0,["load"]]]')
    {('load', 0): Reached(state=<TaskState.FAILED: 'failed'>, attempt=3)}
    """
    found: dict[tuple[str, int], Reached] = {}
    for state, attempt, index, tasks in json.loads(text):
        found |= dict.fromkeys(zip(tasks, repeat(index)), Reached(TaskState(state), attempt))
    return found
