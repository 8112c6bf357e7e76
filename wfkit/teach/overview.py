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
from wfkit.teach.lessons import lesson_files, lessons_root
from wfkit.teach.manifest import CellKind, Exercise, exercises
from wfkit.teach.progress import Progress, place_of_progress, progress_file
from wfkit.views.course import LessonProgress, course_picture, course_text
from wfkit.views.picture import Picture

_MARKS = {Verdict.DONE: "✔", Verdict.NOT_YET: "…", Verdict.NOT_STARTED: "·"}
_FRONT = re.compile(r"# (\d+)\. (.+)[\s\S]*?\*\*(\d+) minutes\.\*\*")
_NEEDS = re.compile(r"\*\*You need\*\* (.*?)\.(?:\s|$)")
_LESSON = re.compile(r"lesson (\d+)")
_NAMED = re.compile(r"`(\d\d)_\w+`")
_QUESTION = re.compile(r'^guess\("([^"]*)"', re.MULTILINE)


class Lesson(NamedTuple):
    """A lesson as its notebook tells: `questions` are those of its predictions.

    `needs` is what the learner should know before, in words, `after` the lessons among that.
    """

    number: int
    name: str
    minutes: int
    questions: tuple[str, ...]
    needs: str
    after: tuple[int, ...]


def overview() -> Picture:
    """Return how far the learner is with every lesson, as a picture with its text."""
    known = Progress(progress_file()).read()
    return course_picture([_with_progress(it, known) for it in lessons()], summary(known))


def listing(folder: Path) -> str:
    """Return the lessons with what each needs, and how far who learns in `folder` is."""
    known = Progress(place_of_progress(folder)).read()
    rows = [_with_progress(it, known)._replace(needs=it.needs) for it in lessons()]
    return course_text(rows, summary(known))


def listing_data(folder: Path) -> list[dict[str, Any]]:
    """Return what `listing` tells as plain data, with the exercises of every lesson."""
    known = Progress(place_of_progress(folder)).read()
    return [_data(it, known) for it in lessons()]


def _data(lesson: Lesson, known: Mapping[str, Any]) -> dict[str, Any]:
    progress = _with_progress(lesson, known)
    return {
        "number": lesson.number,
        "title": lesson.name,
        "minutes": lesson.minutes,
        "needs": lesson.needs,
        "after": list(lesson.after),
        "state": progress.look.word,
        "predictions": {"made": progress.made, "asked": progress.asked},
        "exercises": [_exercise_data(it, known) for it in _exercises_of(lesson)],
    }


def _exercise_data(exercise: Exercise, known: Mapping[str, Any]) -> dict[str, Any]:
    entry = _entry(exercise, known)
    return {
        "name": exercise.name,
        "title": exercise.title,
        "verdict": entry.get("verdict", str(Verdict.NOT_STARTED)),
        "checks": entry.get("tries", 0),
    }


def summary(known: Mapping[str, Any]) -> str:
    """Return how many predictions were made, and how many came true."""
    made = [it for it in known["predictions"].values() if _is_made(it)]
    right = sum(agree(it["first"], it["actual"]) for it in made)
    return f"predictions: {len(made)} made, {right} right at the first go"


@cache
def lessons() -> tuple[Lesson, ...]:
    """Return the lessons in their order, as wfkit brought them."""
    return tuple(map(_lesson, lesson_files(lessons_root())))


def exercise_line(exercise: Exercise, known: Mapping[str, Any]) -> str:
    """Return how far the learner is with one exercise, in a line."""
    entry = _entry(exercise, known)
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
    needs, after = _needs("".join(cells[0]["source"]))
    unique = tuple(dict.fromkeys(questions))
    return Lesson(int(front[1]), front[2], int(front[3]), unique, needs, after)


def _needs(front: str) -> tuple[str, tuple[int, ...]]:
    """Return what the front matter asks for: in few words, and as numbers of lessons.

    >>> _needs("**You need** lesson 4, [a](a.ipynb), and lesson 5. **Not in here:** lesson 6")
    ('lessons 4, 5', (4, 5))
    >>> _needs("**You need** a little pandas.")
    ('a little pandas', ())
    """
    found = _NEEDS.search(front)
    words = found[1] if found else ""
    after = tuple(int(it) for it in _LESSON.findall(words))
    named = ", ".join(map(str, after))
    return (f"lesson{'s' * (len(after) > 1)} {named}" if after else words), after


def _with_progress(lesson: Lesson, known: Mapping[str, Any]) -> LessonProgress:
    mine = _exercises_of(lesson)
    made = sum(_is_made(known["predictions"].get(it, {})) for it in lesson.questions)
    verdicts = {_entry(it, known).get("verdict") for it in mine}
    is_begun = bool(made or verdicts - {None})
    return LessonProgress(
        *lesson[:3],
        made,
        len(lesson.questions),
        [exercise_line(it, known) for it in mine] if is_begun else (),
        is_begun,
        is_done=made == len(lesson.questions) and verdicts <= {Verdict.DONE},
    )


def _entry(exercise: Exercise, known: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what is known of one exercise."""
    entry: Mapping[str, Any] = known["exercises"].get(exercise.name, {})
    return entry


def _exercises_of(lesson: Lesson) -> list[Exercise]:
    return [it for it in exercises().values() if lesson_of(it) == lesson.number]


def _is_made(prediction: Mapping[str, Any]) -> bool:
    return "first" in prediction and "actual" in prediction
