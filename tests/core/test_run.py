"""A snapshot is the fold of its events, today and under later versions."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.core.play import RUN_ID, Play, make
from wfkit.core.events import Event
from wfkit.core.run import Attempt, RunSnapshot, TaskInstance, fold
from wfkit.core.states import Outcome, RunState, TaskState

DATA = Path(__file__).parent / "data"
ERROR: dict[str, Any] = {"type": "ValueError", "message": "bad row", "line": None, "traceback": []}


def retried() -> Play:
    play = Play([make("orders", retries=1, retry_delay=30), make("revenue", "orders"), make("x")])
    play.start("x", at=1)
    play.fails("orders", at=2, error=ERROR)
    play.timer("orders", at=32)
    play.start("orders", at=33, attempt=2)
    play.end("orders", at=40, attempt=2)
    return play


def test_snapshot_of_a_run_under_way() -> None:
    snapshot = retried().snapshot
    assert (snapshot.run_id, snapshot.dag_name, snapshot.state.value) == (
        RUN_ID,
        "sales",
        "running",
    )
    assert (snapshot.started, snapshot.ended) == (0, None)
    assert list(snapshot.instances.values()) == [
        TaskInstance("orders", -1, TaskState.SUCCESS, 2, started=33, ended=40),
        TaskInstance("x", -1, TaskState.RUNNING, 1, started=1),
        TaskInstance("revenue", -1, TaskState.QUEUED, 1),
    ]
    assert snapshot.attempts == {
        ("orders", -1, 1): Attempt(
            "orders", -1, 1, 0, 2, 2, Outcome.RAISED, error=ERROR, delay=30.0
        ),
        ("x", -1, 1): Attempt("x", -1, 1, queued=0, started=1),
        ("orders", -1, 2): Attempt("orders", -1, 2, 32, 33, 40, Outcome.RETURNED),
        ("revenue", -1, 1): Attempt("revenue", -1, 1, queued=40),
    }


def test_counts_and_states() -> None:
    snapshot = retried().snapshot
    assert snapshot.counts() == {"success": 1, "running": 1, "queued": 1}
    assert [it.task for it in snapshot.with_state(TaskState.SUCCESS, TaskState.QUEUED)] == [
        "orders",
        "revenue",
    ]
    assert snapshot.with_state(TaskState.FAILED) == []


def test_error_and_reason_are_kept_where_they_belong() -> None:
    play = Play([make("a"), make("b", "a"), make("c", trigger_rule="all_done", after="a")])
    play.fails("a", at=1, error=ERROR)
    play.skips("c", at=2)
    found = [(it.state.value, it.because, it.error) for it in play.snapshot.instances.values()]
    assert found == [
        ("failed", None, ERROR),
        ("upstream_failed", "a", None),
        ("skipped", None, None),
    ]
    assert play.snapshot.attempts["c", -1, 1].outcome is Outcome.SKIPPED
    assert (play.snapshot.state, play.snapshot.ended) == (RunState.FAILED, 2)


def test_success_forgets_the_error_of_an_earlier_attempt() -> None:
    play = Play([make("a", retries=1)])
    play.fails("a", error=ERROR)
    failed = play.snapshot.instances["a", -1]
    play.succeeds("a", attempt=2)
    succeeded = play.snapshot.instances["a", -1]
    assert (failed.error, succeeded.error) == (ERROR, None)
    assert play.snapshot.attempts["a", -1, 1].error == ERROR


def test_cancelled_attempts_are_closed() -> None:
    play = Play([make("live"), make("queued"), make("never", "live")])
    play.start("live", at=1)
    play.cancel(at=2)
    ends = {key: (it.ended, it.outcome) for key, it in play.snapshot.attempts.items()}
    assert ends == {
        ("live", -1, 1): (2, Outcome.CANCELLED),
        ("queued", -1, 1): (2, Outcome.CANCELLED),
    }
    assert play.snapshot.counts() == {"cancelled": 3}
    assert play.snapshot.state is RunState.CANCELLED


def test_changed_names_what_events_touched() -> None:
    play = Play([make("a"), make("b")])
    assert play.snapshot.changed == {("a", -1), ("b", -1)}
    play.snapshot.changed.clear()
    play.start("b")
    assert play.snapshot.changed == {("b", -1)}


def test_empty_fold_is_a_run_that_has_not_begun() -> None:
    snapshot = fold([])
    assert (snapshot.run_id, snapshot.dag_name, snapshot.state) == ("", "", RunState.QUEUED)
    assert (snapshot.instances, snapshot.attempts, snapshot.upstream) == ({}, {}, {})


def test_event_of_an_unknown_type_is_passed_over() -> None:
    play = retried()
    before = dict(play.snapshot.instances)
    play.snapshot.apply(Event(99, 50, "poked", RUN_ID, "orders", -1, 2))
    assert play.snapshot.instances == before


# A log that was recorded once, and must mean the same for ever. Never record it anew: a new
# version gets a new file beside it.


def recorded(name: str) -> tuple[list[Event], dict[str, Any]]:
    plain = json.loads((DATA / f"{name}.json").read_text("utf-8"))
    return [Event(**event) for event in plain["events"]], plain["snapshot"]


def _without(plain: dict[str, Any], key: str) -> dict[str, Any]:
    return {name: value for name, value in plain.items() if name != key}


def as_plain(snapshot: RunSnapshot) -> dict[str, Any]:
    plain = {
        "run_id": snapshot.run_id,
        "dag": snapshot.dag_name,
        "state": snapshot.state,
        "started": snapshot.started,
        "ended": snapshot.ended,
        # What the record does not know came later.
        "instances": [_without(it._asdict(), "note") for it in snapshot.instances.values()],
        "attempts": [it._asdict() for it in snapshot.attempts.values()],
    }
    found: dict[str, Any] = json.loads(json.dumps(plain))
    return found


def test_recorded_log_folds_as_it_did_when_it_was_recorded() -> None:
    events, snapshot = recorded("run-0.1")
    kinds = {(event.type, event.to_state) for event in events}
    assert len(kinds) == 13
    assert as_plain(fold(events)) == snapshot
