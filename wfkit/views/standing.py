"""How does each task of a run stand? One answer per task, however many instances it has."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from wfkit.core.run import RunSnapshot, TaskInstance
from wfkit.core.states import Outcome, RunState, TaskState
from wfkit.views.style import OUTCOME_LOOKS, TASK_LOOKS, Look
from wfkit.views.wording import first_line, visible

_S = TaskState
MOST_TELLING = (
    _S.RUNNING,
    _S.UP_FOR_RETRY,
    _S.UP_FOR_RESCHEDULE,
    _S.QUEUED,
    _S.SCHEDULED,
    _S.NONE,
    _S.FAILED,
    _S.UPSTREAM_FAILED,
    _S.CANCELLED,
    _S.SUCCESS,
    _S.SKIPPED,
)
"""Of several instances the one whose state comes first here stands for all."""


class Standing(NamedTuple):
    """Where one task of a run stands.

    A task that was expanded shows the most telling state of its instances: what still moves
    before what has ended, and failed before success. `done` of `total` instances have ended.
    `chosen` is what a branch chose, None for any other task. One that is `late` missed its
    deadline; one that `is_lost` was under way when the process of its run died.
    """

    state: TaskState
    attempt: int = 0
    because: str | None = None
    error: Mapping[str, Any] | None = None
    done: int = 0
    total: int = 1
    chosen: tuple[str, ...] | None = None
    late: bool = False
    is_lost: bool = False

    @property
    def look(self) -> Look:
        """How it is shown."""
        return look_of(self.state, is_lost=self.is_lost)

    @property
    def mapped(self) -> bool:
        """True when the task was expanded into several instances."""
        return self.total > 1


def look_of(state: TaskState, *, is_lost: bool) -> Look:
    """Return how a task is shown: nothing tries again what was lost in a run that has ended."""
    return OUTCOME_LOOKS[Outcome.LOST] if is_lost else TASK_LOOKS[state]


def is_lost(state: TaskState, run: RunState) -> bool:
    """Return True for what was to be tried again in a run that has ended."""
    return run.is_terminal and state is _S.UP_FOR_RETRY


def standings(snapshot: RunSnapshot) -> dict[str, Standing]:
    """Return how each task of the run stands, by name."""
    by_task: dict[str, list[TaskInstance]] = {}
    for it in snapshot.instances.values():
        by_task.setdefault(it.task, []).append(it)
    return {
        name: together([_standing(it, snapshot.state) for it in _own(its)])._replace(
            chosen=snapshot.chosen.get(name), late=name in snapshot.late
        )
        for name, its in by_task.items()
    }


def _own(instances: list[TaskInstance]) -> list[TaskInstance]:
    return [it for it in instances if it.map_index >= 0] or instances


def _standing(it: TaskInstance, run: RunState) -> Standing:
    done = int(it.state.is_terminal)
    lost = is_lost(it.state, run)
    return Standing(it.state, it.attempt, it.because, it.error, done, is_lost=lost)


def together(parts: Sequence[Standing]) -> Standing:
    """Return how several instances or tasks stand as one (at least one is needed)."""
    if len(parts) == 1:
        return parts[0]
    telling = min(parts, key=lambda it: MOST_TELLING.index(it.state))
    return telling._replace(
        attempt=max(it.attempt for it in parts),
        done=sum(it.done for it in parts),
        total=sum(it.total for it in parts),
        late=any(it.late for it in parts),
    )


def standing_of(tasks: Iterable[str], known: Mapping[str, Standing]) -> Standing | None:
    """Return how these tasks stand together, None if none of them is in the run."""
    parts = [known[name] for name in tasks if name in known]
    return together(parts) if parts else None


def error_line(error: Mapping[str, Any] | None) -> str:
    """Return an error as one line, such as `ValueError: bad row`, or an empty text.

    >>> error_line({"type": "ValueError", "message": "bad row", "injected": True})
    'ValueError: bad row (injected)'
    """
    if not error:
        return ""
    kind = first_line(str(error.get("type", "Error")))
    message = first_line(str(error.get("message", "")))
    return first_line(f"{kind}: {message}" if message else kind) + injected(error)


def injected(error: Mapping[str, Any] | None) -> str:
    """Return a mark for an error that a fault made on purpose and that does not say so itself."""
    if not error or not error.get("injected") or "injected" in str(error.get("message")):
        return ""
    return " (injected)"


def line_words(error: Mapping[str, Any] | None, task: str) -> str:
    """Return the learner's own line of an error, or an empty text.

    >>> line_words({"line": {"function": "clean", "number": 3, "source": "rows[0]"}}, "clean")
    'line 3: rows[0]'
    """
    line = (error or {}).get("line")
    if not line:
        return ""
    helper = "" if line["function"] == task else f", in {visible(line['function'])}"
    return f"line {line['number']}{helper}: {first_line(line['source'])}"


def reason(task: str, because: str | None, known: Mapping[str, Standing]) -> str:
    """Return why a task did not run, such as `because orders failed`, or an empty text.

    `known` tells how the task stands that decided it; an empty name stands for an empty list.
    """
    if because is None:
        return ""
    if not because:
        return "because its list is empty"
    above = known.get(because)
    did = _DID.get(above.state, "ended") if above else "ended"
    chosen = above.chosen if above and above.state is _S.SUCCESS else None
    if chosen is not None and task not in chosen:
        did = f"chose {first_line(', '.join(chosen)) or 'none of its tasks'}"
    return f"because {visible(because)} {did}"


_DID = {
    _S.FAILED: "failed",
    _S.UPSTREAM_FAILED: "did not run",
    _S.SKIPPED: "was skipped",
    _S.CANCELLED: "was cancelled",
    _S.SUCCESS: "succeeded",
}
