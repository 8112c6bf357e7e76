"""How does a Dag grow with its data? Runs by where they ran, and over how many partitions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from wfkit.core.events import Event, EventType
from wfkit.core.run import RunSnapshot, fold
from wfkit.core.states import RunState


class ScaleRun(NamedTuple):
    """A run that went through in one go.

    `partitions` counts the instances of the task that was expanded most, 1 where none was.
    `result` tells in words what the last task returned.
    """

    run_id: str
    executor: str
    partitions: int
    seconds: float
    result: str = ""


class Scaling(NamedTuple):
    """The newest run on each executor over each number of partitions, few partitions first.

    `task` is the one whose results are told. `same` and `different` name the numbers of
    partitions over which several executors came to equal results, and to others.
    """

    dag: str
    task: str
    runs: Sequence[ScaleRun]
    same: Sequence[int] = ()
    different: Sequence[int] = ()

    @property
    def executors(self) -> list[str]:
        """The executors, in the order of the runs."""
        return [*dict.fromkeys(it.executor for it in self.runs)]


def scale_run(events: Sequence[Event], task: str) -> ScaleRun | None:
    """Return what a run that came as far as `task` tells about scale.

    None where its seconds are not those of the whole work: it has not succeeded, went on after
    it was cut off, took results from an earlier run, was broken on purpose, or its clock was
    virtual.
    """
    run = fold(events)
    if not (_went_through(run, events) and _is_whole(run, task)):
        return None
    if run.started is None or run.ended is None:
        return None
    executor = str(run.detail.get("executor", ""))
    return ScaleRun(run.run_id, executor, _partitions(run), run.ended - run.started)


def _went_through(run: RunSnapshot, events: Iterable[Event]) -> bool:
    starts = sum(
        it.type == EventType.RUN_STATE and it.to_state == RunState.RUNNING for it in events
    )
    return run.state is RunState.SUCCESS and starts == 1


def _is_whole(run: RunSnapshot, task: str) -> bool:
    is_real = run.detail.get("clock") != "virtual" and not run.detail.get("broken")
    return is_real and task in run.upstream and not run.detail.get("earlier")


def _partitions(run: RunSnapshot) -> int:
    return max(Counter(task for task, index in run.instances if index >= 0).values(), default=1)


def newest(runs: Iterable[ScaleRun], executors: Sequence[str]) -> list[ScaleRun]:
    """Return the last of `runs` on each executor over each number of partitions, in order.

    >>> first, last = ScaleRun("a", "process", 2, 9.0), ScaleRun("b", "process", 2, 5.0)
    >>> runs = [first, last, ScaleRun("c", "serial", 2, 7.0)]
    >>> [it.run_id for it in newest(runs, ["serial", "process"])]
    ['c', 'b']
    """
    found = {(it.partitions, it.executor): it for it in runs}
    ranks = {name: rank for rank, name in enumerate(executors)}
    return sorted(found.values(), key=lambda it: (it.partitions, ranks.get(it.executor, 99)))
