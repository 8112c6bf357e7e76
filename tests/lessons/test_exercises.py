"""Every exercise is proven: untouched, solved and with each typical mistake."""

import copy
import json
import re
from collections import Counter
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import nbformat
import pytest
from IPython.core.interactiveshell import InteractiveShell

from tests.lessons.conftest import Run
from tests.lessons.variants import PRELUDE, varied
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


@cache
def _made(exercise: Exercise) -> dict[str, Any]:
    return notebooks.generated(exercise)


def _answered(exercise: Exercise, answers: Mapping[str, str]) -> Any:
    """The key with other answers."""
    notebook = copy.deepcopy(_made(exercise)[notebooks.KEY])
    for cell in notebook.cells:
        cell.source = answers.get(cell.id, cell.source)
    return notebook


def _with_outputs_of(key: Any, notebook: Any) -> Any:
    """A notebook that pretends to have been run as well as the key."""
    forged = copy.deepcopy(notebook)
    for cell, right in zip(forged.cells, key.cells, strict=True):
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = right.outputs, right.execution_count
    return forged


def _judged(exercise: Exercise, shell: InteractiveShell) -> Report:
    return judge(exercise, shell.user_ns.get("dag"), shell.user_ns)


def _is_done(exercise: Exercise, shell: InteractiveShell) -> None:
    report = _judged(exercise, shell)
    assert report.verdict is Verdict.DONE, report


def _report(exercise: Exercise, ran: list[CellVerdict], shell: InteractiveShell) -> Report:
    """What nbval would make of these cells: the check cell passes if it says "done"."""
    told = _judged(exercise, shell)
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
    texts = [wrong.feedback for wrong in exercise.wrongs]
    for mistake in exercise.mistakes:
        assert any(feedback in mistake.words for feedback in texts), mistake.words


@each_exercise
def test_the_lesson_that_it_belongs_to_is_there(exercise: Exercise) -> None:
    text = "\n".join(cell.source for cell in exercise.cells if cell.kind is CellKind.TEXT)
    lessons = re.findall(r"`(\d\d)_(\w+)`(, to come)?", text)
    assert lessons
    for number, name, to_come in lessons:
        lesson = lessons_root() / "notebooks" / f"{number}_{name}.ipynb"
        assert lesson.exists() != bool(to_come), name
        if not to_come:
            link = f"../exercises/{exercise.folder.name}/{notebooks.LEARNER}"
            assert link in lesson.read_text(encoding="utf-8")


def test_each_principle_has_two_exercises_or_more() -> None:
    stories = [exercise.cells[0].source for exercise in EXERCISES]
    lessons = Counter(number for it in stories for number in re.findall(r"`(\d\d)_\w+`", it))
    assert {number for number, count in lessons.items() if count >= 2} >= {
        f"{number:02}" for number in range(1, 9)
    }


@each_exercise
def test_the_notebooks_are_what_the_author_wrote(exercise: Exercise) -> None:
    made = _made(exercise)
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
    assert _judged(exercise, shell).verdict is Verdict.NOT_STARTED
    assert check_saved(exercise.folder).report.verdict is Verdict.NOT_STARTED


@each_exercise
def test_the_solution_is_done_on_seen_and_unseen_data(
    exercise: Exercise, run: Run, shell: InteractiveShell
) -> None:
    assert len(CASES) == 2
    ran = run(_made(exercise)[notebooks.KEY])
    assert [it.mark["id"] for it in ran if not it.passed] == []
    _is_done(exercise, shell)


@each_exercise
def test_a_debug_print_and_another_order_of_rows_change_nothing(
    exercise: Exercise, run: Run, shell: InteractiveShell
) -> None:
    shell.run_cell(PRELUDE)
    answers = {cell.id: varied(cell.solution) for cell in exercise.answers}
    ran = run(_answered(exercise, answers))
    assert [it.mark["id"] for it in ran if not it.passed] == []
    _is_done(exercise, shell)


@pytest.mark.parametrize(
    ("exercise", "answers"),
    [(it, answers) for it in EXERCISES for answers in it.alternatives.values()],
    ids=[f"{it.name}-{name}" for it in EXERCISES for name in it.alternatives],
)
def test_another_right_answer_is_done(
    exercise: Exercise, answers: Mapping[str, str], run: Run, shell: InteractiveShell
) -> None:
    ran = run(_answered(exercise, answers))
    assert [it.mark["id"] for it in ran if not it.passed] == []
    _is_done(exercise, shell)


@each_wrong
def test_a_typical_mistake_is_not_yet_with_its_own_feedback(
    exercise: Exercise, wrong: Wrong, run: Run, shell: InteractiveShell
) -> None:
    ran = run(_made(exercise)[f"wrong_{wrong.name}.ipynb"])
    report = _report(exercise, ran, shell)
    assert report.verdict is Verdict.NOT_YET
    said = repr(report)
    assert wrong.feedback in said
    others = [it.feedback for it in exercise.wrongs if it is not wrong]
    assert not [feedback for feedback in others if feedback in said]
    assert len(said.splitlines()) <= 24


@each_wrong
def test_outputs_that_were_saved_with_a_wrong_answer_are_left_behind(
    exercise: Exercise, wrong: Wrong
) -> None:
    key = _file(exercise, notebooks.KEY)
    made = _made(exercise)[f"wrong_{wrong.name}.ipynb"]
    grafted = notebooks.graft(_with_outputs_of(key, made), exercise, key)
    answers = {cell.id: cell.solution for cell in exercise.answers} | dict(wrong.answers)
    for cell, original in zip(grafted.cells, key.cells, strict=True):
        if cell.id in answers:
            assert (cell.source, cell.outputs) == (answers[cell.id], [])
        else:
            assert cell == original


@pytest.mark.long
def test_nbval_finds_the_saved_solution_done() -> None:
    exercise = EXERCISES[0]
    seen: list[tuple[int, int]] = []
    told = check_saved(exercise.folder / notebooks.KEY, lambda *counts: seen.append(counts))
    assert told.exit_code == 0
    code = [cell for cell in exercise.cells if cell.kind is not CellKind.TEXT]
    assert (seen[0], seen[-1]) == ((0, len(code)), (len(code), len(code)))
    assert sorted(set(seen)) == list(dict.fromkeys(seen))
    assert repr(told.report).startswith(f"{exercise.name}: done")


@pytest.mark.long
def test_a_wrong_answer_that_was_run_and_saved_stays_not_yet(tmp_path: Path) -> None:
    exercise = EXERCISES[0]
    wrong = exercise.wrongs[0]
    saved = author.execute(_made(exercise)[f"wrong_{wrong.name}.ipynb"], tmp_path)
    check = saved.cells[-1]
    assert check.outputs[0].data["text/plain"].startswith(f"{exercise.name}: not yet")
    report = judge_notebook(saved, exercise)
    assert report.verdict is Verdict.NOT_YET
    assert wrong.feedback in repr(report)


@pytest.mark.long
@each_exercise
def test_nbval_finds_the_key_of_each_exercise_done(exercise: Exercise) -> None:
    assert check_saved(exercise.folder / notebooks.KEY).report.verdict is Verdict.DONE


@pytest.mark.long
@each_wrong
def test_nbval_finds_a_wrong_answer_with_the_outputs_of_a_right_one_not_yet(
    exercise: Exercise, wrong: Wrong
) -> None:
    key, made = _file(exercise, notebooks.KEY), _file(exercise, f"wrong_{wrong.name}.ipynb")
    report = judge_notebook(_with_outputs_of(key, made), exercise)
    assert report.verdict is Verdict.NOT_YET
    assert wrong.feedback in repr(report)
