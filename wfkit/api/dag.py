"""Dag: tasks that belong together, and the verbs that work on them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields
from datetime import date, timedelta
from typing import Any

from wfkit.api.alerting import Alerting
from wfkit.api.dag_options import DagOptions
from wfkit.api.declaring import as_task
from wfkit.api.exporting import Exporting
from wfkit.api.foreseeing import Foreseeing
from wfkit.api.reading import Reading
from wfkit.api.running import Running
from wfkit.api.scheduling import Scheduling
from wfkit.core.addresses import Receivers
from wfkit.core.errors import InvalidOption
from wfkit.core.graph import Graph
from wfkit.core.schedules import Schedule
from wfkit.core.task import Task, checked_name
from wfkit.engine.clock import Clock


class Dag(Running, Scheduling, Foreseeing, Reading, Alerting, Exporting):
    """Tasks that belong together, wired by the names of their parameters.

    Args:
        name: how history and pictures call it.
        tasks: the tasks, as Task values or plain functions.
        params: values that tasks can ask for by name, with their defaults.
        schedule: when runs are due: cron text, "every 1h", "file inbox/*.csv" or "after sales".
        timezone: the zone that dates and times without one are in.
        start_date (DATE): the first day that a run can stand for.
        end_date (DATE): the day after the last one that a run can stand for.
        catchup: whether `serve` makes up for every run that was missed, or for the newest only.
        max_active_runs: how many runs of a schedule, backfill or simulate may go on at once.
        max_active_tasks: how many tasks may run at the same time.
        clock: "system", or "virtual" to let waiting take no time.
        executor: where attempts run: "thread", "process", "serial" or "dask".
        tags: labels, for people.
        pools (NAME=SLOTS): how many slots each pool has; a task claims one with `pool`.
        deadline (TIME): when a run should have ended, after its start (2h) or as a time of day
            (06:00); a miss is told.
        on_failure (ADDRESS): whom to tell when a run fails: mailto://…, slack://… or the name of a
            function that takes the alert.
        on_success (ADDRESS): whom to tell when a run succeeds.

    Raises DuplicateTask, AmbiguousSource, CyclicDag or InvalidOption.

    >>> def orders(): return [3, 4]
    >>> def revenue(orders): return sum(orders)
    >>> dag = Dag("nightly_sales", [orders, revenue])
    >>> dag
    Dag nightly_sales: orders → revenue
    >>> dag.run(store=None)["revenue"]
    7
    """

    def __init__(
        self,
        name: str,
        tasks: Iterable[Task | Callable[..., Any]] = (),
        *,
        params: Mapping[str, Any] | None = None,
        schedule: str | timedelta | Schedule | None = None,
        timezone: str = "UTC",
        start_date: str | date | None = None,
        end_date: str | date | None = None,
        catchup: bool = False,
        max_active_runs: int = 1,
        max_active_tasks: int = 4,
        clock: str | Clock = "system",
        executor: str | None = None,
        tags: str | Sequence[str] = (),
        pools: Mapping[str, int] | None = None,
        deadline: str | float | timedelta | None = None,
        on_failure: Receivers = None,
        on_success: Receivers = None,
    ) -> None:
        given = locals()
        self.name = checked_name(name, "Dag")
        self.options = DagOptions(**{it.name: given[it.name] for it in fields(DagOptions)})
        if callable(tasks):
            raise InvalidOption(
                f"{self.name} takes a list of tasks.\nWrite [ ] around a single one."
            )
        self.graph = Graph((as_task(it) for it in tasks), self.options.params)
