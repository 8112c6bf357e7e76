"""Which file does the learner mean? A path, a folder, or the name of an exercise."""

from __future__ import annotations

from pathlib import Path

from wfkit.teach.lessons import USUAL_FOLDER, courses
from wfkit.teach.manifest import find
from wfkit.teach.notebooks import LEARNER, NotAnExercise


def saved_file(given: str | Path) -> Path:
    """Return the notebook that `given` means: its path, its folder's, or an exercise's by name.

    A name is looked for in the copy of the lessons around the current folder, then in the usual
    one. Raises NotAnExercise where there is no such file, UnknownExercise for another name.
    """
    path = Path(given)
    if path.is_dir():
        return _in_folder(path)
    if path.exists() or path.suffix == ".ipynb":
        return path
    exercise = find(path.name)
    places = [course / "exercises" / exercise.folder.name / LEARNER for course in courses()]
    found = next((file for file in places if file.exists()), None)
    if found is None:
        raise NotAnExercise(
            f"your copy of the exercise {exercise.name} is neither here nor in {USUAL_FOLDER}.\n"
            "Give the path of your notebook, or get the lessons: wfkit learn"
        )
    return found


def _in_folder(folder: Path) -> Path:
    file = folder / LEARNER
    if not file.exists():
        raise NotAnExercise(
            f"{folder} holds no {LEARNER}.\nGive your notebook, or the name of an exercise: 01"
        )
    return file
