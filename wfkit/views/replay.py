"""How does a run look after each of its events? All that a page needs to play it, as plain data."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from wfkit.core.events import Event, EventType
from wfkit.core.graph import Graph
from wfkit.core.run import RunSnapshot
from wfkit.core.states import RunState, TaskState
from wfkit.views.attempts import label_of, rows, worth_showing
from wfkit.views.axis import marks, pieces
from wfkit.views.breaks import breaks
from wfkit.views.parts import live_parts
from wfkit.views.standing import MOST_TELLING
from wfkit.views.telling import Told, clock_words
from wfkit.views.wording import cut, log_text

MOST_ROWS = 100
MOST_LINES = 2_000
_WIDEST_LINE = 500
_STATES = {state: i for i, state in enumerate(TaskState)}
_TROUBLE = (TaskState.UP_FOR_RETRY, TaskState.FAILED, TaskState.CANCELLED)
_GONE = -1
Key = tuple[str, int]


class Line(NamedTuple):
    """One line of the log of a run; `time` is in seconds since 1970 (UTC)."""

    task: str
    map_index: int
    attempt: int
    time: float
    level: str
    text: str


def replay_data(
    graph: Graph, events: Sequence[Event], told: Sequence[Told], lines: Iterable[Line] = ()
) -> dict[str, Any]:
    """Return a run as plain data for the browser, small enough for long runs.

    Frame i is the fold of the first i events; `told` is what `telling.told` gives for them. The
    keys are:

    - `parts`: the graph, as `live_parts` gives it.
    - `states`: the names that numbers stand for in `moves`; `telling`: which of them stands for
      several instances, the first one that occurs; `ended`: those that are terminal.
    - `instances`: label and card of each task instance there ever was (card -1: it has none).
    - `times` (seconds from the first event), `clock` (the same in words), `told`, `whom` (an
      instance or -1): of each event. `trouble`: those at which something went wrong.
    - `run`: pairs of an event and the state of the run from then on.
    - `moves`: of each event instance, state and attempt of what changed, one after the other;
      state -1: the instance is gone.
    - `attempts`: instance, number, the events at which it was queued, started and ended (-1:
      never), outcome, and the pause after it in seconds.
    - `rows`: the instances that have a row in the timeline; `allRows` counts those there are.
    - `axis`, `marks`: pieces of a time axis and what is written below it; both are empty where no
      time passed.
    - `breaks`: where the run was cut off and where it went on (events), and what that cost.
    - `lines`: of each the event with which it appears, instance, attempt, time in words, level
      and text; `leftOut` counts those that are not there.
    """
    recorder = _Recorder(graph, told)
    for event in events:
        recorder.take(event)
    return recorder.data() | {"breaks": breaks(events, told)} | recorder.log(lines)


class _Recorder:
    """Folds the events of a run and notes what each of them changed."""

    def __init__(self, graph: Graph, told: Sequence[Told]) -> None:
        self._parts = live_parts(graph)
        self._card = {
            graph.order[place]: i
            for i, card in enumerate(self._parts["cards"])
            for place in card["tasks"]
        }
        self._snapshot = RunSnapshot()
        self._place: dict[Key, int] = {}
        self._attempts: dict[tuple[str, int, int], list[int]] = {}
        self._began = 0.0
        self._told = told
        self._times = [round(it.at, 6) for it in told]
        self._whom: list[int] = []
        self._moves: list[list[int]] = []
        self._run: list[tuple[int, str]] = []
        self._trouble: list[int] = []
        self._still: list[tuple[float, float]] = []

    def take(self, event: Event) -> None:
        """Note what the next event changes."""
        number = len(self._moves)
        if not number:
            self._began = event.time
        left = [part for key in self._leaving(event) for part in (self._number(key), _GONE, 0)]
        self._snapshot.apply(event)
        self._moves.append(left + self._changes())
        if event.type == EventType.RUN_STATE:
            self._note_run(event, number)
        elif event.attempt:
            self._note_attempt((str(event.task), event.map_index, event.attempt), number)
        self._whom.append(self._place.get((event.task or "", event.map_index), _GONE))
        if event.to_state in _TROUBLE or event.type == EventType.DEADLINE_MISSED:
            self._trouble.append(number)

    def _leaving(self, event: Event) -> list[Key]:
        """Return the task instances that an event takes away."""
        known = self._snapshot.instances
        if event.type == EventType.EXPANDED:
            whole = (str(event.task), -1)
            return [whole] if whole in known else []
        if event.type == EventType.CLEARED and (event.detail or {}).get("collapsed"):
            return [key for key in known if key[0] == event.task]
        return []

    def _changes(self) -> list[int]:
        changed, known = self._snapshot.changed, self._snapshot.instances
        if not self._moves:
            changed.update(known)
        found: list[int] = []
        for key in sorted(changed):
            it = known[key]
            found += (self._number(key), _STATES[it.state], it.attempt)
        changed.clear()
        return found

    def _number(self, key: Key) -> int:
        return self._place.setdefault(key, len(self._place))

    def _note_run(self, event: Event, number: int) -> None:
        self._run.append((number, str(event.to_state)))
        is_reopened = event.from_state is not None and RunState(event.from_state).is_terminal
        before, now = self._times[number - 1], self._times[number]
        if is_reopened and before < now:
            self._still.append((before, now))

    def _note_attempt(self, key: tuple[str, int, int], number: int) -> None:
        it = self._snapshot.attempts.get(key)
        if it is None:
            return
        when = self._attempts.setdefault(key, [number, _GONE, _GONE])
        if it.started is not None and when[1] == _GONE:
            when[1] = number
        if it.ended is not None and when[2] == _GONE:
            when[2] = number

    def data(self) -> dict[str, Any]:
        """Return all but the log."""
        every = rows(self._snapshot)
        axis = pieces(self._times[-1], self._still) if self._times[-1] else []
        return {
            "parts": self._parts,
            "states": [state.value for state in TaskState],
            "telling": [state.value for state in MOST_TELLING],
            "ended": [state.value for state in TaskState if state.is_terminal],
            "instances": [[label_of(*key), self._card.get(key[0], _GONE)] for key in self._place],
            "times": self._times,
            "clock": [it.clock for it in self._told],
            "told": [it.what for it in self._told],
            "trouble": self._trouble,
            "whom": self._whom,
            "run": self._run,
            "moves": self._moves,
            "attempts": [self._attempt(key, when) for key, when in self._attempts.items()],
            "rows": [
                self._place[it.instance.task, it.instance.map_index]
                for it in worth_showing(every, MOST_ROWS)
            ],
            "allRows": len(every),
            "axis": axis,
            "marks": marks(axis) if axis else [],
        }

    def _attempt(self, key: tuple[str, int, int], when: list[int]) -> list[Any]:
        it = self._snapshot.attempts[key]
        return [self._place[key[:2]], it.number, *when, it.outcome, it.delay or 0]

    def log(self, lines: Iterable[Line]) -> dict[str, Any]:
        """Return the lines, each with the event at which it is to be seen."""
        found = sorted(
            (self._seen_from(it), i, it)
            for i, it in enumerate(lines)
            if (it.task, it.map_index) in self._place
        )
        half = MOST_LINES // 2
        shown = found if len(found) <= MOST_LINES else [*found[:half], *found[-half:]]
        return {
            "lines": [
                [
                    number,
                    self._place[it.task, it.map_index],
                    it.attempt,
                    clock_words(self._since(it)),
                    it.level,
                    cut(log_text(it.text), _WIDEST_LINE),
                ]
                for number, _, it in shown
            ],
            "leftOut": len(found) - len(shown),
        }

    def _seen_from(self, it: Line) -> int:
        """Return the event with which a line appears: it belongs between two of its attempt."""
        _, started, ended = self._attempts.get((it.task, it.map_index, it.attempt), [0, 0, _GONE])
        number = max(started, bisect_left(self._times, round(self._since(it), 6)))
        return min(number, ended if ended >= 0 else len(self._times) - 1)

    def _since(self, it: Line) -> float:
        return max(0.0, it.time - self._began)
