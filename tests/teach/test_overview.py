"""What the learner has predicted and solved, lesson by lesson."""

from pathlib import Path

import pytest

from wfkit.teach.overview import lessons, overview
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
    Progress(progress_file()).note_exercise("task_boundaries", verdict="done")
    assert line(1).startswith("  ✔")
    assert repr(overview()).endswith(f"{len(FIRST.questions)} right at the first go")
