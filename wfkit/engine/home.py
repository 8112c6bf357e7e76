"""Where do the default store and the learner's progress lie?"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from functools import cache
from pathlib import Path


def home(usual: str | Path = ".wfkit") -> Path:
    """Return the directory for history and progress, made if need be.

    It is `usual`, `.wfkit/` in the working directory; the environment variable WFKIT_HOME names
    another, and WFKIT_HOME=temporary gives each process a fresh one that ends with the process.
    """
    chosen = os.environ.get("WFKIT_HOME", "")
    if chosen == "temporary":
        return _temporary(os.getpid())
    folder = Path(chosen or usual).absolute()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    ignore = folder / ".gitignore"
    if not ignore.exists():
        ignore.write_text("*\n", encoding="utf-8")
    return folder


@cache
def _temporary(pid: int) -> Path:
    folder = Path(tempfile.mkdtemp(prefix="wfkit-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
