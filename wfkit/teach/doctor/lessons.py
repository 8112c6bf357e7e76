"""Are the lessons there, can they be read, and does no file beside them get in the way?"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

from wfkit.teach.doctor.finding import Around, Finding, Level
from wfkit.teach.doctor.packages import needed_names

_HARMLESS = frozenset({"antigravity", "test", "this"})


def lessons(around: Around) -> Iterator[Finding]:
    """Check the lessons that wfkit brought, and the learner's copy where there is one.

    Raises LessonsMissing where wfkit brought none.
    """
    from wfkit.teach.lessons import lesson_files, lessons_root

    brought, copies = len(lesson_files(lessons_root())), lesson_files(around.lessons)
    damaged = [it for it in copies if not _is_notebook(it)]
    for path in damaged:
        steps = ("Rename it; a fresh copy comes with:", f'wfkit learn --dir "{around.lessons}"')
        yield Finding("lessons", Level.FAILED, f"{path} is damaged", steps)
    if not damaged:
        own = f"{len(copies)} of them in" if copies else "wfkit learn lays them into"
        yield Finding("lessons", Level.OK, f"{brought} came with wfkit, {own} {around.lessons}")


def own_files(around: Around) -> Iterator[Finding]:
    """Look for files of the learner's that Python would import in place of a library."""
    hidden = sys.stdlib_module_names | needed_names() | {"wfkit"}
    found = [
        path
        for folder in dict.fromkeys((Path.cwd(), (around.lessons / "notebooks").absolute()))
        for path in sorted(folder.glob("*.py"))
        if path.stem in hidden - _HARMLESS
    ]
    for path in found[:3]:
        told = f"{path} hides the library {path.stem} from notebooks beside it"
        yield Finding("own files", Level.WARNING, told, (_renaming(path, around),))
    if not found:
        yield Finding("own files", Level.OK, "none has the name of a library")


def _renaming(path: Path, around: Around) -> str:
    mine = f"my_{path.name}"
    if around.is_windows:
        return f'ren "{path}" "{mine}"'
    return f'mv "{path}" "{path.with_name(mine)}"'


def _is_notebook(path: Path) -> bool:
    try:
        return isinstance(json.loads(path.read_text(encoding="utf-8"))["cells"], list)
    except (OSError, ValueError, TypeError, LookupError):
        return False
