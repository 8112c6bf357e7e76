"""What does a learner get on request? The verdict, a hint, the solution, the original cells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from wfkit.teach.feedback import HINTS, Report, Verdict
from wfkit.teach.manifest import Exercise, exercises, find
from wfkit.teach.overview import exercise_line, summary
from wfkit.teach.progress import Progress, progress_file
from wfkit.teach.verdict import judge

if TYPE_CHECKING:
    from wfkit.api.dag import Dag


def check(name: str, dag: Dag | None, values: Mapping[str, Any] = MappingProxyType({})) -> Report:
    """Return the report about `dag` and `values` as an answer to the exercise `name`; remember it.

    `values` are the notebook's, by name.

    The first hint comes with the first report only. Raises UnknownExercise.
    """
    exercise = find(name)
    report = judge(exercise, dag, values)
    progress = _progress()
    known = progress.exercise(exercise.name)
    if report.verdict is Verdict.NOT_STARTED:
        return report
    facts = {"verdict": str(report.verdict), "tries": known.get("tries", 0) + 1}
    read = known.get("hints", 0)
    if read:
        report = replace(report, hint="", next_hint=read + 1)
    elif report.hint:
        facts["hints"] = 1
    progress.note_exercise(exercise.name, **facts)
    return report


def hint(name: str) -> str:
    """Return the next of the three hints; the last one again once all were read."""
    exercise = find(name)
    progress = _progress()
    number = min(progress.exercise(exercise.name).get("hints", 0) + 1, HINTS)
    progress.note_exercise(exercise.name, hints=number)
    return f"hint {number} of {HINTS}: {exercise.hints[number - 1]}"


def solution(name: str) -> str:
    """Return the cells of the solution, once the learner has tried."""
    exercise = find(name)
    name = exercise.name
    if not _progress().exercise(name).get("tries"):
        return f"Try it first: fill in a blank, then run %check {name}. %hint {name} helps you on."
    return _shown(exercise, solved=True)


def start_over(name: str) -> str:
    """Return the cells as they were at first, to copy them back."""
    return _shown(find(name), solved=False)


def all_exercises() -> str:
    """Return how far the learner is with every exercise, and how many predictions came true."""
    known = _progress().read()
    lines = [exercise_line(it, known) for it in exercises().values()]
    return "\n".join([*lines, summary(known)])


def _shown(exercise: Exercise, *, solved: bool) -> str:
    cells = (cell.solution if solved else cell.source for cell in exercise.answers)
    return "\n\n\n".join(cells)


def _progress() -> Progress:
    return Progress(progress_file())
