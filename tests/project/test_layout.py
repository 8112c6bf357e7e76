"""The repository holds what it should, in files and functions of a readable size."""

import ast
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted((ROOT / "wfkit").rglob("*.py"))
TOP = {
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "LICENSE",
    "README.md",
    "exercises",
    "notebooks",
    "pyproject.toml",
    "requirements.lock",
    "tests",
    "wfkit",
}
Function = ast.FunctionDef | ast.AsyncFunctionDef


def committed() -> list[str]:
    listing = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listing.returncode != 0:
        pytest.skip("not a git checkout")
    return [name for name in listing.stdout.split("\0") if name]


def functions(source: str) -> Iterator[Function]:
    return (node for node in ast.walk(ast.parse(source)) if isinstance(node, Function))


def lines_without_docstring(function: Function) -> int:
    assert function.end_lineno is not None
    lines = function.end_lineno - function.lineno + 1
    first = function.body[0]
    if ast.get_docstring(function) is None or first.end_lineno is None:
        return lines
    return lines - (first.end_lineno - first.lineno + 1)


def test_top_level_holds_only_what_it_should() -> None:
    top = {name.split("/")[0] for name in committed()}
    assert {name for name in top if not name.startswith(".")} <= TOP


def test_no_committed_file_is_ignored() -> None:
    ignored = subprocess.run(
        ["git", "ls-files", "-ci", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ignored.stdout == ""


def test_files_are_short() -> None:
    lengths = {
        str(path.relative_to(ROOT)): len(path.read_text("utf-8").splitlines()) for path in SOURCES
    }
    assert {name: length for name, length in lengths.items() if length > 450} == {}


def test_functions_are_short() -> None:
    long = {
        f"{path.relative_to(ROOT)}:{function.lineno} {function.name}"
        for path in SOURCES
        for function in functions(path.read_text("utf-8"))
        if lines_without_docstring(function) > 40
    }
    assert long == set()


def test_length_of_a_function_leaves_out_its_docstring() -> None:
    (function,) = functions('def f():\n    """One.\n\n    Two.\n    """\n    return 1\n')
    assert lines_without_docstring(function) == 2


def test_lock_names_no_place() -> None:
    lock = (ROOT / "requirements.lock").read_text("ascii")
    assert [mark for mark in ("/", "@", "--") if mark in lock] == []


def test_lock_is_a_constraints_file() -> None:
    """Pip refuses extras in constraints."""
    assert "[" not in (ROOT / "requirements.lock").read_text("ascii")
