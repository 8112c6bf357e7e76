"""Does a notebook still give its stored outputs? nbval decides, in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from wfkit.teach import nbval_record, notebooks

CELL_SECONDS = 30
_ALL_SECONDS = 300
# The text twin of a picture carries the comparison: SVG differs between Graphviz versions.
_SANITIZE = "[svg]\nregex: (?s)<svg.*?</svg>\nreplace: SVG\n"


class CellVerdict(NamedTuple):
    """What nbval said about one code cell: `mark` is its id and kind, `message` why it failed."""

    mark: dict[str, str]
    passed: bool
    message: str
    outputs: list[dict[str, Any]]


def run(notebook: Any) -> list[CellVerdict]:
    """Run a notebook under nbval in an empty folder; return the verdicts in order.

    There are fewer verdicts than code cells if it took more than 300 s in all.
    """
    with tempfile.TemporaryDirectory(prefix="wfkit-nbval-") as name:
        folder = Path(name)
        notebooks.write(notebook, folder / "answers.ipynb")
        (folder / "pytest.ini").write_text("[pytest]\n", encoding="ascii")
        (folder / "nbval.cfg").write_text(_SANITIZE, encoding="ascii")
        record = folder / "record.jsonl"
        with suppress(subprocess.TimeoutExpired):
            subprocess.run(
                _command(),
                cwd=folder,
                env=_environment(record),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                check=False,
                timeout=_ALL_SECONDS,
            )
        return _verdicts(record)


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


def _verdicts(record: Path) -> list[CellVerdict]:
    if not record.exists():
        return []
    lines = record.read_text(encoding="utf-8").splitlines()
    found = map(json.loads, lines)
    return [
        CellVerdict(line["cell"], line["passed"], line["message"], line["outputs"])
        for line in found
    ]
