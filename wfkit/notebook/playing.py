"""What is shown as a page of its own where there is a front end? What asks to be touched."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from wfkit.api.alerting import Alerts
from wfkit.api.dag import Dag
from wfkit.api.history import Runs
from wfkit.api.replay import Replay
from wfkit.api.shapes import last_shapes
from wfkit.api.simulation import SimulatedRuns, Simulation
from wfkit.notebook.live import is_live
from wfkit.notebook.page import page_bundle
from wfkit.views.explore import explore_data

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell


class Pages:
    """Shows Dags, replays, grids and schedules as pages, as long as it is attached."""

    def __init__(self, shell: InteractiveShell) -> None:
        self._shell = shell

    def attach(self) -> None:
        """Begin to show pages."""
        for kind, bundle in _BUNDLES.items():
            self._formatter.for_type(kind, self._shown(bundle))

    def detach(self) -> None:
        """Leave the shell as it was."""
        for kind in _BUNDLES:
            self._formatter.pop(kind, None)

    @property
    def _formatter(self) -> Any:
        formatter = self._shell.display_formatter
        assert formatter is not None
        return formatter.mimebundle_formatter

    def _shown(self, bundle: Callable[[Any], Mapping[str, str]]) -> Callable[[Any], Any]:
        return lambda it: bundle(it) if is_live(self._shell) else it._repr_mimebundle_()


def replay_bundle(replay: Replay) -> Mapping[str, str]:
    """Return a replay in each form that a front end may show."""
    return page_bundle("replay", replay.data(), replay.picture())


def dag_bundle(
    dag: Dag, highlight: str | None = None, group: str | None = None
) -> Mapping[str, str]:
    """Return a Dag in each form that a front end may show, with what its last run returned.

    `highlight` is a task to begin with, `group` one to show in full. Raises UnknownTask or
    InvalidOption for a name that the Dag does not have.
    """
    settled = dag.show(highlight=highlight, group=group)
    data = explore_data(dag.name, dag.graph, dag.params, last_shapes(dag), group)
    picked = data["names"].index(highlight) if highlight in data["names"] else None
    return page_bundle("explore", {**data, "picked": picked}, settled)


def touched_bundle(it: Runs | SimulatedRuns | Simulation | Alerts) -> Mapping[str, str]:
    """Return a picture whose parts tell what they are, in each form that a front end may show."""
    data, settled = it.data(), it.picture()
    return page_bundle("touched", data, settled) if data["spots"] else settled._repr_mimebundle_()


_BUNDLES: Mapping[type, Callable[[Any], Mapping[str, str]]] = {
    Replay: replay_bundle,
    Dag: dag_bundle,
    Runs: touched_bundle,
    SimulatedRuns: touched_bundle,
    Simulation: touched_bundle,
    Alerts: touched_bundle,
}
