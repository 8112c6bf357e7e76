"""A learner does an exercise in JupyterLab: sorts lines by keys, is wrong, reads, is right."""

from __future__ import annotations

import pytest

from tests.browser.lab import Lab
from wfkit.teach.course import copy_lessons
from wfkit.teach.manifest import find

pytestmark = pytest.mark.browser

EXERCISE = find("missing_edge")
PLACES = {cell.id: number for number, cell in enumerate(EXERCISE.cells)}
END = len(PLACES)
SOLUTIONS = {cell.id: cell.solution for cell in EXERCISE.answers}
WRONG = next(it for it in EXERCISE.wrongs if it.name == "waits_for_the_wrong_task")


def test_an_exercise_from_not_started_to_done(lab: Lab) -> None:
    copy_lessons(lab.folder)
    lab.open(lab.folder / "exercises" / EXERCISE.folder.name / "exercise.ipynb")
    lab.run_all()
    assert lab.failed_cells() == []
    assert "missing_edge: not started" in lab.text_of(PLACES["check"])
    lab.screenshot("not-started", lab.cell(PLACES["restock"]))

    lab.set_source(PLACES["message"], SOLUTIONS["message"])
    lab.set_source(PLACES["restock"], WRONG.answers["restock"])
    lab.run_all()
    assert WRONG.feedback in lab.text_of(PLACES["check"])
    lab.looks("not-yet", lab.cell(PLACES["check"]))
    assert "hint 2 of 3" in _answer_to(lab, "%hint 3")

    start = next(cell.source for cell in EXERCISE.answers if cell.id == "restock")
    lab.set_source(PLACES["restock"], start)
    _sort_by_keys(lab, PLACES["restock"], SOLUTIONS["restock"].splitlines())
    assert _source(lab, PLACES["restock"]) == SOLUTIONS["restock"]
    lab.run_all()
    assert "missing_edge: done" in lab.text_of(PLACES["check"])
    lab.screenshot("done", lab.cell(PLACES["check"]))
    _answer_to(lab, "%progress")
    assert "✔ missing_edge: done, 2 checks" in lab.text_twin(END)
    lab.looks("progress", lab.picture(END))
    assert lab.script_errors == []


def _answer_to(lab: Lab, line: str) -> str:
    """What a line says in a cell of its own, at the end of the notebook."""
    if lab.count() == END:
        lab.command("notebook:insert-cell-below")
    lab.set_source(END, line)
    lab.run_cell(END)
    return lab.text_of(END)


def _source(lab: Lab, index: int) -> str:
    found: str = lab.page.evaluate(
        "index => jupyterapp.shell.currentWidget.content"
        ".widgets[index].model.sharedModel.getSource()",
        index,
    )
    return found


def _sort_by_keys(lab: Lab, index: int, wanted: list[str]) -> None:
    """Move the lines of a cell as its first line says, and delete what is too many."""
    lab.cell(index).locator(".cm-content").click()
    for place, line in enumerate(wanted):
        there = _source(lab, index).splitlines().index(line)
        _go_to_line(lab, there)
        for _ in range(there - place):
            lab.page.keyboard.press("Alt+ArrowUp")
    while len(_source(lab, index).splitlines()) > len(wanted):
        _go_to_line(lab, len(wanted) - 1)
        lab.page.keyboard.press("End")
        lab.page.keyboard.press("Control+Shift+End")
        lab.page.keyboard.press("Delete")


def _go_to_line(lab: Lab, line: int) -> None:
    lab.page.keyboard.press("Control+Home")
    for _ in range(line):
        lab.page.keyboard.press("ArrowDown")
