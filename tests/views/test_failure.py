"""What a learner reads when a run failed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wfkit.core.events import Event
from wfkit.core.run import RunSnapshot, fold
from wfkit.views.failure import failure_text

ERROR = {
    "type": "ValueError",
    "message": "no column 'amount'",
    "line": {"function": "revenue", "number": 3, "source": 'orders["amount"].sum()'},
    "traceback": [],
}


def _snapshot(state: str, *moves: tuple[str, str, str, Mapping[str, Any] | None]) -> RunSnapshot:
    upstream = {"orders": [], "revenue": ["orders"], "report": ["revenue"]}
    first = {"dag": "sales", "upstream": upstream}
    events = [Event(1, 0.0, "run_state", "manual__1", to_state="queued", detail=first)]
    for task, before, after, detail in moves:
        place = (task, -1, None if after == "upstream_failed" else 1)
        events.append(
            Event(len(events) + 1, 0.0, "task_state", "manual__1", *place, before, after, detail)
        )
    end = Event(len(events) + 1, 0.0, "run_state", "manual__1", None, -1, None, "running", state)
    return fold([*events, end])


def _failed(error: Mapping[str, Any]) -> RunSnapshot:
    detail = {"outcome": "raised", "error": error}
    return _snapshot(
        "failed",
        ("orders", "running", "success", {"outcome": "returned"}),
        ("revenue", "running", "failed", detail),
        ("report", "none", "upstream_failed", {"because": "revenue"}),
    )


def test_failure_shows_the_learners_own_line_and_what_did_not_run() -> None:
    assert failure_text(_failed(ERROR)) == (
        "manual__1 of sales failed.\n"
        "\n"
        "✘ revenue failed after 1 attempt:\n"
        "    line 3, in revenue\n"
        '  → orders["amount"].sum()\n'
        "    ValueError: no column 'amount'\n"
        "\n"
        "Did not run because of it: report."
    )


def test_failure_without_a_line_of_the_learner_still_names_the_error() -> None:
    told = failure_text(_failed({**ERROR, "line": None}))
    assert "→" not in told
    assert "    ValueError: no column 'amount'" in told


def test_failure_text_cannot_steer_the_terminal() -> None:
    told = failure_text(_failed({**ERROR, "message": "red \x1b[31m and \x00 and \u202e"}))
    assert "\x1b" not in told
    assert "\x00" not in told
    assert "\u202e" not in told


def test_a_long_message_is_cut() -> None:
    told = failure_text(_failed({**ERROR, "message": "\n".join(map(str, range(100)))}))
    assert "    … 88 more lines" in told


def test_cancelled_run_says_how_far_it_came() -> None:
    snapshot = _snapshot(
        "cancelled",
        ("orders", "running", "success", None),
        ("revenue", "none", "cancelled", None),
    )
    assert failure_text(snapshot) == "manual__1 of sales was cancelled: 1 of 3 tasks had succeeded."


def test_a_fault_is_told_from_a_failure() -> None:
    told = failure_text(_failed({**ERROR, "injected": True}))
    assert "✘ revenue failed after 1 attempt (injected):" in told
    named = failure_text(_failed({**ERROR, "injected": True, "message": "injected fault"}))
    assert "✘ revenue failed after 1 attempt:" in named


def test_a_run_whose_process_died_says_what_was_lost() -> None:
    snapshot = _snapshot(
        "failed",
        ("orders", "running", "success", {"outcome": "returned"}),
        ("revenue", "running", "up_for_retry", {"outcome": "lost"}),
    )
    assert failure_text(snapshot) == (
        "manual__1 of sales failed.\n"
        "\n"
        "? The process that ran it ended: revenue was lost.\n"
        "1 of 3 tasks had succeeded; resume goes on with the rest."
    )


def test_instances_of_an_expanded_task_are_told_apart() -> None:
    def move(seq: int, index: int, after: str, **more: Any) -> Event:
        return Event(seq, 0.0, "task_state", "manual__1", "shop", index, 1, "running", after, more)

    first = {"dag": "sales", "upstream": {"shop": []}}
    events = [
        Event(1, 0.0, "run_state", "manual__1", to_state="queued", detail=first),
        Event(2, 0.0, "expanded", "manual__1", "shop", detail={"length": 2}),
        move(3, 0, "success"),
        move(4, 1, "failed", error=ERROR),
        Event(5, 0.0, "run_state", "manual__1", None, -1, None, "running", "failed"),
    ]
    assert "✘ shop[1] failed after 1 attempt:" in failure_text(fold(events))
