"""Everything that is to be taught is told, seen and trained somewhere, and nothing is left over."""

import re
from pathlib import Path
from typing import Any

import nbformat
import pytest

from tests.lessons.syllabus import GRADUATE, START, SUBJECTS, Subject
from wfkit.teach.manifest import CellKind, exercises
from wfkit.teach.overview import lesson_of

ROOT = Path(__file__).resolve().parent.parent.parent / "notebooks"
LESSONS = {path.stem: nbformat.read(path, 4) for path in ROOT.glob("[0-9][0-9]_*.ipynb")}
EXERCISES = exercises()
TRAINED = [subject for subject in SUBJECTS if subject.exercise]


def _shown(lesson: Any) -> str:
    """What a learner types, and which pictures come of it."""
    code = [cell for cell in lesson.cells if cell.cell_type == "code"]
    outputs = [output for cell in code for output in cell.outputs]
    pictures = [str(it.get("data", {}).get("image/svg+xml", "")) for it in outputs]
    kinds = [kind for it in pictures for kind in re.findall(r'class="wfkit ([\w-]+)"', it)]
    return "\n".join([*(cell.source for cell in code), *kinds])


@pytest.mark.parametrize("subject", SUBJECTS, ids=[subject.name for subject in SUBJECTS])
def test_a_subject_is_told_and_seen_in_its_lesson(subject: Subject) -> None:
    lesson = LESSONS[subject.lesson]
    prose = "\n".join(cell.source for cell in lesson.cells if cell.cell_type == "markdown")
    assert subject.words in prose
    assert subject.seen is None or subject.seen in _shown(lesson)


def test_no_subject_is_there_twice() -> None:
    assert len({subject.name for subject in SUBJECTS}) == len(SUBJECTS)


@pytest.mark.parametrize("subject", TRAINED, ids=[subject.name for subject in TRAINED])
def test_a_subject_is_asked_for_in_an_exercise_of_its_lesson(subject: Subject) -> None:
    exercise = EXERCISES[str(subject.exercise)]
    assert lesson_of(exercise) == int(subject.lesson[:2])
    asked = [cell.source for cell in exercise.cells if cell.kind is CellKind.TEXT]
    assert subject.asked
    assert subject.asked in "\n".join([*asked, *(cell.solution for cell in exercise.answers)])


def test_every_exercise_of_a_lesson_that_is_there_trains_a_subject() -> None:
    lessons = {int(name[:2]) for name in LESSONS}
    found = {name for name, exercise in EXERCISES.items() if lesson_of(exercise) in lessons}
    assert found
    assert found == {subject.exercise for subject in TRAINED}


def test_every_lesson_teaches_something_and_those_on_principles_are_trained() -> None:
    assert set(LESSONS) == {subject.lesson for subject in SUBJECTS}
    # The first only shows what is to come, and the last one's tools are not installed.
    assert set(LESSONS) - {START, GRADUATE} == {subject.lesson for subject in TRAINED}
