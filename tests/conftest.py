"""Every test run is a stranger to its machine: no history, no profile, no settings of its user."""

import os
import shutil
import signal
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from hypothesis import settings

from tests import SETTINGS
from wfkit.core import known_secrets

# Lessons are compared by `python3 -m tests`; notebooks in here are material of tests.
collect_ignore_glob = ["*.ipynb"]

settings.register_profile("wfkit", deadline=None, derandomize=True, database=None)
settings.load_profile("wfkit")

_OWN = pytest.StashKey[Path]()
_MEASURED = "measured"


@pytest.fixture(autouse=True)
def _own_secrets() -> Iterator[None]:
    """What one test makes known as secret is masked in no other."""
    # With patches of its own: those of a test are to be gone before its other fixtures end.
    with pytest.MonkeyPatch.context() as patch:
        for name in ("_known", "_needles", "_listeners"):
            known = getattr(known_secrets, name)
            patch.setattr(known_secrets, name, known.copy())
        yield


def pytest_configure(config: pytest.Config) -> None:
    """Give this run, and every kernel it starts, a home of its own."""
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:  # as what a shell runs in the background
        signal.signal(signal.SIGINT, signal.default_int_handler)
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


@pytest.fixture
def measured(record_property: Callable[[str, object], None]) -> Callable[[str], None]:
    """A function that takes a figure to print below the results, whichever process found it."""
    return partial(record_property, _MEASURED)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what was measured."""
    reports = [it for kind in terminalreporter.stats.values() for it in kind]
    calls = [it for it in reports if isinstance(it, pytest.TestReport) and it.when == "call"]
    told = [
        str(value)
        for report in sorted(calls, key=lambda it: it.nodeid)
        for name, value in report.user_properties
        if name == _MEASURED
    ]
    if told:
        terminalreporter.section("measured")
        terminalreporter.write("\n".join([*told, ""]))
