"""What does more data cost on which executor? The runs of a history, as table, picture and text."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from wfkit.api.declaring import DeclaredDag
from wfkit.api.shapes import MOST_BYTES
from wfkit.core.scaling import ScaleRun, Scaling, newest, scale_run
from wfkit.core.secret_formats import MASK
from wfkit.core.secret_names import is_sensitive
from wfkit.engine.executors.choice import EXECUTOR_NAMES
from wfkit.engine.store import Store
from wfkit.engine.stored import from_bytes
from wfkit.engine.stores import StoreChoice, store_for
from wfkit.views.shape_words import shape_of

if TYPE_CHECKING:
    from pandas import DataFrame

    from wfkit.views.picture import Picture

_UNKNOWN: Any = object()


class DagScaling:
    """How long runs of a Dag took, by executor and number of partitions; shown as a picture.

    As text it tells the executor, the partitions and the result of each run; the seconds, which
    are never twice the same, are in the picture and in `frame`.
    """

    def __init__(self, known: Scaling) -> None:
        self._known = known

    @cached_property
    def frame(self) -> DataFrame:
        """The table: run_id, executor, partitions, seconds, result."""
        from pandas import DataFrame

        return DataFrame(self._known.runs, columns=ScaleRun._fields)

    def plot(self) -> Picture:
        """A line for each executor: seconds over partitions; and its text."""
        from wfkit.views.scaling import scaling_picture

        return scaling_picture(self._known)

    def __repr__(self) -> str:
        from wfkit.views.scaling import scaling_text

        return scaling_text(self._known)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> Mapping[str, Any]:
        return self.plot()._repr_mimebundle_(include, exclude)


def find_scaling(dag: DeclaredDag, task: str | None, most: int, choice: StoreChoice) -> DagScaling:
    """Return how the newest runs of `dag` compare. Raises UnknownTask."""
    name = _last_task(dag) if task is None else dag.graph.known(task)
    store = store_for(choice)
    runs = newest(_runs(store, dag.name, name, most), EXECUTOR_NAMES)
    results = [_result(store, dag.name, it.run_id, name) for it in runs]
    told = [
        it._replace(result=_words(name, value)) for it, value in zip(runs, results, strict=True)
    ]
    return DagScaling(Scaling(dag.name, name, told, *_compared(runs, results)))


def _last_task(dag: DeclaredDag) -> str:
    ends = dag.graph.leaves
    return ends[-1] if ends else ""


def _runs(store: Store, dag: str, task: str, most: int) -> Iterator[ScaleRun]:
    for record in store.runs(dag, most):
        found = scale_run(store.events(dag, record.run_id), task)
        if found is not None:
            yield found


def _result(store: Store, dag: str, run_id: str, task: str) -> Any:
    """Return what a task returned, where it did so once and it is not large."""
    data = store.read_result(dag, run_id, (task, -1), MOST_BYTES)
    if data is not None:
        # Any class may fail to be built again.
        with contextlib.suppress(Exception):
            return from_bytes(data)
    return _UNKNOWN


def _words(task: str, value: Any) -> str:
    if value is _UNKNOWN:
        return "–"
    return MASK if is_sensitive(task) else str(shape_of(value))


def _compared(
    runs: Sequence[ScaleRun], results: Sequence[Any]
) -> tuple[Sequence[int], Sequence[int]]:
    """Return over how many partitions the results are the same, and over how many they differ."""
    found: dict[int, list[Any]] = {}
    for it, value in zip(runs, results, strict=True):
        if value is not _UNKNOWN:
            found.setdefault(it.partitions, []).append(value)
    several = {at: values for at, values in found.items() if len(values) > 1}
    same = [at for at, (first, *rest) in several.items() if _are_same(first, rest)]
    return same, [at for at in several if at not in same]


def _are_same(first: Any, others: Iterable[Any]) -> bool:
    # Any class may compare in its own way, or refuse to.
    with contextlib.suppress(Exception):
        return all(type(it) is type(first) and _is_same(first, it) for it in others)
    return False


def _is_same(one: Any, other: Any) -> bool:
    return bool(one.equals(other) if hasattr(one, "equals") else one == other)
