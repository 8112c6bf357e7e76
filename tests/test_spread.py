"""Long files first, on as many cores as there are; what is measured is seen all the same."""

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests import spread

ROOT = Path(__file__).resolve().parents[1]


def config(*asked: str, capture: str = "fd", **more: Any) -> Any:
    return SimpleNamespace(args=[*asked], option=SimpleNamespace(capture=capture), **more)


@pytest.mark.parametrize(("cores", "workers"), [(1, 2), (2, 2), (4, 4), (64, 8)])
def test_there_are_as_many_workers_as_cores(
    monkeypatch: pytest.MonkeyPatch, cores: int, workers: int
) -> None:
    monkeypatch.setattr(spread, "cores", lambda: cores)
    assert spread.pytest_xdist_auto_num_workers(config("tests", "wfkit")) == workers


def test_one_file_needs_no_workers_and_prints_want_none() -> None:
    assert spread.pytest_xdist_auto_num_workers(config(__file__)) == 0
    assert spread.pytest_xdist_auto_num_workers(config(f"{__file__}::test_one")) == 0
    assert spread.pytest_xdist_auto_num_workers(config("tests", capture="no")) == 0
    assert spread.pytest_xdist_auto_num_workers(config(__file__, __file__)) >= 2


def item(file: str, *mark: float, is_slow: bool = False) -> Any:
    found = SimpleNamespace(args=mark) if mark or is_slow else None
    return SimpleNamespace(path=Path(file), get_closest_marker=lambda name: found)


def order(items: list[Any], **more: Any) -> list[str]:
    spread.pytest_collection_modifyitems(config(**more), items)
    return [str(it.path) for it in items]


def test_a_worker_begins_with_the_file_that_takes_longest() -> None:
    def items() -> list[Any]:
        quick = [item("quick.py")] * 4
        slow = [item("slow.py"), item("slow.py", is_slow=True)]
        return [*quick, *slow, item("long.py", 9.0), *[item("lesson.ipynb")] * 6]

    files = [*["quick.py"] * 4, *["slow.py"] * 2, "long.py", *["lesson.ipynb"] * 6]
    assert order(items()) == files
    longest_first = ["long.py", *["lesson.ipynb"] * 6, *["slow.py"] * 2, *["quick.py"] * 4]
    assert order(items(), workerinput={}) == longest_first


MEASURING = """
def test_{name}(measured):
    measured("{name} took 3 s")
    assert "{name}" != "two"
"""


@pytest.mark.slow(3)
@pytest.mark.parametrize("workers", ["0", "2"])
def test_figures_are_printed_below_the_results(tmp_path: Path, workers: str) -> None:
    (tmp_path / "conftest.py").write_text("from tests.conftest import *")
    for name in ("one", "two"):
        (tmp_path / f"test_{name}.py").write_text(MEASURING.format(name=name))
    command = [sys.executable, "-m", "pytest", "-p", "xdist.plugin", "-p", "tests.spread"]
    told = subprocess.run(
        [*command, "-n", workers, "--dist", "loadfile", "-c", os.devnull, "--rootdir", "."],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        check=False,
    ).stdout
    assert "1 failed, 1 passed" in told
    figures = told.partition(" measured ")[2].splitlines()[1:3]
    assert figures == ["one took 3 s", "two took 3 s"]
    assert ("created: 2/2 workers" in told) == (workers == "2")
