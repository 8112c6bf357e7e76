"""What must hold for any run of the public API: the promises that the simulation has words for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tests.engine.simulation.invariants import CHECKS, run_ends
from tests.engine.simulation.scenario import Scenario, Scene
from tests.engine.simulation.story import Story
from tests.engine.simulation.witness import Witness
from wfkit.api.dag_run import DagRun
from wfkit.core.graph import Graph, SourceKind
from wfkit.engine.faults import Fault, parse_fault
from wfkit.engine.stored import from_bytes

_NO_ACT = ((), ())
_OF_A_WITNESS = frozenset({"1", "19 openings", "19 values", "20", "21", "22", "C"})


def complaints_of(
    run: DagRun,
    slots: int,
    *,
    faults: Sequence[str | Fault] = (),
    choices: Mapping[str, tuple[str, ...]] | None = None,
) -> list[str]:
    """Return everything that is wrong with the record of a run that has ended.

    `choices` are what its branches return.
    """
    log = run.events
    plot = Scenario(
        seed=0,
        scenes=tuple(
            _scene(run.graph, name, (choices or {}).get(name)) for name in run.graph.order
        ),
        slots=slots,
        crashes=(),
        cancel_at=None,
        deadline=None,
        faults=tuple(it if isinstance(it, Fault) else parse_fault(it) for it in faults),
        again=(),
        has_yesterday=False,
        rates=(1, 1),
        lingers=False,
        set_back=0.0,
    )
    is_real = log[0].detail is None or log[0].detail["clock"] == "system"
    results = _results(run)
    story = Story(plot, run.graph, run.run_id, slots, log, results, Witness(), None, is_real)
    checks = {name: it for name, it in CHECKS.items() if name not in _OF_A_WITNESS}
    return [
        f"{name}: {it}" for name, check in {"L": run_ends, **checks}.items() for it in check(story)
    ]


def _scene(graph: Graph, name: str, choice: tuple[str, ...] | None) -> Scene:
    options = graph.tasks[name].options
    data = [it.name for it in graph.sources[name] if it.kind is SourceKind.UPSTREAM]
    if options.expand in data:
        data.sort(key=lambda it: it != options.expand)
    return Scene(name, tuple(data), {}, _NO_ACT, choice=choice)


def _results(run: DagRun) -> dict[tuple[str, int], Any]:
    found = {}
    for key in run.snapshot.instances:
        data = run.store.read_result(run.dag_name, run.run_id, key)
        if data is not None:
            found[key] = from_bytes(data)
    return found
