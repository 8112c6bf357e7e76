"""What does a Dag look like, and how did its runs go? The verbs that only read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from wfkit.api.declaring import DeclaredDag
from wfkit.api.history import LogQuery, Logs, Runs, find_logs, find_run, find_runs
from wfkit.core import options as check
from wfkit.engine.stores import StoreChoice

if TYPE_CHECKING:
    import graphviz

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
            run_id (RUN): which run; the last one if not given.
            n: only the newest n lines.
            level: only lines of this level: stdout, stderr, INFO, WARNING, ERROR …
            grep (TEXT): only lines that contain this text.
            attempt: only lines of this attempt, counted from 1.
            store (FILE): where the history is kept, if not in .wfkit.
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
