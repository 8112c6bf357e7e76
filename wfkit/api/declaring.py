"""Which tasks does a Dag have? What every Dag is, and the verbs that change it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import replace
from types import MappingProxyType
from typing import Any, Self

from wfkit.api.alert_rules import Rule
from wfkit.api.dag_options import DagOptions
from wfkit.api.dag_run import DagRun
from wfkit.api.finding import newest_run
from wfkit.api.including import included
from wfkit.api.no_run import NoRun
from wfkit.core.errors import DuplicateTask
from wfkit.core.graph import Graph
from wfkit.core.task import Task


class DeclaredDag:
    """The tasks and options of a Dag, and its last run: what all its verbs work on."""

    name: str
    options: DagOptions
    graph: Graph
    ran: DagRun | None = None
    """The last run that this very Dag began."""
    alert_rules: tuple[Rule, ...] = ()
    """Who is told of what, as `alert` was told."""

    @property
    def last(self) -> DagRun | NoRun:
        """The last run: of this Dag, else the newest that the default store has; else a NoRun."""
        if self.ran is not None:
            self.ran = self.ran.newest()
            return self.ran
        return newest_run(self.name, self.graph, "default") or NoRun(self.name)

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
        added = as_task(task)
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
        self, other: DeclaredDag, prefix: str = "", inputs: Mapping[str, str | Task] | None = None
    ) -> None:
        """Copy the tasks of another Dag into this one, as `prefix` and their name.

        A parameter is bound to a copied task of that name first, then as `inputs` says, then to
        a task of this Dag. Raises what `add` raises; then nothing has changed.

        >>> from wfkit import Dag
        >>> def rows(): return [1, None]
        >>> def clean(rows): return [row for row in rows if row]
        >>> sales, cleaning = Dag("sales", [rows]), Dag("cleaning", [clean])
        >>> sales.include(cleaning, "uk_")
        >>> sales
        Dag sales: rows → uk_clean
        """
        copies = included(other.graph, prefix, inputs or {})
        self.graph = Graph([*self.graph.tasks.values(), *copies], self.options.params)

    def change(self, task: str, **options: Any) -> Self:
        """Return a new Dag in which one task has other options, for experiments.

        >>> from wfkit import Dag
        >>> def orders(): return 1
        >>> Dag("sales", [orders]).change("orders", retries=3).tasks["orders"]
        Task orders(), retries=3
        """
        task = self.graph.known(task)
        it = self.graph.tasks[task]
        changed = replace(it, options=it.options.changed(options))
        made = copy(self)
        made.ran = None
        made.graph = Graph({**self.graph.tasks, task: changed}.values(), self.options.params)
        return made


def as_task(it: Task | Callable[..., Any]) -> Task:
    """Return a plain function as a Task, a Task as it is."""
    return it if isinstance(it, Task) else Task(it)
