"""What must hold for every story: each check yields its complaints, and has the number that
the promise has in the documentation of the engine's reliability."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from itertools import pairwise

from tests.engine.simulation.results import (
    cached_as_computed,
    stored_as_recorded,
    stored_as_returned,
    stored_at_each_opening,
)
from tests.engine.simulation.rules import decided_by_the_rule
from tests.engine.simulation.scenario import POOLS
from tests.engine.simulation.story import BAD, ENDS, RUN_ENDS, AttemptKey, Story, outcome
from wfkit.core.events import Event
from wfkit.core.recovery import REASON

_STARTS = frozenset({"scheduled", "queued", "running"})
_LIVE = frozenset({"queued", "running"})
_MOVES = {
    "none": {"scheduled", "upstream_failed", "skipped", "cancelled"},
    "scheduled": {"queued", "success", "cancelled"},
    "queued": {"running", "cancelled", "up_for_retry", "failed"},
    "running": {"success", "failed", "skipped", "up_for_retry", "up_for_reschedule", "cancelled"},
    "up_for_retry": {"scheduled", "cancelled"},
    "up_for_reschedule": {"scheduled", "failed", "cancelled"},
}
_HOPELESS = {"Fail", "HungOnPurpose", "NoSuchBranch", "CannotExpand", "CannotStore"}
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


def _reason(event: Event) -> str:
    return str((event.detail or {}).get("reason", ""))


def attempts_have_no_holes(story: Story) -> Complaints:
    for (task, index), events in story.of_instance.items():
        number = 0
        for event in events:
            if event.type != "task_state":
                continue
            is_new = event.to_state == "scheduled" and event.from_state != "up_for_reschedule"
            number += is_new
            if (event.attempt or 0) != number:
                yield f"{task}[{index}] has attempt {event.attempt} at {event.seq}, not {number}"


def limits_hold(story: Story) -> Complaints:
    running = 0
    held: Counter[str] = Counter()
    for event in story.log:
        if event.type != "task_state":
            continue
        running += (event.to_state == "running") - (event.from_state == "running")
        if running > story.slots:
            yield f"{running} attempts run at {event.seq}, with {story.slots} slots"
        pool = story.options(event.task).pool
        if pool is not None:
            held[pool] += (event.to_state in _LIVE) - (event.from_state in _LIVE)
            if held[pool] > POOLS[pool]:
                yield f"{held[pool]} attempts hold {POOLS[pool]} slots of {pool} at {event.seq}"


def retries_wait_their_time(story: Story) -> Complaints:
    for (task, index), events in story.of_instance.items():
        failures = 0
        for before, after in pairwise(events):
            failures = 0 if before.type == "cleared" else failures
            if before.to_state != "up_for_retry":
                continue
            detail = before.detail or {}
            is_lost = detail["outcome"] == "lost"
            failures += not is_lost
            delay = 0.0 if is_lost else detail["delay"]
            if not is_lost and not _is_right_delay(story, task, delay, failures):
                yield f"{task}[{index}] waits {delay} s after {failures} failures"
            if after.to_state == "scheduled" and after.time != _due(story, before, after, delay):
                yield f"{task}[{index}] starts again at {after.seq}, not when it is due"


def _is_right_delay(story: Story, task: str, delay: float, failures: int) -> bool:
    options = story.options(task)
    full = options.retry_delay * options.backoff ** (failures - 1)
    if options.max_retry_delay is not None:
        full = min(full, options.max_retry_delay)
    return 0 <= delay <= full if options.jitter else bool(delay == full)


def _due(story: Story, before: Event, after: Event, delay: float) -> float:
    opened = (e.time for e in story.reopened if before.seq < e.seq < after.seq)
    return max(before.time + delay, max(opened, default=before.time))


def ends_close_the_running_attempt(story: Story) -> Complaints:
    running: dict[tuple[str, int], int | None] = {}
    for event in story.log:
        if event.type != "task_state":
            continue
        key = (str(event.task), event.map_index)
        how = outcome(event)
        if event.to_state == "running":
            running[key] = event.attempt
        elif event.from_state == "running":
            is_poke = event.to_state == "up_for_reschedule"
            if running.pop(key) != event.attempt or (how is None) != is_poke:
                yield f"{event.seq} ends {key} {event.attempt} as {how}"
        elif how is not None and not _may_end(event, how):
            yield f"{event.seq} ends {key} as {how}, but it is {event.from_state}"


def _may_end(event: Event, how: str) -> bool:
    return (event.from_state, how) in {
        ("queued", "cancelled"),
        ("scheduled", "cancelled"),
        ("up_for_reschedule", "cancelled"),
        ("queued", "lost"),
        ("scheduled", "cached"),
        ("up_for_reschedule", "timed_out"),
    }


def timeouts_are_exact(story: Story) -> Complaints:
    started: dict[tuple[str, int], float] = {}
    first: dict[AttemptKey, float] = {}
    takes = {(it.task, it.map_index, it.attempt): it.takes for it in story.began}
    for event in story.log:
        if event.type != "task_state":
            continue
        key = (str(event.task), event.map_index)
        if event.to_state == "running":
            started[key] = event.time
            first.setdefault((*key, event.attempt or 0), event.time)
        options, how = story.options(event.task), outcome(event)
        took = event.time - started.get(key, event.time)
        if how == "returned" and options.timeout is not None and took > options.timeout:
            yield f"{key} returned after {took} s, though its timeout is {options.timeout}"
        if how == "timed_out":
            waited = event.time - first[*key, event.attempt or 0]
            asked = takes.get((*key, event.attempt or 0), 1_000)
            slow = story.has_fault(event.task, "slow")
            if not _is_exact(event, took, waited, options.timeout, options.wait_timeout):
                yield f"{key} timed out after {took} s, {waited} s of waiting"
            elif options.timeout is not None and asked <= options.timeout and not slow:
                if waited < (options.wait_timeout or 1e9):
                    yield f"{key} timed out, though it takes {asked} s only"


def _is_exact(
    event: Event, took: float, waited: float, limit: float | None, longest: float | None
) -> bool:
    if event.from_state == "running" and took == limit:
        return True
    return event.to_state == "failed" and longest is not None and waited >= longest


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


def gives_up_in_time(story: Story) -> Complaints:
    for (task, index), events in story.of_instance.items():
        retries = story.options(task).retries
        failures = losses = lost = 0
        for event in events:
            how = outcome(event)
            if event.type == "cleared":
                failures = losses = lost = 0
            elif how == "lost":
                losses, lost = losses + 1, lost + 1
            elif how in ("raised", "timed_out"):
                failures, lost = failures + 1, 0
            if failures > retries + 1 or lost > 3:
                yield f"{task}[{index}] failed {failures} and was lost {losses} times"
            if event.to_state == "failed" and not _may_give_up(story, event, failures, lost):
                yield f"{task}[{index}] gives up after {failures} failures, {lost} losses"


def _may_give_up(story: Story, event: Event, failures: int, lost: int) -> bool:
    if outcome(event) == "lost":
        return lost == 3
    error = (event.detail or {})["error"]
    is_wait = error["type"] == "TimeoutError" and "waits for" in error["message"]
    hopeless = error["type"] in _HOPELESS or is_wait
    return hopeless or failures == story.options(event.task).retries + 1


def starts_are_counted(story: Story) -> Complaints:
    for (task, index), events in story.of_instance.items():
        starts = lost = 0
        for event in events:
            if event.type == "cleared":
                starts = lost = 0
            lost += outcome(event) == "lost"
            starts += event.to_state == "scheduled" and event.from_state != "up_for_reschedule"
            if starts > story.options(task).retries + 1 + lost:
                yield f"{task}[{index}] starts {starts} times"


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
    if _reason(story.log[-1]).startswith("slots held"):
        judged = "failed"
    if story.log[-1].to_state != judged:
        yield f"the run is {story.log[-1].to_state}, not {judged}"


def no_attempt_is_left(story: Story) -> Complaints:
    for key, attempt in story.snapshot.attempts.items():
        if attempt.outcome is None or attempt.ended is None:
            yield f"attempt {key} never ended"


def executes_at_most_once(story: Story) -> Complaints:
    handed = Counter(
        (str(e.task), e.map_index, e.attempt or 0) for e in story.log if e.to_state == "queued"
    )
    called = Counter((it.task, it.map_index, it.attempt) for it in story.began)
    for key, times in called.items():
        if times > handed[key]:
            yield f"the body of {key} was called {times} times, for {handed[key]} pokes"


def durable_before_it_executes(story: Story) -> Complaints:
    queued: dict[AttemptKey, list[int]] = {}
    for event in story.log:
        if event.to_state == "queued":
            key = (str(event.task), event.map_index, event.attempt or 0)
            queued.setdefault(key, []).append(event.seq)
    calls: Counter[AttemptKey] = Counter()
    for it in story.began:
        key = (it.task, it.map_index, it.attempt)
        starts = queued.get(key, [])
        if calls[key] >= len(starts) or starts[calls[key]] > it.committed:
            yield f"the body of {key} was called before its start was durable"
        calls[key] += 1


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
    "C": cached_as_computed,
}


def complaints(story: Story) -> list[str]:
    """Everything that is wrong with a story."""
    found = [f"L: {told}" for told in run_ends(story)]
    if found:
        return found
    return [f"{number}: {told}" for number, check in CHECKS.items() for told in check(story)]
