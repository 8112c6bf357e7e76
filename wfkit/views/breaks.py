"""Where was a run cut off, and what did that cost? What was lost, and what was not run again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import takewhile
from typing import NamedTuple

from wfkit.core.events import Event, EventType
from wfkit.core.recovery import was_cut_off
from wfkit.core.run import RunSnapshot, fold
from wfkit.core.states import Outcome, RunState, TaskState
from wfkit.views.attempts import label_of, rows
from wfkit.views.telling import Told
from wfkit.views.wording import listed, visible

_DONE = (TaskState.SUCCESS, TaskState.SKIPPED)


class Break(NamedTuple):
    """A run was cut off at one of its events and went on at a later one (both count from 0)."""

    cut_off: int
    went_on: int
    words: str


def breaks(events: Sequence[Event], told: Sequence[Told]) -> list[Break]:
    """Return where a run was cut off that went on later; `told` is what `telling.told` gives."""
    return [
        Break(at - 1, at, _words(events[:at], told[at - 1].clock, told[at].clock))
        for at, event in enumerate(events)
        if _goes_on(event) and was_cut_off(events[:at])
    ]


def _goes_on(event: Event) -> bool:
    before = event.from_state if event.type == EventType.RUN_STATE else None
    return before is not None and RunState(before).is_terminal


def _words(before: Sequence[Event], cut_off: str, went_on: str) -> str:
    lost = [f"{visible(it)} was lost" for it in _lost(before)]
    told = listed(lost) if lost else "nothing was under way"
    return f"Cut off at {cut_off}: {told}. Went on at {went_on}: {_kept(fold(before))}."


def _lost(before: Sequence[Event]) -> Iterator[str]:
    """Yield the attempts that were under way when the process died: the last it is told of."""
    last = reversed(before[:-1])
    found = takewhile(lambda it: (it.detail or {}).get("outcome") == Outcome.LOST, last)
    for it in reversed([*found]):
        yield f"{label_of(str(it.task), it.map_index)} attempt {it.attempt}"


def _kept(snapshot: RunSnapshot) -> str:
    done = [row.label for row in rows(snapshot) if row.instance.state in _DONE]
    if not done:
        return "nothing had succeeded, so all of it runs"
    return f"{listed([*map(visible, done)])} did not run again"
