"""What failed in a run, as one readable block."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from wfkit.core.recovery import REASON
from wfkit.core.run import RunSnapshot, TaskInstance
from wfkit.core.states import RunState, TaskState
from wfkit.views.attempts import lost
from wfkit.views.reasons import label
from wfkit.views.standing import injected
from wfkit.views.wording import visible

_MOST_NAMES = 8
_MOST_TASKS = 3
_MOST_LINES = 12


def failure_text(snapshot: RunSnapshot) -> str:
    """Return what failed, where in the learner's code, and what did not run because of it."""
    head = f"{snapshot.run_id} of {snapshot.dag_name}"
    done = len(snapshot.with_state(TaskState.SUCCESS))
    if snapshot.state is RunState.CANCELLED:
        return f"{head} was cancelled: {done} of {len(snapshot.instances)} tasks had succeeded."
    failed = snapshot.with_state(TaskState.FAILED)
    lines = [f"{head} {snapshot.state}."]
    for it in failed[:_MOST_TASKS]:
        lines += ["", *_told(it)]
    if len(failed) > _MOST_TASKS:
        lines += ["", f"… and {len(failed) - _MOST_TASKS} more tasks failed."]
    not_run = [label(it) for it in snapshot.with_state(TaskState.UPSTREAM_FAILED)]
    if not_run:
        lines += ["", f"Did not run because of it: {_names(not_run)}."]
    lines += _cut_off(snapshot)
    return "\n".join(lines)


def _told(it: TaskInstance) -> Iterator[str]:
    tries = "1 attempt" if it.attempt == 1 else f"{it.attempt} attempts"
    error = it.error or {}
    yield f"✘ {label(it)} failed after {tries}{injected(error)}:"
    line = error.get("line")
    if line:
        yield f"    line {line['number']}, in {line['function']}"
        yield f"  → {visible(line['source'])}"
    message = f"{error.get('type', 'Error')}: {error.get('message', '')}".splitlines()
    yield from (f"    {visible(part)}" for part in message[:_MOST_LINES])
    if len(message) > _MOST_LINES:
        yield f"    … {len(message) - _MOST_LINES} more lines"


def _cut_off(snapshot: RunSnapshot) -> Iterator[str]:
    """Tell what was under way when the process died, which left tasks without an end."""
    if all(it.state.is_terminal for it in snapshot.instances.values()):
        return
    names = lost(snapshot)
    done = len(snapshot.with_state(TaskState.SUCCESS))
    yield ""
    told = f": {_names(names)} {_were(names)} lost" if names else ""
    yield f"? {REASON[0].upper()}{REASON[1:]}{told}."
    yield f"{done} of {len(snapshot.instances)} tasks had succeeded; resume goes on with the rest."


def _names(names: Sequence[str]) -> str:
    shown = ", ".join(names[:_MOST_NAMES])
    more = len(names) - _MOST_NAMES
    return f"{shown} and {more} more" if more > 0 else shown


def _were(names: Sequence[str]) -> str:
    return "was" if len(names) == 1 else "were"
