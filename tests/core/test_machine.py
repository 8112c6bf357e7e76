"""What happens next in a run: each story is told whole."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from tests.core.play import RUN_ID, Line, Play, make
from wfkit.core.errors import IllegalMove
from wfkit.core.events import Event
from wfkit.core.facts import RunStarted, SetTimer, Submit
from wfkit.core.graph import Graph
from wfkit.core.machine import Machine
from wfkit.core.states import Outcome, TaskState

ERROR = {"type": "ValueError", "message": "bad row", "traceback": []}


def claimed(task: str, at: float = 0) -> list[Line]:
    """A task that was found ready and handed to the executor."""
    return [(at, task, "scheduled"), (at, task, "queued")]


def done(task: str, at: float = 0) -> list[Line]:
    return [(at, task, "running"), (at, task, "success")]


OPENED: list[Line] = [(0, None, "queued"), (0, None, "running")]


def test_run_of_one_task_as_events() -> None:
    play = Play([make("orders", priority=7)])
    play.start("orders", at=1)
    play.end("orders", at=3)
    detail = {"dag": "sales", "upstream": {"orders": []}}
    assert play.events == [
        Event(1, 0, "run_state", RUN_ID, to_state="queued", detail=detail),
        Event(2, 0, "run_state", RUN_ID, from_state="queued", to_state="running"),
        Event(3, 0, "task_state", RUN_ID, "orders", -1, 1, "none", "scheduled"),
        Event(4, 0, "task_state", RUN_ID, "orders", -1, 1, "scheduled", "queued"),
        Event(5, 1, "task_state", RUN_ID, "orders", -1, 1, "queued", "running"),
        Event(
            6,
            3,
            "task_state",
            RUN_ID,
            "orders",
            -1,
            1,
            "running",
            "success",
            {"outcome": "returned"},
        ),
        Event(7, 3, "run_state", RUN_ID, from_state="running", to_state="success"),
    ]
    assert play.commands == [Submit("orders", -1, 1, priority=7)]
    assert (play.machine.state, play.machine.finished) == ("success", 1)


def test_diamond_goes_on_as_soon_as_it_can() -> None:
    play = Play([make("d", "b c"), make("b", "a"), make("c", "a"), make("a")])
    play.succeeds("a", at=1)
    play.start("c", at=1)
    play.succeeds("b", at=2)
    play.end("c", at=5)
    play.succeeds("d", at=6)
    assert play.story == [
        *OPENED,
        *claimed("a"),
        *done("a", 1),
        *claimed("b", 1),
        *claimed("c", 1),
        (1, "c", "running"),
        *done("b", 2),
        (5, "c", "success"),
        *claimed("d", 5),
        *done("d", 6),
        (6, None, "success"),
    ]


def test_empty_run_succeeds_at_once() -> None:
    assert Play([]).story == [*OPENED, (0, None, "success")]


def test_every_root_is_claimed_in_the_order_of_names() -> None:
    play = Play([make("c", priority=1), make("a"), make("b", priority=9)])
    assert play.story == [*OPENED, *claimed("a"), *claimed("b"), *claimed("c")]
    submitted = [c for c in play.commands if isinstance(c, Submit)]
    assert [(c.task, c.priority) for c in submitted] == [("a", 0), ("b", 9), ("c", 1)]


# Failure


def test_failure_stops_what_needs_it_and_nothing_else() -> None:
    play = Play([make("a"), make("b", "a"), make("c", "b"), make("x"), make("y", "x")])
    play.fails("a", at=1, error=ERROR)
    play.succeeds("x", at=2)
    play.succeeds("y", at=3)
    assert play.story == [
        *OPENED,
        *claimed("a"),
        *claimed("x"),
        (1, "a", "running"),
        (1, "a", "failed"),
        (1, "b", "upstream_failed"),
        (1, "c", "upstream_failed"),
        *done("x", 2),
        *claimed("y", 2),
        *done("y", 3),
        (3, None, "failed"),
    ]
    ends = {e.task: e.detail for e in play.events if e.to_state in ("failed", "upstream_failed")}
    assert ends == {
        "a": {"outcome": "raised", "error": ERROR},
        "b": {"because": "a"},
        "c": {"because": "b"},
        None: None,
    }
    assert [e.attempt for e in play.events if e.task == "b"] == [None]


def test_upstream_failed_does_not_wait_for_the_other_upstream() -> None:
    play = Play([make("a"), make("b"), make("c", "a b")])
    play.start("b", at=1)
    assert play.fails("a", at=1)[-1] == (1, "c", "upstream_failed")
    assert play.end("b", at=9) == [(9, "b", "success"), (9, None, "failed")]


def test_run_is_judged_by_its_leaves() -> None:
    play = Play([make("a"), make("clean_up", "a", trigger_rule="all_done")])
    play.fails("a")
    play.succeeds("clean_up")
    assert play.states() == {"a": "failed", "clean_up": "success"}
    assert play.story[-1] == (0, None, "success")


@pytest.mark.parametrize(
    ("outcome", "state"),
    [
        (Outcome.RAISED, "failed"),
        (Outcome.TIMED_OUT, "failed"),
        (Outcome.SKIPPED, "skipped"),
        (Outcome.RETURNED, "success"),
    ],
)
def test_outcome_of_the_last_attempt_decides_the_state(outcome: Outcome, state: str) -> None:
    play = Play([make("a")])
    play.start("a")
    play.end("a", outcome=outcome)
    last = play.events[-2]
    assert (last.to_state, last.detail) == (state, {"outcome": outcome.value})
    assert play.story[-1][2] == ("failed" if state == "failed" else "success")


# Retries


def test_retries_follow_after_growing_delays() -> None:
    play = Play([make("a", retries=3, retry_delay=30, backoff=2, max_retry_delay=50)])
    story = play.story
    story += play.fails("a", at=1, error=ERROR)
    story += play.timer("a", at=31)
    story += play.fails("a", at=32, attempt=2)
    story += play.timer("a", at=82, attempt=2)
    story += play.fails("a", at=82, attempt=3)
    story += play.timer("a", at=132, attempt=3)
    story += play.succeeds("a", at=140, attempt=4)
    assert story == [
        *OPENED,
        *claimed("a"),
        (1, "a", "running"),
        (1, "a", "up_for_retry"),
        *claimed("a", 31),
        (32, "a", "running"),
        (32, "a", "up_for_retry"),
        *claimed("a", 82),
        (82, "a", "running"),
        (82, "a", "up_for_retry"),
        *claimed("a", 132),
        (140, "a", "running"),
        (140, "a", "success"),
        (140, None, "success"),
    ]
    assert play.commands == [
        Submit("a", -1, 1, 0),
        SetTimer(31, "a", -1, 1),
        Submit("a", -1, 2, 0),
        SetTimer(82, "a", -1, 2),
        Submit("a", -1, 3, 0),
        SetTimer(132, "a", -1, 3),
        Submit("a", -1, 4, 0),
    ]
    waits = [e.detail for e in play.events if e.to_state == "up_for_retry"]
    assert waits == [
        {"outcome": "raised", "error": ERROR, "delay": 30.0},
        {"outcome": "raised", "delay": 50.0},
        {"outcome": "raised", "delay": 50.0},
    ]


def test_retry_without_delay_follows_at_once() -> None:
    play = Play([make("a", retries=1)])
    assert play.fails("a", at=1) == [
        (1, "a", "running"),
        (1, "a", "up_for_retry"),
        *claimed("a", 1),
    ]
    assert play.fails("a", at=2, attempt=2)[-2:] == [(2, "a", "failed"), (2, None, "failed")]
    assert play.commands == [Submit("a", -1, 1, 0), Submit("a", -1, 2, 0)]


def test_jitter_is_drawn_for_the_attempt_that_follows() -> None:
    asked: list[tuple[str, int, int]] = []

    def draw(task: str, map_index: int, attempt: int) -> float:
        asked.append((task, map_index, attempt))
        return 0.25

    play = Play([make("a", retries=2, retry_delay=40, jitter=True)], draw)
    play.fails("a", at=0)
    play.timer("a", at=10)
    play.fails("a", at=10, attempt=2)
    assert asked == [("a", -1, 2), ("a", -1, 3)]
    assert [c.time for c in play.commands if isinstance(c, SetTimer)] == [10, 20]


def test_failure_that_no_retry_can_cure_ends_at_once() -> None:
    play = Play([make("a", retries=3)])
    assert play.fails("a", retryable=False)[1] == (0, "a", "failed")


def test_waiting_for_a_retry_is_not_the_end_for_downstream() -> None:
    play = Play([make("a", retries=1, retry_delay=5), make("b", "a", trigger_rule="one_failed")])
    assert play.fails("a") == [(0, "a", "running"), (0, "a", "up_for_retry")]
    play.timer("a", at=5)
    assert play.fails("a", at=5, attempt=2)[2:] == claimed("b", 5)


def test_timer_that_is_not_awaited_changes_nothing() -> None:
    play = Play([make("a", retries=2, retry_delay=5), make("b")])
    assert play.timer("a", at=1) == []
    play.fails("a", at=1)
    assert play.timer("a", at=6, attempt=2) == []
    assert play.timer("a", at=6) == claimed("a", 6)
    assert play.timer("a", at=7) == []


# Skips


def test_skip_goes_down_until_a_rule_accepts_it() -> None:
    play = Play(
        [
            make("a"),
            make("b", "a"),
            make("c", "b"),
            make("d", "c", trigger_rule="none_failed"),
        ]
    )
    skipped = play.skips("a")
    assert skipped == [
        (0, "a", "running"),
        (0, "a", "skipped"),
        (0, "b", "skipped"),
        (0, "c", "skipped"),
        *claimed("d"),
    ]
    details = [e.detail for e in play.events if e.to_state == "skipped"]
    assert details == [{"outcome": "skipped"}, {"because": "a"}, {"because": "b"}]
    assert play.succeeds("d")[-1] == (0, None, "success")


def test_skip_waits_for_every_upstream_and_failure_wins() -> None:
    play = Play([make("a"), make("b"), make("c", "a b")])
    assert play.skips("a") == [(0, "a", "running"), (0, "a", "skipped")]
    assert play.fails("b")[2:] == [(0, "c", "upstream_failed"), (0, None, "failed")]


@pytest.mark.parametrize(
    ("rule", "ends", "state", "because"),
    [
        ("all_success", ["skips b", "succeeds a", "succeeds c"], "skipped", "b"),
        ("all_success", ["succeeds a", "fails b", "skips c"], "upstream_failed", "b"),
        ("all_failed", ["fails a", "succeeds b", "fails c"], "skipped", "b"),
        ("all_failed", ["succeeds a", "fails b", "skips c"], "skipped", "c"),
        ("one_success", ["fails b", "skips a", "skips c"], "upstream_failed", "b"),
        ("one_success", ["skips c", "skips b", "skips a"], "skipped", "a"),
        ("one_failed", ["succeeds c", "succeeds b", "succeeds a"], "skipped", "a"),
        ("none_failed", ["skips a", "fails c", "succeeds b"], "upstream_failed", "c"),
        ("none_failed_min_one_success", ["skips b", "skips a", "skips c"], "skipped", "a"),
    ],
)
def test_because_names_the_upstream_that_decided(
    rule: str, ends: Sequence[str], state: str, because: str
) -> None:
    play = Play([make("a"), make("b"), make("c"), make("it", "a b c", trigger_rule=rule)])
    for end in ends:
        how, task = end.split()
        getattr(play, how)(task)
    it = play.snapshot.instances["it", -1]
    assert (it.state, it.because) == (state, because)


# Trigger rules at work


def fan_in(rule: str) -> Play:
    return Play([make("a"), make("b"), make("it", "a b", trigger_rule=rule)])


@pytest.mark.parametrize(
    ("rule", "first", "second", "after_first", "after_second"),
    [
        ("all_success", "succeeds", "succeeds", [], claimed("it")),
        ("all_done", "fails", "skips", [], claimed("it")),
        ("all_failed", "fails", "fails", [], claimed("it")),
        ("one_success", "succeeds", "fails", claimed("it"), []),
        ("one_success", "fails", "succeeds", [], claimed("it")),
        ("one_failed", "fails", "succeeds", claimed("it"), []),
        ("one_failed", "skips", "fails", [], claimed("it")),
        ("none_failed", "skips", "skips", [], claimed("it")),
        ("none_failed_min_one_success", "skips", "succeeds", [], claimed("it")),
    ],
)
def test_rule_starts_a_task_at_its_moment(
    rule: str, first: str, second: str, after_first: list[Line], after_second: list[Line]
) -> None:
    play = fan_in(rule)
    assert getattr(play, first)("a")[2:] == after_first
    assert getattr(play, second)("b")[2:] == after_second


def test_always_waits_for_nobody() -> None:
    assert fan_in("always").story == [*OPENED, *claimed("a"), *claimed("b"), *claimed("it")]


def test_task_that_runs_beside_its_upstream_outlives_its_end() -> None:
    play = fan_in("one_success")
    play.start("b")
    play.succeeds("a")
    play.succeeds("it", at=1)
    assert play.end("b", at=2) == [(2, "b", "success"), (2, None, "success")]


# Cancel


def test_cancel_ends_everything_that_has_not_ended() -> None:
    play = Play(
        [
            make("done"),
            make("live"),
            make("queued"),
            make("again", retries=1, retry_delay=60),
            make("waits", "live"),
            make("always", "waits", trigger_rule="all_done"),
        ]
    )
    play.succeeds("done", at=1)
    play.fails("again", at=1)
    play.start("live", at=1)
    assert play.cancel(at=2, reason="asked for") == [
        (2, None, "cancel_requested"),
        (2, "again", "cancelled"),
        (2, "live", "cancelled"),
        (2, "queued", "cancelled"),
        (2, "waits", "cancelled"),
        (2, "always", "cancelled"),
        (2, None, "cancelled"),
    ]
    asked = next(e for e in play.events if e.type == "cancel_requested")
    assert (asked.task, asked.detail) == (None, {"reason": "asked for"})
    ends = [(e.task, e.attempt, e.detail) for e in play.events if e.to_state == "cancelled"]
    assert ends == [
        ("again", 1, None),
        ("live", 1, {"outcome": "cancelled"}),
        ("queued", 1, {"outcome": "cancelled"}),
        ("waits", None, None),
        ("always", None, None),
        (None, None, None),
    ]
    assert play.machine.finished == 6


def test_nothing_is_heard_after_a_cancel() -> None:
    play = Play([make("a", retries=3, retry_delay=5), make("b"), make("c")])
    play.fails("a")
    play.start("b")
    play.cancel(at=1)
    before = list(play.events)
    assert play.end("b", at=2) == []
    assert play.timer("a", at=5) == []
    assert play.start("c", at=6) == []
    assert play.cancel(at=7) == []
    assert play.events == before


def test_cancel_after_the_end_changes_nothing() -> None:
    play = Play([make("a")])
    play.succeeds("a")
    assert play.cancel(at=9) == []


# Late and strange facts


@pytest.mark.parametrize(
    "late",
    [
        lambda play: play.end("a", at=9),
        lambda play: play.end("a", at=9, attempt=1, outcome=Outcome.RAISED),
        lambda play: play.start("a", at=9),
        lambda play: play.start("a", at=9, attempt=2),
        lambda play: play.end("a", at=9, attempt=7),
    ],
)
def test_fact_about_an_attempt_that_is_not_current_is_fenced_off(
    late: Callable[[Play], list[Line]],
) -> None:
    play = Play([make("a", retries=2)])
    play.start("a")
    play.end("a", outcome=Outcome.TIMED_OUT)
    play.start("a", at=1, attempt=2)
    assert late(play) == []
    assert play.end("a", at=10, attempt=2)[0] == (10, "a", "success")


def test_start_of_an_earlier_attempt_is_fenced_off() -> None:
    play = Play([make("a", retries=1)])
    play.fails("a")
    assert play.start("a", attempt=1) == []
    assert play.start("a", attempt=2) == [(0, "a", "running")]


def test_result_that_comes_before_its_start_is_fenced_off() -> None:
    play = Play([make("a")])
    assert play.end("a") == []
    assert play.succeeds("a")[-1] == (0, None, "success")


def test_result_counts_once() -> None:
    play = Play([make("a"), make("b", "a")])
    play.succeeds("a")
    assert play.end("a") == []
    assert play.end("a", outcome=Outcome.RAISED) == []
    assert play.states() == {"a": "success", "b": "queued"}


def test_time_never_goes_back() -> None:
    play = Play([make("a", retries=1, retry_delay=5)])
    play.start("a", at=100)
    play.end("a", at=90, outcome=Outcome.RAISED)
    play.timer("a", at=80)
    assert [time for time, task, _ in play.story if task] == [0, 0, 100, 100, 100, 100]
    assert play.commands[1] == SetTimer(105, "a", -1, 1)


def test_fact_about_a_task_instance_that_is_gone_changes_nothing() -> None:
    assert Play([make("a")]).start("nobody") == []


def test_lost_attempt_is_repeated_at_once_and_not_counted() -> None:
    play = Play([make("a", retries=0)])
    for attempt in (1, 2):
        play.start("a", attempt=attempt)
        told = play.end("a", attempt=attempt, outcome=Outcome.LOST)
        assert [state for _, _, state in told] == ["up_for_retry", "scheduled", "queued"]
    play.start("a", attempt=3)
    told = play.end("a", attempt=3, outcome=Outcome.LOST)
    assert [state for _, _, state in told] == ["failed", "failed"]


def test_illegal_move_is_refused() -> None:
    machine: Any = Play([make("a")]).machine
    it = machine._board.get("a", -1)
    with pytest.raises(IllegalMove, match="a cannot go from queued to success"):
        machine._move(it, TaskState.SUCCESS)


def test_start_records_what_describes_the_run() -> None:
    detail: dict[str, Any] = {"dag": "sales", "seed": 3}
    decision = Machine(Graph([]), RUN_ID).advance(RunStarted(5.0, detail))
    assert decision.events[0].detail == detail
    assert [e.time for e in decision.events] == [5, 5, 5]


def test_failure_in_a_deep_chain_needs_no_recursion() -> None:
    n = 3_000
    play = Play([make(f"t{i}", [f"t{i - 1}"] if i else []) for i in range(n)])
    told = play.fails("t0")
    assert told[:2] == [(0, "t0", "running"), (0, "t0", "failed")]
    assert told[2:-1] == [(0, f"t{i}", "upstream_failed") for i in range(1, n)]
    assert told[-1:] == [(0, None, "failed")]
