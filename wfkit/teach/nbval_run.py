"""Does a notebook still give its stored outputs? nbval decides, in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from wfkit.teach import nbval_record, notebooks

CELL_SECONDS = 30
_ALL_SECONDS = 300
_GLANCE = 0.1
# The text twin of a picture carries the comparison: SVG differs between Graphviz versions.
_SANITIZE = "[svg]\nregex: (?s)<svg.*?</svg>\nreplace: SVG\n"


class CellVerdict(NamedTuple):
    """What nbval said about one code cell: `mark` is its id and kind, `message` why it failed."""

    mark: dict[str, str]
    passed: bool
    message: str
    outputs: list[dict[str, Any]]


Seen = Callable[[int, int], None]
"""Is told how many of how many cells have been judged."""


def run(notebook: Any, seen: Seen = lambda done, total: None) -> list[CellVerdict]:
    """Run a notebook under nbval in an empty folder; return the verdicts in order.

    There are fewer verdicts than code cells if it took more than 300 s in all.
    """
    total = sum(cell.cell_type == "code" for cell in notebook.cells)
    with tempfile.TemporaryDirectory(prefix="wfkit-nbval-") as name:
        folder = Path(name)
        notebooks.write(notebook, folder / "answers.ipynb")
        (folder / "pytest.ini").write_text("[pytest]\n", encoding="ascii")
        (folder / "nbval.cfg").write_text(_SANITIZE, encoding="ascii")
        record = folder / "record.jsonl"
        record.touch()
        with subprocess.Popen(
            _command(),
            cwd=folder,
            env=_environment(record),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as process:
            _wait_for(process, lambda: seen(len(_lines(record)), total))
        return _verdicts(record)


def _wait_for(process: subprocess.Popen[bytes], look: Callable[[], None]) -> None:
    """Wait until a process has ended, and end it when its time is up."""
    try:
        for _ in range(round(_ALL_SECONDS / _GLANCE)):
            look()
            with suppress(subprocess.TimeoutExpired):
                process.wait(_GLANCE)
                break
        look()
    finally:
        process.kill()


def _command() -> list[str]:
    return [
        sys.executable,
        *("-m", "pytest", "-q", "--color=no", "--rootdir=.", "-c", "pytest.ini"),
        *("-p", "no:cacheprovider", "-p", "nbval.plugin", "-p", nbval_record.__name__),
        *("--nbval", "--nbval-current-env", "--nbval-sanitize-with=nbval.cfg"),
        f"--nbval-cell-timeout={CELL_SECONDS}",
        "answers.ipynb",
    ]


def _environment(record: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name != "PYTEST_ADDOPTS"}
    return {
        **kept,
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "WFKIT_HOME": "temporary",
        "WFKIT_LIVE": "0",
        nbval_record.WHERE: str(record),
    }


def _lines(record: Path) -> list[str]:
    return record.read_text(encoding="utf-8").splitlines()


def _verdicts(record: Path) -> list[CellVerdict]:
    found = map(json.loads, _lines(record))
    return [
        CellVerdict(line["cell"], line["passed"], line["message"], line["outputs"])
        for line in found
    ]
