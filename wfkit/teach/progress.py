"""How far is the learner? Predictions and verdicts in one plain file that survives kernels."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from wfkit.engine.home import home, place_of_home
from wfkit.teach.lessons import course_folder

FILE = "progress.json"
_EMPTY: dict[str, Any] = {"version": 1, "predictions": {}, "exercises": {}}
_PATIENCE = 2.0


def progress_file() -> Path:
    """Return where progress is kept: one file for a whole copy of the lessons.

    It lies in the `.wfkit` folder beside `notebooks` and `exercises`; elsewhere, and under
    WFKIT_HOME, with the history.
    """
    return home(_usual_home(Path.cwd())) / FILE


def place_of_progress(start: Path) -> Path:
    """Return where the progress of who works in `start` is, or would be."""
    return place_of_home(_usual_home(start)) / FILE


def _usual_home(start: Path) -> Path:
    course = course_folder(start)
    return Path(".wfkit") if course is None else course / ".wfkit"


class Progress:
    """The learner's progress, read from and written to `path`.

    Losing it must never stop a lesson: a file that cannot be read is set aside with the ending
    `.damaged`, and what cannot be written is kept until the kernel ends.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._memory: dict[str, Any] | None = None

    def read(self) -> dict[str, Any]:
        """Return everything known: `predictions` by question, `exercises` by name."""
        if self._memory is not None:
            return self._memory
        try:
            known = json.loads(self.path.read_text(encoding="utf-8"))
            return {name: dict(known.get(name, {})) for name in ("predictions", "exercises")}
        except FileNotFoundError:
            pass
        except (OSError, ValueError, TypeError, AttributeError):
            self._set_aside()
        return {"predictions": {}, "exercises": {}}

    def prediction(self, question: str) -> dict[str, Any]:
        """Return what is known about one question: `first`, `guess`, `actual`, where known."""
        return dict(self.read()["predictions"].get(question, {}))

    def exercise(self, name: str) -> dict[str, Any]:
        """Return what is known about one exercise: `verdict`, `tries`, `hints`, where known."""
        return dict(self.read()["exercises"].get(name, {}))

    def note_prediction(self, question: str, **facts: Any) -> None:
        """Remember facts about one question; the first guess stays as `first`."""

        def change(known: dict[str, Any]) -> None:
            entry = known["predictions"].setdefault(question, {})
            if "guess" in facts:
                entry.setdefault("first", facts["guess"])
            entry.update(facts)

        self._change(change)

    def note_exercise(self, name: str, **facts: Any) -> None:
        """Remember facts about one exercise."""
        self._change(lambda known: known["exercises"].setdefault(name, {}).update(facts))

    def _change(self, change: Callable[[dict[str, Any]], None]) -> None:
        from filelock import FileLock

        try:
            with FileLock(self.path.with_suffix(".lock"), timeout=_PATIENCE):
                known = self.read()
                change(known)
                self._write(known)
        except OSError:  # also filelock's Timeout
            self._memory = self._memory or self.read()
            change(self._memory)

    def _write(self, known: dict[str, Any]) -> None:
        part = self.path.with_suffix(f".{os.getpid()}")
        text = json.dumps({**_EMPTY, **known}, indent=1, ensure_ascii=False, sort_keys=True)
        part.write_text(text + "\n", encoding="utf-8")
        part.replace(self.path)

    def _set_aside(self) -> None:
        try:
            self.path.replace(self.path.with_suffix(".damaged"))
        except OSError:
            self._memory = {"predictions": {}, "exercises": {}}
