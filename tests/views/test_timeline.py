from itertools import pairwise

import pytest

from tests.views.samples import (
    HOSTILE,
    SVG,
    chain,
    diamond,
    make,
    parsed,
    play,
    standing_in,
    texts,
    with_class,
)
from wfkit.core.graph import Graph
from wfkit.core.run import Attempt, RunSnapshot
from wfkit.core.states import Outcome, TaskState
from wfkit.views.shapes import document
from wfkit.views.style import TASK_LOOKS
from wfkit.views.timeline import draw_timeline, ticks


def drawn(snapshot: RunSnapshot) -> str:
    fragment = draw_timeline(snapshot, 640)
    assert fragment is not None
    return document(fragment, "run", "run", "sample")


@pytest.mark.parametrize(
    ("span", "first", "last"),
    [
        (0.0004, "0.1 ms", "0.4 ms"),
        (0.05, "0.01 s", "0.05 s"),
        (3.2, "0.5 s", "3.5 s"),
        (60, "10 s", "60 s"),
        (600, "2 min", "10 min"),
        (5_400, "15 min", "90 min"),
        (20 * 3_600, "3 h", "21 h"),
        (30 * 86_400, "5 d", "30 d"),
    ],
)
def test_ticks_are_round_and_cover_the_span(span: float, first: str, last: str) -> None:
    marks = ticks(span)
    assert (marks[0].text.split()[0], marks[1].text, marks[-1].text) == ("0", first, last)
    assert marks[-1].at >= span * (1 - 1e-6)
    assert len(marks) <= 9


def test_bars_lie_where_the_attempts_ran() -> None:
    root = parsed(drawn(play(chain(), {"orders": ["raised", "returned"]})))
    bars = [it.find(f"{SVG}rect") for it in with_class(root, "attempt")]
    left = [float(bar.get("x", "0")) for bar in bars if bar is not None]
    width = [float(bar.get("width", "0")) for bar in bars if bar is not None]
    # orders 0-10 and 40-50, revenue 50-60, report 60-70: one width, starts in proportion
    assert width == pytest.approx([width[0]] * 4, abs=0.2)
    assert [round((x - left[0]) / width[0]) for x in left] == [0, 4, 5, 6]


def test_outcomes_are_named_for_machines_and_people() -> None:
    root = parsed(drawn(play(chain(), {"orders": ["timed_out", "returned"]})))
    bars = list(with_class(root, "attempt"))
    assert [it.get("data-outcome") for it in bars] == ["timed_out", *["returned"] * 3]
    assert bars[0].findtext(f"{SVG}title") == "orders, attempt 1: timed out\nValueError: bad row"


def test_outcomes_differ_without_colour() -> None:
    snapshot = standing_in({it.value: TaskState.SUCCESS for it in Outcome})
    for it in Outcome:
        snapshot.attempts[it.value, -1, 1] = Attempt(it.value, -1, 1, 0.0, 0.0, 9.0, it)
    root = parsed(drawn(snapshot))
    icons = {it.get("d") for it in with_class(root, "icon")}
    assert len(icons) == len(Outcome)


def test_the_pause_before_a_retry_is_hatched() -> None:
    root = parsed(drawn(play(chain(), {"orders": ["raised", "returned"]})))
    (pause,) = with_class(root, "delay")
    assert pause.get("stroke-dasharray")


def test_waiting_for_a_slot_is_a_thin_line() -> None:
    assert len(list(with_class(parsed(drawn(play(diamond()))), "wait"))) == 1
    assert not list(with_class(parsed(drawn(play(chain()))), "wait"))


def test_a_running_attempt_reaches_to_now() -> None:
    snapshot = play(diamond(), most=2)
    root = parsed(drawn(snapshot))
    assert [it.get("data-outcome") for it in with_class(root, "attempt")] == ["returned", "running"]


def test_tasks_that_never_started_say_why_in_a_word() -> None:
    root = parsed(drawn(play(chain(), {"orders": ["raised"]})))
    assert texts(root).count("upstream failed") == 2


