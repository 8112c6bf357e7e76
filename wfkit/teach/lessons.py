"""Where do the lessons and exercises lie?"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

from wfkit.core.errors import WfkitError

USUAL_FOLDER = "~/wfkit-lessons"
"""Where `wfkit learn` lays the learner's copy, unless told otherwise."""

_PACKAGE = Path(__file__).resolve().parent.parent


class LessonsMissing(WfkitError):
    """The lessons that belong to wfkit are not where they should be."""


@cache
def lessons_root() -> Path:
    """Return the folder that holds `notebooks/` and `exercises/` as wfkit brought them.

    That is inside the package for an installed wfkit, and the repository for a clone.
    Raises LessonsMissing where both are gone.
    """
    for folder in (_PACKAGE / "_lessons", _PACKAGE.parent):
        if (folder / "notebooks").is_dir() and (folder / "exercises").is_dir():
            return folder
    raise LessonsMissing(
        f"the lessons of wfkit are missing: {_PACKAGE} has neither _lessons in it "
        "nor notebooks and exercises beside it.\nInstall wfkit again."
    )


def clone_root() -> Path | None:
    """Return the clone that this wfkit runs from, or None for an installed one."""
    root = _PACKAGE.parent
    return root if (root / "pyproject.toml").is_file() else None


def course_folder(start: Path) -> Path | None:
    """Return the nearest folder around `start` that holds a copy of the lessons, or None."""
    for folder in (start, *start.parents):
        if (folder / "notebooks").is_dir() and (folder / "exercises").is_dir():
            return folder
    return None


def lesson_files(folder: Path) -> list[Path]:
    """Return the lessons that a copy at `folder` holds, in their order."""
    return sorted((folder / "notebooks").glob("[0-9][0-9]_*.ipynb"))


def courses() -> Iterator[Path]:
    """Yield where copies of the lessons may be; in a clone, the learner's own comes before it."""
    here = course_folder(Path.cwd())
    if here is not None and here != lessons_root():
        yield here
    yield Path(USUAL_FOLDER).expanduser()
    if here is not None:
        yield here


def own_lessons(given: str | None = None) -> Path:
    """Return the folder that the learner's copy of the lessons is in, or would be.

    That is `given`, else the nearest of `courses` that is there.
    """
    if given is not None:
        return Path(given).expanduser().absolute()
    usual = Path(USUAL_FOLDER).expanduser()
    try:
        return next((it for it in courses() if it.is_dir()), usual)
    except LessonsMissing:
        return usual
