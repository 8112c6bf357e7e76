"""`python3 -m tests [pytest options]`: the floor plan, then all tests and lessons.

In a bare clone it sets itself up first. Browser tests and benchmarks are run by their folder.
"""

import os
import sys
from pathlib import Path

from tests import SETTINGS
from wfkit.bootstrap import ensure, wait_for

ROOT = Path(__file__).resolve().parent.parent


def main(options: list[str]) -> int:
    """Run both checks even if the first fails; return the exit code of the first that did."""
    ensure("tests", extra="dev")
    os.chdir(ROOT)
    os.environ.update(SETTINGS)
    codes = [wait_for(lint_imports()), wait_for(pytest(options))]
    return next(filter(None, codes), 0)


def lint_imports() -> list[str]:
    """The command that checks the floor plan; its cache misses modules that have come or gone."""
    call = "from importlinter.cli import lint_imports_command as main; main()"
    return [sys.executable, "-c", call, "--no-logo", "--no-cache"]


def pytest(options: list[str]) -> list[str]:
    """The command that runs the tests, and the lessons against their stored outputs."""
    return [
        sys.executable,
        "-m",
        "pytest",
        "--nbval",
        "--nbval-current-env",
        f"--nbval-sanitize-with={ROOT / 'tests' / 'nbval.cfg'}",
        "--nbval-cell-timeout=60",
        *("-p", "tests.spread", "-n", "auto", "--dist", "loadfile", "--no-loadscope-reorder"),
        "--max-worker-restart=0",  # or the others would wait for a new one for ever
        *options,
    ]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
