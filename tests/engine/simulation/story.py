"""All that is known of a scenario that was played: the log, the witness, what is stored."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from tests.engine.simulation.scenario import YESTERDAY, Scenario, Scene
from tests.engine.simulation.witness import Began, Ended, Witness
from wfkit.core.events import Event
from wfkit.core.graph import Graph
from wfkit.core.run import RunSnapshot, fold
from wfkit.core.task_options import TaskOptions

Key = tuple[str, int]
AttemptKey = tuple[str, int, int]
RUN_ENDS = frozenset({"success", "failed", "cancelled"})
ENDS = frozenset({"success", "failed", "upstream_failed", "skipped", "cancelled"})
BAD = frozenset({"failed", "upstream_failed", "cancelled"})


class Board:
    """Which task instances there are, and in which state: the log, read as semantics.md has it."""

    def __init__(self, graph: Graph) -> None:
        self.members: dict[str, dict[int, str]] = {name: {-1: "none"} for name in graph.tasks}

    def state(self, event: Event) -> str | None:
        """The state of the instance that an event is about, None where it does not exist."""
        return self.members[str(event.task)].get(event.map_index)

    def apply(self, event: Event) -> None:
        """Take in the next event."""
        if event.task is None:
            return
        members = self.members[event.task]
        if event.type == "task_state":
            members[event.map_index] = str(event.to_state)
        elif event.type == "expanded":
            members.clear()
            members.update((index, "none") for index in range((event.detail or {})["length"]))
        elif event.type == "cleared":
            if (event.detail or {}).get("collapsed"):
                members.clear()
            members[event.map_index] = "none"


class Step(NamedTuple):
    """An event and the board before it."""

    event: Event
    board: Board


@dataclass(frozen=True)
class Story:
    """The newest run of a scenario, and what surrounds it.

    `broken` is what the engine raised; with `is_real` the clock was the one on the wall.
    """

    scenario: Scenario
    graph: Graph
    run_id: str
    slots: int
    log: Sequence[Event]
    results: Mapping[Key, Any]
    witness: Witness
    broken: BaseException | None
    is_real: bool = False

    @cached_property
    def scenes(self) -> Mapping[str, Scene]:
        """The tasks of the scenario by name."""
        return {scene.name: scene for scene in self.scenario.scenes}

    def options(self, task: str | None) -> TaskOptions:
        """The options of a task."""
        return self.graph.tasks[str(task)].options

    @cached_property
    def snapshot(self) -> RunSnapshot:
        """Where the run stands at its end."""
        return fold(self.log)

    @cached_property
    def openings(self) -> list[list[Event]]:
        """The log, cut where an ended run was opened again."""
        found: list[list[Event]] = [[]]
        for event in self.log:
            if event.type == "run_state" and event.from_state in RUN_ENDS:
                found.append([])
            found[-1].append(event)
        return found

    @cached_property
    def reopened(self) -> list[Event]:
        """The events at which the run was opened again."""
        return [opening[0] for opening in self.openings[1:]]

    @cached_property
    def of_instance(self) -> Mapping[Key, list[Event]]:
        """What is on record of each task instance."""
        found: dict[Key, list[Event]] = defaultdict(list)
        for event in self.log:
            if event.task is None:
                continue
            found[event.task, event.map_index].append(event)
            if event.type == "cleared" and event.detail:
                for key in [key for key in found if key[0] == event.task and key[1] >= 0]:
                    found[key].append(event)
        return found

    def steps(self) -> Iterator[Step]:
        """The events one by one, each with the board as it was before; the board is reused."""
        board = Board(self.graph)
        for event in self.log:
            yield Step(event, board)
            board.apply(event)

    @cached_property
    def board(self) -> Board:
        """The board at the end."""
        board = Board(self.graph)
        for event in self.log:
            board.apply(event)
        return board

    @cached_property
    def states(self) -> Mapping[Key, str]:
        """The state of every instance at the end."""
        return {
            (task, index): state
            for task, members in self.board.members.items()
            for index, state in members.items()
        }

    @cached_property
    def began(self) -> list[Began]:
        """Every call of a body in this run."""
        return [it for it in self.witness.began if it.epoch != YESTERDAY]

    @cached_property
    def ended(self) -> list[Ended]:
        """Every end of a body in this run."""
        return [it for it in self.witness.ended if it.epoch != YESTERDAY]

    def has_fault(self, task: str | None, *kinds: str) -> bool:
        """True where the scenario breaks a task in one of these ways."""
        return any(it.task == task and it.kind in kinds for it in self.scenario.faults)


def outcome(event: Event) -> str | None:
    """The outcome of the attempt that this event ends, if it ends one."""
    return event.detail.get("outcome") if event.detail else None
