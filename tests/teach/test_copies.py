import inspect
from pathlib import Path
from typing import NoReturn

import pytest

from wfkit import cli
from wfkit.teach import lessons
from wfkit.teach.copies import saved_file
from wfkit.teach.lessons import USUAL_FOLDER, LessonsMissing, lessons_root, own_lessons
from wfkit.teach.manifest import UnknownExercise
from wfkit.teach.notebooks import NotAnExercise

FILE = Path("exercises", "01_task_boundaries", "exercise.ipynb")


def _course(folder: Path) -> Path:
    (folder / FILE).parent.mkdir(parents=True)
    (folder / "notebooks").mkdir()
    (folder / FILE).write_text("{}")
    return folder


@pytest.fixture
def usual(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The usual folder, which does not exist yet."""
    monkeypatch.setattr(lessons, "USUAL_FOLDER", str(tmp_path / "usual"))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "usual"


@pytest.mark.parametrize("name", ["01", "1", "task_boundaries", "01_task_boundaries", "01_task_"])
def test_a_name_means_the_copy_around_the_current_folder(
    usual: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    here = _course(tmp_path / "here")
    _course(usual)
    monkeypatch.chdir(here / "notebooks")
    assert saved_file(name) == here / FILE


def test_elsewhere_and_in_a_clone_a_name_means_the_usual_copy(
    usual: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _course(usual)
    assert saved_file("01") == usual / FILE
    monkeypatch.chdir(lessons_root() / "notebooks")
    assert saved_file("exercises/01") == usual / FILE


def test_a_clone_serves_where_there_is_no_copy(
    usual: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(lessons_root())
    assert saved_file("01") == lessons_root() / FILE


def test_without_any_copy_there_is_a_way_out(usual: Path) -> None:
    with pytest.raises(NotAnExercise, match=r"task_boundaries is neither here nor in .*\n.*learn"):
        saved_file("01")


def test_paths_and_folders_are_taken_as_they_are(usual: Path) -> None:
    _course(usual)
    for given in (usual / FILE, (usual / FILE).parent, str((usual / FILE).parent) + "/"):
        assert saved_file(given) == usual / FILE
    assert saved_file(usual / "gone.ipynb") == usual / "gone.ipynb"


def test_another_folder_and_another_name_are_refused(usual: Path, tmp_path: Path) -> None:
    with pytest.raises(NotAnExercise, match=r"holds no exercise\.ipynb"):
        saved_file(tmp_path)
    with pytest.raises(UnknownExercise, match='no exercise is called "nothing"'):
        saved_file("nothing")


def test_the_usual_folder_is_where_learn_lays_the_copy() -> None:
    assert inspect.signature(cli.learn).parameters["dir"].default == USUAL_FOLDER


def test_own_lessons_are_the_nearest_copy_and_else_where_learn_would_lay_them(
    usual: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert own_lessons() == usual
    assert own_lessons("mine") == tmp_path / "mine"
    here = _course(tmp_path / "here")
    monkeypatch.chdir(here / "notebooks")
    assert own_lessons() == here

    def gone() -> NoReturn:
        raise LessonsMissing("gone")

    monkeypatch.setattr(lessons, "lessons_root", gone)
    assert own_lessons() == usual
