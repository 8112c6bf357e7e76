"""What happened at each event of a run? One sentence each, as somebody would tell it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from wfkit.core.durations import duration_words
from wfkit.core.events import Event, EventType
from wfkit.core.recovery import REASON
from wfkit.core.states import Outcome, RunState, TaskState
from wfkit.views.standing import Standing, error_line, reason, together
from wfkit.views.wording import counted, first_line, listed, visible

_S, _E = TaskState, EventType
_Detail = Mapping[str, Any]


class _Teller:
    """Tells of the events of one run, in order; it remembers how tasks stand, for the reasons."""

    def __init__(self) -> None:
        self._start: float | None = None
        self._standings: dict[str, dict[int, Standing]] = {}
        self._is_cut_off = False

    def offset(self, event: Event) -> float:
        """Return how many seconds after the first event of the run this one happened."""
        if self._start is None:
            self._start = event.time
        return max(0.0, event.time - self._start)

    def tell(self, event: Event) -> str:
        """Return in one sentence what happened."""
        at = self.offset(event)
        how = self._HOW.get(event.type, _Teller._unknown)
        return how(self, event, event.detail or {}, at)

    def _task(self, event: Event, detail: _Detail, at: float) -> str:
        state, name = TaskState(str(event.to_state)), _name(event)
        chosen = tuple(detail["chosen"]) if "chosen" in detail else None
        known = self._standings.setdefault(str(event.task), {})
        known[event.map_index] = Standing(state, chosen=chosen)
        attempt = f"{name} attempt {event.attempt}" if event.attempt else name
        if state in _MOVES:
            return f"{attempt} {_MOVES[state]}"
        if "because" in detail:
            because = str(detail["because"])
            why = reason(str(event.task), because, self._above(because))
            return f"{name} {_NEVER[state]} {why}".rstrip()
        return f"{attempt} {_ended(event, detail)}{_then(state, detail, at)}"

    def _above(self, task: str) -> dict[str, Standing]:
        known = list(self._standings.get(task, {}).values())
        ended = [it for it in known if it.state.is_terminal]
        return {task: together(ended)} if ended else {}

    def _run(self, event: Event, detail: _Detail, at: float) -> str:
        state = RunState(str(event.to_state))
        if state is RunState.QUEUED:
            return "the run is queued"
        if state is RunState.RUNNING:
            starts = event.from_state == RunState.QUEUED
            return "the run starts" if starts else f"the run goes on{self._not_again()}"
        self._is_cut_off = detail.get("reason") == REASON
        return f"the run ends: {state.value}{_because(detail)}"

    def _not_again(self) -> str:
        """Return what is not run again after the process died, nothing after any other end."""
        ended = {name: together([*its.values()]) for name, its in self._standings.items()}
        done = [visible(name) for name, it in ended.items() if it.state in _DONE]
        return f"; not run again: {listed(done)}" if self._is_cut_off and done else ""

    def _cancel(self, event: Event, detail: _Detail, at: float) -> str:
        return f"the run is asked to stop{_because(detail)}"

    def _cleared(self, event: Event, detail: _Detail, at: float) -> str:
        if detail.get("collapsed"):
            self._standings.pop(str(event.task), None)
        return f"{_name(event)} is cleared, to run again"

    def _expanded(self, event: Event, detail: _Detail, at: float) -> str:
        self._standings.pop(str(event.task), None)
        source = f" of {visible(str(detail['over']))}" if detail.get("over") else ""
        number = counted(int(detail.get("length", 0)), "item")
        return f"{visible(str(event.task))} is expanded over {number}{source}"

    def _late(self, event: Event, detail: _Detail, at: float) -> str:
        return f"{_name(event)} misses its deadline"

    def _unknown(self, event: Event, detail: _Detail, at: float) -> str:
        return f"{_name(event)}: {visible(event.type)}"

    _HOW: Mapping[str, Callable[[_Teller, Event, _Detail, float], str]] = {
        _E.TASK_STATE: _task,
        _E.RUN_STATE: _run,
        _E.CANCEL_REQUESTED: _cancel,
        _E.CLEARED: _cleared,
        _E.EXPANDED: _expanded,
        _E.DEADLINE_MISSED: _late,
    }


_MOVES = {
    _S.SCHEDULED: "is scheduled",
    _S.QUEUED: "waits for a free slot",
    _S.RUNNING: "starts",
    _S.UP_FOR_RESCHEDULE: "looked: what it waits for is not there yet",
}
_DONE = (_S.SUCCESS, _S.SKIPPED)
_NEVER = {_S.SKIPPED: "is skipped", _S.UPSTREAM_FAILED: "will not run"}


def _name(event: Event) -> str:
    if event.task is None:
        return "the run"
    index = f"[{event.map_index}]" if event.map_index >= 0 else ""
    return f"{visible(event.task)}{index}"


def _because(detail: _Detail) -> str:
    why = first_line(str(detail.get("reason") or ""))
    return f" ({why})" if why else ""


def _ended(event: Event, detail: _Detail) -> str:
    """Return how an attempt ended, or that a task instance did which never had one."""
    if "outcome" not in detail:
        return f"is {str(event.to_state).replace('_', ' ')}"
    outcome, error = Outcome(detail["outcome"]), detail.get("error")
    words = _OUTCOMES[outcome]
    if outcome is Outcome.LOST:
        said = error_line(error) or REASON
    elif outcome is Outcome.TIMED_OUT:
        said = first_line(str((error or {}).get("message", "")))
    else:
        said = error_line(error) or first_line(str(detail.get("note", "")))
    joint = " " if outcome is Outcome.RAISED else ": "
    return f"{words}{joint}{said}" if said else words


_OUTCOMES = {
    Outcome.RETURNED: "returns",
    Outcome.RAISED: "raises",
    Outcome.TIMED_OUT: "times out",
    Outcome.SKIPPED: "skips itself",
    Outcome.CANCELLED: "is cancelled",
    Outcome.CACHED: "succeeds: the cache had its result",
    Outcome.LOST: "is lost",
}


def _then(state: TaskState, detail: _Detail, at: float) -> str:
    if state is _S.FAILED and detail.get("outcome") != Outcome.CANCELLED:
        return "; the task has failed"
    if state is not _S.UP_FOR_RETRY:
        return ""
    delay = detail.get("delay")
    return f"; next attempt at {clock_words(at + delay)}" if delay else ""


class Told(NamedTuple):
    """When an event happened, in seconds from the first one of its run, and what it was.

    >>> Told(93_605.0, "the run starts").clock
    '1 d 2 h 5 s'
    """

    at: float
    what: str

    @property
    def clock(self) -> str:
        """The time in words, to the second."""
        return clock_words(self.at)


@lru_cache(maxsize=1_000)
def clock_words(seconds: float) -> str:
    """Return a time since the start of a run in words, to the second."""
    return duration_words(seconds, most=4)


def told(events: Iterable[Event]) -> list[Told]:
    """Return when and what happened at each event.

    >>> told([Event(1, 5.0, "run_state", "r", to_state="queued")])
    [Told(at=0.0, what='the run is queued')]
    """
    teller = _Teller()
    return [Told(teller.offset(event), teller.tell(event)) for event in events]
