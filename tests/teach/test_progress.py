import json
import threading
from pathlib import Path

import pytest

from wfkit.teach.progress import Progress, place_of_progress, progress_file


def test_progress_survives_its_reader(tmp_path: Path) -> None:
    Progress(tmp_path / "p.json").note_exercise("boundaries", verdict="not yet", tries=1)
    Progress(tmp_path / "p.json").note_exercise("boundaries", tries=2)
    known = Progress(tmp_path / "p.json").exercise("boundaries")
    assert known == {"verdict": "not yet", "tries": 2}


def test_unknown_names_know_nothing(tmp_path: Path) -> None:
    assert Progress(tmp_path / "p.json").exercise("x") == {}
    assert Progress(tmp_path / "p.json").prediction("x") == {}


@pytest.mark.parametrize("content", ["", "{", "[]", '{"predictions": 3}', "\0\0"])
def test_a_damaged_file_is_set_aside_not_deleted(tmp_path: Path, content: str) -> None:
    path = tmp_path / "progress.json"
    path.write_text(content)
    Progress(path).note_exercise("boundaries", tries=1)
    assert path.with_suffix(".damaged").read_text() == content
    assert json.loads(path.read_text())["exercises"] == {"boundaries": {"tries": 1}}


def test_what_cannot_be_written_is_kept_in_memory(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    progress = Progress(blocked / "progress.json")
    progress.note_exercise("boundaries", tries=1)
    progress.note_prediction("What?", guess=3)
    assert progress.exercise("boundaries") == {"tries": 1}
    assert progress.prediction("What?") == {"first": 3, "guess": 3}


def test_two_kernels_lose_nothing(tmp_path: Path) -> None:
    def work(name: str) -> None:
        for n in range(20):
            Progress(tmp_path / "p.json").note_exercise(f"{name}{n}", tries=n)

    threads = [threading.Thread(target=work, args=(name,)) for name in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(Progress(tmp_path / "p.json").read()["exercises"]) == 40


def test_one_file_for_the_whole_copy_of_the_lessons(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("WFKIT_HOME")
    for folder in ("notebooks", "exercises/01_x"):
        (tmp_path / folder).mkdir(parents=True)
    found = set()
    for folder in ("notebooks", "exercises/01_x", "."):
        monkeypatch.chdir(tmp_path / folder)
        found.add(progress_file())
    assert found == {tmp_path / ".wfkit" / "progress.json"}
    assert (tmp_path / ".wfkit" / ".gitignore").read_text() == "*\n"


def test_where_progress_would_be_is_told_without_making_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for part in ("notebooks", "exercises"):
        (tmp_path / "mine" / part).mkdir(parents=True)
    monkeypatch.delenv("WFKIT_HOME", raising=False)
    notebooks = tmp_path / "mine" / "notebooks"
    assert place_of_progress(notebooks) == tmp_path / "mine" / ".wfkit" / "progress.json"
    assert not (tmp_path / "mine" / ".wfkit").exists()
    monkeypatch.chdir(notebooks)
    assert progress_file() == place_of_progress(notebooks)
    assert (tmp_path / "mine" / ".wfkit").is_dir()
