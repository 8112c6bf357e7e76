"""How are many earlier runs read from an SQLite history? In a few questions about all of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from itertools import groupby
from typing import Any

from wfkit.core.events import EventType
from wfkit.core.history import RunHistory, instance_spans
from wfkit.core.outline import RunOutline, outlined
from wfkit.core.states import RunState

Read = Callable[[str, tuple[Any, ...]], list[Any]]
"""Asks the history and returns all rows of the answer."""

_AT_ONCE = 50
_TOLD = ("run_type", "clock", "due", "deadlines")
_RUNS = """
SELECT id, run_id, logical_date, state,
    (SELECT json_extract(detail, '$.run_type', '$.clock', '$.due', '$.deadlines') FROM event
        WHERE run = r.id AND seq = 1),
    (SELECT time FROM event
        WHERE run = r.id AND task IS NULL AND to_state = 'running' ORDER BY seq LIMIT 1),
    (SELECT time FROM event WHERE run = r.id ORDER BY seq DESC LIMIT 1)
FROM (SELECT * FROM run WHERE dag = ? ORDER BY id DESC LIMIT ?) r ORDER BY id
"""
# In a run that succeeded every task instance has ended: what came between its start and its end,
# which is half of what is written down, can be left out. A run that failed may have lost its
# process. The columns are those of a Move. The plus keeps SQLite from the index by names, so that
# it finds runs and events in the order that is asked for, and need not sort.
_MOVES = """
SELECT run.id, type, task, map_index, to_state, attempt, time,
    type = 'cleared' AND detail LIKE '%"collapsed"%'
FROM run JOIN event ON event.run = run.id
WHERE +run.dag = ?1 AND run.id BETWEEN ?2 AND ?3
    AND (task IS NOT NULL OR type = 'deadline_missed')
    AND (run.state != 'success' OR to_state IS NULL
        OR to_state NOT IN ('scheduled', 'queued', 'up_for_retry', 'up_for_reschedule'))
ORDER BY run.id, seq
"""


def read_outlines(read: Read, dag: str, most: int | None) -> list[RunOutline]:
    """Return what is told of the newest runs of a Dag without their tasks, oldest first."""
    return [_outline(row) for row in _newest(read, dag, most)]


def read_histories(read: Read, dag: str, most: int | None) -> list[RunHistory]:
    """Return the newest runs of a Dag with their task instances, oldest of them first."""
    runs = _newest(read, dag, most)
    found: list[RunHistory] = []
    # Not all at once: the garbage collector would look at every row again and again.
    for start in range(0, len(runs), _AT_ONCE):
        part = runs[start : start + _AT_ONCE]
        rows = read(_MOVES, (dag, part[0][0], part[-1][0]))
        moves = {run: list(its) for run, its in groupby(rows, key=lambda row: row[0])}
        found += [_history(_outline(row), moves.get(row[0], ())) for row in part]
    return found


def _newest(read: Read, dag: str, most: int | None) -> list[Any]:
    return read(_RUNS, (dag, -1 if most is None else most))


def _outline(row: Sequence[Any]) -> RunOutline:
    _, run_id, date, state, told, started, last = row
    detail = dict(zip(_TOLD, json.loads(told), strict=True)) if told else {}
    return outlined(run_id, date, RunState(state), detail, started=started, last=last)


def _history(outline: RunOutline, rows: Sequence[Any]) -> RunHistory:
    late = {row[2] or "" for row in rows if row[1] == EventType.DEADLINE_MISSED}
    return RunHistory(outline, instance_spans(rows), frozenset(late))
