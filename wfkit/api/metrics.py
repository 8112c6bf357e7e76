"""How reliable and how quick was a Dag? Its figures as tables, as a picture and as text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from wfkit.api.declaring import DeclaredDag
from wfkit.core.history import RunHistory
from wfkit.core.metrics import figures
from wfkit.engine.stores import StoreChoice, store_for

if TYPE_CHECKING:
    from pandas import DataFrame

    from wfkit.views.picture import Picture


class Metrics:
    """The figures of some runs of a Dag; shown as a picture.

    `runs` is a table of the runs, `tasks` one of the tasks. Durations are in seconds, from the
    start of the first attempt to the end, and in `tasks` those that 50 %, 90 % and 100 % of the
    task instances did not exceed. `success_rate` is a share of those that ran: neither skipped
    nor cancelled nor kept from running by a failure before them.
    """

    def __init__(
        self, dag: DeclaredDag, runs: Sequence[RunHistory], *, has_older: bool = False
    ) -> None:
        self._where = dag.options.timezone
        self._figures = figures(dag.name, dag.graph.order, runs, has_older=has_older)

    @cached_property
    def runs(self) -> DataFrame:
        """A row for each run, oldest first.

        Columns: run_id, run_type, logical_date, state, due, started, ended, duration, lateness,
        retries, deadline_missed.
        """
        from wfkit.api.history_frames import run_frame

        return run_frame(self._figures, self._where)

    @cached_property
    def tasks(self) -> DataFrame:
        """A row for each task, in the order of the graph.

        Columns: success, failed, not_run, success_rate, retries, duration_50, duration_90,
        duration_max.
        """
        from wfkit.api.history_frames import task_frame

        return task_frame(self._figures)

    def plot(self) -> Picture:
        """How the runs ended and how long they took, which tasks fail and are slow; as text too."""
        from wfkit.views.metrics import metrics_picture

        return metrics_picture(self._figures)

    def __repr__(self) -> str:
        from wfkit.views.metrics_text import metrics_text

        return metrics_text(self._figures)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> Mapping[str, Any]:
        return self.plot()._repr_mimebundle_(include, exclude)


def find_history(dag: DeclaredDag, most: int | None, choice: StoreChoice) -> DataFrame:
    """Return a table of the newest runs of `dag`, with a row for each task instance."""
    from wfkit.api.history_frames import history_frame

    return history_frame(dag, store_for(choice).histories(dag.name, most))


def find_metrics(dag: DeclaredDag, most: int, choice: StoreChoice) -> Metrics:
    """Return the figures of the newest runs of `dag`."""
    found = store_for(choice).histories(dag.name, most + 1)
    return Metrics(dag, found[-most:], has_older=len(found) > most)
