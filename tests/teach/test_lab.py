"""`wfkit learn` becomes JupyterLab; here it becomes a stand-in that tells what it was given."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from wfkit.teach import lab
from wfkit.teach.course import LessonsNotReady

STAND_IN = """
import json, os, signal, sys
print(json.dumps({
    "pid": os.getpid(), "words": sys.argv[1:], "path": os.environ["PATH"],
    "config": os.environ["JUPYTER_CONFIG_PATH"], "folder": os.getcwd(),
}), flush=True)
signal.pause()
"""


def learn(folder: Path, *words: str) -> subprocess.Popen[str]:
    stand_in = folder / "stand_in" / "jupyterlab"
    stand_in.mkdir(parents=True)
    (stand_in / "__init__.py").touch()
    (stand_in / "__main__.py").write_text(STAND_IN, "utf-8")
    inside = [str(stand_in.parent), os.environ.get("PYTHONPATH", "")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, inside))}
    command = [sys.executable, "-m", "wfkit", "learn", "--dir", str(folder / "mine"), *words]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)


def told(process: subprocess.Popen[str]) -> dict[str, Any]:
    assert process.stdout is not None
    line = next(line for line in process.stdout if line.startswith("{"))
    found: dict[str, Any] = json.loads(line)
    return found


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="signals are POSIX's")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_to_learn_alone_reaches_jupyterlab(tmp_path: Path, number: int) -> None:
    with learn(tmp_path, "--no-browser") as process:
        found = told(process)
        assert found["pid"] == process.pid
        process.send_signal(number)
        assert process.wait(timeout=20) != 0
    with pytest.raises(ProcessLookupError):
        os.kill(found["pid"], 0)


@pytest.mark.slow
def test_jupyterlab_is_told_lesson_path_and_settings(tmp_path: Path) -> None:
    with learn(tmp_path) as process:
        found = told(process)
        process.kill()
    words = found["words"]
    assert "--LabApp.default_url=/lab/tree/notebooks/00_start_here.ipynb" in words
    assert f"--ServerApp.root_dir={tmp_path / 'mine'}" in words
    assert "--no-browser" not in words
    assert found["folder"] == str(tmp_path / "mine")
    assert found["path"].split(os.pathsep)[0] == str(Path(sys.executable).parent)


def test_the_pop_up_about_news_is_off() -> None:
    page = lab._SETTINGS / "labconfig" / "page_config.json"
    (name,) = json.loads(page.read_text("utf-8"))["disabledExtensions"]
    assert name == "@jupyterlab/apputils-extension:announcements"


def test_without_jupyterlab_there_is_a_way_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(LessonsNotReady, match=r"pip install 'wfkit\[learn\]'"):
        lab.open_lab(tmp_path)
