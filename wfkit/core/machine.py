"""What happens next in a run: one fact in, events and commands out.

The machine decides and nothing else: it has no clock, no thread, no file. Whoever drives it
writes the events down and carries out the commands. The cost of a fact is the number of the
task's neighbours, never the size of the graph.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, NamedTuple

from wfkit.core import details, facts
from wfkit.core.board import Board
from wfkit.core.durations import duration_words
from wfkit.core.events import Event, EventType
from wfkit.core.facts import Command, Input, SetTimer, Submit, TimerKind
from wfkit.core.graph import Graph
from wfkit.core.journal import Journal
from wfkit.core.members import WHOLE, Group, Instance
from wfkit.core.pools import Pools
from wfkit.core.recovery import MOST_LOSSES
from wfkit.core.run import RunSnapshot
from wfkit.core.states import TERMINAL, Outcome, RunState, TaskState
from wfkit.core.trigger_rules import TriggerRule, Verdict


class Decision(NamedTuple):
    """The events to write down, then the commands to carry out."""

    events: list[Event]
    commands: list[Command]


def _no_draw(task: str, map_index: int, attempt: int) -> float:
    return 1.0


_LIVE = frozenset({TaskState.QUEUED, TaskState.RUNNING})
_KEPT = frozenset({TaskState.SUCCESS, TaskState.SKIPPED})
_BAD = frozenset({TaskState.FAILED, TaskState.UPSTREAM_FAILED, TaskState.CANCELLED})
_DECISIVE = {
    Verdict.SKIP: (TaskState.SKIPPED, TaskState.SUCCESS),
    Verdict.UPSTREAM_FAILED: (TaskState.FAILED, TaskState.UPSTREAM_FAILED, TaskState.CANCELLED),
}
_END_STATE = {Outcome.RETURNED: TaskState.SUCCESS, Outcome.SKIPPED: TaskState.SKIPPED}


class Machine:
    """The state of one run, moved on by facts.

    `pools` maps the name of each pool to its slots. `draw(task, map_index, attempt)` gives the
    number in [0, 1) that jitter multiplies a retry delay with. With `lingers` an attempt that
    timed out keeps its pool slot until AttemptFinished says that its body has ended (a thread
    cannot be stopped). For a run that goes on see ReopenedMachine.

    >>> from wfkit.core.task import Task
    >>> def orders(): ...
    >>> machine = Machine(Graph([Task(orders)]), "manual__1997-01-01")
    >>> decision = machine.advance(facts.RunStarted(0.0, {}))
    >>> [(e.task, e.to_state) for e in decision.events]
    [(None, 'queued'), (None, 'running'), ('orders', 'scheduled'), ('orders', 'queued')]
    >>> decision.commands
    [Submit(task='orders', map_index=-1, attempt=1, priority=0)]
    """

    HOW: ClassVar[Mapping[type, str]] = {
        facts.RunStarted: "_on_run_started",
        facts.AttemptStarted: "_on_attempt_started",
        facts.AttemptFinished: "_on_attempt_finished",
        facts.Poked: "_on_poked",
        facts.Expanded: "_on_expanded",
        facts.CacheAnswered: "_on_cache_answered",
        facts.TimerFired: "_on_timer_fired",
        facts.CancelRequested: "_on_cancel_requested",
        facts.Stalled: "_on_stalled",
    }

    def __init__(
        self,
        graph: Graph,
        run_id: str,
        draw: Callable[[str, int, int], float] = _no_draw,
        *,
        pools: Mapping[str, int] | None = None,
        snapshot: RunSnapshot | None = None,
        lingers: bool = False,
    ) -> None:
        self.run_id = run_id
        self.state: RunState | None = snapshot.state if snapshot else None
        self._graph = graph
        self._draw = draw
        self._lingers = lingers
        self._pools = Pools(pools or {})
        self._journal = Journal(run_id, snapshot)
        self._commands: list[Command] = []
        self._ended: deque[Instance] = deque()
        self._claims: list[Instance] = []
        self._board = Board(graph, snapshot)

    @property
    def finished(self) -> int:
        """How many task instances are in a terminal state."""
        return self._board.size - self._board.open

    @property
    def seq(self) -> int:
        """The number of the newest event."""
        return self._journal.seq

    @property
    def is_waiting_for_slots(self) -> bool:
        """True when task instances wait for a slot of a pool."""
        return self._pools.has_waiting

    def advance(self, fact: Input) -> Decision:
        """Take in one fact and return what follows from it.

        A fact about an attempt that is no longer the current one changes nothing: the late
        result of a cancelled attempt is dropped here. A time that lies before the last event
        counts as the time of that event.
        """
        journal = self._journal
        journal.now = max(journal.now, fact.time)
        self._commands = []
        getattr(self, self.HOW[type(fact)])(fact)
        self._settle()
        return Decision(journal.taken(), self._commands)

    def _on_run_started(self, fact: facts.RunStarted) -> None:
        self._move_run(RunState.QUEUED, fact.detail)
        self._move_run(RunState.RUNNING)
        self._watch_deadlines(fact.detail.get("deadlines", {}))
        for group in self._board.groups.values():
            self._consider(group)

    def _watch_deadlines(self, deadlines: Mapping[str, float]) -> None:
        for task, moment in sorted(deadlines.items()):
            self._commands.append(SetTimer(moment, task, WHOLE, 0, TimerKind.DEADLINE))

    def _on_cancel_requested(self, fact: facts.CancelRequested) -> None:
        if self.state is not RunState.RUNNING:
            return
        self._journal.noted(EventType.CANCEL_REQUESTED, None, detail={"reason": fact.reason})
        self._cancel_all()

    def _cancel_all(self) -> None:
        self._pools.forget_waiting()
        for it in self._board:
            if it.state not in TERMINAL:
                has_begun = it.state in _LIVE or it.waits_since is not None
                self._move(it, TaskState.CANCELLED, details.CANCELLED if has_begun else None)
        self._ended.clear()

    def _on_stalled(self, fact: facts.Stalled) -> None:
        reason = "slots held by timed-out threads"
        self._journal.noted(EventType.CANCEL_REQUESTED, None, detail={"reason": reason})
        self._cancel_all()
        self._move_run(RunState.FAILED, {"reason": reason})

    def _on_attempt_started(self, fact: facts.AttemptStarted) -> None:
        it = self._board.get(fact.task, fact.map_index)
        if it is None or it.state is not TaskState.QUEUED or it.attempt != fact.attempt:
            return
        self._move(it, TaskState.RUNNING)
        it.started = self._journal.now
        options = it.group.options
        if options.timeout is not None:
            self._set_timer(self._journal.now + options.timeout, TimerKind.TIMEOUT, it)
        if options.sensor and it.waits_since is None:
            it.waits_since = self._journal.now
            if options.wait_timeout is not None:
                self._set_timer(
                    self._journal.now + options.wait_timeout, TimerKind.WAIT_TIMEOUT, it
                )

    def _on_attempt_finished(self, fact: facts.AttemptFinished) -> None:
        it = self._current(fact)
        if it is None:
            self._release(fact.task, fact.map_index, fact.attempt)
            return
        if fact.outcome is Outcome.LOST:
            self._lose(it, details.LOST if fact.error is None else details.of_attempt(fact))
            if it.state is TaskState.UP_FOR_RETRY:
                self._retry_at(it, None)
            return
        it.losses = 0
        if self._is_late(it, fact.time):
            self._fail(it, details.over_time(it), retryable=True)
            return
        end = _END_STATE.get(fact.outcome)
        is_plain = fact.outcome is Outcome.RETURNED and not fact.note and fact.chosen is None
        detail = details.RETURNED if is_plain else details.of_attempt(fact)
        if end:
            self._move(it, end, detail)
            if fact.chosen is not None:
                self._follow(it.group, fact.chosen)
        else:
            self._fail(it, detail, fact.retryable)

    def _is_late(self, it: Instance, ended: float) -> bool:
        limit = it.group.options.timeout
        return limit is not None and ended > it.started + limit

    def _current(self, fact: facts.AttemptFinished | facts.Poked) -> Instance | None:
        it = self._board.get(fact.task, fact.map_index)
        is_live = it is not None and it.state is TaskState.RUNNING and it.attempt == fact.attempt
        return it if is_live else None

    def _release(self, task: str, map_index: int, attempt: int) -> None:
        for key in self._pools.release((task, map_index, attempt)):
            it = self._board.get(*key)
            if it is not None and it.state is TaskState.SCHEDULED:
                self._hand_over(it)

    def _fail(self, it: Instance, detail: Mapping[str, Any], retryable: bool) -> None:
        it.failures += 1
        it.waits_since = None
        if not (retryable and it.group.retry.allows(it.failures)):
            self._move(it, TaskState.FAILED, detail)
            return
        draw = self._draw(it.group.name, it.map_index, it.attempt + 1)
        delay = it.group.retry.delay_before(it.failures + 1, draw)
        self._move(it, TaskState.UP_FOR_RETRY, {**detail, "delay": delay})
        self._retry_at(it, self._journal.now + delay if delay else None)

    def _retry_at(self, it: Instance, due: float | None) -> None:
        if due is None or due <= self._journal.now:
            self._schedule(it)
        else:
            self._set_timer(due, TimerKind.RETRY, it)

    def _lose(self, it: Instance, detail: Mapping[str, Any]) -> None:
        it.losses += 1
        it.waits_since = None
        given_up = it.losses >= MOST_LOSSES
        self._move(it, TaskState.FAILED if given_up else TaskState.UP_FOR_RETRY, detail)

    def _on_poked(self, fact: facts.Poked) -> None:
        it = self._current(fact)
        if it is None:
            return
        self._move(it, TaskState.UP_FOR_RESCHEDULE)
        limit = it.group.options.wait_timeout
        if (
            limit is not None
            and it.waits_since is not None
            and self._journal.now >= it.waits_since + limit
        ):
            self._give_up_waiting(it)
        else:
            self._set_timer(self._journal.now + it.group.options.poke_interval, TimerKind.POKE, it)

    def _on_timer_fired(self, fact: facts.TimerFired) -> None:
        if fact.kind is TimerKind.DEADLINE:
            self._miss_deadline(fact.task)
            return
        it = self._board.get(fact.task, fact.map_index)
        if it is None or it.attempt != fact.attempt:
            return
        if fact.kind is TimerKind.RETRY and it.state is TaskState.UP_FOR_RETRY:
            self._schedule(it)
        elif fact.kind is TimerKind.POKE and it.state is TaskState.UP_FOR_RESCHEDULE:
            self._poke_again(it)
        elif fact.kind is TimerKind.TIMEOUT and it.state is TaskState.RUNNING:
            # A sensor sets one for each poke; those of pokes that have ended come in vain.
            if self._journal.now >= it.started + it.group.options.timeout:
                self._time_out(it, fact.is_injected)
        elif fact.kind is TimerKind.WAIT_TIMEOUT and it.waits_since is not None:
            self._give_up_waiting(it)

    def _poke_again(self, it: Instance) -> None:
        self._move(it, TaskState.SCHEDULED)
        self._enqueue(it)

    def _time_out(self, it: Instance, is_injected: bool) -> None:
        self._commands.append(facts.Stop(it.group.name, it.map_index, it.attempt))
        if self._lingers:
            self._pools.linger((it.group.name, it.map_index, it.attempt))
        detail = details.over_time(it)
        if is_injected:
            detail["error"]["injected"] = True
        self._fail(it, detail, retryable=True)

    def _give_up_waiting(self, it: Instance) -> None:
        if it.state is TaskState.RUNNING:
            self._commands.append(facts.Stop(it.group.name, it.map_index, it.attempt))
            if self._lingers:
                self._pools.linger((it.group.name, it.map_index, it.attempt))
        elif it.state is not TaskState.UP_FOR_RESCHEDULE:
            return
        limit = it.group.options.wait_timeout
        it.waits_since = None
        self._move(
            it,
            TaskState.FAILED,
            details.timed_out(f"what it waits for did not come in {duration_words(limit)}"),
        )

    def _miss_deadline(self, task: str) -> None:
        group = self._board.groups.get(task)
        if group is None:
            if self.state is RunState.RUNNING:
                self._journal.noted(EventType.DEADLINE_MISSED, None)
        elif any(it.state not in TERMINAL for it in group.members):
            self._journal.noted(EventType.DEADLINE_MISSED, group.members[0])

    def _follow(self, branch: Group, chosen: tuple[str, ...]) -> None:
        reachable = set(chosen)
        for name in chosen:
            reachable |= self._graph.descendants(name)
        for down in branch.downstream:
            if down.name not in reachable:
                down.left_out_by = branch.name

    def _never_start(self, group: Group, state: TaskState, because: str) -> None:
        group.is_decided = True
        for it in group.waiting():
            self._move(it, state, {"because": because})

    def _settle(self) -> None:
        self._settle_instances()
        if self._claims:
            self._grant_slots()
        if not self._board.open and self.state is RunState.RUNNING:
            self._move_run(self._judged())

    def _settle_instances(self) -> None:
        while self._ended:
            it = self._ended.popleft()
            is_success = it.state is TaskState.SUCCESS
            for down in it.group.downstream:
                tally = down.tally
                tally.add(it.state)
                # The first of many successes decides nothing, unless one is enough.
                if tally.all_done or not is_success or down.rule is TriggerRule.ONE_SUCCESS:
                    self._consider(down)

    def _consider(self, group: Group) -> None:
        if group.is_decided:
            return
        found = group.verdict()
        if found is Verdict.WAIT:
            return
        group.is_decided = True
        if found in _DECISIVE:
            because = self._board.culprit(group, _DECISIVE[found])
            if found is Verdict.SKIP and group.left_out_by:
                because = group.left_out_by
            self._never_start(group, TaskState(found.value), because)
        elif group.options.expand is not None and not group.is_expanded:
            self._commands.append(facts.Expand(group.name))
        else:
            for it in group.waiting():
                self._schedule(it)

    def _on_expanded(self, fact: facts.Expanded) -> None:
        group = self._board.groups[fact.task]
        whole = group.members[0]
        if whole.state is not TaskState.NONE or whole.map_index != WHOLE:
            return
        if fact.length is None:
            self._schedule(whole)
        elif fact.length == 0:
            self._move(whole, TaskState.SKIPPED, {"because": ""})
        else:
            self._expand(group, fact.length)

    def _expand(self, group: Group, length: int) -> None:
        detail = {"length": length, "over": self._graph.expanded_over(group.name)}
        self._journal.noted(EventType.EXPANDED, group.members[0], detail=detail)
        for it in self._board.expand(group, length):
            self._schedule(it)

    def _schedule(self, it: Instance) -> None:
        it.attempt += 1
        self._move(it, TaskState.SCHEDULED)
        self._enqueue(it)

    def _enqueue(self, it: Instance) -> None:
        options = it.group.options
        if options.cache:
            self._commands.append(facts.LookUp(it.group.name, it.map_index))
        else:
            self._claim_slot(it)

    def _on_cache_answered(self, fact: facts.CacheAnswered) -> None:
        it = self._board.get(fact.task, fact.map_index)
        if it is None or it.state is not TaskState.SCHEDULED:
            return
        if fact.hit:
            self._move(it, TaskState.SUCCESS, details.with_choice(details.CACHED, fact.chosen))
            if fact.chosen is not None:
                self._follow(it.group, fact.chosen)
        else:
            self._claim_slot(it)

    def _claim_slot(self, it: Instance) -> None:
        if it.group.options.pool is None:
            self._hand_over(it)
        else:
            self._claims.append(it)

    def _grant_slots(self) -> None:
        """Give slots of pools to those who became ready together, the most urgent first."""
        claims, self._claims = self._claims, []
        for it in sorted(claims, key=_urgency):
            options, key = it.group.options, (it.group.name, it.map_index)
            if it.state is not TaskState.SCHEDULED:
                continue
            if self._pools.claim(str(options.pool), options.priority, key, it.attempt):
                self._hand_over(it)

    def _hand_over(self, it: Instance) -> None:
        self._move(it, TaskState.QUEUED)
        priority = it.group.options.priority
        self._commands.append(Submit(it.group.name, it.map_index, it.attempt, priority))

    def _set_timer(self, moment: float, kind: TimerKind, it: Instance) -> None:
        self._commands.append(SetTimer(moment, it.group.name, it.map_index, it.attempt, kind))

    def _judged(self) -> RunState:
        if any(it.state is TaskState.CANCELLED for it in self._board):
            return RunState.CANCELLED
        leaves = (
            it
            for group in self._board.groups.values()
            if not group.downstream
            for it in group.members
        )
        bad = any(it.state in _BAD for it in leaves)
        return RunState.FAILED if bad else RunState.SUCCESS

    def _move(self, it: Instance, to: TaskState, detail: Mapping[str, Any] | None = None) -> None:
        before = it.state
        self._journal.task_moved(it, to, detail)
        if before in _LIVE and to not in _LIVE and it.group.options.pool is not None:
            self._release(it.group.name, it.map_index, it.attempt)
        if to in TERMINAL:
            self._board.open -= 1
            self._ended.append(it)

    def _move_run(self, to: RunState, detail: Mapping[str, Any] | None = None) -> None:
        before, self.state = self.state, to
        self._journal.run_moved(before, to, detail)


def _urgency(it: Instance) -> tuple[int, str, int]:
    return -it.group.options.priority, it.group.name, it.map_index
