"""Every exercise is proven: untouched, solved and with each typical mistake."""

import copy
import json
import re
from pathlib import Path
from typing import Any

import nbformat
import pytest
from IPython.core.interactiveshell import InteractiveShell

from tests.lessons.conftest import Run
from wfkit.teach import author, notebooks
from wfkit.teach.feedback import MIME, Report, Verdict
from wfkit.teach.lessons import lessons_root
from wfkit.teach.manifest import CASES, CellKind, Exercise, Wrong, exercises
from wfkit.teach.nbval_run import CellVerdict
from wfkit.teach.saved import check_saved, judge_notebook, report_from
from wfkit.teach.verdict import judge

EXERCISES = list(exercises().values())
WRONGS = [(exercise, wrong) for exercise in EXERCISES for wrong in exercise.wrongs]
each_exercise = pytest.mark.parametrize("exercise", EXERCISES, ids=lambda it: it.name)
each_wrong = pytest.mark.parametrize(
    ("exercise", "wrong"), WRONGS, ids=[f"{it.name}-{wrong.name}" for it, wrong in WRONGS]
)


def _file(exercise: Exercise, name: str) -> Any:
    return nbformat.read(exercise.folder / name, 4)


def _without_outputs(notebook: Any) -> Any:
    bare = copy.deepcopy(notebook)
    for cell in bare.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    return json.loads(nbformat.writes(bare))


def _report(exercise: Exercise, ran: list[CellVerdict], shell: InteractiveShell) -> Report:
    """What nbval would make of these cells: the check cell passes if it says "done"."""
    told = judge(exercise, shell.user_ns.get("dag"))
    output = {"output_type": "display_data", "metadata": {MIME: told.to_dict()}}
    passed = told.verdict is Verdict.DONE
    cells = [
        it._replace(passed=passed, outputs=[output]) if it.mark.get("kind") == "check" else it
        for it in ran
    ]
    return report_from(cells, exercise)


@each_exercise
def test_the_manifest_is_complete(exercise: Exercise) -> None:
    assert len(exercise.hints) == len(set(exercise.hints)) == 3
    assert all(exercise.hints)
    assert len(exercise.wrongs) >= 3
    feedback = [wrong.feedback for wrong in exercise.wrongs]
    assert len(set(feedback)) == len(feedback)
    assert len({wrong.name for wrong in exercise.wrongs}) == len(feedback)
    assert exercise.checks
    assert exercise.answers
    known = {cell.id for cell in exercise.answers}
    assert all(set(wrong.answers) <= known for wrong in exercise.wrongs)
    assert all("____" in cell.source for cell in exercise.answers)
    assert not any("____" in cell.solution for cell in exercise.answers)


@each_exercise
def test_the_lesson_that_it_belongs_to_is_there(exercise: Exercise) -> None:
    text = "\n".join(cell.source for cell in exercise.cells if cell.kind is CellKind.TEXT)
    lessons = re.findall(r"`(\d\d_\w+)`", text)
    assert lessons
    for name in lessons:
        assert (lessons_root() / "notebooks" / f"{name}.ipynb").exists(), name


@each_exercise
def test_the_notebooks_are_what_the_author_wrote(exercise: Exercise) -> None:
    made = notebooks.generated(exercise)
    assert {path.name for path in exercise.folder.glob("*.ipynb")} == set(made)
    for name, notebook in made.items():
        stored = _file(exercise, name)
        if name != notebooks.KEY:
            assert json.loads(nbformat.writes(stored)) == json.loads(nbformat.writes(notebook))
        assert _without_outputs(stored) == _without_outputs(notebook)


@each_exercise
def test_the_key_says_done_and_writes_nothing_to_stderr(exercise: Exercise) -> None:
    key = _file(exercise, notebooks.KEY)
    outputs = [output for cell in key.cells for output in cell.get("outputs", [])]
    assert not [it for it in outputs if it.output_type == "error" or it.get("name") == "stderr"]
    (check,) = [cell for cell in key.cells if notebooks.cell_mark(cell).get("kind") == "check"]
    assert check.execution_count
    assert check.outputs[0].data["text/plain"].startswith(f"{exercise.name}: done")


@each_exercise
def test_the_untouched_copy_is_not_started(
    exercise: Exercise, run: Run, shell: InteractiveShell
) -> None:
    ran = run(_file(exercise, notebooks.LEARNER))
    assert [it.mark["id"] for it in ran if not it.passed] == []
    assert judge(exercise, shell.user_ns.get("dag")).verdict is Verdict.NOT_STARTED
    assert check_saved(exercise.folder).report.verdict is Verdict.NOT_STARTED


@each_exercise
def test_the_solution_is_done_on_seen_and_unseen_data(
    exercise: Exercise, run: Run, shell: InteractiveShell
) -> None:
    ran = run(notebooks.generated(exercise)[notebooks.KEY])
    assert [it.mark["id"] for it in ran if not it.passed] == []
    dag = shell.user_ns["dag"]
    for name, seed in CASES.items():
        assert judge(exercise, dag, {name: seed}).verdict is Verdict.DONE
    assert len(CASES) == 2
    assert judge(exercise, dag).verdict is Verdict.DONE


@each_wrong
def test_a_typical_mistake_is_not_yet_with_its_own_feedback(
    exercise: Exercise, wrong: Wrong, run: Run, shell: InteractiveShell
) -> None:
    ran = run(notebooks.generated(exercise)[f"wrong_{wrong.name}.ipynb"])
    report = _report(exercise, ran, shell)
    assert report.verdict is Verdict.NOT_YET
    assert wrong.feedback in repr(report)
    others = [it.feedback for it in exercise.wrongs if it is not wrong]
    assert not [feedback for feedback in others if feedback in repr(report)]


@pytest.mark.long
@each_exercise
def test_nbval_finds_the_saved_solution_done(exercise: Exercise) -> None:
    seen: list[tuple[int, int]] = []
    told = check_saved(exercise.folder / notebooks.KEY, lambda *counts: seen.append(counts))
    assert told.exit_code == 0
    code = [cell for cell in exercise.cells if cell.kind is not CellKind.TEXT]
    assert (seen[0], seen[-1]) == ((0, len(code)), (len(code), len(code)))
    assert sorted(set(seen)) == list(dict.fromkeys(seen))
    assert repr(told.report).startswith(f"{exercise.name}: done")


@pytest.mark.long
@each_exercise
def test_a_wrong_answer_that_was_run_and_saved_stays_not_yet(
    exercise: Exercise, tmp_path: Path
) -> None:
    wrong = exercise.wrongs[0]
    saved = author.execute(notebooks.generated(exercise)[f"wrong_{wrong.name}.ipynb"], tmp_path)
    check = saved.cells[-1]
    assert check.outputs[0].data["text/plain"].startswith(f"{exercise.name}: not yet")
    report = judge_notebook(saved, exercise)
    assert report.verdict is Verdict.NOT_YET
    assert wrong.feedback in repr(report)
