"""What does wfkit know of this notebook? Its Dags, its names, and which cell declared what."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from copy import copy
from typing import TYPE_CHECKING, Any

from wfkit.api.dag import Dag
from wfkit.core.errors import EmptyDag, InvalidOption, NotebookLeak, did_you_mean
from wfkit.core.reads import outer_reads
from wfkit.core.task import Task
from wfkit.notebook import compiling, hints, leak_advice, leaks
from wfkit.notebook.alert_cells import AlertCells
from wfkit.notebook.cell import CellText
from wfkit.notebook.definitions import Kind
from wfkit.notebook.ledger import CellKey, Declaration, Ledger
from wfkit.notebook.names import NotebookNames

if TYPE_CHECKING:
    from IPython.core.interactiveshell import (
        ExecutionInfo,
        ExecutionResult,
        InteractiveShell,
    )

UNNAMED = "notebook"
"""Name of the Dag that tasks belong to before the first `%dag new`."""

NOT_STARTED = "Not started: put what is missing in place of ____, then run this cell again."
_TASK_HELP = ["%%task --help\n", "# a body, as IPython wants one\n"]
_SAY_NOT_STARTED = "get_ipython().run_line_magic('dag', '____')\n"


class Notebook:
    """One notebook: its Dags by name, and the cells that its tasks come from.

    `dag` in the notebook's namespace is always the current Dag. A Dag that the learner gives
    that name becomes the current one.
    """

    def __init__(self, shell: InteractiveShell) -> None:
        self.shell = shell
        self.dags: dict[str, Dag] = {}
        self.ledger = Ledger()
        self.names = NotebookNames(shell.user_ns, shell.user_ns_hidden)
        self.alert_cells = AlertCells()
        self._current = ""
        self._cells: list[ExecutionInfo] = []

    def before_cell(self, info: ExecutionInfo) -> None:
        """Note which cell runs now."""
        self._cells.append(info)
        deleted = (getattr(info, "cell_meta", None) or {}).get("deletedCells")
        if isinstance(deleted, list):
            self.ledger.deleted({str(cell) for cell in deleted})

    def after_cell(self, result: ExecutionResult) -> None:
        """Learn what the cell defined, if it ran at all."""
        if self._cells:
            self._cells.pop()
        info = result.info
        if info is not None and result.error_before_exec is None:
            self.names.learn(getattr(info, "transformed_cell", None) or info.raw_cell or "")

    def look_at(self, lines: list[str]) -> list[str]:
        """Check the text of a cell before IPython reads it. Raises MisspeltMagic."""
        cell = "".join(lines)
        hints.check(cell, lambda kind: self.shell.magics_manager.magics[kind])
        if hints.asks_for_help(cell):
            return _TASK_HELP
        return [_SAY_NOT_STARTED] if hints.is_not_started(cell) else lines

    # IPython asks transformers with side effects only when a cell is really run.
    look_at.has_side_effects = True  # type: ignore[attr-defined]

    def cell(self, text: CellText) -> CellKey:
        """Return the identity of the cell that runs now."""
        info = self._cells[-1] if self._cells else None
        raw, _ = self.running_cell(text)
        if info is None:
            return CellKey(None, raw)
        return CellKey(info.cell_id, raw, runs_once=not info.store_history)

    @property
    def execution(self) -> ExecutionInfo | None:
        """The cell that runs now, None where the front end tells of none."""
        return self._cells[-1] if self._cells else None

    def running_cell(self, text: CellText) -> tuple[str, int]:
        """Return the text of the running cell as the front end sent it, and its In[number]."""
        info = self._cells[-1] if self._cells else None
        number = self.shell.execution_count
        if info is None:
            return text.raw, number
        return info.raw_cell or text.raw, number - bool(info.store_history)

    def task_names(self) -> frozenset[str]:
        """Return the names of all tasks of the notebook."""
        return frozenset(name for dag in self.dags.values() for name in dag.tasks)

    def remember(self, new: Declaration, old: Declaration | None) -> None:
        """Write down what a cell declared; names that it no longer defines go."""
        if old is not None:
            self.unbind(old, keep=new.defined)
        self.ledger.record(new, old)
        self.names.learn_definitions(new.defined)

    @property
    def dag(self) -> Dag:
        """The current Dag. Raises EmptyDag before there is one."""
        found = self._found()
        if found is None:
            raise EmptyDag(
                "this notebook has no Dag yet.\n"
                "Name one with %dag new my_dag, or declare its first task in a %%task cell.\n"
                "After a restart run your cells again: the history of earlier runs is still there."
            )
        return found

    def _found(self) -> Dag | None:
        named = self.shell.user_ns.get("dag")
        if isinstance(named, Dag):
            self.dags[named.name] = named
            self._current = named.name
        return self.dags.get(self._current)

    def dag_for(self, old: Declaration | None, asked: str | None) -> Dag:
        """Return the Dag that a task cell declares for.

        The one it asks for, else the one it was first run for, else the current one; before
        there is any, a new one called "notebook". Raises InvalidOption for an unknown name.
        """
        if asked is not None:
            return self.known(asked)
        if old is not None and old.dag in self.dags:
            return self.dags[old.dag]
        return self._found() or Dag(UNNAMED)

    def known(self, name: str) -> Dag:
        """Return the Dag of that name. Raises InvalidOption if there is none."""
        self._found()
        if name not in self.dags:
            raise InvalidOption(
                f'this notebook has no Dag "{name}".{did_you_mean(name, self.dags)}\n'
                f"Make it with %dag new {name}."
            )
        return self.dags[name]

    def bind(self, dag: Dag) -> None:
        """Make `dag` the current one."""
        self.dags[dag.name] = dag
        self._current = dag.name
        self.shell.user_ns["dag"] = dag

    def new(self, name: str, **options: Any) -> tuple[Dag, Dag | None]:
        """Make a Dag, or give an existing one other options; its tasks stay.

        Returns the Dag and the one that it takes the place of. The first one that is named
        takes over the tasks that were declared before.
        """
        old = self.dags.get(Dag(name).name)
        if old is None and self._found() is self.dags.get(UNNAMED):
            old = self.dags.get(UNNAMED)
        made = Dag(name, old.tasks.values() if old else (), **options)
        if old is not None:
            made.ran, made.alert_rules = old.ran, old.alert_rules
            del self.dags[old.name]
            self.ledger.moved(old.name, made.name)
            self.alert_cells.moved(old, made)
        self.bind(made)
        return made, old

    @contextlib.contextmanager
    def unchanged_on_failure(self) -> Iterator[None]:
        """Give Dags, ledger and the notebook's names back as they were if the block raises."""
        dags, current, ledger = dict(self.dags), self._current, copy(self.ledger)
        graphs = [(dag, dag.graph) for dag in dags.values()]
        names, alert_cells = copy(self.names), copy(self.alert_cells)
        try:
            with compiling.undone_on_failure(self.shell.user_ns):
                yield
        except BaseException:
            self.dags, self._current, self.ledger, self.names = dags, current, ledger, names
            self.alert_cells = alert_cells
            for dag, graph in graphs:
                dag.graph = graph
            raise

    def put(self, dag: Dag, task: Task, old: Declaration | None) -> None:
        """Give `dag` a task, in place of what its cell declared before.

        Raises what `Dag.add` raises, perhaps half-way: call it in `unchanged_on_failure`.
        """
        if old is not None and (old.dag, old.task) != (dag.name, task.name):
            before = self.dags.get(old.dag)
            if before is not None and old.task in before.tasks:
                before.remove(old.task)
        dag.add(task, replace=True)
        if dag.name not in self.dags:
            self.bind(dag)

    def remove(self, dag: Dag, names: Iterable[str]) -> None:
        """Forget tasks of a Dag, and the names that their cells defined. Raises UnknownTask."""
        for name in names:
            dag.remove(name)
            declared = self.ledger.forget(dag.name, name)
            if declared is not None:
                self.unbind(declared, keep=())

    def unbind(self, old: Declaration, keep: Iterable[str]) -> None:
        """Take away the names that a cell defined and that are still what it made them."""
        for name, value in old.values.items():
            it = old.defined[name]
            still = self.shell.user_ns.get(name) is value
            if still and it.kind is not Kind.IMPORT and name not in set(keep):
                del self.shell.user_ns[name]

    def check_boundaries(self, dag: Dag) -> None:
        """Raise NotebookLeak if cells that ran since have opened a leak in a task of `dag`."""
        for declared in self.ledger:
            if declared.dag == dag.name and declared.task in dag.tasks:
                leak_advice.check(declared.code, dag.name, self.leaks_of(declared))
                self._check_own_names(declared)

    def leaks_of(self, declared: Declaration) -> list[leaks.Leak]:
        """Return what the code of a task cell reads from other cells."""
        return leaks.leaks(declared.code, self.shell.user_ns, self.names.is_value)

    def _check_own_names(self, declared: Declaration) -> None:
        written = {read.name for read in outer_reads(declared.code.code) if read.writes}
        for name, value in declared.values.items():
            it = declared.defined[name]
            if it.kind is Kind.IMPORT or name in written or name == declared.task:
                continue
            if self.shell.user_ns.get(name) is not value:
                raise NotebookLeak(
                    f'another cell has changed "{name}", which line {it.line} of the cell of '
                    f'"{declared.task}" defines.\n'
                    f'Run the cell of "{declared.task}" again, or rename one of the two.'
                )
