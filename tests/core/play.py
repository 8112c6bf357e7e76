"""Tasks that do nothing, and a hand on the machine: each input by itself, the story as lines."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from wfkit.core.events import Event
from wfkit.core.facts import (
    AttemptFinished,
    AttemptStarted,
    CancelRequested,
    Command,
    Input,
    RunStarted,
    TimerFired,
)
from wfkit.core.graph import Graph
from wfkit.core.machine import Machine
from wfkit.core.run import RunSnapshot
from wfkit.core.states import Outcome
from wfkit.core.task import Task
from wfkit.core.task_options import TaskOptions

RUN_ID = "manual__1997-01-01"
Line = tuple[float, str | None, str | None]


def make(name: str, reads: Sequence[str] = (), **options: Any) -> Task:
    """A task that reads these parameters (a text with blanks stands for a list) and returns 0."""
    words = reads.split() if isinstance(reads, str) else reads
    scope: dict[str, Any] = {}
    exec(f"def {name}({', '.join(words)}): return 0", scope)
    return Task(scope[name], TaskOptions(**options))


def no_draw(task: str, map_index: int, attempt: int) -> float:
    return 1.0


class Play:
    """A run under the hand of a test: it says what happens and when, the machine answers."""

    def __init__(
        self, tasks: Sequence[Task], draw: Callable[[str, int, int], float] = no_draw
    ) -> None:
        self.graph = Graph(tasks)
        self.machine = Machine(self.graph, RUN_ID, draw)
        self.snapshot = RunSnapshot()
        self.events: list[Event] = []
        self.commands: list[Command] = []
        self.begin(0)

    def advance(self, fact: Input) -> list[Line]:
        """Feed one input; return what it led to as (time, task, state)."""
        decision = self.machine.advance(fact)
        self.events += decision.events
        self.commands += decision.commands
        for event in decision.events:
            self.snapshot.apply(event)
        return [(e.time, e.task, e.to_state or str(e.type)) for e in decision.events]

    def begin(self, at: float) -> list[Line]:
        upstream = {name: list(self.graph.upstream[name]) for name in self.graph.order}
        return self.advance(RunStarted(at, {"dag": "sales", "upstream": upstream}))

    def start(self, task: str, at: float = 0, attempt: int = 1) -> list[Line]:
        return self.advance(AttemptStarted(task, -1, attempt, at))

    def end(
        self,
        task: str,
        at: float = 0,
        attempt: int = 1,
        outcome: Outcome = Outcome.RETURNED,
        **facts: Any,
    ) -> list[Line]:
        return self.advance(AttemptFinished(task, -1, attempt, at, outcome, **facts))

    def fails(self, task: str, at: float = 0, attempt: int = 1, **facts: Any) -> list[Line]:
        """Start an attempt and let it raise at once."""
        began = self.start(task, at, attempt)
        return began + self.end(task, at, attempt, Outcome.RAISED, **facts)

    def succeeds(self, task: str, at: float = 0, attempt: int = 1) -> list[Line]:
        return self.start(task, at, attempt) + self.end(task, at, attempt)

    def skips(self, task: str, at: float = 0) -> list[Line]:
        return self.start(task, at) + self.end(task, at, 1, Outcome.SKIPPED)

    def timer(self, task: str, at: float, attempt: int = 1) -> list[Line]:
        return self.advance(TimerFired(task, -1, attempt, at))

    def cancel(self, at: float = 0, reason: str = "") -> list[Line]:
        return self.advance(CancelRequested(at, reason))

    @property
    def story(self) -> list[Line]:
        """Everything so far as (time, task, state)."""
        return [(e.time, e.task, e.to_state or str(e.type)) for e in self.events]

    def states(self) -> dict[str, str]:
        return {it.task: it.state.value for it in self.snapshot.instances.values()}
