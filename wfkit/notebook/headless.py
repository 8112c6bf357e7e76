"""Which Dags does a saved notebook declare? Its declaring cells are run, without a front end."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from wfkit.api.dag import Dag
from wfkit.core.errors import WfkitError
from wfkit.notebook import cell, hints, session
from wfkit.notebook.declarations import Declarations, defined_in

if TYPE_CHECKING:
    from IPython.core.interactiveshell import ExecutionResult, InteractiveShell

_TASK = re.compile(r"\s*%%task\b(?P<line>[^\n]*)\n?(?P<body>.*)", re.DOTALL)
_FUNCTION = re.compile(r"^(?:async )?def (\w+)", re.MULTILINE)


class CannotLoad(WfkitError):
    """A file does not hold what a Dag can be read from."""


class Loaded(NamedTuple):
    """The Dags of a file by name, and the cells that were left out as `____` waits in them.

    `strangers` are names of whom alerts would go to, if the notebook itself were running.
    """

    dags: Mapping[str, Dag]
    not_started: tuple[str, ...] = ()
    strangers: tuple[str, ...] = ()


class _Cell(NamedTuple):
    """A code cell; `number` counts code cells from 1, as the prompts of a fresh run do."""

    number: int
    id: str
    source: str

    @property
    def is_other_magic(self) -> bool:
        return self.source.lstrip().startswith("%%") and not _TASK.match(self.source)

    @property
    def is_not_started(self) -> bool:
        task = _TASK.match(self.source)
        if task is None:
            return hints.is_not_started(self.source)
        return cell.split(task["line"], task["body"]).is_blank

    @property
    def place(self) -> str:
        """How messages call it: by its function, where it has one."""
        names = [name for name in _FUNCTION.findall(self.source) if name.strip("_")]
        return f"code cell {self.number}" + (f" ({names[0]})" if names else "")


def dags_of_notebook(path: Path) -> Loaded:
    """Run what declares something in a notebook, and return the Dags.

    Raises CannotLoad for a file that is no notebook, and for what goes wrong in a cell.
    """
    cells = [it for it in _cells(path) if not it.is_other_magic]
    reading = _Reading(path.name)
    for it in cells:
        if not it.is_not_started:
            reading.run(it)
    waiting = tuple(it.place for it in cells if it.is_not_started)
    return Loaded(reading.dags(), waiting, reading.strangers)


def _cells(path: Path) -> Iterator[_Cell]:
    import nbformat

    try:
        notebook = nbformat.read(path, as_version=4)
    except (ValueError, nbformat.ValidationError) as cause:
        raise CannotLoad(f"{path.name} is damaged: it is no valid notebook.") from cause
    code = [it for it in notebook.cells if it.cell_type == "code"]
    for number, it in enumerate(code, start=1):
        yield _Cell(number, it.get("id", f"cell {number}"), it.source)


class _Reading:
    """One notebook, from top to bottom, in a shell of its own."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._shell = _quiet_shell()
        self._declarations = Declarations(self._is_dag)
        self._shell.ast_transformers.append(self._declarations)
        session.load(self._shell)

    def _is_dag(self, name: str) -> bool:
        return isinstance(self._shell.user_ns.get(name), Dag)

    def dags(self) -> dict[str, Dag]:
        """Return the Dags that there are now: of the magics, and of the notebook's own names."""
        named = [it for it in self._shell.user_ns.values() if isinstance(it, Dag)]
        return {**{it.name: it for it in named}, **session.of(self._shell).dags}

    @property
    def strangers(self) -> tuple[str, ...]:
        """Whom alerts would go to that only the notebook itself makes."""
        return tuple(dict.fromkeys(self._declarations.strangers))

    def run(self, it: _Cell) -> None:
        """Run what the cell declares. Raises CannotLoad where that fails."""
        from IPython.utils.capture import capture_output

        self._shell.execution_count = it.number
        with capture_output(), self._seen(it):
            result = self._shell.run_cell(it.source, store_history=True, cell_id=it.id)
        self._raise_what_failed(result, f"{it.place} of {self._file}")

    @contextlib.contextmanager
    def _seen(self, it: _Cell) -> Iterator[None]:
        """Let a task see that there are values, though they were not made: it may leak.

        Where alerts go is seen too, as long as it is a plain address.
        """
        task, names = _TASK.match(it.source), self._shell.user_ns
        known = self._declarations.passed_over
        hidden = known if task else {name: it for name, it in known.items() if isinstance(it, str)}
        own = defined_in(task["body"]) if task else {}
        shown = [name for name in hidden if name not in names and name not in own]
        names.update({name: hidden[name] for name in shown})
        try:
            yield
        finally:
            for name in shown:
                names.pop(name, None)

    def _raise_what_failed(self, result: ExecutionResult, where: str) -> None:
        error = result.error_before_exec or result.error_in_exec
        if error is None:
            return
        if isinstance(error, NameError) and error.name in self._declarations.passed_over:
            raise CannotLoad(
                f"{where} needs {error.name}, which only the notebook itself computes.\n"
                "Here imports, functions, classes and tasks are run, and nothing else: write the "
                "value in its place."
            ) from error
        if isinstance(error, SyntaxError):
            raise CannotLoad(f"{where}: line {error.lineno} is not Python: {error.msg}") from error
        raise CannotLoad(f"{where}: {type(error).__name__}: {error}") from error


def _quiet_shell() -> InteractiveShell:
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    shell = InteractiveShell(config=Config(HistoryManager={"enabled": False}))
    for shown in ("showtraceback", "showsyntaxerror"):
        setattr(shell, shown, _keep_quiet)
    return shell


def _keep_quiet(*args: Any, **options: Any) -> None:
    """What goes wrong in a cell is told by CannotLoad, once."""
