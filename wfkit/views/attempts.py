"""Which rows of attempts does a run have, and which of them are worth showing?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from wfkit.core.run import Attempt, RunSnapshot, TaskInstance
from wfkit.core.states import TaskState
from wfkit.views.style import OUTCOME_LOOKS, TASK_LOOKS, Look

MOST_ROWS = 30


class Row(NamedTuple):
    """One task instance with its attempts, the first one first."""

    instance: TaskInstance
    attempts: tuple[Attempt, ...] = ()

    @property
    def label(self) -> str:
        """The name: `load`, or `load[3]` where the task was expanded."""
        return label_of(self.instance.task, self.instance.map_index)

    @property
    def troubled(self) -> bool:
        """True if it failed or needed more than one attempt."""
        return len(self.attempts) > 1 or self.instance.state is TaskState.FAILED

    @property
    def busy(self) -> float:
        """Seconds for which its attempts ran."""
        ran = [it for it in self.attempts if it.started is not None and it.ended is not None]
        return sum((it.ended or 0.0) - (it.started or 0.0) for it in ran)


def label_of(task: str, map_index: int) -> str:
    """Return the name of a task instance.

    >>> label_of("load", -1), label_of("load", 3)
    ('load', 'load[3]')
    """
    return task if map_index < 0 else f"{task}[{map_index}]"


def rows(snapshot: RunSnapshot) -> list[Row]:
    """Return a row for each task instance, in the order of the graph.

    A task that was expanded has its instances instead of the one it started as.
    """
    attempts: dict[tuple[str, int], list[Attempt]] = {}
    for it in sorted(snapshot.attempts.values(), key=lambda attempt: attempt.number):
        attempts.setdefault((it.task, it.map_index), []).append(it)
    place = {task: i for i, task in enumerate(snapshot.upstream)}
    for task, _ in snapshot.instances:
        place.setdefault(task, len(place))
    expanded = {task for task, map_index in snapshot.instances if map_index >= 0}
    own = [key for key in snapshot.instances if key[1] >= 0 or key[0] not in expanded]
    own.sort(key=lambda key: (place[key[0]], key[1]))
    return [Row(snapshot.instances[key], tuple(attempts.get(key, ()))) for key in own]


def worth_showing(every: Sequence[Row], most: int = MOST_ROWS) -> list[Row]:
    """Return at most so many rows in their order: the troubled, then those that ran longest."""
    if len(every) <= most:
        return list(every)
    ranked = sorted(range(len(every)), key=lambda i: (not every[i].troubled, -every[i].busy, i))
    return [every[i] for i in sorted(ranked[:most])]


def first_failed(every: Iterable[Row]) -> Row | None:
    """Return the first row, in the order of the graph, that failed, if one has."""
    return next((row for row in every if row.instance.state is TaskState.FAILED), None)


def lost(snapshot: RunSnapshot) -> list[str]:
    """Return what was under way when the process of an ended run died, in the order of the graph.

    A run that ended by itself leaves nothing to be tried again.
    """
    if not snapshot.state.is_terminal:
        return []
    return [Row(it).label for it in snapshot.with_state(TaskState.UP_FOR_RETRY)]


def attempt_look(it: Attempt) -> Look:
    """Return how an attempt looks: by its outcome, or by what it waits for."""
    if it.outcome is not None:
        return OUTCOME_LOOKS[it.outcome]
    return TASK_LOOKS[TaskState.QUEUED if it.started is None else TaskState.RUNNING]


def attempt_words(it: Attempt) -> str:
    """Return how an attempt ended, such as `✘ raised`, and if that was a fault on purpose."""
    look = attempt_look(it)
    mark = " (injected)" if it.error and it.error.get("injected") else ""
    return f"{look.glyph} {look.word}{mark}"


def took_time(snapshot: RunSnapshot) -> bool:
    """Return True if the clock moved between the start and the end of the run so far."""
    moments = [it.ended for it in snapshot.attempts.values() if it.ended is not None]
    return bool(moments) and max(moments) > (snapshot.started or 0.0)
