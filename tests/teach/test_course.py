import json
from pathlib import Path

import pytest

from wfkit.teach import lessons
from wfkit.teach.course import LessonsNotReady, copy_lessons, first_lesson


def _files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_learners_get_lessons_data_and_their_side_of_the_exercises(tmp_path: Path) -> None:
    copied = copy_lessons(tmp_path)
    files = _files(tmp_path)
    assert copied.new == len(files)
    assert {
        "notebooks/01_task_boundaries.ipynb",
        "notebooks/data/cdnow.csv.gz",
        "exercises/01_task_boundaries/exercise.ipynb",
    } <= files
    assert not [name for name in files if "solution" in name or "wrong_" in name]
    assert not [name for name in files if name.endswith(".py") or "/drops/" in name]


def test_copies_hold_no_outputs_to_spoil_a_prediction(tmp_path: Path) -> None:
    copy_lessons(tmp_path)
    for path in tmp_path.rglob("*.ipynb"):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        code = [cell for cell in cells if cell["cell_type"] == "code"]
        assert code
        assert not [cell["id"] for cell in code if cell["outputs"] or cell["execution_count"]]


def test_a_copy_is_otherwise_the_lesson_itself(tmp_path: Path) -> None:
    copy_lessons(tmp_path)
    name = "notebooks/01_task_boundaries.ipynb"
    mine, theirs = (
        json.loads((root / name).read_text(encoding="utf-8"))
        for root in (tmp_path, lessons.lessons_root())
    )
    for one, other in zip(mine["cells"], theirs["cells"], strict=True):
        assert (one["id"], one["source"]) == (other["id"], other["source"])
    assert mine["metadata"] == theirs["metadata"]


def test_the_learners_work_is_never_overwritten(tmp_path: Path) -> None:
    copy_lessons(tmp_path)
    mine = tmp_path / "notebooks" / "01_task_boundaries.ipynb"
    mine.write_text("my work")
    (tmp_path / "notebooks" / "data" / "README.md").unlink()
    copied = copy_lessons(tmp_path)
    assert mine.read_text() == "my work"
    assert copied.new == 1
    assert copied.kept == len(_files(tmp_path)) - 1


def test_a_folder_that_cannot_be_written_is_an_error_with_a_way_out(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(LessonsNotReady, match="Choose another folder: wfkit learn --dir"):
        copy_lessons(tmp_path / "file")


def test_the_first_lesson_is_the_one_with_the_lowest_number(tmp_path: Path) -> None:
    copy_lessons(tmp_path)
    assert first_lesson(tmp_path).name == "00_start_here.ipynb"
    with pytest.raises(LessonsNotReady, match="holds no lessons"):
        first_lesson(tmp_path / "exercises")


def test_lessons_of_a_wheel_are_inside_the_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for part in ("notebooks", "exercises"):
        (tmp_path / "wfkit" / "_lessons" / part).mkdir(parents=True)
    monkeypatch.setattr(lessons, "_PACKAGE", tmp_path / "wfkit")
    assert lessons.lessons_root.__wrapped__() == tmp_path / "wfkit" / "_lessons"
    monkeypatch.setattr(lessons, "_PACKAGE", tmp_path / "elsewhere" / "wfkit")
    with pytest.raises(lessons.LessonsMissing, match="Install wfkit again"):
        lessons.lessons_root.__wrapped__()
