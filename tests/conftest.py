"""Every test run is a stranger to its machine: no history, no profile, no settings of its user."""

import os
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import settings

from tests import SETTINGS

# Lessons are compared by `python3 -m tests`; notebooks in here are material of tests.
collect_ignore_glob = ["*.ipynb"]

settings.register_profile("wfkit", deadline=None, derandomize=True, database=None)
settings.load_profile("wfkit")

_OWN = pytest.StashKey[Path]()


def pytest_configure(config: pytest.Config) -> None:
    """Give this run, and every kernel it starts, a home of its own."""
    home = Path(tempfile.mkdtemp(prefix="wfkit-tests-"))
    config.stash[_OWN] = home
    os.environ.update(
        IPYTHONDIR=str(home / "ipython"),
        JUPYTER_CONFIG_DIR=str(home / "jupyter"),
        JUPYTER_DATA_DIR=str(home / "jupyter-data"),
        **SETTINGS,
    )


def pytest_unconfigure(config: pytest.Config) -> None:
    """Leave nothing behind."""
    shutil.rmtree(config.stash[_OWN], ignore_errors=True)
