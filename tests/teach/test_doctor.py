"""Each check of the set-up is broken once, and says what mends it."""

from __future__ import annotations

import json
import os
import shutil
import socket
import sys
import tempfile
import threading
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple, NoReturn

import pytest

from wfkit.core.errors import WfkitError
from wfkit.engine import disks
from wfkit.engine.sqlite_store import SqliteStore
from wfkit.teach import lessons as where
from wfkit.teach.course import copy_lessons
from wfkit.teach.doctor import drawing, host, kernel, lessons, packages, places, pythons
from wfkit.teach.doctor.diagnosis import CHECKS, Check, Diagnosis, examined
from wfkit.teach.doctor.finding import Around, Finding, Level, pip_install, this_python
from wfkit.views import layout

Shelf = dict[str, tuple[str, list[str]]]
WINDOWS, MAC, LINUX = "win32", "darwin", "linux"


@pytest.fixture
def around(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Around:
    """A learner who stands in an empty folder and has no copy of the lessons yet."""
    monkeypatch.setenv("WFKIT_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    return Around(tmp_path / "mine", LINUX)


def only(findings: Iterable[Finding]) -> Finding:
    (found,) = findings
    assert len(found.remedy) <= 2
    assert (found.level is Level.OK) == (found.remedy == ())
    return found


def on(platform: str, around: Around) -> Around:
    return around._replace(platform=platform)


@pytest.mark.slow
def test_where_all_is_well_nothing_fails_and_nothing_is_left_behind(around: Around) -> None:
    checks = [it for it in CHECKS if it.name != "kernel"]
    found = Diagnosis(around, checks)
    names = [it.check for it in found.run()]
    assert found.is_well, found.to_dict()
    assert list(dict.fromkeys(names)) == [it.name for it in checks]
    assert list(Path.cwd().iterdir()) == []


def test_a_finding_tells_by_sign_and_word() -> None:
    found = Finding("disk", Level.FAILED, "full", ("Make room.", "Or buy one."))
    assert [*found.lines()] == [
        "✘ failed   disk             full",
        "           Make room.",
        "           Or buy one.",
    ]
    signs = {next(Finding("x", it, "").lines())[0] for it in Level}
    assert len(signs) == len(Level)


def broken(around: Around) -> NoReturn:
    raise RuntimeError("first line\nsecond line")


def fine(around: Around) -> list[Finding]:
    return [Finding("fine", Level.OK, "all well")]


CHECK = Check("fine", fine)


def test_a_check_that_breaks_hides_no_other(around: Around) -> None:
    found = Diagnosis(around, [Check("a", broken), Check("b", broken, needed=False), CHECK])
    told = [(it.check, it.level, it.found) for it in found.run()]
    assert told == [
        ("a", Level.FAILED, "RuntimeError: first line"),
        ("b", Level.WARNING, "RuntimeError: first line"),
        ("fine", Level.OK, "all well"),
    ]
    assert not found.is_well
    assert found.verdict() == "1 failed: mend the first, then ask again."


def test_a_warning_alone_is_well(around: Around) -> None:
    found = Diagnosis(around, [CHECK, CHECK, Check("b", broken, needed=False)])
    assert len([*found.run()]) == 3
    assert found.is_well
    assert found.verdict() == (
        "All that is needed is well. 1 warning: all runs, but could run better."
    )


def test_a_check_that_hangs_is_given_up(around: Around) -> None:
    freed = threading.Event()

    def hang(around: Around) -> list[Finding]:
        freed.wait(30)
        return []

    found = only(examined(Check("disk", hang, seconds=0.01), around))
    freed.set()
    assert (found.level, found.found) == (Level.FAILED, "did not end within 0.01 s")


def test_a_missing_package_and_an_error_of_ours_tell_their_own_remedy(around: Around) -> None:
    def unpackaged(around: Around) -> NoReturn:
        raise ModuleNotFoundError("No module named 'filelock'", name="filelock")

    def ours(around: Around) -> NoReturn:
        raise WfkitError("the lessons are gone.\nInstall wfkit again.")

    found = only(examined(Check("SQLite", unpackaged), around))
    assert found.found == "the package filelock is missing"
    assert found.remedy == (pip_install("filelock", around),)
    found = only(examined(Check("lessons", ours), around))
    assert (found.found, found.remedy) == ("the lessons are gone.", ("Install wfkit again.",))


class Version(NamedTuple):
    """What sys.version_info is."""

    major: int
    minor: int
    micro: int
    releaselevel: str


@pytest.mark.parametrize(
    ("version", "size", "level", "told"),
    [
        (Version(3, 10, 4, "final"), 2**63, Level.FAILED, "too old: 3.11 or newer is needed"),
        (Version(3, 12, 0, "final"), 2**31 - 1, Level.FAILED, "32 bits"),
        (Version(3, 15, 0, "beta"), 2**63, Level.WARNING, "preview"),
        (Version(3, 11, 0, "final"), 2**63, Level.OK, sys.prefix),
    ],
)
def test_python(
    monkeypatch: pytest.MonkeyPatch, version: Version, size: int, level: Level, told: str
) -> None:
    fake = SimpleNamespace(version_info=version, maxsize=size, prefix=sys.prefix)
    monkeypatch.setattr(pythons, "sys", fake)
    around = Around(Path(), LINUX)
    found = only(pythons.version(around))
    assert (found.level, told in found.found) == (level, True)
    remedy = only(pythons.version(on(WINDOWS, around))).remedy
    assert [it for it in remedy if "winget" in it] == [*remedy[1:]]


def test_wfkit_of_another_environment_is_told(
    around: Around, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    found = only(pythons.command(around))
    assert found.level is Level.WARNING
    assert found.remedy[0].startswith(f"Write {this_python(around)} -m wfkit instead")
    monkeypatch.setattr(shutil, "which", lambda name: str(Path("/other/bin/wfkit")))
    assert "/other/bin/wfkit" in only(pythons.command(around)).found
    monkeypatch.setattr(sys, "prefix", "/some/venv")
    assert only(pythons.command(on(WINDOWS, around))).remedy[1].endswith('Activate.ps1"')
    assert only(pythons.command(on(MAC, around))).remedy[1].endswith('/activate"')
    here = Path(sys.executable).parent / "wfkit"
    monkeypatch.setattr(shutil, "which", lambda name: str(here))
    assert only(pythons.command(around)).level is Level.OK


@pytest.fixture
def shelf(monkeypatch: pytest.MonkeyPatch) -> Shelf:
    """The packages of a small world: their versions, and what each asks for."""
    known = {
        "wfkit": ("0.1", ["pandas>=3", "rare>=1; extra == 'dev'", "jupyterlab>=4; extra=='learn'"]),
        "pandas": ("3.1", ["numpy>=2"]),
        "numpy": ("2.2", []),
        "jupyterlab": ("4.6", ["jupyter-server>=2", "pandas>=2"]),
        "jupyter-server": ("2.1", ["wfkit"]),
    }

    def part(name: str, number: int) -> Any:
        if name.lower() not in known:
            raise metadata.PackageNotFoundError(name)
        return known[name.lower()][number]

    monkeypatch.setattr(metadata, "version", lambda name: part(name, 0))
    monkeypatch.setattr(metadata, "requires", lambda name: part(name, 1))
    return known


def test_packages_that_fit_are_counted(around: Around, shelf: Shelf) -> None:
    found = only(packages.packages(around))
    assert (found.level, found.found) == (Level.OK, "all 5 are there, in versions that fit")
    assert "jupyter_server" in packages.needed_names()


@pytest.mark.parametrize(
    ("wanted", "version", "level", "told"),
    [
        ("pandas>=3", "2.9", Level.FAILED, "pandas is 2.9, wfkit needs >=3"),
        ("jupyterlab>=4", "", Level.FAILED, "jupyterlab is missing, wfkit needs it"),
        ("numpy>=2", "", Level.FAILED, "numpy is missing, pandas needs it"),
        ("numpy>=2", "1.9", Level.WARNING, "numpy is 1.9, pandas needs >=2"),
    ],
)
def test_a_package_that_is_missing_or_old_is_named_with_its_command(
    shelf: Shelf, wanted: str, version: str, level: Level, told: str
) -> None:
    around, name = Around(Path()), wanted.partition(">")[0]
    if version:
        shelf[name] = (version, shelf[name][1])
    else:
        del shelf[name]
    found = only(packages.packages(around))
    assert (found.level, found.found) == (level, told)
    assert found.remedy == (f'{this_python(around)} -m pip install "{wanted}"',)


def test_many_missing_packages_end_in_one_command(around: Around, shelf: Shelf) -> None:
    shelf["wfkit"] = ("0.1", [f"gone{n}" for n in range(20)])
    found = list(packages.packages(around))
    assert len(found) == 9
    assert found[-1].found == "12 more are missing or do not fit"
    assert 'pip install "wfkit[learn]"' in found[-1].remedy[0]


def test_wfkit_that_is_not_installed_is_installed_from_its_clone(
    around: Around, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    del shelf["wfkit"]
    monkeypatch.setattr(where, "_PACKAGE", around.lessons / "wfkit")
    assert only(packages.packages(around)).remedy == (pip_install("wfkit[learn]", around),)
    around.lessons.mkdir()
    (around.lessons / "pyproject.toml").touch()
    found = only(packages.packages(around))
    assert found.remedy[0].endswith(f'pip install --editable "{around.lessons}[learn]"')


def test_pip_is_called_as_a_terminal_can(around: Around, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(sys, "executable", "/My Tools/python")
    assert pip_install("pandas>=3", around) == "'/My Tools/python' -m pip install \"pandas>=3\""
    windows = on(WINDOWS, around)
    assert pip_install("pip", windows) == '& "/My Tools/python" -m pip install "pip"'


def test_lessons_that_are_missing_are_an_error_with_a_remedy(
    around: Around, monkeypatch: pytest.MonkeyPatch
) -> None:
    where.lessons_root.cache_clear()
    monkeypatch.setattr(where, "_PACKAGE", around.lessons / "wfkit")
    found = only(examined(Check("lessons", lessons.lessons), around))
    assert found.level is Level.FAILED
    assert found.remedy == ("Install wfkit again.",)


def test_a_damaged_copy_of_a_lesson_is_named(around: Around) -> None:
    assert "wfkit learn lays them into" in only(lessons.lessons(around)).found
    copy_lessons(around.lessons)
    assert only(lessons.lessons(around)).level is Level.OK
    mine = around.lessons / "notebooks" / "01_task_boundaries.ipynb"
    mine.write_text('{"cells": [', "utf-8")
    found = only(lessons.lessons(around))
    assert (found.level, found.found) == (Level.FAILED, f"{mine} is damaged")
    assert found.remedy[1] == f'wfkit learn --dir "{around.lessons}"'


def test_own_files_that_hide_libraries_are_named(
    around: Around, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lessons, "needed_names", lambda: {"pandas"})
    for name in ("test.py", "shop.py", "random.csv"):
        Path(name).touch()
    assert only(lessons.own_files(around)).level is Level.OK
    Path("random.py").touch()
    found = only(lessons.own_files(around))
    assert found.level is Level.WARNING
    assert "random.py hides the library random" in found.found
    assert found.remedy == (f'mv "{Path.cwd()}/random.py" "{Path.cwd()}/my_random.py"',)
    remedy = only(lessons.own_files(on(WINDOWS, around))).remedy
    assert remedy == (f'ren "{Path.cwd()}/random.py" "my_random.py"',)
    Path("random.py").unlink()
    (around.lessons / "notebooks").mkdir(parents=True)
    (around.lessons / "notebooks" / "pandas.py").touch()
    assert "hides the library pandas" in only(lessons.own_files(around)).found


@pytest.mark.parametrize("look", [places.lessons_folder, places.history_folder, places.sqlite])
def test_a_folder_that_cannot_be_written_is_told_with_another(
    around: Around, monkeypatch: pytest.MonkeyPatch, look: Any
) -> None:
    assert only(look(around)).level is Level.OK
    around.lessons.touch()  # a file where a folder should be, as root may write everywhere
    Path("home").touch()
    found = only(look(around))
    assert found.level is Level.FAILED
    assert str(Path.cwd()) in found.found
    windows = only(look(on(WINDOWS, around))).remedy
    is_same = look is places.lessons_folder
    assert (windows == found.remedy) == is_same
    assert is_same or windows[1].startswith("setx WFKIT_HOME")


def test_a_place_for_temporary_files_is_needed(
    around: Around, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none() -> NoReturn:
        raise FileNotFoundError(2, "No usable temporary directory found")

    assert only(places.temporary_files(around)).level is Level.OK
    monkeypatch.setattr(tempfile, "gettempdir", none)
    found = only(places.temporary_files(around))
    assert (found.level, found.found) == (Level.FAILED, "No usable temporary directory found")
    assert "TMPDIR" in found.remedy[0]
    assert "TEMP " in only(places.temporary_files(on(WINDOWS, around))).remedy[0]


@pytest.mark.parametrize(
    ("free", "level"), [(3e9, Level.OK), (1e8, Level.WARNING), (1e6, Level.FAILED)]
)
def test_room_on_the_disk(
    around: Around, monkeypatch: pytest.MonkeyPatch, free: float, level: Level
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=free))
    assert only(places.disk(around)).level is level


def test_a_history_on_a_network_disk_or_in_a_cloud_is_slow(
    around: Around, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(disks, "is_remote", lambda path: True)
    found = only(places.history_folder(around))
    assert (found.level, "network disk" in found.found) == (Level.WARNING, True)
    monkeypatch.undo()
    monkeypatch.setenv("WFKIT_HOME", str(around.lessons / "OneDrive - School" / ".wfkit"))
    found = only(places.history_folder(around))
    assert (found.level, "cloud" in found.found) == (Level.WARNING, True)


def test_sqlite_that_loses_what_was_written_fails(
    around: Around, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "with a write-ahead log" in only(places.sqlite(around)).found
    monkeypatch.setattr(SqliteStore, "runs", lambda self: [])
    found = only(places.sqlite(around))
    assert (found.level, "loses" in found.found) == (Level.FAILED, True)


def test_a_history_that_is_damaged_or_foreign_is_named(around: Around) -> None:
    path = Path("home").absolute() / "history.sqlite"
    assert only(places.history(around)).found == "none yet"
    store = SqliteStore(path)
    with store.writing():
        store.add_run("sales", "manual__1", "", 0.0)
    store.close()
    assert only(places.history(around)).found == f"{path} can be read"
    before = path.read_bytes()
    with path.open("r+b") as file:  # the table of runs, on its own page
        file.seek(4096)
        file.write(b"\xff" * 4096)
    found = only(places.history(around))
    assert found.level is Level.FAILED
    assert "Move the file away" in found.remedy[0]
    path.write_bytes(before.replace(b"wfkt", b"othr"))
    assert "another application" in only(places.history(around)).found
    if os.name == "posix":
        path.chmod(0o666)
        assert "chmod go-w" in only(places.history(around)).remedy[0]


def test_time_zones(around: Around, monkeypatch: pytest.MonkeyPatch) -> None:
    from wfkit.engine import zones

    assert only(host.time_zones(around)).level is Level.OK
    monkeypatch.setattr(zones, "changes", lambda *_: iter(()))
    assert "summer time" in only(host.time_zones(around)).found
    monkeypatch.setattr(host, "_ZONE", "Europe/Nowhere")
    found = only(host.time_zones(around))
    assert (found.level, found.found) == (Level.FAILED, "Europe/Nowhere is not known")
    assert found.remedy == (pip_install("tzdata>=2025.1", around),)


def test_graphviz(around: Around, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(source: str) -> NoReturn:
        raise ImportError("no pygraphviz")

    monkeypatch.setattr(layout, "_installed", lambda source: "graph 1 1 1")
    monkeypatch.setattr(layout, "_bundled", gone)
    assert only(drawing.graphviz(around)).found == "draws, by dot"
    monkeypatch.setattr(layout, "_installed", lambda source: "nothing")
    found = only(drawing.graphviz(around))
    assert found.level is Level.WARNING
    assert found.remedy == (pip_install("pygraphviz", around), "or: sudo apt install graphviz")
    assert "winget" in only(drawing.graphviz(on(WINDOWS, around))).remedy[1]
    assert "brew" in only(drawing.graphviz(on(MAC, around))).remedy[1]


def test_localhost(around: Around, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object, **__: object) -> NoReturn:
        raise OSError("Name or service not known")

    assert only(host.localhost(around)).level is Level.OK
    monkeypatch.setattr(socket, "create_connection", refused)
    found = only(host.localhost(around))
    assert (found.level, "not known" in found.found) == (Level.FAILED, True)
    assert "/etc/hosts" in found.remedy[0]
    assert "System32" in only(host.localhost(on(WINDOWS, around))).remedy[0]


def test_a_terminal_without_the_signs_is_told_how_to_get_them(
    around: Around, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdout", SimpleNamespace(encoding="cp1252"))
    found = only(host.terminal(around))
    assert (found.level, found.remedy[0].endswith("export PYTHONUTF8=1")) == (Level.WARNING, True)
    assert "$env:PYTHONUTF8" in only(host.terminal(on(WINDOWS, around))).remedy[0]
    monkeypatch.setattr(sys, "stdout", SimpleNamespace(encoding="utf-8"))
    assert only(host.terminal(around)).level is Level.OK


MINE = json.dumps([sys.prefix, sys.executable])
MISSING = {"status": "error", "ename": "ModuleNotFoundError", "evalue": "No module named 'pandas'"}


def test_the_kernel_must_be_of_this_python_and_run_a_dag(around: Around) -> None:
    def judged(printed: list[str], reply: dict[str, str]) -> Finding:
        return only([kernel._judged(printed, reply, around)])

    fine = {"status": "ok"}
    assert judged([MINE, "7"], fine).level is Level.OK
    assert judged([MINE, "8"], fine).level is Level.FAILED
    found = judged([MINE], MISSING)
    assert "No module named 'pandas'" in found.found
    assert found.remedy == (pip_install("pandas", around),)
    found = judged([json.dumps(["/usr", "/usr/bin/python3"])], MISSING)
    assert found.found == "notebooks run in another Python: /usr/bin/python3"
    assert "-m ipykernel install --" in found.remedy[0]


def spec(folder: Path, code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put a kernel before the real one that runs this code."""
    (folder / "kernels" / "python3").mkdir(parents=True)
    words = {"argv": [sys.executable, "-S", "-c", code], "display_name": "x", "language": "python"}
    (folder / "kernels" / "python3" / "kernel.json").write_text(json.dumps(words), "utf-8")
    monkeypatch.setenv("JUPYTER_PATH", str(folder))
    monkeypatch.setenv("JUPYTER_PREFER_ENV_PATH", "0")


@pytest.mark.slow
def test_a_kernel_that_dies_tells_why(
    around: Around, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec(tmp_path / "jupyter", "raise ImportError('no module ipykernel')", monkeypatch)
    found = only(kernel.kernel(around))
    assert found.level is Level.FAILED
    assert found.found == "does not start: ImportError: no module ipykernel"
    assert "pip install --force-reinstall" in found.remedy[0]


@pytest.mark.slow
def test_a_kernel_that_says_nothing_is_given_up(
    around: Around, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kernel, "_START", 0.1)
    spec(tmp_path / "jupyter", "import time; time.sleep(60)", monkeypatch)
    found = only(kernel.kernel(around))
    assert (found.level, found.found) == (Level.FAILED, "is silent: no word within 0.1 s")


@pytest.mark.long
def test_a_real_kernel_runs_a_dag(around: Around) -> None:
    (check,) = [it for it in CHECKS if it.name == "kernel"]
    found = only(examined(check, around))
    assert (found.level, found.found) == (Level.OK, "starts, answers and runs a Dag")


def test_data_of_findings_is_json(around: Around) -> None:
    found = Diagnosis(around, [CHECK])
    assert [*found.run()] == fine(around)
    told = {"check": "fine", "level": "ok", "found": "all well", "remedy": []}
    assert json.loads(json.dumps(found.to_dict())) == {"well": True, "checks": [told]}
