"""Which runs were there before? A list of them that reads well as text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from wfkit.api.dag_run import DagRun
from wfkit.api.declaring import DeclaredDag
from wfkit.core.errors import UnknownRun
from wfkit.core.grid import Grid, GridRun
from wfkit.core.listed import Listed
from wfkit.engine.store import RunRecord, Store
from wfkit.engine.stores import StoreChoice, store_for

if TYPE_CHECKING:
    from wfkit.views.picture import Picture


_NO_RUNS = "Run it first. (Simulated runs are in memory only: dag.simulate(...).runs[0].explain())"


class Runs(Listed[DagRun]):
    """Runs of a Dag, oldest first; shown as a grid of runs and tasks.

    `has_older` says that these are not all.
    """

    def __init__(
        self,
        dag: DeclaredDag,
        records: Iterable[RunRecord],
        store: Store,
        *,
        has_older: bool = False,
    ) -> None:
        self._dag, self._store, self.has_older = dag, store, has_older
        self._records = list(records)

    @cached_property
    def _runs(self) -> list[DagRun]:
        return [_run(self._dag, record.run_id, self._store) for record in self._records]

    @property
    def _items(self) -> Sequence[DagRun]:
        return self._runs

    def __len__(self) -> int:
        return len(self._records)

    def __repr__(self) -> str:
        from wfkit.views.grid_text import grid_text

        return grid_text(self._grid())

    def picture(self) -> Picture:
        """Return the grid as a drawing with its text twin."""
        from wfkit.views.grid import grid_picture

        return grid_picture(self._grid())

    def data(self) -> dict[str, Any]:
        """Return the grid, and what is told of each of its cells, as plain data for a page."""
        from wfkit.views.grid_spots import grid_data
        from wfkit.views.reasons import Story

        name, graph = self._dag.name, self._dag.graph
        return grid_data(self._grid(), lambda it: Story.of(self._store.events(name, it), graph))

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> Mapping[str, Any]:
        return self.picture()._repr_mimebundle_(include, exclude)

    def _grid(self) -> Grid:
        """Look up how the runs and their tasks stand."""
        name, count = self._dag.name, len(self._records)
        if not count:
            return Grid(name, self._dag.graph.order, [])
        known = {record.run_id for record in self._records}
        listed = self._store.outlines(name, count)
        # Runs that have begun since these were listed push them down.
        while not known <= {it.run_id for it in listed} and len(listed) == count:
            count *= 2
            listed = self._store.outlines(name, count)
        states = self._store.task_states(name, count)
        runs = [GridRun(it, states.get(it.run_id, {})) for it in listed if it.run_id in known]
        return grid_of(self._dag, runs, has_older=self.has_older)


def grid_of(dag: DeclaredDag, runs: Sequence[GridRun], *, has_older: bool = False) -> Grid:
    """Return these runs with the tasks of a Dag; those not declared any more come last."""
    declared = dag.graph.order
    # Runs that ended alike share their instances.
    distinct = {id(run.instances): run.instances for run in runs}.values()
    gone = {task for instances in distinct for task, _ in instances} - {*declared}
    return Grid(dag.name, [*declared, *sorted(gone)], runs, has_older)


def find_runs(dag: DeclaredDag, most: int, choice: StoreChoice) -> Runs:
    """Return the newest runs of `dag` in a store."""
    store = store_for(choice)
    records = store.runs(dag.name, most + 1)
    return Runs(dag, records[-most:], store, has_older=len(records) > most)


def _run(dag: DeclaredDag, run_id: str, store: Store) -> DagRun:
    ran = dag.ran
    found = DagRun(dag.name, run_id, store, dag.graph)
    if ran is None or ran.run_id != run_id or ran.store is not store:
        return found
    # What a broken store could not take in may have been written down since.
    if ran.broke_down:
        return found if found.state.is_terminal else ran
    return ran.newest()


def find_run(dag: DeclaredDag, run_id: str | None, choice: StoreChoice) -> DagRun:
    """Return the run of this run_id, or the last one. Raises UnknownRun where there is none."""
    if dag.ran is not None and run_id in (None, dag.ran.run_id) and choice == "default":
        return _run(dag, dag.ran.run_id, store_for(dag.ran.store))
    store = store_for(choice)
    records = store.runs(dag.name)
    known = [record.run_id for record in records]
    if not known:
        raise UnknownRun(f"{dag.name} has no runs yet.\n{_NO_RUNS}")
    if run_id is not None and run_id not in known:
        raise UnknownRun(f'{dag.name} has no run "{run_id}".\nIts last run is {known[-1]}.')
    return _run(dag, run_id or known[-1], store)
