"""The tasks of a scenario: bodies that do what the scenario says, in every attempt."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from zlib import crc32

from tests.engine.simulation.scenario import Scenario, Scene
from wfkit.core.graph import Graph
from wfkit.core.task import Task
from wfkit.core.task_options import TaskOptions

PARAMETERS = "abcde"
Play = Callable[[int, dict[str, Any]], Any]


class Flaky(ConnectionError):
    """What a body raises."""


class Player:
    """Where bodies find who plays them now: a new one after each crash."""

    play: Play

    def __init__(self) -> None:
        self.leave()

    def leave(self) -> None:
        """Have nobody play."""
        self.play = _nobody


class Stage:
    """The Dags of a scenario, whose bodies do what the `player` says."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenes = {scene.name: scene for scene in scenario.scenes}
        self.player = player = Player()
        self._readers = {1: _reader_1(player), 2: _reader_2(player)}
        self._starters = {1: _starter_1(player), 2: _starter_2(player)}
        self.today = self._graph(1, 2)
        self.yesterday = self._graph(1, 1) if scenario.has_yesterday else None

    def _graph(self, version: int, changed: int) -> Graph:
        return Graph(
            [
                self._task(scene, changed if scene.is_changed else version)
                for scene in self.scenes.values()
            ],
            ("rate",),
        )

    def _task(self, scene: Scene, version: int) -> Task:
        functions = self._readers if scene.data else self._starters
        inputs = dict(zip(PARAMETERS, scene.data, strict=False))
        return Task(functions[version], TaskOptions(**scene.options), scene.name, inputs)


def _nobody(version: int, inputs: dict[str, Any]) -> Any:
    raise AssertionError("a body was called while nobody plays")


def _reader_1(player: Player) -> Callable[..., Any]:
    def read(rate, a, b=-1, c=-1, d=-1, e=-1):  # type: ignore[no-untyped-def]  # noqa: PLR0917
        return player.play(1, {"rate": rate, "a": a, "b": b, "c": c, "d": d, "e": e})

    return read


def _reader_2(player: Player) -> Callable[..., Any]:
    def read(rate, a, b=-1, c=-1, d=-1, e=-1):  # type: ignore[no-untyped-def]  # noqa: PLR0917
        return player.play(2, {"rate": rate, "a": a, "b": b, "c": c, "d": d, "e": e})

    return read


def _starter_1(player: Player) -> Callable[..., Any]:
    return lambda rate: player.play(1, {"rate": rate})


def _starter_2(player: Player) -> Callable[..., Any]:
    return lambda rate: player.play(2, {"rate": rate})


def value_of(scene: Scene, version: int, inputs: str) -> Any:
    """Return what a body returns: the same for the same code and inputs, in every attempt."""
    number = crc32(f"{scene.name} {version} {inputs}".encode())
    if scene.choice is not None:
        return list(scene.choice) or None
    if scene.length is not None:
        return [(number >> 3 * i) % 8 for i in range(scene.length)]
    return number
