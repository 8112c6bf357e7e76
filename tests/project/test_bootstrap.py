"""The README's commands set themselves up in a bare clone, and nowhere else."""

import ast
import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from wfkit import bootstrap
from wfkit.bootstrap import Checkout, SetUpFailed

ROOT = Path(__file__).resolve().parents[2]
READ_BY_OLD_PYTHONS = [
    "wfkit/__init__.py",
    "wfkit/__main__.py",
    "wfkit/bootstrap.py",
    "tests/__init__.py",
    "tests/__main__.py",
]


def a_checkout(folder: Path, *, installed: str = "") -> Checkout:
    """A checkout; with a stamp and a Python if something is installed."""
    folder.mkdir(exist_ok=True)
    (folder / "pyproject.toml").write_text("[project]\nname = 'empty'\n")
    (folder / "requirements.lock").write_text("")
    checkout = Checkout(folder)
    if installed:
        checkout.python.parent.mkdir(parents=True)
        checkout.python.touch()
        (checkout.venv / "wfkit-installed.txt").write_text(f"{installed} {checkout.wanted()}\n")
    return checkout


def imported_at_once(source: str) -> set[str]:
    """The top-level packages that importing a source imports."""
    found = set()
    for node in ast.parse(source).body:
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add((node.module or "").split(".")[0])
    return found


def test_the_root_imports_nothing_an_old_python_lacks() -> None:
    """All else in wfkit may use what Python 3.11 brought, so the root loads it when asked for."""
    source = (ROOT / "wfkit" / "__init__.py").read_text("utf-8")
    assert imported_at_once(source) <= {"__future__", "importlib", "sys", "typing"}


@pytest.mark.parametrize("name", READ_BY_OLD_PYTHONS)
def test_old_pythons_can_read_what_refuses_them(name: str) -> None:
    ast.parse((ROOT / name).read_text("utf-8"), feature_version=(3, 8))


def test_an_old_python_gets_one_clear_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 8, 10, "final", 0))
    with pytest.raises(SystemExit) as refused:
        bootstrap.ensure("wfkit", extra="learn")
    assert str(refused.value).startswith("wfkit needs Python 3.11 or newer, ")
    assert "is Python 3.8." in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_bare_python_can_import_the_root(tmp_path: Path) -> None:
    """Before anything is installed, `python3 -m wfkit` imports the package to find `__main__`."""
    program = "import sys; sys.path.insert(0, sys.argv[1]); import wfkit, wfkit.bootstrap"
    bare = subprocess.run(
        [sys.executable, "-I", "-S", "-c", program, str(ROOT)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert bare.stderr == ""


def test_a_wheel_is_never_set_up(tmp_path: Path) -> None:
    assert not Checkout(tmp_path).exists


def test_a_clone_is_a_checkout(tmp_path: Path) -> None:
    assert a_checkout(tmp_path).exists


@pytest.mark.parametrize(
    ("installed", "asked", "has"),
    [
        ("learn", "learn", True),
        ("dev", "learn", True),
        ("dev", "dev", True),
        ("learn", "dev", False),
        ("", "learn", False),
    ],
)
def test_has_what_was_installed(tmp_path: Path, installed: str, asked: str, has: bool) -> None:
    assert a_checkout(tmp_path, installed=installed).has(asked) is has


@pytest.mark.parametrize("changed", ["pyproject.toml", "requirements.lock"])
def test_a_change_of_requirements_installs_again(tmp_path: Path, changed: str) -> None:
    checkout = a_checkout(tmp_path, installed="learn")
    (tmp_path / changed).write_text("# changed\n")
    assert not checkout.has("learn")


def test_a_lost_python_is_made_again(tmp_path: Path) -> None:
    checkout = a_checkout(tmp_path, installed="learn")
    checkout.python.unlink()
    assert not checkout.has("learn")


def test_set_up_does_nothing_when_all_is_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    a_checkout(tmp_path, installed="learn").set_up("learn")
    assert capsys.readouterr().out == ""


BACKEND = """
import zipfile

def build_editable(folder, config_settings=None, metadata_directory=None):
    info = "empty-1.dist-info"
    with zipfile.ZipFile(f"{folder}/empty-1-py3-none-any.whl", "w") as wheel:
        wheel.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\\nName: empty\\nVersion: 1\\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\\nTag: py3-none-any\\n")
        wheel.writestr(f"{info}/RECORD", "")
    return "empty-1-py3-none-any.whl"
"""


@pytest.mark.long
def test_set_up_makes_an_environment_and_goes_on_where_it_failed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", f"{sysconfig.get_path('stdlib')}/ensurepip/_bundled")
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    checkout = a_checkout(tmp_path)
    with pytest.raises(SetUpFailed, match="pip could not install it"):
        checkout.set_up("learn")
    made, installing = capsys.readouterr().out.splitlines()
    assert made == f"wfkit: making a Python environment in {checkout.venv}"
    assert installing.startswith("wfkit: installing")
    assert not checkout.has("learn")

    in_tree = "[build-system]\nrequires = []\nbuild-backend = 'backend'\nbackend-path = ['.']\n"
    (tmp_path / "pyproject.toml").write_text(in_tree)
    (tmp_path / "backend.py").write_text(BACKEND)
    (tmp_path / "wfkit").mkdir()
    (tmp_path / "wfkit" / "one.py").touch()
    checkout.set_up("learn")
    assert checkout.has("learn")
    assert capsys.readouterr().out == f"{installing}\n"
    assert list(checkout.venv.rglob("empty-1.dist-info"))
    assert list((tmp_path / "wfkit" / "__pycache__").glob("one.*.pyc"))


def test_no_way_to_install_names_the_command_that_helps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bootstrap, "_succeeds", lambda command: False)
    monkeypatch.setattr(bootstrap, "find_spec", lambda name: None)
    with pytest.raises(SetUpFailed, match=r"sudo apt install python3\.\d+-venv"):
        a_checkout(tmp_path)._pip()


def test_a_python_without_ensurepip_installs_with_its_own_pip(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bootstrap, "_succeeds", lambda command: False)
    checkout = a_checkout(tmp_path)
    own = [sys.executable, "-m", "pip", "--python", str(checkout.python)]
    assert checkout._pip() == own


@pytest.mark.skipif(os.name != "posix", reason="elsewhere a program cannot become another")
def test_hand_over_becomes_the_command() -> None:
    program = (
        "import sys; from wfkit.bootstrap import hand_over;"
        "hand_over([sys.executable, '-c', 'import os, sys; print(os.getpid()); sys.exit(7)'])"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as process:
        said, _ = process.communicate(timeout=30)
    assert (int(said), process.returncode) == (process.pid, 7)


def test_wait_for_gives_the_exit_code() -> None:
    assert bootstrap.wait_for([sys.executable, "-c", "raise SystemExit(7)"]) == 7
