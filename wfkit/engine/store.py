"""Where the history of runs is kept: the contract, and its twin in memory."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, NamedTuple, Protocol

from wfkit.core.alerts import AlertFact
from wfkit.core.events import Event, EventType
from wfkit.core.grid import InstanceStates, LastStates
from wfkit.core.history import Move, RunHistory, instance_spans
from wfkit.core.outline import RunOutline, outlined
from wfkit.core.states import RunState
from wfkit.engine.capture import LogLine
from wfkit.engine.kept import Kept

# Looked up once: `cleared` is asked of every event of every run.
_CLEARED = EventType.CLEARED.value

ResultKey = tuple[str, int]
"""Task and map_index."""

PARAMS: ResultKey = ("", -1)
"""Where the params of a run are kept."""


class StoredResult(NamedTuple):
    """A pickled result; `cached` is the key under which later runs may find it."""

    key: ResultKey
    data: bytes
    cached: str | None = None


class RunRecord(NamedTuple):
    """One line of the index of runs; everything else is in the run's events.

    `created` is in seconds since 1970 (UTC); `logical_date` is ISO 8601 text.
    """

    dag: str
    run_id: str
    state: str
    logical_date: str
    created: float


class Store(Protocol):
    """Keeps events and log lines. What `commit` has returned from is not lost any more."""

    is_durable: bool
    """True where results have to be stored to be there after the process has ended."""

    def writing(self) -> AbstractContextManager[object]:
        """Be the one process that writes while the block runs."""

    def add_run(self, dag: str, run_id: str, logical_date: str, created: float) -> bool:
        """Reserve a run_id; False when this Dag already has a run of that name."""

    def count_runs(self, dag: str, run_id: str) -> int:
        """Return how many runs have this run_id, or it with `_2`, `_3` and so on behind it."""

    def write(self, dag: str, run_id: str, events: Sequence[Event]) -> None:
        """Write events, in order, after those that are there.

        A `cleared` event takes the result of its task instance away.
        """

    def write_lines(self, dag: str, run_id: str, lines: Sequence[LogLine]) -> None:
        """Write what an attempt printed, logged and displayed."""

    def write_results(self, dag: str, run_id: str, results: Sequence[StoredResult]) -> None:
        """Write pickled results."""

    def read_result(
        self, dag: str, run_id: str, key: ResultKey, most: int | None = None
    ) -> bytes | None:
        """Return the newest pickled result of a task instance, None where there is none.

        None too for more than `most` bytes.
        """

    def kept(self, dag: str, run_id: str, key: ResultKey) -> Kept | None:
        """Return where the newest result of a task instance lies, None if in no file of its own."""

    def read_cached(self, dag: str, task: str, cached: str) -> bytes | None:
        """Return a pickled result that was written with this cache key, or None."""

    def write_alerts(self, dag: str, facts: Sequence[AlertFact]) -> None:
        """Write what happened with alerts of runs of a Dag, in order."""

    def alerts(self, dag: str, run_id: str | None = None) -> list[AlertFact]:
        """Return what happened with alerts of a Dag (of one run), in order."""

    def commit(self) -> None:
        """Make everything that was written last."""

    def runs(self, dag: str | None = None, most: int | None = None) -> list[RunRecord]:
        """Return the newest runs, oldest of them first."""

    def starts(self, dag: str, logical_date: str | None = None) -> list[Event]:
        """Return the first event of each run that began (of that logical date, as text)."""

    def outlines(self, dag: str, most: int | None = None) -> list[RunOutline]:
        """Return what is told of the newest runs of a Dag without their tasks, oldest first."""

    def histories(self, dag: str, most: int | None = None) -> list[RunHistory]:
        """Return the newest runs of a Dag with their task instances, oldest of them first."""

    def task_states(self, dag: str, most: int) -> dict[str, InstanceStates]:
        """Return where the task instances of the newest runs of a Dag stand, by run_id."""

    def events(self, dag: str, run_id: str) -> list[Event]:
        """Return the events of a run, in order; none for a run that is not there."""

    def last_seq(self, dag: str, run_id: str) -> int:
        """Return the number of the newest event of a run, 0 where there is none."""

    def lines(self, dag: str, run_id: str) -> list[LogLine]:
        """Return the log lines of a run, in the order in which its attempts ended."""


class MemoryStore:
    """A history that ends with the process.

    >>> store = MemoryStore()
    >>> store.add_run("sales", "manual__1", "", 0.0), store.add_run("sales", "manual__1", "", 0.0)
    (True, False)
    >>> [record.run_id for record in store.runs()]
    ['manual__1']
    """

    is_durable = False

    def __init__(self) -> None:
        self._results: dict[tuple[str, str, ResultKey], StoredResult] = {}
        self._cache: dict[tuple[str, str, str], list[tuple[str, str, ResultKey]]] = {}
        self._runs: dict[tuple[str, str], RunRecord] = {}
        self._events: dict[tuple[str, str], list[Event]] = {}
        self._lines: dict[tuple[str, str], list[LogLine]] = {}
        self._states: dict[tuple[str, str], tuple[int, InstanceStates]] = {}
        self._alerts: list[tuple[str, AlertFact]] = []

    def writing(self) -> AbstractContextManager[object]:
        """Nobody else can write here."""
        return nullcontext()

    def add_run(self, dag: str, run_id: str, logical_date: str, created: float) -> bool:
        """Reserve a run_id; False when this Dag already has a run of that name."""
        record = RunRecord(dag, run_id, "queued", logical_date, created)
        return self._runs.setdefault((dag, run_id), record) is record

    def count_runs(self, dag: str, run_id: str) -> int:
        """Return how many runs have this run_id, or it with `_2`, `_3` and so on behind it."""
        numbered = f"{run_id}_"
        return sum(
            its_dag == dag and (it == run_id or it.startswith(numbered))
            for its_dag, it in self._runs
        )

    def write(self, dag: str, run_id: str, events: Sequence[Event]) -> None:
        """Write events, in order, after those that are there."""
        self._events.setdefault((dag, run_id), []).extend(events)
        state = last_run_state(events)
        if state:
            self._runs[dag, run_id] = self._runs[dag, run_id]._replace(state=state)
        for task, index in cleared(events):
            for key in [key for key in self._results if key[:2] == (dag, run_id)]:
                if key[2] == (task, index) or (index is None and key[2][0] == task):
                    self._forget(key)

    def _forget(self, key: tuple[str, str, ResultKey]) -> None:
        del self._results[key]

    def write_lines(self, dag: str, run_id: str, lines: Sequence[LogLine]) -> None:
        """Write what an attempt printed, logged and displayed."""
        self._lines.setdefault((dag, run_id), []).extend(lines)

    def write_results(self, dag: str, run_id: str, results: Sequence[StoredResult]) -> None:
        """Write pickled results."""
        for it in results:
            place = dag, run_id, it.key
            self._results[place] = it
            if it.cached is not None:
                self._cache.setdefault((dag, it.key[0], it.cached), []).append(place)

    def read_result(
        self, dag: str, run_id: str, key: ResultKey, most: int | None = None
    ) -> bytes | None:
        """Return the newest pickled result of a task instance, None where there is none.

        None too for more than `most` bytes.
        """
        found = self._results.get((dag, run_id, key))
        if found is None or (most is not None and len(found.data) > most):
            return None
        return found.data

    def kept(self, dag: str, run_id: str, key: ResultKey) -> Kept | None:
        """Return None: nothing lies in files."""

    def read_cached(self, dag: str, task: str, cached: str) -> bytes | None:
        """Return a pickled result that was written with this cache key, or None."""
        for place in reversed(self._cache.get((dag, task, cached), ())):
            found = self._results.get(place)
            if found and found.cached == cached:
                return found.data
        return None

    def write_alerts(self, dag: str, facts: Sequence[AlertFact]) -> None:
        """Write what happened with alerts of runs of a Dag, in order."""
        self._alerts += [(dag, it) for it in facts]

    def alerts(self, dag: str, run_id: str | None = None) -> list[AlertFact]:
        """Return what happened with alerts of a Dag (of one run), in order."""
        return [it for its, it in list(self._alerts) if its == dag and run_id in (None, it.run_id)]

    def commit(self) -> None:
        """Memory has nothing to make last."""

    def runs(self, dag: str | None = None, most: int | None = None) -> list[RunRecord]:
        """Return the newest runs, oldest of them first."""
        found = [record for record in self._runs.values() if dag in (None, record.dag)]
        return found[-most:] if most else found

    def starts(self, dag: str, logical_date: str | None = None) -> list[Event]:
        """Return the first event of each run that began (of that logical date, as text)."""
        wanted = [it for it in self.runs(dag) if logical_date in (None, it.logical_date)]
        firsts = [event for it in wanted for event in self._events.get((dag, it.run_id), ())[:1]]
        return [event for event in firsts if event.detail and "run_type" in event.detail]

    def outlines(self, dag: str, most: int | None = None) -> list[RunOutline]:
        """Return what is told of the newest runs of a Dag without their tasks, oldest first."""
        return [self._outline(record) for record in self.runs(dag, most)]

    def _outline(self, record: RunRecord) -> RunOutline:
        events = self._events.get((record.dag, record.run_id), [])
        running = (it.time for it in events if it.task is None and it.to_state == RunState.RUNNING)
        place = (record.run_id, record.logical_date, RunState(record.state))
        detail = (events[0].detail if events else None) or {}
        last = events[-1].time if events else None
        return outlined(*place, detail, started=next(running, None), last=last)

    def histories(self, dag: str, most: int | None = None) -> list[RunHistory]:
        """Return the newest runs of a Dag with their task instances, oldest of them first."""
        return [self._history(record) for record in self.runs(dag, most)]

    def _history(self, record: RunRecord) -> RunHistory:
        events = self._events.get((record.dag, record.run_id), ())
        late = {it.task or "" for it in events if it.type == EventType.DEADLINE_MISSED}
        return RunHistory(self._outline(record), instance_spans(_moves(events)), frozenset(late))

    def task_states(self, dag: str, most: int) -> dict[str, InstanceStates]:
        """Return where the task instances of the newest runs of a Dag stand, by run_id."""
        return {it.run_id: self._last_states(dag, it.run_id) for it in self.runs(dag, most)}

    def _last_states(self, dag: str, run_id: str) -> InstanceStates:
        seq, found = self._states.get((dag, run_id), (0, {}))
        if seq != self.last_seq(dag, run_id):
            last = LastStates()
            last.take(self.events(dag, run_id))
            self._states[dag, run_id] = last.seq, last.states
            found = last.states
        return dict(found)

    def events(self, dag: str, run_id: str) -> list[Event]:
        """Return the events of a run, in order; none for a run that is not there."""
        return list(self._events.get((dag, run_id), ()))

    def last_seq(self, dag: str, run_id: str) -> int:
        """Return the number of the newest event of a run, 0 where there is none."""
        found = self._events.get((dag, run_id))
        return found[-1].seq if found else 0

    def lines(self, dag: str, run_id: str) -> list[LogLine]:
        """Return the log lines of a run, in the order in which its attempts ended."""
        return list(self._lines.get((dag, run_id), ()))


def _moves(events: Iterable[Event]) -> Iterator[Move]:
    for it in events:
        if it.task is not None:
            is_collapsed = bool(it.detail and it.detail.get("collapsed"))
            place = (it.run_id, it.type, it.task, it.map_index)
            yield Move(*place, it.to_state, it.attempt, it.time, is_collapsed)


def last_run_state(events: Iterable[Event]) -> str | None:
    """Return the state that the run has after `events`, None when they do not change it.

    >>> last_run_state([Event(1, 0.0, "run_state", "r", to_state="queued")])
    'queued'
    """
    state = None
    for event in events:
        if event.task is None and event.to_state:
            state = event.to_state
    return state


def cleared(events: Iterable[Event]) -> list[tuple[str, int | None]]:
    """Return the task instances that `events` clear; None stands for all those of a task.

    >>> cleared([Event(1, 0.0, "cleared", "r", "load", 2)])
    [('load', 2)]
    """
    return [
        (str(it.task), None if it.detail and it.detail.get("collapsed") else it.map_index)
        for it in events
        if it.type == _CLEARED
    ]


def plain(value: Mapping[str, Any]) -> dict[str, Any]:
    """Return `value` with everything that JSON does not know as text. Never raises.

    >>> plain({"limit": 3, "path": __import__("pathlib").PurePosixPath("data")})
    {'limit': 3, 'path': 'data'}
    """
    return {str(key): _plain(part) for key, part in value.items()}


def _plain(value: Any) -> Any:
    try:
        found = _parts(value)
        json.dumps(found)
    except Exception:  # noqa: BLE001 - any class may fail to be told, or hold itself
        return f"<{type(value).__name__}>"
    return found


def _parts(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return value if value - value == 0 else str(value)
    if isinstance(value, Mapping):
        return {str(key): _parts(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_parts(part) for part in value]
    return str(value)
