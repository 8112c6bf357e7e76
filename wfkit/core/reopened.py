"""How does a run go on that had ended? What did not succeed is cleared and starts anew."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from wfkit.core import facts
from wfkit.core.events import EventType
from wfkit.core.facts import TimerKind
from wfkit.core.graph import Graph
from wfkit.core.machine import Machine
from wfkit.core.members import WHOLE, Group, Instance
from wfkit.core.run import RunSnapshot
from wfkit.core.states import TERMINAL, RunState, TaskState

_KEPT = frozenset({TaskState.SUCCESS, TaskState.SKIPPED})


class ReopenedMachine(Machine):
    """A machine for a run that an earlier one left as in `snapshot`.

    It takes RunResumed and TasksCleared first, then the facts of every run.
    """

    def __init__(self, graph: Graph, run_id: str, snapshot: RunSnapshot, **options: Any) -> None:
        super().__init__(graph, run_id, snapshot=snapshot, **options)
        self._snapshot = snapshot
        self._advance[facts.RunResumed] = self._on_run_resumed
        self._advance[facts.TasksCleared] = self._on_tasks_cleared

    def _on_run_resumed(self, fact: facts.RunResumed) -> None:
        redo = [group for group in self._board.groups.values() if self._is_to_redo(group)]
        if not redo:
            return
        self._move_run(RunState.RUNNING, fact.detail)
        self._clear(redo, keep_good=True)
        self._go_on()

    def _is_to_redo(self, group: Group) -> bool:
        return any(it.state not in _KEPT for it in group.members)

    def _on_tasks_cleared(self, fact: facts.TasksCleared) -> None:
        self._move_run(RunState.RUNNING, fact.detail)
        wanted = set(fact.tasks)
        self._clear([g for g in self._board.groups.values() if g.name in wanted], keep_good=False)
        self._go_on()

    def _clear(self, groups: Iterable[Group], keep_good: bool) -> None:
        for group in groups:
            if group.is_expanded and not (keep_good and self._upstream_stays(group)):
                self._collapse(group)
                continue
            for it in group.members:
                if it.state in TERMINAL and not (keep_good and it.state in _KEPT):
                    self._reset(it)

    def _upstream_stays(self, group: Group) -> bool:
        return all(it.state in _KEPT for up in group.upstream for it in up.members)

    def _reset(self, it: Instance) -> None:
        self._journal.noted(EventType.CLEARED, it, it.state, TaskState.NONE)
        self._board.reset(it)

    def _collapse(self, group: Group) -> None:
        whole = self._board.collapse(group)
        detail = {"collapsed": True}
        self._journal.noted(EventType.CLEARED, whole, None, TaskState.NONE, detail)

    def _go_on(self) -> None:
        for group in self._board.groups.values():
            group.count_upstream()
            if group.is_expanded:
                for it in group.members:
                    self._pick_up(it)
            else:
                group.is_decided = group.members[0].state is not TaskState.NONE
                self._pick_up(group.members[0])
                self._consider(group)

    def _pick_up(self, it: Instance) -> None:
        if it.state is TaskState.UP_FOR_RETRY:
            due = None if it.losses else self._due(it)
            self._retry_at(it, due)
        elif it.state is TaskState.UP_FOR_RESCHEDULE:
            self._set_timer(self._journal.now, TimerKind.POKE, it)
        elif it.state is TaskState.SCHEDULED:
            self._enqueue(it)
        elif it.state is TaskState.NONE and it.map_index != WHOLE:
            self._schedule(it)

    def _due(self, it: Instance) -> float | None:
        assert self._snapshot is not None
        last = self._snapshot.attempts[it.group.name, it.map_index, it.attempt]
        return None if last.ended is None else last.ended + (last.delay or 0.0)
