"""What the learner has predicted and solved, lesson by lesson."""

from pathlib import Path

import pytest

from wfkit.teach.overview import lessons, listing, listing_data, overview
from wfkit.teach.predictions import guess, reveal
from wfkit.teach.progress import Progress, progress_file

FIRST = next(it for it in lessons() if it.number == 1)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WFKIT_HOME", str(tmp_path))


def line(number: int) -> str:
    (found,) = [it for it in repr(overview()).splitlines() if it[3:].startswith(f" {number:>2} ")]
    return found


def test_every_lesson_tells_its_number_name_minutes_and_questions() -> None:
    assert [it.number for it in lessons()] == sorted({it.number for it in lessons()})
    assert (FIRST.name, FIRST.minutes) == ("Task boundaries", 25)
    assert "And now: which task fails?" in FIRST.questions
    assert all(len(it.questions) >= 3 for it in lessons())


def test_no_two_lessons_ask_the_same() -> None:
    asked = [question for it in lessons() for question in it.questions]
    assert [it for it in asked if asked.count(it) > 1] == []


def test_a_lesson_is_begun_by_its_first_prediction_that_was_compared() -> None:
    assert line(1).endswith("not begun")
    guess(FIRST.questions[0], 3)
    assert line(1).endswith("not begun")
    reveal(4)
    assert line(1).endswith(f"1 of {len(FIRST.questions)} predictions")
    assert line(2).endswith("not begun")


def test_a_lesson_is_done_with_all_its_predictions_and_exercises() -> None:
    for question in FIRST.questions:
        guess(question, 3)
        reveal(3)
    assert line(1).startswith("  …")
    Progress(progress_file()).note_exercise("task_boundaries", verdict="not yet", tries=2)
    assert "… task_boundaries: not yet, 2 checks" in repr(overview())
    (lesson,) = [it for it in listing_data(Path.cwd()) if it["number"] == FIRST.number]
    for data in lesson["exercises"]:
        assert line(1).startswith("  …")
        Progress(progress_file()).note_exercise(data["name"], verdict="done")
    assert line(1).startswith("  ✔")
    assert repr(overview()).endswith(f"{len(FIRST.questions)} right at the first go")


def test_what_a_lesson_needs_is_read_off_its_front() -> None:
    by_number = {it.number: it for it in lessons()}
    assert by_number[6].after == (4, 5)
    assert by_number[6].needs == "lessons 4, 5"
    assert by_number[1].needs == "Python functions and a little pandas"
    assert all(it.needs for it in lessons())
    assert all(set(it.after) < by_number.keys() for it in lessons())
    assert all(max(it.after, default=-1) < it.number for it in lessons())


def test_the_listing_is_the_overview_with_what_is_needed() -> None:
    mine = Path.cwd()
    guess(FIRST.questions[0], 3)
    reveal(3)
    told = listing(mine).splitlines()
    shown = repr(overview()).splitlines()
    assert len(told) == len(shown)
    assert all(one.startswith(other.rstrip()) for one, other in zip(told, shown, strict=True))
    (dependencies,) = [it for it in told if " 2 Dependencies" in it]
    assert dependencies.endswith("not begun             needs lesson 1")


def test_the_listing_as_data_has_the_exercises_of_every_lesson() -> None:
    Progress(progress_file()).note_exercise("task_boundaries", verdict="not yet", tries=2)
    found = {it["number"]: it for it in listing_data(Path.cwd())}
    assert list(found) == [it.number for it in lessons()]
    assert (found[1]["state"], found[2]["state"]) == ("begun", "not begun")
    assert found[1]["predictions"] == {"made": 0, "asked": len(FIRST.questions)}
    (mine,) = [it for it in found[1]["exercises"] if it["name"] == "task_boundaries"]
    assert (mine["verdict"], mine["checks"]) == ("not yet", 2)
    assert all(it["verdict"] == "not started" for it in found[2]["exercises"])
    assert found[6]["after"] == [4, 5]
