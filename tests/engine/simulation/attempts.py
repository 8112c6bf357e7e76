"""Attempts: their numbers, limits, delays, timeouts, and how often a task is tried."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

from tests.engine.simulation.scenario import POOLS
from tests.engine.simulation.story import AttemptKey, Story, outcome
from wfkit.core.events import Event

_LIVE = frozenset({"queued", "running"})
_HOPELESS = {"Fail", "HungOnPurpose", "NoSuchBranch", "CannotExpand", "CannotStore"}
Complaints = Iterator[str]


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
            late = after.time - _due(story, before, after, delay)
            if after.to_state == "scheduled" and (late < 0 or (late and not story.is_real)):
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
            elif waited < (options.wait_timeout or 1e9) and not slow and asked <= options.timeout:
                yield f"{key} timed out, though it takes {asked} s only"


def _is_exact(
    event: Event, took: float, waited: float, limit: float | None, longest: float | None
) -> bool:
    if event.from_state == "running" and took == limit:
        return True
    return event.to_state == "failed" and longest is not None and waited >= longest


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
            if failures > retries + 1 or (lost >= 3 and event.to_state != "failed"):
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
