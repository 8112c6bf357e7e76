"""Dag: tasks that belong together, and the verbs that work on them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from keyword import iskeyword
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from wfkit.api.dag_run import DagRun
from wfkit.api.history import LogQuery, Logs, Runs, find_logs, find_runs
from wfkit.api.launch import RunRequest, StoreChoice, launch
from wfkit.api.moments import moment, zone
from wfkit.core import options as check
from wfkit.core.errors import DuplicateTask, InvalidOption
from wfkit.core.graph import Graph
from wfkit.core.task import Task, checked_name
from wfkit.engine.clock import CLOCK_NAMES, Clock
from wfkit.engine.executors.choice import EXECUTOR_NAMES

if TYPE_CHECKING:
    import graphviz

    from wfkit.views.picture import Picture

MOST_SLOTS = 1_000


@dataclass(frozen=True, kw_only=True)
class DagOptions:
    """The options of a Dag, checked; `Dag` documents each."""

    params: Mapping[str, Any]
    timezone: str
    start_date: datetime | None
    max_active_tasks: int
    clock: str | Clock
    executor: str | None
    tags: tuple[str, ...]


class Dag:
    """Tasks that belong together, wired by the names of their parameters.

    Args:
        name: how history and pictures call it.
        tasks: the tasks, as Task values or plain functions.
        params: values that tasks can ask for by name, with their defaults.
        timezone: the zone that dates and times without one are in.
        start_date: the first day that a run can stand for.
        max_active_tasks: how many tasks may run at the same time.
        clock: "system", or "virtual" to let waiting take no time.
        executor: where attempts run: "thread" or "serial".
        tags: labels, for people.

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
        timezone: str = "UTC",
        start_date: str | date | None = None,
        max_active_tasks: int = 4,
        clock: str | Clock = "system",
        executor: str | None = None,
        tags: str | Sequence[str] = (),
    ) -> None:
        self.name = checked_name(name, "Dag")
        where = zone(timezone)
        self.options = DagOptions(
            params=_params(params),
            timezone=timezone,
            start_date=None if start_date is None else moment("start_date", start_date, where),
            max_active_tasks=check.count("max_active_tasks", max_active_tasks, 1, MOST_SLOTS),
            clock=clock
            if hasattr(clock, "is_virtual")
            else check.choice("clock", clock, CLOCK_NAMES),
            executor=None
            if executor is None
            else check.choice("executor", executor, EXECUTOR_NAMES),
            tags=check.names("tags", tags),
        )
        if callable(tasks):
            raise InvalidOption(
                f"{self.name} takes a list of tasks.\nWrite [ ] around a single one."
            )
        self.graph = Graph((_as_task(it) for it in tasks), self.options.params)
        self.last: DagRun | None = None

    @property
    def tasks(self) -> Mapping[str, Task]:
        """The tasks by name, in the order in which they were added."""
        return MappingProxyType(self.graph.tasks)

    @property
    def params(self) -> Mapping[str, Any]:
        """Values that tasks can ask for by name."""
        return self.options.params

    def add(self, task: Task | Callable[..., Any], replace: bool = False) -> Task:
        """Add a task and return it.

        Raises DuplicateTask where the name is taken, unless `replace`; AmbiguousSource or
        CyclicDag where it does not fit. The Dag is then as it was before.
        """
        added = _as_task(task)
        if added.name in self.graph.tasks and not replace:
            raise DuplicateTask(
                f'{self.name} already has a task "{added.name}".\n'
                "Choose another name, or remove that one."
            )
        self.graph = Graph({**self.graph.tasks, added.name: added}.values(), self.options.params)
        return added

    def remove(self, name: str) -> None:
        """Forget a task. Raises UnknownTask for a name the Dag does not have."""
        name = self.graph.known(name)
        kept = [it for it in self.graph.tasks.values() if it.name != name]
        self.graph = Graph(kept, self.options.params)

    def change(self, task: str, **options: Any) -> Dag:
        """Return a new Dag in which one task has other options, for experiments.

        >>> def orders(): return 1
        >>> Dag("sales", [orders]).change("orders", retries=3).tasks["orders"]
        Task orders(), retries=3
        """
        task = self.graph.known(task)
        it = self.graph.tasks[task]
        changed = replace(it, options=it.options.changed(options))
        return self._with(Graph({**self.graph.tasks, task: changed}.values(), self.options.params))

    def _with(self, graph: Graph) -> Dag:
        made = object.__new__(Dag)
        made.name, made.options, made.graph, made.last = self.name, self.options, graph, None
        return made

    def run(
        self,
        params: Mapping[str, Any] | None = None,
        *,
        logical_date: str | date | None = None,
        executor: str | None = None,
        clock: str | Clock | None = None,
        seed: int = 0,
        store: StoreChoice = "default",
        only: str | Sequence[str] = (),
        upto: str | Sequence[str] = (),
        background: bool = False,
        expect: str = "success",
    ) -> DagRun:
        """Run the Dag once and return the run.

        Args:
            params: values for this run, instead of the Dag's own.
            logical_date: the date that the run stands for.
            executor: where attempts run: "thread" or "serial".
            clock: "system", or "virtual" to let waiting take no time.
            seed: what chance is drawn from.
            store: where the history is kept; None keeps it in memory.
            only: run just these tasks; what they read comes from the last run.
            upto: run these tasks and all that they need.
            background: return at once; `wait` and `cancel` are on the run.
            expect: how the run must end, "success" or "failed".

        Raises UnknownUpstream, EmptyDag or InvalidOption before anything runs, and RunFailed
        when the run does not end as expected.
        """
        expect = check.choice("expect", expect, ("success", "failed"))
        asked = RunRequest(
            params=params,
            logical_date=logical_date,
            executor=executor,
            clock=clock,
            seed=seed,
            store=store,
            only=only,
            upto=upto,
        )
        run = launch(self, asked)
        self.last = run
        run.is_background = background
        _started(run, wait=not background)
        return run if background else run.check(expect)

    def trial(
        self,
        params: Mapping[str, Any] | None = None,
        *,
        logical_date: str | date | None = None,
        seed: int = 0,
        only: str | Sequence[str] = (),
        upto: str | Sequence[str] = (),
    ) -> DagRun:
        """Run the Dag on a virtual clock, leaving no history; a failed run is returned, not raised.

        For checks and experiments: `dag.last` stays as it is.
        """
        asked = RunRequest(
            params=params,
            logical_date=logical_date,
            executor="serial",
            clock="virtual",
            seed=seed,
            store=None,
            only=only,
            upto=upto,
        )
        run = launch(self, asked)
        _started(run, wait=True)
        return run

    def cancel(self) -> None:
        """Ask the last run to stop, if it is still running."""
        if self.last:
            self.last.cancel("asked for")

    def runs(self, n: int = 10, store: StoreChoice = "default") -> Runs:
        """Return the newest `n` runs of this Dag, oldest first."""
        return find_runs(self, check.count("n", n, 1, 1_000_000), store)

    def logs(
        self,
        task: str | None = None,
        *,
        run_id: str | None = None,
        n: int | None = None,
        level: str | None = None,
        grep: str | None = None,
        attempt: int | None = None,
        store: StoreChoice = "default",
    ) -> Logs:
        """Return what tasks printed and logged in a run (the last one, if not said).

        Args:
            task: only the lines of this task.
            run_id: which run; the last one if not given.
            n: only the newest n lines.
            level: only lines of this level: stdout, stderr, INFO, WARNING, ERROR …
            grep: only lines that contain this text.
            attempt: only lines of this attempt, counted from 1.
        """
        most = n if n is None else check.count("n", n, 1, 1_000_000)
        query = LogQuery(task=task, most=most, level=level, grep=grep, attempt=attempt)
        return find_logs(self, run_id, query, store)

    def show(self, *, highlight: str | None = None, group: str | None = None) -> Picture:
        """Return the picture of the Dag, with its text twin.

        Args:
            highlight: a task whose ancestors and descendants stand out.
            group: a group to show in full; the others are folded.

        Raises UnknownTask or InvalidOption for a name that the Dag does not have.
        """
        from wfkit.views.picture import graph_picture

        return graph_picture(self.name, self.graph, highlight=highlight, group=group)

    def to_graphviz(self) -> graphviz.Source:
        """Return the Dag as a graphviz.Source, to draw it your own way."""
        import graphviz

        from wfkit.views.dot import to_dot

        return graphviz.Source(to_dot(self.graph, self.name))

    def __repr__(self) -> str:
        from wfkit.views.text import graph_line

        return graph_line(self.name, self.graph)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> Mapping[str, Any]:
        return self.show()._repr_mimebundle_(include, exclude)


def _started(run: DagRun, wait: bool) -> None:
    # An interrupt can come as soon as the first body runs, which is before `start` returns.
    try:
        run.start()
        if wait:
            run.wait()
    except KeyboardInterrupt:
        run.cancel("interrupted")
        run.wait(timeout=0.5)
        raise


def _as_task(it: Task | Callable[..., Any]) -> Task:
    return it if isinstance(it, Task) else Task(it)


def _params(params: Mapping[str, Any] | None) -> Mapping[str, Any]:
    if not isinstance(params, Mapping | None):
        raise InvalidOption(
            f'params={check.shown(params)} is not possible: write {{"name": value}}.'
        )
    found = dict(params or {})
    for name in found:
        if not str(name).isidentifier() or iskeyword(str(name)):
            raise InvalidOption(
                f"params: {name!r} cannot be a parameter's name.\nUse letters, digits and _."
            )
    return MappingProxyType(found)
