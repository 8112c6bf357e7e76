"""What must hold for the events of any run: each check returns its complaints."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from itertools import pairwise

from tests.core.test_trigger_rules import expected
from wfkit.core.events import Event
from wfkit.core.graph import Graph
from wfkit.core.states import RunState, TaskState

S = TaskState
STARTS = {"scheduled", "queued", "running"}
ENDS = {"success", "failed", "upstream_failed", "skipped", "cancelled"}
BAD = {"failed", "upstream_failed"}


class Log:
    """The events of one run, with what is known about it from outside."""

    def __init__(
        self,
        graph: Graph,
        events: Sequence[Event],
        hopeless: Collection[tuple[str, int]] = (),
    ) -> None:
        self.graph = graph
        self.events = events
        self.hopeless = hopeless
        self.of_task: dict[str, list[Event]] = {name: [] for name in graph.tasks}
        for event in events:
            if event.task is not None:
                self.of_task[event.task].append(event)

    def last_state(self, task: str) -> str:
        events = self.of_task[task]
        return str(events[-1].to_state) if events else "none"


def counted_without_holes(log: Log) -> Iterator[str]:
    if [event.seq for event in log.events] != list(range(1, len(log.events) + 1)):
        yield "seq has holes"


def time_goes_on(log: Log) -> Iterator[str]:
    for before, after in pairwise(log.events):
        if after.time < before.time:
            yield f"time goes back at event {after.seq}"


def run_ends_once_and_last(log: Log) -> Iterator[str]:
    ends = [e for e in log.events if e.task is None and e.to_state in ENDS]
    if len(ends) != 1 or ends != log.events[-1:]:
        yield f"{len(ends)} ends of the run"


def each_task_ends_once_and_for_good(log: Log) -> Iterator[str]:
    for task, events in log.of_task.items():
        ends = [e for e in events if e.to_state in ENDS]
        if len(ends) != 1 or ends != events[-1:]:
            yield f"{task} ends {len(ends)} times"


def moves_follow_each_other(log: Log) -> Iterator[str]:
    for task, events in log.of_task.items():
        if [e.from_state for e in events] != ["none", *(e.to_state for e in events[:-1])]:
            yield f"{task} jumps"


def nothing_starts_after_a_cancel(log: Log) -> Iterator[str]:
    asked = [e.seq for e in log.events if e.type == "cancel_requested"]
    if any(e.task and e.seq > asked[0] and e.to_state in STARTS for e in log.events if asked):
        yield "a start after the cancel"


def rule_says_so(log: Log) -> Iterator[str]:
    states = dict.fromkeys(log.graph.tasks, TaskState.NONE)
    for event in log.events:
        if event.task is None:
            continue
        if event.from_state == "none" and event.to_state != "cancelled":
            above = [states[up] for up in log.graph.upstream[event.task]]
            seen = [s if s.value in ENDS else S.RUNNING for s in above]
            rule = log.graph.tasks[event.task].options.trigger_rule.value
            said = {"scheduled": "start"}.get(str(event.to_state), str(event.to_state))
            if said != expected(rule, seen):
                yield f"{event.task} is {event.to_state} under {rule} of {seen}"
        states[event.task] = TaskState(str(event.to_state))


def attempts_are_counted_from_one(log: Log) -> Iterator[str]:
    for task, events in log.of_task.items():
        queued = [e.attempt for e in events if e.to_state == "queued"]
        if queued != list(range(1, len(queued) + 1)):
            yield f"{task} has attempts {queued}"
        if any(e.attempt != i for i, e in _with_number(events)):
            yield f"{task} mixes up its attempts"


def _with_number(events: Sequence[Event]) -> Iterator[tuple[int | None, Event]]:
    number = 0
    for event in events:
        number += event.to_state == "scheduled"
        yield number or None, event


def no_retry_before_its_time(log: Log) -> Iterator[str]:
    for task, events in log.of_task.items():
        for before, after in pairwise(events):
            if before.to_state == "up_for_retry" and after.to_state == "scheduled":
                assert before.detail is not None
                if after.time < before.time + before.detail["delay"]:
                    yield f"{task} starts again too early"


def delay_is_the_one_of_the_options(log: Log) -> Iterator[str]:
    for task, events in log.of_task.items():
        options = log.graph.tasks[task].options
        waits = [e.detail["delay"] for e in events if e.to_state == "up_for_retry" and e.detail]
        longest = options.max_retry_delay
        for k, wait in enumerate(waits, start=1):
            full = options.retry_delay * options.backoff ** (k - 1)
            full = full if longest is None else min(longest, full)
            if not (0 <= wait <= full if options.jitter else wait == full):
                yield f"{task} waits {wait} s before attempt {k + 1}"


def gives_up_neither_early_nor_late(log: Log) -> Iterator[str]:
    for task, events in log.of_task.items():
        retries = log.graph.tasks[task].options.retries
        failures = [e for e in events if e.to_state in ("failed", "up_for_retry")]
        if len(failures) > retries + 1:
            yield f"{task} fails {len(failures)} times with {retries} retries"
        last = events[-1]
        can_go_on = len(failures) <= retries and (task, last.attempt) not in log.hopeless
        if last.to_state == "failed" and can_go_on:
            yield f"{task} gives up after {len(failures)} of {retries + 1}"


def run_is_judged_by_its_leaves(log: Log) -> Iterator[str]:
    every = {log.last_state(task) for task in log.graph.tasks}
    leaves = {log.last_state(task) for task in log.graph.tasks if not log.graph.downstream[task]}
    judged = "cancelled" if "cancelled" in every else "failed" if leaves & BAD else "success"
    if log.events[-1].to_state != RunState(judged):
        yield f"the run is {log.events[-1].to_state}, not {judged}"


def end_says_how_the_attempt_ended(log: Log) -> Iterator[str]:
    for task, events in log.of_task.items():
        for event in events:
            has_outcome = bool(event.detail and "outcome" in event.detail)
            if has_outcome != (event.from_state in {"running", "queued"} - {event.to_state}) and (
                event.to_state != "running"
            ):
                yield f"{task} {event.from_state} → {event.to_state} with {event.detail}"


CHECKS: tuple[Callable[[Log], Iterator[str]], ...] = (
    counted_without_holes,
    time_goes_on,
    run_ends_once_and_last,
    each_task_ends_once_and_for_good,
    moves_follow_each_other,
    nothing_starts_after_a_cancel,
    rule_says_so,
    attempts_are_counted_from_one,
    no_retry_before_its_time,
    delay_is_the_one_of_the_options,
    gives_up_neither_early_nor_late,
    run_is_judged_by_its_leaves,
    end_says_how_the_attempt_ended,
)


def complaints(
    graph: Graph, events: Sequence[Event], hopeless: Collection[tuple[str, int]] = ()
) -> list[str]:
    """Everything that is wrong with the events of a run that has ended."""
    log = Log(graph, events, hopeless)
    return [f"{check.__name__}: {told}" for check in CHECKS for told in check(log)]
