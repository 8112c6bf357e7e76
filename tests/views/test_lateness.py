"""What missed its deadline is marked wherever a run or its schedule is shown."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from itertools import count

import pytest

from tests.views.samples import SVG, diamond, make, parsed, texts, with_class
from tests.views.test_schedule_text import NIGHTS, at, night
from wfkit.api.dag import Dag
from wfkit.core.events import Event, EventType
from wfkit.core.run import RunSnapshot, fold
from wfkit.views.lateness import late_remark, late_words
from wfkit.views.picture import run_picture
from wfkit.views.schedule import schedule_picture
from wfkit.views.schedule_text import schedule_text

_MARK = "! missed its deadline"


def titles(root: ET.Element) -> list[str]:
    return [it.text or "" for it in root.iter(f"{SVG}title")]


def late(*names: str) -> RunSnapshot:
    graph, seq = diamond(), count(1)
    detail = {"dag": "sales", "upstream": {it: [*graph.upstream[it]] for it in graph.order}}
    events = [
        Event(next(seq), 0.0, EventType.RUN_STATE, "r", to_state="queued", detail=detail),
        Event(next(seq), 0.0, EventType.RUN_STATE, "r", "queued", to_state="running"),
        *(Event(next(seq), 5.0, EventType.DEADLINE_MISSED, "r", it or None) for it in names),
        Event(next(seq), 9.0, EventType.RUN_STATE, "r", to_state="success"),
    ]
    return fold(events)


@pytest.mark.parametrize(
    ("names", "words", "remark"),
    [
        ([], "", ""),
        ([""], "! missed its deadline", "! late"),
        (["", "clean"], "! missed its deadline, 1 task too", "! late"),
        (["clean"], "! clean missed its deadline", "! clean late"),
        (["clean", "count"], "! 2 tasks missed their deadlines", "! 2 tasks late"),
    ],
)
def test_a_run_says_what_of_it_was_late(names: list[str], words: str, remark: str) -> None:
    snapshot = late(*names)
    assert late_words(snapshot) == words
    assert late_remark(night(0.0, late=tuple(snapshot.late))) == remark


def test_the_settled_run_marks_itself_and_the_task_that_was_late() -> None:
    picture = run_picture(diamond(), late("", "clean"))
    head, *rows = picture.text.splitlines()
    assert head == "DagRun r: success, ! missed its deadline, 1 task too"
    assert [row.split()[2] for row in rows if row.endswith(_MARK)] == ["clean"]
    root = parsed(picture.svg)
    assert "DagRun r: success, ! missed its deadline, 1 task too" in texts(root)
    marks = [*with_class(root, "late")]
    assert len(marks) == 1
    told = [it for card in with_class(root, "task") for it in titles(card) if "deadline" in it]
    assert told == ["clean: waiting\nmissed its deadline"]


def test_a_run_on_time_has_no_mark() -> None:
    picture = run_picture(diamond(), late())
    assert "!" not in picture.text
    assert not [*with_class(parsed(picture.svg), "late")]


def test_a_schedule_marks_its_late_runs_and_counts_them() -> None:
    runs = [night(at("1997-03-28T01:30"), late=("",)), night(at("1997-03-29T01:30"))]
    lines = schedule_text(NIGHTS, runs).splitlines()
    assert lines[1].endswith("2 runs: 2 success, ! 1 late")
    assert lines[-2].endswith("✔ success, ! late")
    assert lines[-1].endswith("✔ success")
    root = parsed(schedule_picture(NIGHTS, runs).svg)
    first, second = with_class(root, "run")
    assert texts(first)[-1] == "! late"
    assert "late" not in " ".join(texts(second))
    assert "success, ! late after 10 min" in titles(first)[0]


def test_a_simulated_night_that_ends_after_its_deadline_is_late() -> None:
    dag = Dag(
        "sales",
        [make("orders", takes="2h20m", deadline="1h")],
        schedule="0 4 * * *",
        timezone="Europe/London",
        start_date="1997-03-01",
        deadline="06:00",
    )
    nights = repr(dag.simulate(days=3)).splitlines()
    assert nights[1].endswith("2 runs: 2 success, ! 2 late")
    assert all(it.endswith("2 h 20 min  ✔ success, ! late") for it in nights[-2:])
    run = dag.run(clock="virtual", store=None)
    head, row, *_ = repr(run.picture()).splitlines()
    assert head.endswith(": success, ! missed its deadline, 1 task too")
    assert row == "  ✔ success  orders  ! missed its deadline"
