"""Reports from recorded verdicts of nbval; tests/lessons runs nbval itself."""

from pathlib import Path
from typing import Any

import pytest

from wfkit.teach import notebooks
from wfkit.teach.feedback import MIME, Finding, Report, Verdict
from wfkit.teach.manifest import find
from wfkit.teach.nbval_run import CellVerdict
from wfkit.teach.notebooks import NotAnExercise
from wfkit.teach.saved import CheckFailed, check_saved, report_from

EXERCISE = find("task_boundaries")


def _cell(name: str, kind: str, passed: bool = True, **output: Any) -> CellVerdict:
    return CellVerdict({"id": name, "kind": kind}, passed, "", [output] if output else [])


def _check(report: Report, passed: bool) -> CellVerdict:
    output = {"output_type": "display_data", "metadata": {MIME: report.to_dict()}}
    return _cell("check", "check", passed, **output)


DONE = Report("task_boundaries", Verdict.DONE, (Finding("all", True),))
NOT_YET = Report("task_boundaries", Verdict.NOT_YET, (Finding("all", False, ["1"], ["2"]),))


def test_what_nbval_passed_is_done() -> None:
    assert report_from([_cell("paid", "answer"), _check(DONE, True)], EXERCISE) == DONE


def test_what_nbval_refused_is_not_yet_whatever_the_cell_says() -> None:
    assert report_from([_check(DONE, False)], EXERCISE).verdict is Verdict.NOT_YET
    report = report_from([_check(NOT_YET, False)], EXERCISE)
    assert (report.verdict, report.findings) == (Verdict.NOT_YET, NOT_YET.findings)


def test_a_cell_that_stopped_comes_first_with_the_own_line() -> None:
    traceback = ["Cell In[4], line 3", "\x1b[32m      2\x1b[39m a", "\x1b[32m----> 3\x1b[39m 1 / 0"]
    error = {"output_type": "error", "ename": "E", "evalue": "why", "traceback": traceback}
    report = report_from(
        [_cell("paid", "answer", False, **error), _check(NOT_YET, False)], EXERCISE
    )
    assert report.cause == "The cell paid stopped: E: why\n    your line: line 3: 1 / 0"
    assert "✘ all" in repr(report)


def test_done_is_impossible_with_a_cell_that_stopped() -> None:
    stopped = CellVerdict({"id": "paid", "kind": "answer"}, False, "Timeout of 30 seconds", [])
    report = report_from([stopped, _check(DONE, True)], EXERCISE)
    assert report.verdict is Verdict.NOT_YET
    assert report.cause == "The cell paid stopped: Timeout of 30 seconds"


def test_a_task_that_never_ends_is_not_yet() -> None:
    endless = CellVerdict({"id": "check", "kind": "check"}, False, "Timeout of 30 seconds", [])
    report = report_from([_cell("paid", "answer"), endless], EXERCISE)
    assert report.verdict is Verdict.NOT_YET
    assert "Does a task of yours run forever" in repr(report)


def test_an_answer_cell_that_is_gone_is_named() -> None:
    report = report_from([_check(NOT_YET, False)], EXERCISE, ["paid"])
    assert "The cell paid is gone: in a notebook, %start_over task_boundaries shows it." in repr(
        report
    )


def test_without_any_verdict_the_check_itself_failed() -> None:
    with pytest.raises(CheckFailed, match="nbval did not judge"):
        report_from([], EXERCISE)
    broken = CellVerdict({"id": "set_up", "kind": "given"}, False, "no disk", [])
    with pytest.raises(CheckFailed, match="the cell set_up of the exercise stopped: no disk"):
        report_from([broken], EXERCISE)


@pytest.mark.parametrize("content", ["", "{}", "[1]", "no notebook", '{"cells": 3, "nbformat": 4}'])
def test_another_file_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "x.ipynb"
    path.write_text(content)
    with pytest.raises(NotAnExercise, match=r"x\.ipynb is not a notebook|not one of an exercise"):
        check_saved(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotAnExercise, match=r"gone\.ipynb does not exist"):
        check_saved(tmp_path / "gone.ipynb")


def test_an_ordinary_notebook_is_refused(tmp_path: Path) -> None:
    from nbformat import v4

    notebooks.write(v4.new_notebook(), tmp_path / "x.ipynb")
    with pytest.raises(NotAnExercise, match="not one of an exercise"):
        check_saved(tmp_path / "x.ipynb")


def test_the_untouched_copy_is_not_started_without_running_it(tmp_path: Path) -> None:
    made = notebooks.generated(EXERCISE)[notebooks.LEARNER]
    made.cells[5].source += "\n\n"
    notebooks.write(made, tmp_path / "exercise.ipynb")
    told = check_saved(tmp_path)
    assert told.report.verdict is Verdict.NOT_STARTED
    assert told.exit_code == 1
    assert str(told).startswith(f"{tmp_path / 'exercise.ipynb'}, as saved on 2")
    assert str(told).endswith("save the notebook, then run this command again.")
    assert "%check" not in str(told)


def test_in_the_shell_the_first_hint_stands_there_and_the_others_in_the_notebook() -> None:
    report = report_from([_check(NOT_YET, False)], EXERCISE)
    assert report.in_shell().splitlines()[-3:] == [
        *f"hint 1 of 3: {EXERCISE.hints[0]}".splitlines(),
        "There are more hints: run %hint task_boundaries in the notebook.",
    ]


def test_graft_takes_the_answers_and_nothing_else() -> None:
    made = notebooks.generated(EXERCISE)
    learner, key = made[notebooks.LEARNER], made[notebooks.KEY]
    for cell in learner.cells:
        cell.source = f"mine: {cell.id}"
        cell.metadata["tags"] = ["nbval-skip", "raises-exception"]
    learner.cells.append(learner.cells[-1])
    grafted = notebooks.graft(learner, EXERCISE, key)
    answers = {cell.id for cell in EXERCISE.answers}
    assert [cell.id for cell in grafted.cells] == [cell.id for cell in key.cells]
    for cell, theirs in zip(grafted.cells, key.cells, strict=True):
        assert cell.source == (f"mine: {cell.id}" if cell.id in answers else theirs.source)
        assert "tags" not in cell.metadata


def test_of_two_copies_of_an_answer_the_last_counts() -> None:
    import copy

    learner = notebooks.generated(EXERCISE)[notebooks.LEARNER]
    twin = copy.deepcopy(next(cell for cell in learner.cells if cell.id == "paid"))
    twin.source = "second"
    learner.cells.append(twin)
    assert notebooks.answers_in(learner, EXERCISE)["paid"] == "second"
