"""What import-linter cannot say about who imports what."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import wfkit

ROOT = Path(__file__).resolve().parents[2]
WFKIT = ROOT / "wfkit"
SOURCES = sorted(WFKIT.rglob("*.py"))
HEAVY = {
    *("IPython", "aiosmtpd", "anywidget", "apprise", "dask", "distributed", "graphviz"),
    *("ipywidgets", "numpy", "pandas", "requests"),
}


def imported(source: str) -> set[str]:
    """The modules a source imports; `from a import b` counts as `a`."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module or ".")
    return found


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_nobody_inside_imports_the_root(path: Path) -> None:
    assert "wfkit" not in imported(path.read_text("utf-8"))


@pytest.mark.parametrize("path", sorted((WFKIT / "core").rglob("*.py")), ids=name_of)
def test_core_imports_only_the_standard_library(path: Path) -> None:
    names = {
        name for name in imported(path.read_text("utf-8")) if not name.startswith("wfkit.core")
    }
    assert {name.split(".")[0] for name in names} <= sys.stdlib_module_names


def test_imports_are_seen_in_every_spelling() -> None:
    source = "import wfkit\nfrom wfkit import Dag\nimport a.b as c\ndef f():\n    from d import e\n"
    assert imported(source) == {"wfkit", "a.b", "d"}


def test_import_wfkit_loads_nothing_heavy() -> None:
    program = "import sys, wfkit; print(*sorted({name.split('.')[0] for name in sys.modules}))"
    fresh = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert set(fresh.stdout.split()) & HEAVY == set()


def test_root_promises_what_its_type_checked_imports_bring() -> None:
    promised = {name for names in wfkit._HOMES.values() for name in names}
    assert promised == set(wfkit.__all__)
    assert {"Dag", "Every", "Fault", "OnFile", "OnSuccess", "task"} <= promised


@pytest.mark.parametrize("name", wfkit.__all__)
def test_root_has_every_name_it_promises(name: str) -> None:
    assert name in dir(wfkit)
    assert getattr(wfkit, name) is getattr(wfkit, name)


def test_root_refuses_other_names() -> None:
    with pytest.raises(AttributeError, match="module 'wfkit' has no attribute 'Daag'"):
        _ = wfkit.Daag  # type: ignore[attr-defined]
