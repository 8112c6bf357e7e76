"""How do the notebooks of an exercise come about? `wfkit author build`."""

from __future__ import annotations

import copy
import os
import tempfile
from pathlib import Path
from typing import Any

from wfkit.core.errors import WfkitError
from wfkit.teach import notebooks
from wfkit.teach.lessons import lessons_root
from wfkit.teach.manifest import SOURCE, Exercise, load

_SECONDS = 60


class NothingToBuild(WfkitError):
    """A folder holds no exercise."""


def build(folder: str | Path | None = None) -> list[Path]:
    """Write the notebooks of the exercise in `folder`, or of all; return the files.

    The key is executed, in an empty folder. Raises NothingToBuild where there is no exercise.
    """
    root = lessons_root() / "exercises" if folder is None else Path(folder)
    sources = [root / SOURCE] if (root / SOURCE).exists() else sorted(root.glob(f"*/{SOURCE}"))
    if not sources:
        raise NothingToBuild(f"{root} holds no {SOURCE}.\nGive the folder of an exercise.")
    return [path for source in sources for path in _build(load(source.resolve()))]


def _build(exercise: Exercise) -> list[Path]:
    paths = []
    for name, notebook in notebooks.generated(exercise).items():
        done = execute(notebook) if name == notebooks.KEY else notebook
        paths.append(exercise.folder / name)
        notebooks.write(done, paths[-1])
    for old in exercise.folder.glob("wrong_*.ipynb"):
        if old not in paths:
            old.unlink()
    return paths


def execute(notebook: Any, folder: str | Path | None = None) -> Any:
    """Run a notebook in a new kernel, in `folder` or an empty one; return it with outputs."""
    from nbclient import NotebookClient

    with tempfile.TemporaryDirectory(prefix="wfkit-author-") as empty:
        client = NotebookClient(
            notebook,
            timeout=_SECONDS,
            kernel_name="python3",
            record_timing=False,
            resources={"metadata": {"path": str(folder or empty)}},
        )
        settings = {"WFKIT_HOME": "temporary", "WFKIT_LIVE": "0"}
        metadata = copy.deepcopy(notebook.metadata)
        done = client.execute(env={**os.environ, **settings})
        done.metadata = metadata  # without the version of the Python that ran it
        return done
