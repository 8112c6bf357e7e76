"""How far is the learner with each lesson? Its predictions and its exercises."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from wfkit.teach.answers import agree
from wfkit.teach.feedback import Verdict
from wfkit.teach.lessons import lessons_root
from wfkit.teach.manifest import CellKind, Exercise, exercises
from wfkit.teach.progress import Progress, progress_file
from wfkit.views.course import LessonProgress, course_picture
from wfkit.views.picture import Picture

_MARKS = {Verdict.DONE: "✔", Verdict.NOT_YET: "…", Verdict.NOT_STARTED: "·"}
_FRONT = re.compile(r"# (\d+)\. (.+)[\s\S]*?\*\*(\d+) minutes\.\*\*")
_NAMED = re.compile(r"`(\d\d)_\w+`")
_QUESTION = re.compile(r'^guess\("([^"]*)"', re.MULTILINE)


class Lesson(NamedTuple):
    """A lesson as its notebook tells: `questions` are those of its predictions."""

    number: int
    name: str
    minutes: int
    questions: tuple[str, ...]


def overview() -> Picture:
    """Return how far the learner is with every lesson, as a picture with its text."""
    known = Progress(progress_file()).read()
    return course_picture([_with_progress(it, known) for it in lessons()], summary(known))


def summary(known: Mapping[str, Any]) -> str:
    """Return how many predictions were made, and how many came true."""
    made = [it for it in known["predictions"].values() if _is_made(it)]
    right = sum(agree(it["first"], it["actual"]) for it in made)
    return f"predictions: {len(made)} made, {right} right at the first go"


@cache
def lessons() -> tuple[Lesson, ...]:
    """Return the lessons in their order, as wfkit brought them."""
    paths = sorted((lessons_root() / "notebooks").glob("[0-9][0-9]_*.ipynb"))
    return tuple(map(_lesson, paths))


def exercise_line(exercise: Exercise, known: Mapping[str, Any]) -> str:
    """Return how far the learner is with one exercise, in a line."""
    entry = known["exercises"].get(exercise.name, {})
    verdict = Verdict(entry.get("verdict", Verdict.NOT_STARTED))
    tries = entry.get("tries", 0)
    counted = f", {tries} checks" if tries > 1 else ""
    return f"{_MARKS[verdict]} {exercise.name}: {verdict}{counted} ({exercise.title})"


def lesson_of(exercise: Exercise) -> int | None:
    """Return the number of the lesson an exercise belongs to: the first that its text names."""
    text = "\n".join(cell.source for cell in exercise.cells if cell.kind is CellKind.TEXT)
    named = _NAMED.search(text)
    return int(named[1]) if named else None


def _lesson(path: Path) -> Lesson:
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    front = _FRONT.match("".join(cells[0]["source"]))
    assert front, f"{path.name} has no front matter"
    code = ("".join(it["source"]) for it in cells if it["cell_type"] == "code")
    questions = [question for source in code for question in _QUESTION.findall(source)]
    return Lesson(int(front[1]), front[2], int(front[3]), tuple(dict.fromkeys(questions)))


def _with_progress(lesson: Lesson, known: Mapping[str, Any]) -> LessonProgress:
    mine = [it for it in exercises().values() if lesson_of(it) == lesson.number]
    made = sum(_is_made(known["predictions"].get(it, {})) for it in lesson.questions)
    verdicts = {known["exercises"].get(it.name, {}).get("verdict") for it in mine}
    is_begun = bool(made or verdicts - {None})
    return LessonProgress(
        *lesson[:3],
        made,
        len(lesson.questions),
        [exercise_line(it, known) for it in mine] if is_begun else (),
        is_begun,
        is_done=made == len(lesson.questions) and verdicts <= {Verdict.DONE},
    )


def _is_made(prediction: Mapping[str, Any]) -> bool:
    return "first" in prediction and "actual" in prediction
