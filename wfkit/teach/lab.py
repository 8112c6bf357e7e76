"""How does JupyterLab open on the first lesson? In place of this process."""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path
from typing import NoReturn

from wfkit.bootstrap import hand_over
from wfkit.teach.course import LessonsNotReady, first_lesson

_SETTINGS = Path(__file__).with_name("jupyter")


def open_lab(folder: Path, browser: bool = True) -> NoReturn:
    """Become a JupyterLab that opens the first lesson in `folder`; signals reach it directly.

    Without a browser it prints the address of the lesson. Its terminals find this `wfkit`.
    Raises LessonsNotReady where JupyterLab is not installed.
    """
    if importlib.util.find_spec("jupyterlab") is None:
        raise LessonsNotReady(
            "JupyterLab is not installed in this environment.\n"
            "Install it: python -m pip install 'wfkit[learn]'"
        )
    command = _command(folder, browser)
    _put_in_front("PATH", Path(sys.executable).parent)
    # What it brings switches off a pop-up that asks beginners about news of JupyterLab.
    _put_in_front("JUPYTER_CONFIG_PATH", _SETTINGS)
    os.chdir(folder)
    hand_over(command)


def _command(folder: Path, browser: bool) -> list[str]:
    lesson = first_lesson(folder).as_posix()
    command = [sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={folder}"]
    command += [f"--LabApp.default_url=/lab/tree/{lesson}", "--ServerApp.log_level=WARN"]
    command += ["--LabApp.log_level=WARN"]
    command += [] if browser else ["--no-browser"]
    if os.name == "posix":
        # A login shell, the default without a terminal, may forget the PATH that it is given.
        shell = os.environ.get("SHELL") or "sh"
        command += [f"--ServerApp.terminado_settings={{'shell_command': [{shell!r}]}}"]
    # In a container one is root, and the server listens to this machine only.
    command += ["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    return command


def _put_in_front(variable: str, folder: Path) -> None:
    before = os.environ.get(variable)
    os.environ[variable] = os.pathsep.join([str(folder), *([before] if before else [])])
