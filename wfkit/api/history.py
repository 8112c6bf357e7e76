"""What happened before: lists of runs and of log lines that read well as text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, overload

from wfkit.api.dag_run import DagRun
from wfkit.api.declaring import DeclaredDag
from wfkit.core.errors import UnknownRun
from wfkit.core.grid import Grid, GridRun
from wfkit.core.states import RunState
from wfkit.engine.capture import LogLine
from wfkit.engine.store import RunRecord, Store
from wfkit.engine.stores import StoreChoice, store_for

if TYPE_CHECKING:
    from wfkit.views.picture import Picture


class Runs(Sequence[DagRun]):
    """Runs of a Dag, oldest first; shown as a grid of runs and tasks."""

    def __init__(self, dag: DeclaredDag, records: Iterable[RunRecord], store: Store) -> None:
        self._dag, self._store = dag, store
        self._records = list(records)
        self._runs = [_run(dag, record.run_id, store) for record in self._records]

    @overload
    def __getitem__(self, index: int) -> DagRun: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[DagRun]: ...

    def __getitem__(self, index: int | slice) -> DagRun | Sequence[DagRun]:
        return self._runs[index]

    def __len__(self) -> int:
        return len(self._runs)

    def __repr__(self) -> str:
        from wfkit.views.grid import grid_text

        return grid_text(self._grid())

    def picture(self) -> Picture:
        """Return the grid as a drawing with its text twin."""
        from wfkit.views.grid import grid_picture

        return grid_picture(self._grid())

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> Mapping[str, Any]:
        return self.picture()._repr_mimebundle_(include, exclude)

    def _grid(self) -> Grid:
        """Look up how the tasks of the runs stand; those not declared any more come last."""
        name = self._dag.name
        states = self._store.task_states(name, len(self._records)) if self._records else {}
        runs = [
            GridRun(it.run_id, it.logical_date, RunState(it.state), states.get(it.run_id, {}))
            for it in self._records
        ]
        declared = self._dag.graph.order
        gone = {task for run in runs for task, _ in run.instances} - {*declared}
        return Grid(name, [*declared, *sorted(gone)], runs)


class Logs(Sequence[LogLine]):
    """Log lines of a run, each with the task that it belongs to."""

    def __init__(self, lines: Iterable[LogLine]) -> None:
        self._lines = list(lines)

    @overload
    def __getitem__(self, index: int) -> LogLine: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[LogLine]: ...

    def __getitem__(self, index: int | slice) -> LogLine | Sequence[LogLine]:
        return self._lines[index]

    def __len__(self) -> int:
        return len(self._lines)

    def __repr__(self) -> str:
        return "\n".join(self._shown()) or "no log lines"

    def _shown(self) -> Iterator[str]:
        from wfkit.views.wording import log_text

        labels = [_label(line) for line in self._lines]
        width = max(map(len, labels), default=0)
        for label, line in zip(labels, self._lines, strict=True):
            mark = "" if line.level in ("stdout", "display") else f"{line.level}: "
            yield f"{label:<{width}} | {mark}{log_text(line.text)}"


def _label(line: LogLine) -> str:
    mapped = f"[{line.map_index}]" if line.map_index >= 0 else ""
    return f"{line.task}{mapped}" + (f" (attempt {line.attempt})" if line.attempt > 1 else "")


def find_runs(dag: DeclaredDag, most: int, choice: StoreChoice) -> Runs:
    """Return the newest runs of `dag` in a store."""
    store = store_for(choice)
    records = store.runs(dag.name, most)
    return Runs(dag, records, store)


def _run(dag: DeclaredDag, run_id: str, store: Store) -> DagRun:
    ran = dag.ran
    found = DagRun(dag.name, run_id, store, dag.graph)
    if ran is None or ran.run_id != run_id or ran.store is not store:
        return found
    # What a broken store could not take in may have been written down since.
    if ran.broke_down:
        return found if found.state.is_terminal else ran
    return ran.newest()


@dataclass(frozen=True, kw_only=True)
class LogQuery:
    """Which lines are wanted; None means all."""

    task: str | None = None
    attempt: int | None = None
    level: str | None = None
    grep: str | None = None
    most: int | None = None

    def matches(self, line: LogLine) -> bool:
        """Return True for a line that is wanted."""
        return (
            self.task in (None, line.task)
            and self.attempt in (None, line.attempt)
            and (self.level is None or line.level.casefold() == self.level.casefold())
            and (self.grep is None or self.grep in line.text)
        )


def find_logs(dag: DeclaredDag, run_id: str | None, query: LogQuery, choice: StoreChoice) -> Logs:
    """Return the log lines of one run that match; raises for a task or run that is not there."""
    if query.task is not None:
        query = replace(query, task=dag.graph.known(query.task))
    found = [line for line in find_run(dag, run_id, choice).lines if query.matches(line)]
    return Logs(found[-query.most :] if query.most else found)


def find_run(dag: DeclaredDag, run_id: str | None, choice: StoreChoice) -> DagRun:
    """Return the run of this run_id, or the last one. Raises UnknownRun where there is none."""
    if dag.ran is not None and run_id in (None, dag.ran.run_id) and choice == "default":
        return _run(dag, dag.ran.run_id, store_for(dag.ran.store))
    store = store_for(choice)
    records = store.runs(dag.name)
    known = [record.run_id for record in records]
    if not known:
        raise UnknownRun(f"{dag.name} has no runs yet.\nRun it first.")
    if run_id is not None and run_id not in known:
        raise UnknownRun(f'{dag.name} has no run "{run_id}".\nIts last run is {known[-1]}.')
    return _run(dag, run_id or known[-1], store)
