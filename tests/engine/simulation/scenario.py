"""One integer, one story: a Dag, what each attempt does, and everything that goes wrong."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

from wfkit.core.trigger_rules import TriggerRule
from wfkit.engine.faults import Fault

T = TypeVar("T")
POOLS = {"api": 1, "db": 2}
YESTERDAY = -1
"""The epoch of the run before the one that is looked at."""

_RULES = (*[TriggerRule.ALL_SUCCESS] * 8, *TriggerRule)
_DEGREES = (0, 1, 1, 1, 2, 2, 2, 3, 4, 5)
_TIMES = (0, 0, 0, 1, 1, 2, 3, 3, 5)
_FAULTS = ("lost", "lost", "hang", "slow", "fail", "bad")


class Act(NamedTuple):
    """What a body does in one turn: it sleeps for `takes` seconds, and ends as `kind` says.

    `kind` is returns, waits (a sensor that must look again), raises, fails, skips or hangs.
    """

    kind: str
    takes: float = 0


class Scene(NamedTuple):
    """One task. `data` are the upstream tasks that it reads, `length` is that of its list.

    `acts` holds a list of turns for even and for odd instances; the last turn stays. `choice`
    is what a branch returns. `is_changed` says that its code is not what it was yesterday.
    """

    name: str
    data: tuple[str, ...]
    options: Mapping[str, Any]
    acts: tuple[tuple[Act, ...], ...]
    length: int | None = None
    choice: tuple[str, ...] | None = None
    is_changed: bool = False

    def act(self, map_index: int, epoch: int, turn: int) -> Act:
        """What the body does when it is called for the `turn`-th time (from 1) in an epoch."""
        turns = self.acts[(max(map_index, 0) + epoch) % 2]
        return turns[min(turn, len(turns)) - 1]


class Again(NamedTuple):
    """What the user does with a run that has ended: resume it, or clear a task of it."""

    cleared: str = ""
    with_downstream: bool = True


class Scenario(NamedTuple):
    """A story before it is played.

    `crashes` counts the places at which the process may die, from the beginning: it dies at
    these. `cancel_at` is in seconds from the start of the run. With `lingers` no body can be
    stopped. `set_back` is by how many seconds the clock is wrong after each death.
    """

    seed: int
    scenes: tuple[Scene, ...]
    slots: int
    crashes: tuple[int, ...]
    cancel_at: float | None
    deadline: float | None
    faults: tuple[Fault, ...]
    again: tuple[Again, ...]
    has_yesterday: bool
    rates: tuple[int, int]
    lingers: bool
    set_back: float


def scenario(seed: int) -> Scenario:
    """Return the story of a seed."""
    return _Author(seed).write()


class _Author:
    """Makes up a story; every choice comes from one generator, in one order."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._random = random.Random(seed)
        self._draw = self._random.random
        self._in_pools = 0.0

    def write(self) -> Scenario:
        count = 1 + int(21 * self._draw() ** 2)
        self._in_pools = self._pick((0.1, 0.1, 0.2, 0.8))
        names = self._names(count)
        scenes: list[Scene] = []
        for i, name in enumerate(names):
            scenes.append(self._scene(name, names[:i], scenes))
        scenes = [self._with_choice(scene, scenes) for scene in scenes]
        has_yesterday = self._chance(0.3) and any(scene.options.get("cache") for scene in scenes)
        return Scenario(
            seed=self._seed,
            scenes=tuple(self._shuffled(scenes)),
            slots=self._pick((1, 2, 3, 8)),
            crashes=self._crashes(count),
            cancel_at=self._below(8) + self._pick((0, 0.5)) if self._chance(0.15) else None,
            deadline=1.0 + self._below(9) if self._chance(0.1) else None,
            faults=self._faults(scenes),
            again=self._again(names),
            has_yesterday=has_yesterday,
            rates=(1, self._pick((1, 1, 2))),
            lingers=self._chance(0.15),
            set_back=5.0 if self._chance(0.1) else 0.0,
        )

    def _pick(self, choices: Sequence[T]) -> T:
        return choices[int(self._draw() * len(choices))]

    def _below(self, limit: int) -> int:
        return int(self._draw() * limit)

    def _chance(self, probability: float) -> bool:
        return self._draw() < probability

    def _shuffled(self, things: Sequence[T]) -> list[T]:
        return sorted(things, key=lambda _: self._draw())

    def _names(self, count: int) -> list[str]:
        return [f"{self._pick('abcdefgh')}{i}" for i in range(count)]

    def _some(self, names: Sequence[str], most: int) -> list[str]:
        found: list[str] = []
        for _ in range(min(most, len(names))):
            # Those that came last more often, so that chains come about and not only bushes.
            name = names[len(names) - 1 - int(len(names) * self._draw() ** 2)]
            if name not in found:
                found.append(name)
        return found

    def _scene(self, name: str, above: Sequence[str], scenes: Sequence[Scene]) -> Scene:
        upstream = self._some(above, self._pick(_DEGREES))
        data = [up for up in upstream if self._chance(0.7)]
        options = self._options()
        options["after"] = tuple(up for up in upstream if up not in data)
        kind = self._draw()
        listed = [it.name for it in scenes if it.length is not None and it.name in data]
        length = choice = None
        if listed and kind < 0.7:
            data.remove(listed[0])
            data.insert(0, listed[0])
            options["expand"] = "a"
        elif kind < 0.08:
            options.update(sensor=True, poke_interval=float(self._pick((1, 2, 5))))
            options["wait_timeout"] = self._pick((None, 3.0, 8.0))
        elif kind < 0.18:
            options["branch"], choice = True, ()
        elif kind < 0.36:
            length = self._below(5)
        acts = (self._turns(options), self._turns(options))
        return Scene(name, tuple(data), options, acts, length, choice, self._chance(0.3))

    def _options(self) -> dict[str, Any]:
        found: dict[str, Any] = {"trigger_rule": self._pick(_RULES)}
        if self._chance(0.5):
            found["retries"] = 1 + self._below(3)
            found["retry_delay"] = float(self._pick((0, 1, 5)))
            if self._chance(0.3):
                found["backoff"] = 2.0
                found["max_retry_delay"] = self._pick((None, 6.0))
            found["jitter"] = self._chance(0.15)
        if self._chance(0.3):
            found["timeout"] = 3.0
        if self._chance(self._in_pools):
            found["pool"] = self._pick(("api", "db"))
        if self._chance(0.2):
            found["priority"] = self._below(4) - 1
        found["cache"] = self._chance(0.15)
        if self._chance(0.1):
            found["takes"] = float(self._below(5))
        if self._chance(0.05):
            found["deadline"] = 1.0 + self._below(6)
        return found

    def _turns(self, options: Mapping[str, Any]) -> tuple[Act, ...]:
        turns: list[Act] = []
        if options.get("sensor"):
            turns += [Act("waits", self._pick((0, 0, 1, 2))) for _ in range(self._below(5))]
        if self._chance(0.45):
            turns += [self._bad_turn(options) for _ in range(1 + self._below(3))]
        if not turns or self._chance(0.75) or turns[-1].kind == "waits":
            turns.append(Act("returns", self._pick(_TIMES)))
        return tuple(turns)

    def _bad_turn(self, options: Mapping[str, Any]) -> Act:
        kind = self._draw()
        if kind < 0.12:
            return Act("fails", self._pick(_TIMES))
        if kind < 0.24:
            return Act("skips", self._pick(_TIMES))
        if kind < 0.4 and "timeout" in options:
            return Act("hangs", 1_000)
        return Act("raises", self._pick(_TIMES))

    def _with_choice(self, scene: Scene, scenes: Sequence[Scene]) -> Scene:
        if scene.choice is None:
            return scene
        known = [it.name for it in scenes if scene.name in (*it.data, *it.options["after"])]
        if self._chance(0.05):
            return scene._replace(choice=("nowhere",))
        return scene._replace(choice=tuple(name for name in known if self._chance(0.5)))

    def _crashes(self, count: int) -> tuple[int, ...]:
        places: list[int] = []
        for _ in range(self._pick((0, 0, 1, 1, 2, 3))):
            places.append((places[-1] if places else 0) + 1 + self._below(5 + 14 * count))
        return tuple(places)

    def _faults(self, scenes: Sequence[Scene]) -> tuple[Fault, ...]:
        if not self._chance(0.2):
            return ()
        found = []
        steered = {it.name for it in scenes if it.choice is not None or it.options.get("sensor")}
        for name in self._some([it.name for it in scenes], 2):
            # A damaged answer leads a branch elsewhere, and a sensor to look for ever.
            kind = self._pick(_FAULTS if name not in steered else _FAULTS[:-1])
            attempts = 1 + self._below(3) if self._chance(0.5) else None
            found.append(Fault(name, attempts=attempts, kind=kind, slow=2.0))
        return tuple(found)

    def _again(self, names: Sequence[str]) -> tuple[Again, ...]:
        found: list[Again] = []
        if self._chance(0.2):
            found.append(Again(self._pick(names), self._chance(0.7)))
        if self._chance(0.2):
            found.append(Again())
        return tuple(found)
