"""Where do the lessons and exercises lie?"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from wfkit.core.errors import WfkitError

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
