"""Do two plays of one scenario end in the same states and results? (invariant M)"""

from __future__ import annotations

from collections.abc import Iterator

from tests.engine.simulation.scenario import Scenario
from tests.engine.simulation.story import Story, outcome
from wfkit.core.graph import Graph

_EARLY = frozenset({"one_success", "one_failed", "always"})


def is_comparable(plot: Scenario) -> bool:
    """False where the end depends on the moment: a cancel, faults that count attempts."""
    depends_on_time = plot.cancel_at is not None or plot.lingers or plot.set_back > 0
    return not depends_on_time and all(fault.kind == "lost" for fault in plot.faults)


def differences(one: Story, other: Story) -> Iterator[str]:
    """What two plays do not have in common, below tasks that wait for everything above them."""
    if _gave_up_on_losses(one) or _gave_up_on_losses(other):
        return
    kept = steady(one.graph)
    for key in sorted(one.states.keys() | other.states.keys()):
        if key[0] not in kept:
            continue
        here, there = one.states.get(key), other.states.get(key)
        if here != there:
            yield f"M: {key} is {here} in one play, {there} in the other"
        elif one.results.get(key) != other.results.get(key):
            yield f"M: {key} is {one.results.get(key)!r} or {other.results.get(key)!r}"


def _gave_up_on_losses(story: Story) -> bool:
    return any(event.to_state == "failed" and outcome(event) == "lost" for event in story.log)


def steady(graph: Graph) -> set[str]:
    """Return the tasks that wait for everything above them, as do all above them."""
    hasty = {name for name in graph.tasks if _is_hasty(graph, name)}
    below = hasty.union(*(graph.descendants(name) for name in hasty))
    return set(graph.tasks) - below


def _is_hasty(graph: Graph, name: str) -> bool:
    options = graph.tasks[name].options
    starts_early = options.trigger_rule.value in _EARLY and bool(graph.upstream[name])
    # Of two instances with equal items the second one may find what the first one returned.
    shares = options.cache and options.expand is not None
    return starts_early or shares or options.wait_timeout is not None
