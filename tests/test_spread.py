"""Long files first, on as many cores as there are; what is measured is seen all the same."""

import os
import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests import spread
from tests.__main__ import pytest as command

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


MEASURES = """
def test_{name}(measured):
    measured("{name} took 3 s")
    assert "{name}" != "two"
"""
DIES = """
import os
import pytest

@pytest.mark.parametrize("number", range(4))
def test_{name}(number):
    if number == 2 and "{name}" == "two":
        os._exit(3)
"""


def run(folder: Path, workers: str, source: str) -> str:
    """Run three files as `python3 -m tests` does; return what is told."""
    (folder / "conftest.py").write_text("from tests.conftest import *")
    for name in ("one", "two", "three"):
        (folder / f"test_{name}.py").write_text(source.format(name=name))
    plugins = ["-p", "xdist.plugin", "-p", "nbval.plugin"]
    return subprocess.run(
        command([*plugins, "-n", workers, "-c", os.devnull, "--rootdir", "."]),
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    ).stdout


@pytest.mark.long
@pytest.mark.parametrize("workers", ["0", "2"])
def test_figures_are_printed_below_the_results(tmp_path: Path, workers: str) -> None:
    told = run(tmp_path, workers, MEASURES)
    assert "1 failed, 2 passed" in told
    figures = told.partition(" measured ")[2].splitlines()[1:4]
    assert figures == ["one took 3 s", "three took 3 s", "two took 3 s"]
    assert ("created: 2/2 workers" in told) == (workers == "2")


@pytest.mark.long
def test_a_worker_that_dies_is_a_failure_that_holds_nobody_up(tmp_path: Path) -> None:
    told = run(tmp_path, "2", DIES)
    assert "crashed while running 'test_two.py::test_two[2]'" in told
    assert "1 failed" in told.splitlines()[-1]
