"""What alerts say, whatever the names and errors in them are."""

from __future__ import annotations

from typing import Any

import pytest

from tests.views.samples import HOSTILE
from wfkit.core.alerts import Alert, AlertKind
from wfkit.core.events import Event
from wfkit.core.graph import Graph
from wfkit.core.task import Task, task
from wfkit.views.alert_text import Scene, alert_words, breakdown_words, digest_words

RUN = "manual__1997-01-01T00:00:00+00:00"
CAUSE = "load failed after 1 attempt: ValueError: bad row"


def load() -> None: ...


GRAPH = Graph([task(retries=2)(load)])
DETAIL: dict[str, Any] = {
    "dag": "sales",
    "upstream": {"load": []},
    "logical_date": "1997-01-01T00:00:00+01:00",
    "deadlines": {"": 0.0},
}


def error(message: str = "bad row") -> dict[str, Any]:
    line = {"function": "load", "number": 3, "source": "rows[0]"}
    return {"type": "ValueError", "message": message, "line": line, "traceback": []}


def event(seq: int, kind: str, task: str | None = None, **fields: Any) -> Event:
    return Event(seq, float(seq), kind, RUN, task, **fields)


def events(message: str = "bad row") -> list[Event]:
    detail = {"outcome": "raised", "error": error(message)}
    moves = ["scheduled", "queued", "running"]
    return [
        event(1, "run_state", to_state="queued", detail=DETAIL),
        event(2, "run_state", to_state="running", from_state="queued"),
        *(
            event(3 + i, "task_state", "load", attempt=1, to_state=state)
            for i, state in enumerate(moves)
        ),
        event(6, "task_state", "load", attempt=1, to_state="failed", detail=detail),
        event(7, "run_state", to_state="failed", from_state="running"),
    ]


def scene(cause: int = -1, message: str = "bad row", **changes: Any) -> Scene:
    every = events(message)
    return Scene(every[cause], DETAIL, GRAPH, lambda: every)._replace(**changes)


def test_a_failure_names_cause_and_next_step() -> None:
    subject, body = alert_words(AlertKind.FAILURE, scene())
    assert subject == "sales failed: load, ValueError: bad row"
    assert body.splitlines() == [
        f"{RUN} of sales failed because {CAUSE} (line 3, in load)",
        "  not tried again, though retries=2: ValueError is not worth another attempt",
        "",
        "Next step:",
        f'  mend the cause, then go on with what is left: dag.resume("{RUN}")',
        f'  read its log: dag.logs("load", run_id="{RUN}")',
    ]


def test_a_run_that_failed_for_a_reason_of_its_own_says_it() -> None:
    start = events()[:2]
    cause = event(3, "run_state", to_state="failed", detail={"reason": "its process ended"})
    told = Scene(cause, DETAIL, GRAPH, lambda: [*start, cause])
    subject, body = alert_words(AlertKind.FAILURE, told)
    assert subject == "sales failed: its process ended"
    assert "failed: its process ended" in body


def test_a_deadline_is_told_in_the_zone_of_the_run() -> None:
    cause = event(6, "deadline_missed")
    told = scene()._replace(cause=cause, events=lambda: events()[:5])
    subject, body = alert_words(AlertKind.DEADLINE, told)
    assert subject == "sales is late, due 1970-01-01 01:00 UTC+01:00"
    assert "  under way: load" in body.splitlines()
    bare = told._replace(detail={"dag": "sales"})
    assert alert_words(AlertKind.DEADLINE, bare).subject == "sales is late"


def test_a_success_needs_no_next_step() -> None:
    for kind in (AlertKind.SUCCESS, AlertKind.RECOVERED):
        assert "Next step" not in alert_words(kind, scene()).body


def alerts(count: int, causes: int = 1) -> list[Alert]:
    return [
        Alert("retry", "sales", f"r{i}", None, -1, 0.0, f"cause {i % causes}", "", "")
        for i in range(count)
    ]


def test_a_digest_tells_each_cause_once() -> None:
    subject, body = digest_words(alerts(5, causes=2))
    assert subject == "sales: 5 more retries"
    assert body.splitlines() == [
        "In the last minute, after the one that was told at once: 5.",
        "  3 × cause 0",
        "  2 × cause 1",
        "Runs: r0, r1, r2, r3, r4",
        "",
        "Next step:",
        "  look at each of them: dag.alerts()",
    ]


def test_a_digest_of_very_many_is_short() -> None:
    body = digest_words(alerts(5_000, causes=1_000)).body
    assert "  and 980 other causes" in body.splitlines()
    assert "and 4992 more" in body
    assert len(body) < 2_000


def test_a_run_whose_history_broke_says_so() -> None:
    subject, body = breakdown_words("sales", RUN, "StoreError: the disk is full")
    assert subject == "sales failed: StoreError: the disk is full"
    assert body.startswith(f"{RUN} of sales could not go on: StoreError: the disk is full\n")


@pytest.mark.parametrize("text", [*HOSTILE, "x\r\nBcc: thief@example.com", "x" * 10_000])
@pytest.mark.parametrize("kind", AlertKind)
def test_a_subject_is_one_printable_line_of_bounded_length(kind: AlertKind, text: str) -> None:
    told = scene(cause=5, message=text, detail={**DETAIL, "dag": text}, failed_before=[text])
    if kind in (AlertKind.SUCCESS, AlertKind.RECOVERED):
        told = told._replace(cause=events(text)[-1])
    subject, body = alert_words(kind, told)
    assert subject.isprintable()
    assert len(subject) <= 120
    assert all(line.isprintable() for line in body.split("\n"))
    assert len(body) < 5_000 + len(text)


def test_the_name_of_a_task_is_shown_as_it_is() -> None:
    graph = Graph([Task(load)])
    told = scene(cause=5, graph=graph)
    assert alert_words(AlertKind.FAILURE, told).subject == "sales: load failed, ValueError: bad row"
