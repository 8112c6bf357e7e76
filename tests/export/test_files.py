"""The files of all Dags that are run in the engines: what holds for each."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from tests.export.written import ENGINES, exports, imported
from tests.parity.dags import CASES
from wfkit.export.words import GLOSSARY

RUFF = Path(sys.executable).parent / "ruff"
_LONG_LINES = {"frames"}  # whose own code is wider than a formatter has it


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("files")
    for engine in ENGINES:
        (place / engine).mkdir()
    for name, exported in exports().items():
        for it in exported.files:
            (place / it.engine / f"{name}.py").write_text(it.source, "utf-8")
    return place


@pytest.mark.slow(3)
def test_ruff_finds_nothing_wrong(folder: Path) -> None:
    select = ["--select", "E4,E7,E9,F,I,B,UP,SIM,PIE"]
    done = subprocess.run(
        [RUFF, "check", "--isolated", "--no-cache", "--target-version", "py311", *select, folder],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.slow(3)
def test_files_are_formatted_as_ruff_does_it(folder: Path) -> None:
    files = [it for it in folder.rglob("*.py") if it.stem not in _LONG_LINES]
    done = subprocess.run(
        [RUFF, "format", "--isolated", "--no-cache", "--diff", *files],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.slow(3)
def test_files_import_nothing_of_wfkit_and_can_be_imported(folder: Path) -> None:
    for path in folder.rglob("*.py"):
        text = path.read_text("utf-8")
        modules = {
            getattr(node, "module", None) or alias.name
            for node in ast.walk(ast.parse(text))
            if isinstance(node, ast.Import | ast.ImportFrom)
            for alias in node.names
        }
        assert not {it for it in modules if it.startswith("wfkit")}
        assert imported(text)["__name__"] == "exported"


@pytest.mark.parametrize(
    "name",
    [
        it if it in ("helped", "promising") else pytest.param(it, marks=pytest.mark.long)
        for it in CASES
    ],
)
def test_a_file_is_the_same_every_time(name: str) -> None:
    for engine, before in zip(ENGINES, exports()[name].files, strict=True):
        assert CASES[name].dag.export(engine).source == before.source


def test_every_task_has_a_section_of_its_own() -> None:
    for name, exported in exports().items():
        for found in exported.files:
            tasks = [it.task for it in found.sections if it.task]
            assert sorted(tasks) == sorted(CASES[name].dag.tasks)


def test_the_words_of_the_glossary_are_those_of_the_files(folder: Path) -> None:
    """What the table says in code stands in a file, but for what no exporter writes."""
    for engine in ENGINES:
        text = "\n".join(path.read_text("utf-8") for path in (folder / engine).glob("*.py"))
        wanted = {token for word in GLOSSARY for token in word.written(engine)}
        assert {it for it in wanted if it not in text} == set()
