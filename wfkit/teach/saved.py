"""How far is a saved notebook? `wfkit check`: graft the answers, let nbval judge, report."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from wfkit.core.errors import WfkitError
from wfkit.teach import nbval_run, notebooks
from wfkit.teach.copies import saved_file
from wfkit.teach.feedback import MIME, Report, Verdict
from wfkit.teach.manifest import CellKind, Exercise, find
from wfkit.teach.nbval_run import CellVerdict, Seen

_ENDLESS = (
    f"The check did not end within {nbval_run.CELL_SECONDS} s.\n"
    "Does a task of yours run forever, or end the kernel?"
)


class CheckFailed(WfkitError):
    """The notebook could not be judged at all."""


@dataclass(frozen=True)
class SavedReport:
    """The report about one file, as it was saved at `saved` (local time)."""

    path: Path
    saved: datetime
    report: Report

    @property
    def exit_code(self) -> int:
        """0 when the exercise is done, else 1."""
        return 0 if self.report.verdict is Verdict.DONE else 1

    def __str__(self) -> str:
        return (
            f"{self.path}, as saved on {self.saved:%Y-%m-%d at %H:%M:%S}\n{self.report.in_shell()}"
        )


def check_saved(path: str | Path, seen: Seen = lambda done, total: None) -> SavedReport:
    """Judge a notebook file by its saved answers; nothing else of it is used.

    `path` may also be a folder or the name of an exercise. `seen` is told how many cells of how
    many have been judged. Raises NotAnExercise for other files, UnknownExercise for what wfkit
    does not have, CheckFailed where nbval cannot run.
    """
    file = saved_file(path)
    notebook = notebooks.read(file)
    exercise = find(notebooks.exercise_name(notebook, file))
    saved = datetime.fromtimestamp(file.stat().st_mtime).astimezone()
    return SavedReport(file, saved, judge_notebook(notebook, exercise, seen))


def judge_notebook(
    notebook: Any, exercise: Exercise, seen: Seen = lambda done, total: None
) -> Report:
    """Return the report about the answers in a notebook."""
    answers = notebooks.answers_in(notebook, exercise)
    if all(_same_code(answers.get(cell.id, ""), cell.source) for cell in exercise.answers):
        return Report(exercise.name, Verdict.NOT_STARTED)
    key = notebooks.read(exercise.folder / notebooks.KEY)
    verdicts = nbval_run.run(notebooks.graft(notebook, exercise, key), seen)
    gone = [cell.id for cell in exercise.answers if cell.id not in answers]
    return report_from(verdicts, exercise, gone)


def report_from(
    verdicts: Sequence[CellVerdict], exercise: Exercise, gone: Sequence[str] = ()
) -> Report:
    """Turn the verdicts of nbval into a report; `gone` are answer cells that the file lacks."""
    broken = next((it for it in verdicts if not it.passed and _is(it, CellKind.ANSWER)), None)
    judged = next((it for it in verdicts if _is(it, CellKind.CHECK)), None)
    if broken is None and judged is not None and judged.passed:
        return replace(_told(judged, exercise), verdict=Verdict.DONE)
    endless = judged is not None and "imeout" in judged.message
    if broken is None and not gone and not endless and (judged is None or not judged.outputs):
        raise CheckFailed(_why_not(verdicts))
    report = _told(judged, exercise) if judged else Report(exercise.name, Verdict.NOT_YET)
    causes = [
        f"The cell {name} is gone: in a notebook, %start_over {exercise.name} shows it."
        for name in gone
    ]
    if broken is not None:
        causes.append(_cause(broken))
    elif endless:
        causes.append(_ENDLESS)
    cause = "\n".join(causes) or report.cause
    return replace(report, verdict=Verdict.NOT_YET, cause=cause, hint=exercise.hints[0])


def _is(verdict: CellVerdict, kind: CellKind) -> bool:
    return verdict.mark.get("kind") == kind


def _told(judged: CellVerdict, exercise: Exercise) -> Report:
    for output in judged.outputs:
        plain = output.get("metadata", {}).get(MIME)
        if plain:
            return Report.from_dict(plain)
    return Report(exercise.name, Verdict.NOT_YET)


def _cause(broken: CellVerdict) -> str:
    error = next((it for it in broken.outputs if it["output_type"] == "error"), None)
    where = f"The cell {broken.mark['id']} stopped"
    if error is None:
        return f"{where}: {broken.message}"
    line = _own_line(error["traceback"])
    cause = f"{where}: {error['ename']}: {error['evalue']}"
    return f"{cause}\n    your line: {line}" if line else cause


def _own_line(traceback: Sequence[str]) -> str:
    plain = re.sub(r"\x1b\[[\d;]*m", "", "\n".join(traceback))
    found = re.findall(r"^-+> (\d+) (.*)$", plain, re.MULTILINE)
    return f"line {found[-1][0]}: {found[-1][1].strip()}" if found else ""


def _why_not(verdicts: Sequence[CellVerdict]) -> str:
    first = next((it for it in verdicts if not it.passed), None)
    if first is None:
        return (
            "nbval did not judge the notebook.\nIs nbval installed? Try: python -m pytest --version"
        )
    return f"the cell {first.mark.get('id')} of the exercise stopped: {first.message}"


def _same_code(one: str, other: str) -> bool:
    return one.split() == other.split()
