"""Scenarios for a real clock: a second is two milliseconds, and nothing has to be in time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.engine.simulation.scenario import Act, Scenario, Scene

SECOND = 0.002
_DURATIONS = ("retry_delay", "max_retry_delay", "poke_interval", "takes")
_LIMITS = ("timeout", "wait_timeout", "deadline")


def hurried(plot: Scenario) -> Scenario:
    """Return a scenario without limits of time, to be played on a clock on the wall."""
    return plot._replace(
        scenes=tuple(_scene(scene) for scene in plot.scenes),
        cancel_at=None,
        deadline=None,
        faults=tuple(fault for fault in plot.faults if fault.kind == "lost"),
        lingers=False,
        set_back=0.0,
    )


def _scene(scene: Scene) -> Scene:
    acts = tuple(tuple(_act(act) for act in turns) for turns in scene.acts)
    return scene._replace(options=_options(scene.options), acts=acts)


def _act(act: Act) -> Act:
    return Act("raises") if act.kind == "hangs" else act._replace(takes=act.takes * SECOND)


def _options(options: Mapping[str, Any]) -> dict[str, Any]:
    found = {name: value for name, value in options.items() if name not in _LIMITS}
    for name in _DURATIONS:
        if found.get(name):
            found[name] *= SECOND
    return found
