"""Dag: tasks that belong together, and the verbs that work on them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from wfkit.api.dag_options import DagOptions
from wfkit.api.dag_run import DagRun
from wfkit.api.history import LogQuery, Logs, Runs, find_logs, find_runs, run_to_read
from wfkit.api.including import included
from wfkit.api.launch import RunRequest, StoreChoice, launch
from wfkit.api.odds import DagOdds, DurationOrTime, OddsRequest, find_odds
from wfkit.api.resume import rerun_tasks, resume_run
from wfkit.core import options as check
from wfkit.core.errors import DuplicateTask, InvalidOption
from wfkit.core.graph import Graph
from wfkit.core.task import Task, checked_name
from wfkit.engine.clock import Clock
from wfkit.engine.faults import Fault

if TYPE_CHECKING:
    import graphviz

    from wfkit.views.explain import Explanation
    from wfkit.views.picture import Picture


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
        executor: where attempts run: "thread", "process" or "serial".
        tags: labels, for people.
        pools: how many slots each pool has; a task claims one with `pool`.
        deadline: when a run should have ended, after its start (2h) or as a time of day (06:00);
            a miss is told.

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
        pools: Mapping[str, int] | None = None,
        deadline: str | float | timedelta | None = None,
    ) -> None:
        self.name = checked_name(name, "Dag")
        self.options = DagOptions(
            params=params,
            timezone=timezone,
            start_date=start_date,
            max_active_tasks=max_active_tasks,
            clock=clock,
            executor=executor,
            tags=tags,
            pools=pools,
            deadline=deadline,
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
        found: Mapping[str, Any] = self.options.params
        return found

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

    def include(
        self, other: Dag, prefix: str = "", inputs: Mapping[str, str | Task] | None = None
    ) -> None:
        """Copy the tasks of another Dag into this one, as `prefix` and their name.

        A parameter is bound to a copied task of that name first, then as `inputs` says, then to
        a task of this Dag. Raises what `add` raises; then nothing has changed.

        >>> def rows(): return [1, None]
        >>> def clean(rows): return [row for row in rows if row]
        >>> sales, cleaning = Dag("sales", [rows]), Dag("cleaning", [clean])
        >>> sales.include(cleaning, "uk_")
        >>> sales
        Dag sales: rows → uk_clean
        """
        copies = included(other.graph, prefix, inputs or {})
        self.graph = Graph([*self.graph.tasks.values(), *copies], self.options.params)

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
        faults: str | Sequence[str | Fault] = (),
        crash_after: str | None = None,
    ) -> DagRun:
        """Run the Dag once and return the run.

        Args:
            params: values for this run, instead of the Dag's own.
            logical_date: the date that the run stands for.
            executor: where attempts run: "thread", "process" or "serial".
            clock: "system", or "virtual" to let waiting take no time.
            seed: what chance is drawn from.
            store: where the history is kept; None keeps it in memory.
            only: run just these tasks; what they read comes from the last run.
            upto: run these tasks and all that they need.
            background: return at once; `wait` and `cancel` are on the run.
            expect: how the run must end, "success" or "failed".
            faults: tasks to break on purpose: orders:2, orders:15%, orders:slow=10m …
            crash_after: run in a process of its own, which is killed once this task has
                succeeded; the run is then failed, as expected, and `resume` finishes it.

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
            faults=faults,
        )
        if crash_after is not None:
            from wfkit.api.crash import crash

            return crash(self, asked, crash_after)
        return self._followed(launch(self, asked), background, expect)

    def _followed(self, run: DagRun, background: bool, expect: str) -> DagRun:
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
        faults: str | Sequence[str | Fault] = (),
    ) -> DagRun:
        """Run the Dag on a virtual clock, leaving no history; a failed run is returned, not raised.

        For checks and experiments: `dag.last` stays as it is.
        """
        asked = RunRequest(
            params=params,
            logical_date=logical_date,
            clock="virtual",
            seed=seed,
            store=None,
            only=only,
            upto=upto,
            faults=faults,
        )
        run = launch(self, asked)
        _started(run, wait=True)
        return run

    def resume(
        self,
        run_id: str | None = None,
        *,
        executor: str | None = None,
        store: StoreChoice = "default",
        background: bool = False,
        expect: str = "success",
    ) -> DagRun:
        """Go on with a run that failed, was cancelled or was cut off, and return it.

        What succeeded or was skipped is kept; the rest runs with the code as it is now.

        Args:
            run_id: which run; the last one if not given.
            executor: where attempts run: "thread", "process" or "serial".
            store: where the history is kept.
            background: return at once.
            expect: how the run must end, "success" or "failed".

        Raises UnknownRun where there is none, UnknownTask where its tasks are not declared.
        """
        expect = check.choice("expect", expect, ("success", "failed"))
        run = resume_run(self, run_id, executor, store)
        return self._followed(run, background, expect)

    def rerun(
        self,
        task: str,
        *,
        run_id: str | None = None,
        downstream: bool = True,
        executor: str | None = None,
        store: StoreChoice = "default",
        background: bool = False,
        expect: str = "success",
    ) -> DagRun:
        """Clear a task of a run that has ended, and run it again with all that depends on it.

        Args:
            task: the task to run again.
            run_id: which run; the last one if not given.
            downstream: run its descendants again too.
            executor: where attempts run: "thread", "process" or "serial".
            store: where the history is kept.
            background: return at once.
            expect: how the run must end, "success" or "failed".
        """
        expect = check.choice("expect", expect, ("success", "failed"))
        task = self.graph.known(task)
        names = {task} | (self.graph.descendants(task) if downstream else frozenset())
        run = rerun_tasks(self, run_id, names, executor, store)
        return self._followed(run, background, expect)

    def odds(
        self,
        nights: int = 1000,
        *,
        faults: str | Sequence[str | Fault] = (),
        vary: Mapping[str, object] | None = None,
        ready_by: DurationOrTime | None = None,
        seed: int = 0,
        store: StoreChoice = "default",
    ) -> DagOdds:
        """Play many nights without running a body: how likely are success, and being on time?

        A task takes as long as its `takes` says, else as long as recorded attempts of it took,
        else no time. It fails when a fault hits it.

        Args:
            nights: how many nights to play.
            faults: what may break: orders:15%, load:slow=10m …
            vary: options to compare, such as orders.retries=0,3; several make every combination.
            ready_by: when a night should be over, after its start (2h) or as a time of day
                (06:00); the deadline of the Dag if not given.
            seed: what chance is drawn from.
            store: the history that durations are taken from.

        Raises EmptyDag, InvalidOption, UnknownTask or UnknownUpstream.

        >>> def orders(): return [3, 4]
        >>> dag = Dag("sales", [orders]).change("orders", takes="10m")
        >>> dag.odds(faults="orders:20%", vary={"orders.retries": [0, 2]})
        Odds of sales over 1,000 nights
          variant           success             attempts  50% by  90% by  99% by
          orders.retries=0  79.5 % (76.9–81.9)  1.0       10 min  10 min  10 min
          orders.retries=2  99.4 % (98.7–99.7)  1.2       10 min  20 min  30 min
        """
        asked = OddsRequest(
            nights=nights, faults=faults, vary=vary, ready_by=ready_by, seed=seed, store=store
        )
        return find_odds(self, asked)

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

    def explain(
        self,
        task: str | None = None,
        *,
        run_id: str | None = None,
        store: StoreChoice = "default",
    ) -> Explanation:
        """Tell in words why a task did or did not run; without one, what went wrong first.

        Args:
            task: the task to explain; load[3] is one instance of a task that was expanded.
            run_id: which run; the last one if not given.
            store: where the history is kept.

        Raises UnknownTask for a task that the run does not have, InvalidOption where there is
        no such run.

        >>> def load(): return 3
        >>> def mail(load): return load
        >>> dag = Dag("sales", [load, mail])
        >>> run = dag.run(faults="load:always", expect="failed", store=None)
        >>> dag.explain("mail")
        mail is upstream_failed because load failed after 1 attempt: ConnectionError: injected fault
        """
        return run_to_read(self, run_id, store).explain(task)

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
