"""How reliable and how quick was a Dag? Figures from the history of its runs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from wfkit.core.history import InstanceSpan, RunHistory
from wfkit.core.outline import RunOutline
from wfkit.core.states import RunState, TaskState

_BY_CLOCK = ("scheduled", "catchup", "simulated")


class RunFigures(NamedTuple):
    """What is measured of one run.

    `lateness` is how many seconds after it was due it began, None where no clock wanted it.
    `missed_deadline` is None where it had no deadline.
    """

    outline: RunOutline
    retries: int
    lateness: float | None
    missed_deadline: bool | None


class TaskFigures(NamedTuple):
    """What is measured of one task over many runs.

    `success` and `failed` count the task instances that ended so, `not_run` the rest: what was
    skipped, cancelled, kept from running by a failure, or has not ended. `durations` are in
    seconds, the shortest first.
    """

    task: str
    success: int
    failed: int
    not_run: int
    retries: int
    durations: Sequence[float]


class DagFigures(NamedTuple):
    """The figures of the newest runs of a Dag, oldest of them first, and of its tasks.

    `has_older` says that there are runs before those.
    """

    dag: str
    runs: Sequence[RunFigures]
    tasks: Sequence[TaskFigures]
    has_older: bool = False

    @property
    def ended(self) -> list[RunFigures]:
        """The runs that have ended."""
        return [run for run in self.runs if run.outline.state.is_terminal]

    @property
    def succeeded(self) -> int:
        """How many runs succeeded."""
        return sum(run.outline.state is RunState.SUCCESS for run in self.runs)

    @property
    def durations(self) -> list[float]:
        """How long the runs took that have ended, in their order."""
        every = (run.outline.duration for run in self.ended)
        return [seconds for seconds in every if seconds is not None]

    @property
    def is_virtual(self) -> bool:
        """True if a virtual clock told all the times, so that they are the same every time."""
        return all(run.outline.is_virtual for run in self.runs)

    @property
    def lateness(self) -> list[float]:
        """How late the runs began that a clock wanted, in their order."""
        return [run.lateness for run in self.runs if run.lateness is not None]


def figures(
    dag: str, tasks: Sequence[str], runs: Sequence[RunHistory], *, has_older: bool = False
) -> DagFigures:
    """Return the figures of `runs`; tasks that are not among `tasks` any more come last."""
    gone = {task for run in runs for task, _ in run.instances} - {*tasks}
    found: dict[str, list[InstanceSpan]] = {task: [] for task in (*tasks, *sorted(gone))}
    for run in runs:
        for (task, _), it in run.instances.items():
            found[task].append(it)
    known = [_of_task(task, its) for task, its in found.items()]
    return DagFigures(dag, [_of_run(run) for run in runs], known, has_older)


def _of_run(run: RunHistory) -> RunFigures:
    retries = sum(it.retries for it in run.instances.values())
    has_deadline = "" in run.outline.deadlines
    return RunFigures(
        run.outline, retries, lateness(run.outline), ("" in run.late) if has_deadline else None
    )


def lateness(outline: RunOutline) -> float | None:
    """Return how many seconds after it was due a run began, None where no clock wanted it.

    >>> due = "1997-01-02T01:30:00+00:00"
    >>> run = RunOutline("r", "", RunState.SUCCESS, "scheduled", due=due, started=852168660.0)
    >>> lateness(run), lateness(run._replace(run_type="manual"))
    (60.0, None)
    """
    if outline.due is None or outline.started is None or outline.run_type not in _BY_CLOCK:
        return None
    return max(0.0, outline.started - datetime.fromisoformat(outline.due).timestamp())


def _of_task(task: str, instances: Iterable[InstanceSpan]) -> TaskFigures:
    success = failed = not_run = retries = 0
    durations = []
    for it in instances:
        retries += it.retries
        success += it.state is TaskState.SUCCESS
        failed += it.state is TaskState.FAILED
        not_run += it.state not in _RAN
        if it.state in _RAN and it.duration is not None:
            durations.append(it.duration)
    return TaskFigures(task, success, failed, not_run, retries, sorted(durations))


_RAN = (TaskState.SUCCESS, TaskState.FAILED)


def moving_median(values: Sequence[float], width: int = 7) -> list[float]:
    """Return for each value the median of it and of those before it, at most `width` in all.

    >>> moving_median([10, 80, 20, 30], width=3)
    [10, 10, 20, 30]
    """
    windows = (values[max(0, end - width) : end] for end in range(1, len(values) + 1))
    return [sorted(window)[(len(window) - 1) // 2] for window in windows]
