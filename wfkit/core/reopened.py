"""How does a run go on that had ended? What did not succeed is cleared and starts anew."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from wfkit.core import facts
from wfkit.core.events import EventType
from wfkit.core.facts import TimerKind
from wfkit.core.graph import Graph
from wfkit.core.machine import Machine
from wfkit.core.members import Group, Instance
from wfkit.core.run import RunSnapshot
from wfkit.core.states import TERMINAL, RunState, TaskState

_KEPT = frozenset({TaskState.SUCCESS, TaskState.SKIPPED})


class ReopenedMachine(Machine):
    """A machine for a run that an earlier one left as in `snapshot`.

    It takes RunResumed and TasksCleared first, then the facts of every run.
    """

    HOW: ClassVar[Mapping[type, str]] = {
        **Machine.HOW,
        facts.RunResumed: "_on_run_resumed",
        facts.TasksCleared: "_on_tasks_cleared",
    }

    def __init__(self, graph: Graph, run_id: str, snapshot: RunSnapshot, **options: Any) -> None:
        super().__init__(graph, run_id, snapshot=snapshot, **options)
        self._snapshot = snapshot

    def _on_run_resumed(self, fact: facts.RunResumed) -> None:
        if self.state is RunState.SUCCESS:
            return
        redo = [group for group in self._board.groups.values() if self._is_to_redo(group)]
        if not redo:
            return
        self._move_run(RunState.RUNNING, fact.detail)
        self._clear(redo, keep_good=True)
        due, late = self._snapshot.detail.get("deadlines", {}), self._snapshot.late
        self._watch_deadlines({task: moment for task, moment in due.items() if task not in late})
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
            if group.is_expanded and not (keep_good and self._items_stay(group)):
                self._collapse(group)
                continue
            for it in group.members:
                if it.state in TERMINAL and not (keep_good and it.state in _KEPT):
                    self._reset(it)

    def _items_stay(self, group: Group) -> bool:
        lister = self._graph.expanded_over(group.name)
        if lister is None or lister != self._snapshot.expanded_over.get(group.name, lister):
            return False  # the code says something else now
        above = self._board.groups.get(lister)
        return above is None or all(it.state in _KEPT for it in above.members)

    def _reset(self, it: Instance) -> None:
        self._journal.noted(EventType.CLEARED, it, it.state, TaskState.NONE)
        self._board.reset(it)

    def _collapse(self, group: Group) -> None:
        whole = self._board.collapse(group)
        detail = {"collapsed": True}
        self._journal.noted(EventType.CLEARED, whole, None, TaskState.NONE, detail)

    def _go_on(self) -> None:
        groups = self._board.groups.values()
        for group in groups:
            self._board.count_upstream(group)
            group.is_decided = not group.waiting()
        for group in groups:
            if group.name in self._snapshot.chosen and group.has_succeeded:
                self._follow(group, self._snapshot.chosen[group.name])
        for group in groups:
            for it in group.members:
                self._pick_up(it)
            self._consider(group)

    def _pick_up(self, it: Instance) -> None:
        if it.state is TaskState.UP_FOR_RETRY:
            due = None if it.losses else self._due(it)
            self._retry_at(it, due)
        elif it.state is TaskState.UP_FOR_RESCHEDULE:
            self._wait_on(it)
        elif it.state is TaskState.SCHEDULED:
            self._enqueue(it)

    def _wait_on(self, it: Instance) -> None:
        self._set_timer(self._journal.now, TimerKind.POKE, it)
        limit = it.group.options.wait_timeout
        if limit is not None and it.waits_since is not None:
            self._set_timer(it.waits_since + limit, TimerKind.WAIT_TIMEOUT, it)

    def _due(self, it: Instance) -> float | None:
        last = self._snapshot.attempts[it.group.name, it.map_index, it.attempt]
        return None if last.ended is None else last.ended + (last.delay or 0.0)