def test_tasks_that_never_started_stand_where_that_was_decided() -> None:
    root = parsed(drawn(play(chain(), {"revenue": ["raised"]})))
    signs = [float(it.get("cx", "0")) for it in with_class(root, "badge")]
    bars = [it.find(f"{SVG}rect") for it in with_class(root, "attempt")]
    ends = [float(it.get("x", "0")) + float(it.get("width", "0")) for it in bars if it is not None]
    assert signs[-1] == pytest.approx(ends[-1], abs=0.2)


def test_a_task_that_was_cancelled_while_it_waited_shows_both() -> None:
    snapshot = standing_in({"orders": TaskState.CANCELLED})
    instance = snapshot.instances["orders", -1]
    snapshot.instances["orders", -1] = instance._replace(ended=9.0)
    waited = Attempt("orders", -1, 1, 0.0, None, 9.0, Outcome.CANCELLED)
    snapshot.attempts["orders", -1, 1] = waited
    root = parsed(drawn(snapshot))
    assert len(list(with_class(root, "wait"))) == 1
    assert "cancelled" not in texts(root)  # the line of the wait would strike it out
    (sign,) = with_class(root, "badge")
    assert float(sign.get("cx", "0")) > 300


def test_a_task_that_was_cancelled_before_its_next_attempt_shows_when() -> None:
    snapshot = standing_in({"orders": TaskState.CANCELLED})
    instance = snapshot.instances["orders", -1]
    snapshot.instances["orders", -1] = instance._replace(ended=40.0)
    failed = Attempt("orders", -1, 1, 0.0, 0.0, 9.0, Outcome.RAISED, delay=60.0)
    snapshot.attempts["orders", -1, 1] = failed
    snapshot.ended = 40.0
    icons = {it.get("d") for it in with_class(parsed(drawn(snapshot)), "icon")}
    assert icons == {TASK_LOOKS[it].icon for it in (TaskState.FAILED, TaskState.CANCELLED)}


def test_a_run_in_no_time_has_no_timeline() -> None:
    assert draw_timeline(play(diamond(), takes=0.0), 640) is None


def test_a_pause_alone_makes_a_timeline() -> None:
    root = parsed(drawn(play(chain(), {"orders": ["raised", "returned"]}, takes=0.0)))
    assert {"0 s", "30 s"} <= set(texts(root))
    assert len(list(with_class(root, "attempt"))) == 4


def test_a_timeline_is_as_wide_as_asked() -> None:
    fragment = draw_timeline(play(chain()), 700)
    assert fragment is not None
    assert fragment.width == 700


def test_long_names_leave_room_for_the_bars() -> None:
    fragment = draw_timeline(play(Graph([make("n" * 90)])), 300)
    assert fragment is not None
    assert fragment.width > 400


def test_a_run_without_attempts_has_no_timeline() -> None:
    assert draw_timeline(standing_in({"a": TaskState.NONE}), 640) is None


def test_a_long_run_says_what_is_left_out() -> None:
    snapshot = standing_in({f"t{i:03}": TaskState.SUCCESS for i in range(400)})
    for i in range(400):
        name = f"t{i:03}"
        snapshot.attempts[name, -1, 1] = Attempt(name, -1, 1, 0.0, 0.0, 1.0, Outcome.RETURNED)
    root = parsed(drawn(snapshot))
    assert "30 of 400: failed and retried first, then the longest" in texts(root)
    assert len(list(with_class(root, "attempt"))) == 30


def test_signs_do_not_cover_each_other() -> None:
    graph = Graph([make("orders", retries=50)])
    root = parsed(drawn(play(graph, {"orders": ["raised"]}, takes=0.001)))
    places = sorted(float(it.get("cx", "0")) for it in with_class(root, "badge"))
    assert len(places) > 1
    assert all(b - a >= 14.9 for a, b in pairwise(places))


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_errors_are_shown_as_text(text: str) -> None:
    snapshot = play(chain(), {"orders": ["raised"]}, error={"type": text, "message": text})
    tags = {it.tag.removeprefix(SVG) for it in parsed(drawn(snapshot)).iter()}
    assert tags <= {"svg", "title", "desc", "g", "rect", "circle", "path", "text"}
