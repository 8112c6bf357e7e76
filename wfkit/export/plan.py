"""What is there to export? A Dag as plain data, with the code that goes along."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any

from wfkit.core.cron import Cron
from wfkit.core.graph import Graph, Source, SourceKind
from wfkit.core.schedules import Every, Schedule
from wfkit.core.task import Task
from wfkit.core.task_options import TaskOptions
from wfkit.export.carried import Carried, carry

MOMENTS = ("logical_date", "data_interval_start", "data_interval_end")
"""The context names that say which time a run stands for."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A Dag to be exported: the graph, the options of the Dag, and the code that goes along.

    `last_interval` is what the last run before `end_date` stands for, if there is a last one.
    `clock_change` tells of a night in which the schedule and the clocks of the zone meet, empty
    where they never do; `clock_shift` is by how much they change then. `alerts` are the kinds of
    event that somebody is told of.
    """

    name: str
    graph: Graph
    params: Mapping[str, Any] = field(default_factory=dict)
    schedule: Schedule | None = None
    timezone: str = "UTC"
    start_date: datetime | None = None
    end_date: datetime | None = None
    catchup: bool = False
    max_active_runs: int = 1
    max_active_tasks: int = 4
    tags: tuple[str, ...] = ()
    pools: Mapping[str, int] = field(default_factory=dict)
    deadline: float | time | None = None
    last_interval: tuple[datetime, datetime] | None = None
    clock_change: str = ""
    clock_shift: timedelta = timedelta()
    alerts: tuple[str, ...] = ()
    carried: Carried = field(init=False)

    def __post_init__(self) -> None:
        self.graph.check_complete()
        tasks = (self.graph.tasks[name] for name in self.graph.order)
        object.__setattr__(self, "carried", carry(tasks))

    @property
    def order(self) -> tuple[str, ...]:
        """The names of all tasks, upstream tasks first."""
        return self.graph.order

    def task(self, name: str) -> Task:
        """The task of that name."""
        return self.graph.tasks[name]

    def options(self, name: str) -> TaskOptions:
        """The options of a task."""
        return self.graph.tasks[name].options

    def sources(self, name: str, *kinds: SourceKind) -> list[Source]:
        """Where the parameters of a task come from, those of the given kinds."""
        return [it for it in self.graph.sources[name] if it.kind in kinds]

    def order_only(self, name: str) -> list[str]:
        """The upstream tasks that give no data."""
        data = {it.name for it in self.sources(name, SourceKind.UPSTREAM)}
        return [it for it in self.graph.upstream[name] if it not in data]

    def contexts(self, *names: str) -> list[str]:
        """The names of tasks that ask for one of these context names."""
        return [
            task
            for task in self.order
            if any(it.name in names for it in self.sources(task, SourceKind.CONTEXT))
        ]

    @property
    def is_timed(self) -> bool:
        """True if the clock decides when runs are due."""
        return isinstance(self.schedule, Cron | Every)

    @property
    def limits_tasks(self) -> bool:
        """True if its limit of active tasks can ever be met."""
        return self.has_lists or len(self.order) > self.max_active_tasks

    @property
    def wants_interval(self) -> bool:
        """True if a task asks which time its run stands for."""
        return bool(self.contexts(*MOMENTS))

    def readers(self, name: str) -> list[str]:
        """The tasks that take the result of a task."""
        return [
            down
            for down in self.graph.downstream[name]
            if any(it.name == name for it in self.sources(down, SourceKind.UPSTREAM))
        ]

    def branches_above(self, name: str) -> list[str]:
        """The branches directly upstream of a task."""
        return [it for it in self.graph.upstream[name] if self.options(it).branch]

    def ways_to(self, name: str, branch: str) -> list[str]:
        """The choices of a branch that let a task downstream of it run."""
        chosen = self.graph.downstream[branch]
        return sorted(it for it in chosen if it == name or name in self.graph.descendants(it))

    @property
    def rules(self) -> frozenset[str]:
        """The trigger rules of its tasks."""
        return frozenset(str(self.options(name).trigger_rule) for name in self.order)

    @property
    def has_branches(self) -> bool:
        """True if a task chooses which tasks after it run."""
        return any(self.options(name).branch for name in self.order)

    @property
    def has_lists(self) -> bool:
        """True if a task is repeated over a list."""
        return any(self.options(name).expand is not None for name in self.order)

    @property
    def looks_at_states(self) -> bool:
        """True if a task starts, or does not, for another reason than that all above succeeded."""
        return self.has_branches or self.has_lists or self.rules != {"all_success"}

    def uses(self, tool: str) -> list[str]:
        """The tasks whose code uses something of this toolkit."""
        return [task for task in self.order if tool in self.carried.tools(task)]
