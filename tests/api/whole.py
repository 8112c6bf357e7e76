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
_OF_OPTIONS = frozenset({"5", "8", "10", "11", "13", "15", "15 starts", "16", "16 items", "17"})
_OF_A_WITNESS = frozenset({"1", "19 openings", "19 values", "20", "21", "22", "C"})


def complaints_of(
    run: DagRun,
    slots: int,
    *,
    faults: Sequence[str | Fault] = (),
    choices: Mapping[str, tuple[str, ...]] | None = None,
    is_changed: bool = False,
) -> list[str]:
    """Return everything that is wrong with the record of a run that has ended.

    `choices` are what its branches return. With `is_changed` the tasks had other options when it
    began, so that nothing is known of its rules and limits.
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
    left_out = _OF_A_WITNESS | (_OF_OPTIONS | {"deadlines"} if is_changed else frozenset())
    left_out |= frozenset() if run.store.is_durable else {"19"}
    checks = {name: it for name, it in CHECKS.items() if name not in left_out}
    return [
        f"{name}: {it}" for name, check in {"L": run_ends, **checks}.items() for it in check(story)
    ]


def _scene(graph: Graph, name: str, choice: tuple[str, ...] | None) -> Scene:
    data = [it.name for it in graph.sources[name] if it.kind is SourceKind.UPSTREAM]
    lister = graph.expanded_over(name)
    if lister is not None:  # it comes first, as in a scenario
        data = [lister, *(it for it in data if it != lister)]
    return Scene(name, tuple(data), {}, _NO_ACT, choice=choice)


def _results(run: DagRun) -> dict[tuple[str, int], Any]:
    found = {}
    for key in run.snapshot.instances:
        data = run.store.read_result(run.dag_name, run.run_id, key)
        if data is not None:
            found[key] = from_bytes(data)
    return found
