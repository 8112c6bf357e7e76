from __future__ import annotations

from typing import Any

import pytest

from wfkit.core.events import Event
from wfkit.core.recovery import REASON
from wfkit.views.telling import told

ERROR = {"type": "ValueError", "message": "bad row\nsecond line"}


def sentence(type: str = "task_state", **fields: Any) -> str:  # noqa: A002 - as in Event
    """What is told of one event, 10 seconds after the first one."""
    start = Event(1, 0.0, "run_state", "r", to_state="queued")
    return told([start, Event(2, 10.0, type, "r", **fields)])[1][1]


def moved(to: str, /, attempt: int | None = 1, map_index: int = -1, **detail: Any) -> str:
    return sentence(
        task="orders", map_index=map_index, attempt=attempt, to_state=to, detail=detail or None
    )


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (moved("scheduled"), "orders attempt 1 is scheduled"),
        (moved("queued"), "orders attempt 1 waits for a free slot"),
        (moved("running", 2), "orders attempt 2 starts"),
        (moved("running", 1, 3), "orders[3] attempt 1 starts"),
        (moved("success", outcome="returned"), "orders attempt 1 returns"),
        (
            moved("success", outcome="returned", note="nothing came back"),
            "orders attempt 1 returns: nothing came back",
        ),
        (
            moved("success", outcome="cached"),
            "orders attempt 1 succeeds: the cache had its result",
        ),
        (
            moved("up_for_retry", outcome="raised", error=ERROR, delay=30.0),
            "orders attempt 1 raises ValueError: bad row; next attempt at 40 s",
        ),
        (
            moved("up_for_retry", outcome="raised", error={**ERROR, "injected": True}, delay=0.0),
            "orders attempt 1 raises ValueError: bad row (injected)",
        ),
        (
            moved("failed", outcome="raised", error=ERROR),
            "orders attempt 1 raises ValueError: bad row; the task has failed",
        ),
        (
            moved("failed", outcome="timed_out", error={"message": "no result after 5 s"}),
            "orders attempt 1 times out: no result after 5 s; the task has failed",
        ),
        (moved("up_for_retry", outcome="lost"), f"orders attempt 1 is lost: {REASON}"),
        (
            moved("skipped", outcome="skipped", error={"type": "Skip", "message": "no sales"}),
            "orders attempt 1 skips itself: Skip: no sales",
        ),
        (moved("cancelled", outcome="cancelled"), "orders attempt 1 is cancelled"),
        (moved("cancelled", None), "orders is cancelled"),
        (
            moved("up_for_reschedule"),
            "orders attempt 1 looked: what it waits for is not there yet",
        ),
        (moved("skipped", None, because=""), "orders is skipped because its list is empty"),
        (
            sentence("expanded", task="load", detail={"length": 3, "over": "files"}),
            "load is expanded over 3 items of files",
        ),
        (
            sentence("expanded", task="load", detail={"length": 1}),
            "load is expanded over 1 item",
        ),
        (
            sentence("cleared", task="load", to_state="none", detail={"collapsed": True}),
            "load is cleared, to run again",
        ),
        (sentence("deadline_missed"), "the run misses its deadline"),
        (sentence("deadline_missed", task="orders"), "orders misses its deadline"),
        (
            sentence("cancel_requested", detail={"reason": "asked for"}),
            "the run is asked to stop (asked for)",
        ),
        (sentence("run_state", from_state="queued", to_state="running"), "the run starts"),
        (sentence("run_state", from_state="failed", to_state="running"), "the run goes on"),
        (
            sentence("run_state", to_state="failed", detail={"reason": REASON}),
            f"the run ends: failed ({REASON})",
        ),
        (sentence("run_state", to_state="success"), "the run ends: success"),
        (sentence("of_tomorrow", task="orders"), "orders: of_tomorrow"),
    ],
)
def test_each_kind_of_event_is_one_sentence(found: str, expected: str) -> None:
    assert found == expected


def test_what_decided_is_told_as_it_stood() -> None:
    events = [
        Event(1, 0.0, "task_state", "r", "load", 0, 1, to_state="failed"),
        Event(2, 0.0, "task_state", "r", "load", 1, 1, to_state="running"),
        Event(
            3,
            0.0,
            "task_state",
            "r",
            "mail",
            to_state="upstream_failed",
            detail={"because": "load"},
        ),
        Event(
            4, 0.0, "task_state", "r", "way", -1, 1, to_state="success", detail={"chosen": ["a"]}
        ),
        Event(5, 0.0, "task_state", "r", "b", to_state="skipped", detail={"because": "way"}),
        Event(6, 0.0, "task_state", "r", "c", to_state="skipped", detail={"because": "nobody"}),
    ]
    assert [what for _, what in told(events)][2:] == [
        "mail will not run because load failed",
        "way attempt 1 is success",
        "b is skipped because way chose a",
        "c is skipped because nobody ended",
    ]


def test_times_count_from_the_first_event_and_never_below_zero() -> None:
    events = [
        Event(i, at, "run_state", "r", to_state="queued") for i, at in enumerate((5.0, 7.5, 4))
    ]
    assert [at for at, _ in told(events)] == [0.0, 2.5, 0.0]


def test_hostile_names_are_told_harmlessly() -> None:
    found = sentence(task="a\u202eb\n", to_state="running", attempt=1)
    assert found == "a\\u202eb\\n attempt 1 starts"
