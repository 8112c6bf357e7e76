"""Which cell declared which task?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from wfkit.core.errors import DuplicateTask
from wfkit.notebook.definitions import Definition, Kind
from wfkit.notebook.leaks import TaskCode


@dataclass(frozen=True, slots=True)
class CellKey:
    """What tells one cell from another: its id or, where the front end sends none, its text.

    `runs_once` is True for programs that run a notebook from top to bottom: there another text
    is another cell. People change a cell and run it again: there the name of its task tells.
    """

    id: str | None
    text: str
    runs_once: bool = False

    def is_same(self, other: CellKey, same_task: bool) -> bool:
        """Return True if both are the same cell, perhaps edited in between."""
        if self.id is not None or other.id is not None:
            return self.id == other.id
        return self.text == other.text or (same_task and not self.runs_once)


@dataclass(frozen=True, slots=True)
class Declaration:
    """What one run of a task cell left in the notebook.

    `number` is that of its prompt, In[number], and `shown` its first words. `defined` are the
    names of its code and `values` what they stood for when it had run. `is_deleted` is True when
    the cell is gone.
    """

    cell: CellKey
    number: int
    shown: str
    dag: str
    code: TaskCode
    defined: Mapping[str, Definition]
    values: Mapping[str, Any]
    is_deleted: bool = False

    @property
    def task(self) -> str:
        """Name of the task that the cell declares."""
        return self.code.name

    @property
    def prompt(self) -> str:
        """How messages call the cell in short. Programs that run each once show no numbers."""
        return self.shown if self.cell.runs_once else f"Cell In[{self.number}]"

    @property
    def place(self) -> str:
        """How messages call the cell where its number may have changed since."""
        return self.shown if self.cell.runs_once else f"{self.prompt} ({self.shown})"


class Ledger:
    """The declarations of all task cells, one for each cell."""

    def __init__(self) -> None:
        self._all: list[Declaration] = []

    def __copy__(self) -> Ledger:
        made = Ledger()
        made._all = list(self._all)
        return made

    def __iter__(self) -> Iterator[Declaration]:
        return iter(tuple(self._all))

    def of_cell(self, cell: CellKey, task: str) -> Declaration | None:
        """Return what this cell declared when it ran before; it holds `task` now."""
        return next((it for it in self._all if it.cell.is_same(cell, it.task == task)), None)

    def of_task(self, dag: str, task: str) -> Declaration | None:
        """Return the declaration of a task, if it came from a cell."""
        return next((it for it in self._all if (it.dag, it.task) == (dag, task)), None)

    def record(self, new: Declaration, old: Declaration | None) -> None:
        """Write down a declaration, in place of `old` and of what else declared that task."""
        same = (new.dag, new.task)
        self._all = [it for it in self._all if it is not old and (it.dag, it.task) != same]
        self._all.append(new)

    def forget(self, dag: str, task: str) -> Declaration | None:
        """Strike a task out, and return its declaration if it had one."""
        found = self.of_task(dag, task)
        self._all = [it for it in self._all if it is not found]
        return found

    def moved(self, from_dag: str, to_dag: str) -> None:
        """Let all declarations of one Dag belong to another."""
        self._all = [replace(it, dag=to_dag) if it.dag == from_dag else it for it in self._all]

    def deleted(self, cells: set[str]) -> None:
        """Note that the cells with these ids are gone: their names may be used again."""
        self._all = [
            replace(it, is_deleted=True) if it.cell.id in cells else it for it in self._all
        ]

    def check(self, new: Declaration, old: Declaration | None) -> None:
        """Raise DuplicateTask where the names of `new` clash with those of another cell."""
        for other in self._all:
            if other is old or other.is_deleted:
                continue
            if (other.dag, other.task) == (new.dag, new.task):
                raise DuplicateTask(
                    f'two cells declare "{new.task}": {other.place} and this one, {new.prompt}.\n'
                    f"Run %dag remove {new.task} first, then this cell again. Or give one of the "
                    "two another name."
                )
            _check_helpers(new, other)


def _check_helpers(new: Declaration, other: Declaration) -> None:
    for name, it in new.defined.items():
        theirs = other.defined.get(name)
        if theirs is None or theirs.source == it.source or name == new.task == other.task:
            continue
        if name == other.task:
            raise DuplicateTask(
                f'line {it.line} gives "{name}" another meaning, but it is the task of another '
                f"cell, {other.place}.\nUse another name here."
            )
        raise DuplicateTask(
            f'the cells of "{new.task}" ({_line(new, it.line)}) and "{other.task}" '
            f'({_line(other, theirs.line)}) both define "{name}", with different code.\n'
            f"{_way_out(it.kind, name)}"
        )


def _line(cell: Declaration, line: int) -> str:
    return f"line {line}" if cell.cell.runs_once else f"{cell.prompt}, line {line}"


def _way_out(kind: Kind, name: str) -> str:
    if kind is Kind.VALUE:
        return f"Rename one of them, or move {name} into the function that uses it."
    return f"Rename one of them, or define {name} once, in an ordinary cell."
