"""How would a night go? The real machine plays it, but no body runs: attempts only take time."""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any, ClassVar, NamedTuple

from wfkit.core import facts
from wfkit.core.errors import ContractBroken, Fail, Skip
from wfkit.core.facts import AttemptFinished, AttemptStarted, SetTimer, TimerFired
from wfkit.core.graph import Graph
from wfkit.core.machine import Machine
from wfkit.core.states import Outcome, RunState
from wfkit.core.task_options import TaskOptions
from wfkit.engine.faults import Effect, Fault, Faults, HungOnPurpose, LostOnPurpose, draw

Key = tuple[str, int, int]
_NO_DETAIL: Mapping[str, Any] = {}


@dataclass(frozen=True, kw_only=True)
class Past:
    """What history knows of tasks: seconds that attempts took, and lengths of expansions."""

    durations: Mapping[str, Sequence[float]] = field(default_factory=dict)
    lengths: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Setting:
    """What is the same every night: the tasks, the slots, what may break."""

    graph: Graph
    slots: int
    pools: Mapping[str, int] = field(default_factory=dict)
    faults: Sequence[Fault] = ()
    past: Past = field(default_factory=Past)


class Night(NamedTuple):
    """How one night ended: after so many seconds and attempts."""

    state: RunState
    finish: float
    attempts: int


def night_seed(seed: int, number: int) -> int:
    """Return the seed of one night out of many: a run with it breaks in the same places.

    >>> night_seed(0, 1) == night_seed(0, 1), night_seed(0, 1) == night_seed(1, 0)
    (True, False)
    """
    digest = blake2b(f"night\n{seed}\n{number}".encode(), digest_size=6).digest()
    return int.from_bytes(digest, "big")


def play(setting: Setting, seed: int) -> Night:
    """Return how a night with this seed goes.

    A task takes as long as its `takes` says, else as one of its recorded attempts, else no time.
    A sensor finds what it waits for at once, a branch is followed everywhere, nothing is cached.
    """
    return _Play(setting, seed).to_its_end()


class _Play:
    """One night under way."""

    HOW: ClassVar[Mapping[type, str]] = {
        facts.Submit: "_submit",
        facts.Stop: "_stop",
        facts.Expand: "_expand",
        facts.LookUp: "_look_up",
        SetTimer: "_set_timer",
    }

    def __init__(self, setting: Setting, seed: int) -> None:
        self._setting = setting
        self._seed = seed
        self._faults = Faults(setting.faults, seed)
        self._machine = Machine(
            setting.graph,
            "",
            pools=setting.pools,
            draw=lambda task, index, attempt: draw(seed, f"pause {task}", index, attempt),
        )
        self._now = 0.0
        self._attempts = 0
        self._waiting: list[tuple[int, str, int, int]] = []
        self._timers: list[SetTimer] = []
        self._ends: list[tuple[float, AttemptFinished]] = []
        self._live: set[Key] = set()

    def to_its_end(self) -> Night:
        self._feed(facts.RunStarted(0.0, _NO_DETAIL))
        while self._machine.state is RunState.RUNNING:
            self._turn()
        return Night(self._machine.state or RunState.QUEUED, self._now, self._attempts)

    def _turn(self) -> None:
        """Do what the runner does, in its order: timers that are due, starts, the next end."""
        if self._timers and self._timers[0].time <= self._now:
            timer = heapq.heappop(self._timers)
            self._feed(TimerFired(*timer[1:4], self._now, timer.kind))
        elif self._waiting and len(self._live) < self._setting.slots:
            self._start(*heapq.heappop(self._waiting)[1:])
        elif self._ends and not (self._timers and self._timers[0].time < self._ends[0][0]):
            self._end(*heapq.heappop(self._ends))
        else:
            self._now = self._timers[0].time

    def _feed(self, fact: facts.Input) -> None:
        for command in self._machine.advance(fact).commands:
            getattr(self, self.HOW[type(command)])(command)

    def _stop(self, command: facts.Stop) -> None:
        self._live.discard(tuple(command))

    def _set_timer(self, command: SetTimer) -> None:
        heapq.heappush(self._timers, command)

    def _submit(self, command: facts.Submit) -> None:
        task, index, attempt, priority = command
        heapq.heappush(self._waiting, (-priority, task, index, attempt))

    def _expand(self, command: facts.Expand) -> None:
        length = self._setting.past.lengths.get(command.task)
        self._feed(facts.Expanded(command.task, length, self._now))

    def _look_up(self, command: facts.LookUp) -> None:
        self._feed(facts.CacheAnswered(command.task, command.map_index, False, self._now))

    def _start(self, *key: Any) -> None:
        task, index, attempt = key
        self._attempts += 1
        self._live.add(key)
        options = self._setting.graph.tasks[task].options
        effect = self._faults.effect(task, index, attempt)
        if not (effect.hangs and options.timeout is not None):
            end = self._now + self._takes(options.takes, key) + effect.slow
            outcome, retryable = _end_of(effect, options)
            fact = AttemptFinished(task, index, attempt, end, outcome, None, retryable)
            heapq.heappush(self._ends, (end, fact))
        self._feed(AttemptStarted(task, index, attempt, self._now))

    def _takes(self, takes: float, key: Key) -> float:
        known = self._setting.past.durations.get(key[0])
        if takes or not known:
            return takes
        task, index, attempt = key
        return known[int(draw(self._seed, f"takes {task}", index, attempt) * len(known))]

    def _end(self, moment: float, fact: AttemptFinished) -> None:
        if fact[:3] in self._live:
            self._live.discard(fact[:3])
            self._now = moment
            self._feed(fact)


def _end_of(effect: Effect, options: TaskOptions) -> tuple[Outcome, bool]:
    """Return how an attempt ends with these faults, and if another one may help."""
    error = HungOnPurpose() if effect.hangs else effect.error
    if error is None and effect.is_bad and options.ensure is not None:
        error = ContractBroken()
    if error is None:
        return Outcome.RETURNED, True
    if isinstance(error, LostOnPurpose):
        return Outcome.LOST, True
    if isinstance(error, Skip):
        return Outcome.SKIPPED, True
    hopeless = isinstance(error, Fail | HungOnPurpose)
    return Outcome.RAISED, not hopeless and options.retry.covers(error)
