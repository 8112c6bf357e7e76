"""Everything that is to be taught is taught somewhere: in words, and where the learner sees it."""

import re
from pathlib import Path
from typing import Any

import nbformat
import pytest

from tests.lessons.syllabus import SUBJECTS, Subject
from wfkit.teach.manifest import exercises
from wfkit.teach.overview import lesson_of

ROOT = Path(__file__).resolve().parent.parent.parent / "notebooks"
LESSONS = {path.stem: nbformat.read(path, 4) for path in ROOT.glob("[0-9][0-9]_*.ipynb")}
TAUGHT = {int(subject.lesson[:2]) for subject in SUBJECTS}


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


def test_every_exercise_belongs_to_a_lesson_that_teaches_something() -> None:
    found = {name: lesson_of(exercise) for name, exercise in exercises().items()}
    assert found
    numbers = {int(name[:2]) for name in LESSONS}
    assert [name for name, number in found.items() if number not in TAUGHT & numbers] == []
