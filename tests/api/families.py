"""Dags of all kinds for every executor: the scenarios of the simulation, with bodies that travel.

Bodies depend on their inputs and their attempt alone, and wait for nothing, so that they may run
on any clock and in any process.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from zlib import crc32

from tests.engine.simulation.bodies import PARAMETERS, Flaky, value_of
from tests.engine.simulation.scenario import POOLS, Scenario, Scene
from tests.engine.simulation.twins import steady
from wfkit import Dag, Fail, Skip
from wfkit.api.dag_run import DagRun
from wfkit.core.task import Task
from wfkit.core.task_options import TaskOptions

CHANCE = ("15%", "40%", "always", "bad")
NO_TIME = {
    "retry_delay": 0.0,
    "poke_interval": 0.01,
    "wait_timeout": None,
    "timeout": None,
    "takes": 0.0,
    "deadline": None,
}


def dag_of(plot: Scenario, folder: Path) -> Dag:
    """The Dag of a scenario; its sensors count their looks in `folder`."""
    return Dag(
        "family",
        [_task(scene, folder) for scene in plot.scenes],
        params={"rate": plot.rates[0]},
        pools=POOLS,
        max_active_tasks=min(plot.slots, 4),
    )


def faults_of(plot: Scenario) -> list[str]:
    """Some of its tasks are hit by chance, some lose a process, some return what is damaged."""
    names = sorted(scene.name for scene in plot.scenes if _may_be_hit(scene))
    found = [f"{name}:{CHANCE[i % len(CHANCE)]}" for i, name in enumerate(names[::4])]
    return [*found, *(f"{name}:lost" for name in names[1::6])]


def _may_be_hit(scene: Scene) -> bool:
    # A damaged answer leads a branch elsewhere, and a sensor to look for ever.
    return scene.choice is None and not scene.options.get("sensor")


def _task(scene: Scene, folder: Path) -> Task:
    inputs = dict(zip(PARAMETERS, scene.data, strict=False))
    options = TaskOptions(**{**scene.options, **NO_TIME})
    return Task((_reader if scene.data else _starter)(scene, folder), options, scene.name, inputs)


def _reader(scene: Scene, folder: Path) -> Callable[..., Any]:
    def read(rate, attempt, a, b=-1, c=-1, d=-1, e=-1):  # type: ignore[no-untyped-def]  # noqa: PLR0917
        return perform(scene, folder, attempt, f"{rate} {a} {b} {c} {d} {e}")

    return read


def _starter(scene: Scene, folder: Path) -> Callable[..., Any]:
    return lambda rate, attempt: perform(scene, folder, attempt, str(rate))


def perform(scene: Scene, folder: Path, attempt: int, inputs: str) -> Any:
    """Do what the scenario says; `inputs` stand for the instance, which a body does not know."""
    print(f"{scene.name} {attempt} {inputs}")  # noqa: T201 - prints are part of what a body does
    turn, looks = attempt, 0
    if scene.options.get("sensor"):
        file = folder / scene.name
        with file.open("a") as marks:
            marks.write("x")
        looks = file.stat().st_size
        turn = looks
    kind = scene.act(crc32(inputs.encode()), 0, turn).kind
    if kind == "waits":
        return None
    if kind in ("raises", "hangs"):
        raise Flaky(f"attempt {attempt}, look {looks}")
    if kind == "fails":
        raise Fail(scene.name)
    if kind == "skips":
        raise Skip(scene.name)
    return value_of(scene, 1, inputs)


def ends(run: DagRun) -> Iterator[tuple[Any, ...]]:
    """How each task instance ended that waits for all above it, and all that do above it."""
    kept = steady(run.graph)
    lines: dict[tuple[str, int], list[tuple[int, str]]] = {}
    for line in run.lines:
        lines.setdefault((line.task, line.map_index), []).append((line.attempt, line.text))
    for key, it in sorted(run.snapshot.instances.items()):
        if it.task in kept:
            error = it.error and (it.error["type"], it.error["message"])
            value = run._result(*key) if it.state == "success" else None
            yield key, it.state.value, it.attempt, error, value, sorted(lines.get(key, ()))
