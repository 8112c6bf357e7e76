"""What failed in a run, as one readable block."""

from __future__ import annotations

from collections.abc import Iterator

from wfkit.core.run import RunSnapshot, TaskInstance
from wfkit.core.states import RunState, TaskState

_MOST_NAMES = 8


def failure_text(snapshot: RunSnapshot) -> str:
    """Return what failed, where in the learner's code, and what did not run because of it."""
    if snapshot.state is RunState.CANCELLED:
        return _cancelled(snapshot)
    failed = snapshot.with_state(TaskState.FAILED)
    lines = [f"{snapshot.run_id} of {snapshot.dag_name} {snapshot.state}."]
    for it in failed[:3]:
        lines += ["", *_failed(it)]
    if len(failed) > 3:
        lines += ["", f"… and {len(failed) - 3} more tasks failed."]
    not_run = [it.task for it in snapshot.with_state(TaskState.UPSTREAM_FAILED)]
    if not_run:
        lines += ["", f"Did not run because of it: {_names(not_run)}."]
    return "\n".join(lines)


def _cancelled(snapshot: RunSnapshot) -> str:
    done = len(snapshot.with_state(TaskState.SUCCESS))
    told = f"{done} of {len(snapshot.instances)} tasks had succeeded"
    return f"{snapshot.run_id} of {snapshot.dag_name} was cancelled: {told}."


def _failed(it: TaskInstance) -> Iterator[str]:
    tries = "1 attempt" if it.attempt == 1 else f"{it.attempt} attempts"
    yield f"✘ {it.task} failed after {tries}:"
    error = it.error or {}
    line = error.get("line")
    if line:
        yield f"    line {line['number']}, in {line['function']}"
        yield f"  → {line['source']}"
    yield f"    {error.get('type', 'Error')}: {error.get('message', '')}"


def _names(names: list[str]) -> str:
    shown = ", ".join(names[:_MOST_NAMES])
    more = len(names) - _MOST_NAMES
    return f"{shown} and {more} more" if more > 0 else shown
