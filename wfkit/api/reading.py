"""What does a Dag look like, and how did its runs go? The verbs that only read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from wfkit.api.declaring import DeclaredDag
from wfkit.api.history import Runs, find_run, find_runs
from wfkit.api.logs import LogQuery, Logs
from wfkit.api.metrics import Metrics, find_history, find_metrics
from wfkit.api.scaling import DagScaling, find_scaling
from wfkit.core import options as check
from wfkit.engine.stores import StoreChoice

if TYPE_CHECKING:
    import graphviz
    from pandas import DataFrame

    from wfkit.api.replay import Replay
    from wfkit.views.explain import Explanation
    from wfkit.views.picture import Picture


class Reading(DeclaredDag):
    """The verbs of a Dag that show it and what is written down about it."""

    def runs(self, n: int = 10, store: StoreChoice = "default") -> Runs:
        """Return the newest `n` runs of this Dag, oldest first.

        Args:
            n: how many.
            store (FILE): where the history is kept, if not in .wfkit.
        """
        return find_runs(self, check.count("n", n, 1, 1_000_000), store)

    def history(self, n: int | None = None, *, store: StoreChoice = "default") -> DataFrame:
        """Return a table of the newest `n` runs (all, if not given), one row per run and task.

        `attempts` counts them all, `retries` those after the first one since the task was last
        cleared. `duration` is in seconds from the start of the first attempt to the end, pauses
        included; `lateness` those from when the run was due to that start, where a clock wanted
        the run; `deadline_missed` is about the task's own deadline. Moments are in the zone of
        the Dag. A task that was expanded has a row for each `map_index`.

        Args:
            n: only the newest n runs.
            store (FILE): where the history is kept, if not in .wfkit.

        >>> from wfkit import Dag
        >>> def orders(): return [3, 4]
        >>> dag = Dag("sales", [orders], clock="virtual").change("orders", takes="10m", retries=1)
        >>> from wfkit.engine.store import MemoryStore
        >>> store = MemoryStore()
        >>> run = dag.run(faults="orders:1", store=store)
        >>> dag.history(store=store)[["task", "state", "attempts", "retries", "duration"]]
             task    state  attempts  retries  duration
        0  orders  success         2        1    1200.0
        """
        most = n if n is None else check.count("n", n, 1, 1_000_000)
        return find_history(self, most, store)

    def metrics(self, n: int = 100, *, store: StoreChoice = "default") -> Metrics:
        """Return how reliable and how quick the newest `n` runs were, as picture, text and tables.

        Args:
            n: how many runs.
            store (FILE): where the history is kept, if not in .wfkit.

        >>> from wfkit import Dag
        >>> def orders(): return [3, 4]
        >>> dag = Dag("sales", [orders], clock="virtual").change("orders", takes="10m", retries=1)
        >>> from wfkit.engine.store import MemoryStore
        >>> store = MemoryStore()
        >>> for fault in ("orders:1", ()):
        ...     run = dag.run(faults=fault, store=store)
        >>> dag.metrics(store=store)
        Metrics of sales over 2 runs
          success:   2 of 2 runs (100 %)
          retries:   1, in 1 of 2 runs
          duration:  median 10 min, 90 % within 20 min, longest 20 min
          task    success         failed  did not run  retries  median  90 % within  longest
          orders  2 of 2 (100 %)  0       0            1        10 min  20 min       20 min
        """
        return find_metrics(self, check.count("n", n, 1, 1_000_000), store)

    def scaling(
        self, task: str | None = None, *, n: int = 50, store: StoreChoice = "default"
    ) -> DagScaling:
        """Compare runs on different executors over more and more partitions, as picture and text.

        Of the newest `n` runs it takes, for each executor and number of partitions, the last one
        that went through in one go on the system clock. Partitions are the instances of the task
        that was expanded most. The seconds are in the picture and in `frame` only.

        Args:
            task: whose results are compared; the last task if not given.
            n: how many runs to look at.
            store (FILE): where the history is kept, if not in .wfkit.

        Raises UnknownTask.

        >>> from wfkit import Dag, task
        >>> def days(): return [1, 2, 3]
        >>> @task(expand="days")
        ... def sold(days): return 10 * days
        >>> def total(sold): return sum(sold)
        >>> dag = Dag("sales", [days, sold, total])
        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as folder:
        ...     for executor in ("serial", "thread"):
        ...         run = dag.run(executor=executor, store=f"{folder}/history")
        ...     dag.scaling(store=f"{folder}/history")
        Scaling of sales
          partitions  executor  result of total
          3           serial    int 60
          3           thread    int 60
          all executors came to equal results over 3 partitions
        """
        return find_scaling(self, task, check.count("n", n, 1, 1_000_000), store)

    def logs(
        self,
        task: str | None = None,
        *,
        run_id: str | None = None,
        n: int | None = None,
        level: str | None = None,
        grep: str | None = None,
        attempt: int | None = None,
        json: bool = False,
        store: StoreChoice = "default",
    ) -> Logs:
        """Return what tasks printed and logged in a run (the last one, if not said).

        Args:
            task: only the lines of this task; load[3] is one instance of one that was expanded.
            run_id (RUN): which run; the last one if not given.
            n: only the newest n lines.
            level: only stdout, stderr, display or note, or log records of this level and above:
                DEBUG, INFO, WARNING, ERROR, CRITICAL.
            grep (PATTERN): only lines in which this regular expression is found.
            attempt: only lines of this attempt, counted from 1.
            json: show JSON Lines instead of text: an object a line, for other tools.
            store (FILE): where the history is kept, if not in .wfkit.

        Raises UnknownTask, UnknownRun, or InvalidOption for a wrong pattern or level.

        >>> from wfkit import Dag
        >>> def load(): print("reading")
        >>> dag = Dag("sales", [load])
        >>> run = dag.run(store=None)
        >>> dag.logs("load", grep="^read")
        load | reading
        """
        for name, value in (("n", n), ("attempt", attempt)):
            if value is not None:
                check.count(name, value, 1, 1_000_000)
        query = LogQuery(task=task, most=n, level=level, grep=grep, attempt=attempt)
        run = find_run(self, run_id, store)
        return Logs(run, query.of(run), as_json=json)

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
            run_id (RUN): which run; the last one if not given.
            store (FILE): where the history is kept, if not in .wfkit.

        Raises UnknownTask for a task that the run does not have, UnknownRun where there is no
        such run.

        >>> from wfkit import Dag
        >>> def load(): return 3
        >>> def mail(load): return load
        >>> dag = Dag("sales", [load, mail])
        >>> run = dag.run(faults="load:always", expect="failed", store=None)
        >>> dag.explain("mail")
        mail is upstream_failed because load failed after 1 attempt: ConnectionError: injected fault
        """
        return find_run(self, run_id, store).explain(task)

    def replay(self, run_id: str | None = None, *, store: StoreChoice = "default") -> Replay:
        """Play a run again, event by event; works for every run in the history.

        Args:
            run_id (RUN): which run; the last one if not given.
            store (FILE): where the history is kept, if not in .wfkit.

        Raises UnknownRun where there is no such run.
        """
        return find_run(self, run_id, store).replay()

    def show(self, *, highlight: str | None = None, group: str | None = None) -> Picture:
        """Return the picture of the Dag, with its text twin.

        Args:
            highlight (TASK): a task whose ancestors and descendants stand out.
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
