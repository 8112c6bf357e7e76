"""A run by chance, from one integer: the graph, what each attempt does, when, and who cancels."""

from __future__ import annotations

import heapq
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from itertools import count

from tests.core.play import RUN_ID, make
from wfkit.core.events import Event
from wfkit.core.facts import (
    AttemptFinished,
    AttemptStarted,
    CancelRequested,
    Input,
    RunStarted,
    SetTimer,
    Submit,
    TimerFired,
)
from wfkit.core.graph import Graph
from wfkit.core.machine import Machine
from wfkit.core.states import Outcome
from wfkit.core.task import Task

RULES = ["all_success"] * 6 + [
    *("all_done", "all_failed", "one_success", "one_failed", "none_failed"),
    *("none_failed_min_one_success", "always"),
]
OUTCOMES = [Outcome.RETURNED] * 6 + [Outcome.RAISED] * 3 + [Outcome.SKIPPED, Outcome.TIMED_OUT]
_MOST_STEPS = 2_000


def some_tasks(chance: random.Random) -> list[Task]:
    """1 to 12 tasks in no order, each with up to five upstream tasks and options of all kinds."""
    names = [f"t{i:02}" for i in range(chance.randint(1, 12))]
    chance.shuffle(names)
    tasks = [
        make(
            name,
            chance.sample(names[:i], min(i, chance.randint(0, 5))),
            trigger_rule=chance.choice(RULES),
            retries=chance.randint(0, 3),
            retry_delay=chance.choice([0, 1, 5]),
            backoff=chance.choice([1, 2]),
            max_retry_delay=chance.choice([None, 6]),
            jitter=chance.random() < 0.2,
            priority=chance.randint(-1, 1),
        )
        for i, name in enumerate(names)
    ]
    chance.shuffle(tasks)
    return tasks


def unit(*parts: object) -> float:
    """A number in [0, 1) that depends on nothing but its arguments."""
    digest = blake2b(repr(parts).encode(), digest_size=7).digest()
    return int.from_bytes(digest, "big") / 2**56


def pick(choices: Sequence[Outcome], *parts: object) -> Outcome:
    return choices[int(unit(*parts) * len(choices))]


@dataclass
class Run:
    """One run by chance, driven to its end. The machine is all that is tested here."""

    seed: int
    kind: type[Machine] = Machine
    shuffled: bool = False
    events: list[Event] = field(default_factory=list)
    hopeless: set[tuple[str, int]] = field(default_factory=set)

    def __post_init__(self) -> None:
        chance = random.Random(self.seed)
        tasks = some_tasks(chance)
        self.graph = Graph(reversed(tasks) if self.shuffled else tasks)
        self.slots = chance.choice([1, 2, 3, 8])
        self.cancel_at = chance.choice([None, None, None, None, 0, 1, 4])
        self.machine = self.kind(self.graph, RUN_ID, lambda *key: unit(self.seed, *key))
        self._waiting: list[tuple[int, str, Submit]] = []
        self._agenda: list[tuple[float, int, Input]] = []
        self._counter = count()
        self._live = 0

    def play(self) -> Run:
        """Drive the machine until nothing is left to do."""
        if self.cancel_at is not None:
            self._plan(self.cancel_at, CancelRequested(self.cancel_at, "by chance"))
        self._feed(RunStarted(0, {"dag": "chance"}))
        for _ in range(_MOST_STEPS):
            if not self._agenda:
                return self
            at, _, fact = heapq.heappop(self._agenda)
            if isinstance(fact, AttemptFinished):
                self._live -= 1
            self._feed(fact)
            if unit(self.seed, "twice", at, fact.__class__.__name__) < 0.1:
                self._feed(fact)
        raise AssertionError("the run does not end")

    def _plan(self, at: float, fact: Input) -> None:
        heapq.heappush(self._agenda, (at, next(self._counter), fact))

    def _feed(self, fact: Input) -> None:
        decision = self.machine.advance(fact)
        self.events += decision.events
        for command in decision.commands:
            if isinstance(command, Submit):
                heapq.heappush(self._waiting, (-command.priority, command.task, command))
            else:
                assert isinstance(command, SetTimer)
                at, task, index, attempt, kind = command
                self._plan(at, TimerFired(task, index, attempt, at, kind))
        while self._waiting and self._live < self.slots:
            self._start(heapq.heappop(self._waiting)[2], fact.time)

    def _start(self, it: Submit, now: float) -> None:
        self._live += 1
        key = (it.task, it.map_index, it.attempt)
        outcome = pick(OUTCOMES, self.seed, *key)
        can_retry = unit(self.seed, "hopeless", *key) > 0.2
        if not can_retry:
            self.hopeless.add((it.task, it.attempt))
        end = now + int(unit(self.seed, "takes", *key) * 4)
        told = end - (unit(self.seed, "clock goes back", *key) < 0.1)
        self._plan(now, AttemptStarted(*key, now))
        self._plan(end, AttemptFinished(*key, told, outcome, None, can_retry))
