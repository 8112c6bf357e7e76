"""How does a learner get the lessons? As a copy of their own."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from wfkit.core.errors import WfkitError
from wfkit.teach.lessons import lesson_files, lessons_root
from wfkit.teach.manifest import SOURCE
from wfkit.teach.notebooks import LEARNER

_PARTS = ("notebooks", "exercises")
_NOT_COPIED = frozenset({".ipynb_checkpoints", "__pycache__", ".wfkit", ".gitkeep", "drops"})


class LessonsNotReady(WfkitError):
    """The lessons cannot be laid out or opened."""


class Copied(NamedTuple):
    """How many files were laid into the learner's folder, and how many were there before."""

    new: int
    kept: int


def copy_lessons(target: Path) -> Copied:
    """Lay the lessons and exercises into `target`; a file that is there already stays as it is.

    The copies have no outputs, as those would tell what the learner is asked to predict. Of an
    exercise only the learner's notebook is copied: the key stays with wfkit.
    Raises LessonsNotReady where the folder cannot be written.
    """
    new = kept = 0
    try:
        for source, relative in _files(lessons_root()):
            copy = target / relative
            if copy.exists():
                kept += 1
                continue
            copy.parent.mkdir(parents=True, exist_ok=True)
            _copy(source, copy)
            new += 1
    except OSError as cause:
        raise LessonsNotReady(
            f"the lessons cannot be copied to {target}: {cause.strerror}.\n"
            "Choose another folder: wfkit learn --dir FOLDER"
        ) from cause
    return Copied(new, kept)


def _files(root: Path) -> Iterator[tuple[Path, Path]]:
    for part in _PARTS:
        for source in sorted((root / part).rglob("*")):
            relative = source.relative_to(root)
            if (
                source.is_file()
                and not _NOT_COPIED & set(relative.parts)
                and _is_for_learners(source)
            ):
                yield source, relative


def _is_for_learners(source: Path) -> bool:
    is_exercise = (source.parent / SOURCE).exists()
    return source.name == LEARNER if is_exercise else True


def _copy(source: Path, copy: Path) -> None:
    if source.suffix != ".ipynb":
        shutil.copyfile(source, copy)
        return
    notebook = json.loads(source.read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"], cell["execution_count"] = [], None
    text = json.dumps(notebook, indent=1, ensure_ascii=False)
    copy.write_text(text + "\n", encoding="utf-8")


def first_lesson(folder: Path) -> Path:
    """Return the lesson to begin with, relative to `folder`."""
    lessons = lesson_files(folder)
    if not lessons:
        raise LessonsNotReady(f"{folder} holds no lessons.\nRemove it and run wfkit learn again.")
    return lessons[0].relative_to(folder)
