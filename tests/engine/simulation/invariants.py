"""What must hold for every story: each check yields its complaints, and has the number that
the promise has in the documentation of the engine's reliability."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from itertools import pairwise

from tests.engine.simulation.attempts import (
    attempts_have_no_holes,
    durable_before_it_executes,
    ends_close_the_running_attempt,
    executes_at_most_once,
    gives_up_in_time,
    limits_hold,
    retries_wait_their_time,
    starts_are_counted,
    timeouts_are_exact,
)
from tests.engine.simulation.results import (
    cached_as_computed,
    one_instance_for_each_item,
    stored_as_recorded,
    stored_as_returned,
    stored_at_each_opening,
)
from tests.engine.simulation.rules import decided_by_the_rule
from tests.engine.simulation.story import BAD, ENDS, RUN_ENDS, Board, Story
from wfkit.core.events import Event
from wfkit.core.recovery import REASON

_STARTS = frozenset({"scheduled", "queued", "running"})
_MOVES = {
    "none": {"scheduled", "upstream_failed", "skipped", "cancelled"},
    "scheduled": {"queued", "success", "cancelled"},
    "queued": {"running", "cancelled", "up_for_retry", "failed"},
    "running": {"success", "failed", "skipped", "up_for_retry", "up_for_reschedule", "cancelled"},
    "up_for_retry": {"scheduled", "cancelled"},
    "up_for_reschedule": {"scheduled", "failed", "cancelled"},
}
Complaints = Iterator[str]


def acknowledged_is_stored(story: Story) -> Complaints:
    if [event.seq for event in story.log] != list(range(1, len(story.log) + 1)):
        yield "seq has holes"
    last = 0
    for event in story.witness.heard:
        if event.run_id != story.run_id or event.seq > len(story.log):
            yield f"{event.run_id} {event.seq} was acknowledged and is gone"
        elif story.log[event.seq - 1] != event:
            yield f"{event.seq} was acknowledged as something else"
        elif event.seq <= last:
            yield f"{event.seq} was acknowledged after {last}"
        last = event.seq


def time_goes_on(story: Story) -> Complaints:
    for before, after in pairwise(story.log):
        if after.time < before.time:
            yield f"time goes back at {after.seq}"


def run_ends_once(story: Story) -> Complaints:
    for opening in story.openings:
        ends = [e for e in opening if e.type == "run_state" and e.to_state in RUN_ENDS]
        if len(ends) != 1:
            yield f"{len(ends)} ends of the run between {opening[0].seq} and {opening[-1].seq}"


def nothing_follows_the_end(story: Story) -> Complaints:
    for opening in story.openings:
        last = opening[-1]
        if last.type != "run_state" or last.to_state not in RUN_ENDS:
            yield f"{last.seq} comes after the end of the run"


def ended_stays_ended(story: Story) -> Complaints:
    allowed: set[str] = set()
    for event, board in story.steps():
        if event.type == "run_state":
            allowed = set((event.detail or {}).get("cleared", ()))
        elif event.type == "task_state" and board.state(event) in ENDS:
            yield f"{event.task}[{event.map_index}] goes on at {event.seq}, though it had ended"
        elif event.type == "cleared" and event.task not in allowed:
            yield from _kept_by_a_resume(story, event, board.members[str(event.task)])


def _kept_by_a_resume(story: Story, event: Event, members: dict[int, str]) -> Complaints:
    is_collapse = bool((event.detail or {}).get("collapsed"))
    gone = list(members.values()) if is_collapse else [members.get(event.map_index, "none")]
    if {"success", "skipped"} & set(gone) and not (is_collapse and _has_new_items(story, event)):
        yield f"{event.task}[{event.map_index}] had ended well and is cleared at {event.seq}"


def _has_new_items(story: Story, event: Event) -> bool:
    source = story.scenes[str(event.task)].data[0]
    last = [e for e in story.log[: event.seq] if e.task == source and e.to_state in ENDS][-1:]
    return not last or last[0].to_state not in ("success", "skipped")


def moves_are_legal(story: Story) -> Complaints:
    for event, board in story.steps():
        if event.type != "task_state":
            continue
        state = board.state(event)
        if event.from_state != state or event.to_state not in _MOVES.get(str(state), ENDS):
            told = f"from {event.from_state} to {event.to_state}"
            yield f"{event.task}[{event.map_index}] moves {told} at {event.seq}, but it is {state}"


def nothing_starts_after_a_cancel(story: Story) -> Complaints:
    asked: list[tuple[int, int]] = []
    for opening in story.openings:
        seqs = [event.seq for event in opening if event.type == "cancel_requested"]
        if seqs:
            asked.append((seqs[0], opening[-1].seq))
            for event in opening:
                if event.seq > seqs[0] and event.to_state in _STARTS:
                    yield f"{event.task} is {event.to_state} after the cancel at {seqs[0]}"
    yield from _missed_cancel(story)
    for it in story.began:
        if any(first <= it.committed < last for first, last in asked):
            yield f"the body of {it.task} was called after the cancel"


def _missed_cancel(story: Story) -> Complaints:
    opening = story.openings[0]
    if story.scenario.cancel_at is None or _reason(opening[-1]) == REASON:
        return
    at = opening[0].time + story.scenario.cancel_at
    if opening[-1].time > at and not any(
        event.type == "cancel_requested" and event.time == at for event in opening
    ):
        yield f"the cancel at {at - opening[0].time} s was ignored"


def _is_stall(event: Event) -> bool:
    return event.to_state == "failed" and _reason(event).startswith("slots held")


def _reason(event: Event) -> str:
    return str((event.detail or {}).get("reason", ""))


def deadlines_are_told_once(story: Story) -> Complaints:
    due = (story.log[0].detail or {}).get("deadlines", {})
    told = [(str(e.task or ""), e.time) for e in story.log if e.type == "deadline_missed"]
    for task, time in told:
        if time < due[task]:
            yield f"the deadline of {task or 'the run'} is missed before {due[task]}"
    if len(told) != len({task for task, _ in told}):
        yield f"deadlines are told twice: {told}"
    first = story.openings[0]
    for task, moment in due.items():
        if _is_open_at(story, task, moment, first) and (task, moment) not in told:
            yield f"nobody was told of the deadline of {task or 'the run'}"


def _is_open_at(story: Story, task: str, moment: float, opening: list[Event]) -> bool:
    if opening[-1].time <= moment or story.is_real:
        return False
    board = Board(story.graph)
    for event in opening:
        if event.time <= moment:
            board.apply(event)
    return not task or any(state not in ENDS for state in board.members[task].values())


def instances_end_once(story: Story) -> Complaints:
    for key, state in story.states.items():
        if state not in ENDS:
            yield f"{key} is {state} at the end"
    for opening in story.openings:
        ends = Counter(
            (event.task, event.map_index)
            for event in opening
            if event.type == "task_state" and event.to_state in ENDS
        )
        yield from (f"{key} ends {n} times in one opening" for key, n in ends.items() if n > 1)


def states_sum_up(story: Story) -> Complaints:
    counts = story.snapshot.counts()
    if sum(counts.values()) != len(story.states):
        yield f"{sum(counts.values())} states of {len(story.states)} instances"
    if {key: it.state.value for key, it in story.snapshot.instances.items()} != story.states:
        yield "the snapshot is not what the events say"
    for it in story.began:
        if it.map_index < 0 and story.options(it.task).expand is not None:
            yield f"the body of {it.task} was called, though it is to be expanded"


def run_is_judged_by_its_leaves(story: Story) -> Complaints:
    states = set(story.states.values())
    leaves = {story.states[key] for key in story.states if not story.graph.downstream[key[0]]}
    judged = "cancelled" if "cancelled" in states else "failed" if leaves & BAD else "success"
    if _is_stall(story.log[-1]):
        judged = "failed"
    if story.log[-1].to_state != judged:
        yield f"the run is {story.log[-1].to_state}, not {judged}"


def no_attempt_is_left(story: Story) -> Complaints:
    for key, attempt in story.snapshot.attempts.items():
        if attempt.outcome is None or attempt.ended is None:
            yield f"attempt {key} never ended"


def finished_stays_as_it_is(story: Story) -> Complaints:
    last = story.witness.actions[-1]
    is_further = last.number == len(story.scenario.again) + 1
    if (
        is_further
        and len(story.log) != last.length
        and story.log[last.length - 1].to_state == ("success")
    ):
        yield f"resuming a success wrote {len(story.log) - last.length} events"


def run_ends(story: Story) -> Complaints:
    if story.broken is not None:
        yield f"the engine raises {type(story.broken).__name__}: {story.broken}"
    elif story.log[-1].to_state not in RUN_ENDS:
        yield "the run does not end"
    elif not story.scenario.lingers and any(_is_stall(event) for event in story.log):
        yield "the run stalls, though nothing holds its slots"


CHECKS: dict[str, Callable[[Story], Complaints]] = {
    "1": acknowledged_is_stored,
    "2": time_goes_on,
    "3": run_ends_once,
    "4": nothing_follows_the_end,
    "5": ended_stays_ended,
    "6": moves_are_legal,
    "7": nothing_starts_after_a_cancel,
    "8": decided_by_the_rule,
    "9": attempts_have_no_holes,
    "10": limits_hold,
    "11": retries_wait_their_time,
    "12": ends_close_the_running_attempt,
    "13": timeouts_are_exact,
    "deadlines": deadlines_are_told_once,
    "14": instances_end_once,
    "15": gives_up_in_time,
    "15 starts": starts_are_counted,
    "16": states_sum_up,
    "17": run_is_judged_by_its_leaves,
    "18": no_attempt_is_left,
    "19": stored_as_recorded,
    "19 openings": stored_at_each_opening,
    "19 values": stored_as_returned,
    "20": executes_at_most_once,
    "21": durable_before_it_executes,
    "22": finished_stays_as_it_is,
    "16 items": one_instance_for_each_item,
    "C": cached_as_computed,
}


def complaints(story: Story) -> list[str]:
    """Everything that is wrong with a story."""
    found = [f"L: {told}" for told in run_ends(story)]
    if found:
        return found
    for number, check in CHECKS.items():
        try:
            found += [f"{number}: {told}" for told in check(story)]
        except Exception as error:  # noqa: BLE001 - a log that makes no sense is wrong as well
            found.append(f"{number}: the log makes no sense: {error!r}")
    return found
