"""Where do the default store and the learner's progress lie?"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from functools import cache
from pathlib import Path

from wfkit.core.errors import StoreError
from wfkit.engine import loans


def home(usual: str | Path = ".wfkit") -> Path:
    """Return the directory for history and progress, made if need be.

    It is `usual`, `.wfkit/` in the working directory, wherever a task may have gone. The
    environment variable WFKIT_HOME names another, and WFKIT_HOME=temporary gives each process a
    fresh one that ends with the process.
    Raises StoreError where it cannot be made.
    """
    folder = place_of_home(usual)
    ignore = folder / ".gitignore"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not ignore.exists():
            ignore.write_text("*\n", encoding="utf-8")
    except OSError as cause:
        raise StoreError(
            f"{folder} cannot be made: {cause.strerror}.\n"
            "Set WFKIT_HOME to a folder that can be written, or run with store=None."
        ) from cause
    return folder


def place_of_home(usual: str | Path = ".wfkit") -> Path:
    """Return where the home directory is, or would be."""
    chosen = os.environ.get("WFKIT_HOME", "")
    if chosen == "temporary":
        return _temporary(os.getpid())
    return Path(loans.folder(), chosen or usual)


@cache
def _temporary(pid: int) -> Path:
    folder = Path(tempfile.mkdtemp(prefix="wfkit-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
