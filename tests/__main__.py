"""`python3 -m tests [pytest options]`: the floor plan, then all tests and lessons.

In a bare clone it sets itself up first. Browser tests and benchmarks are run by their folder.
"""

import os
import subprocess
import sys
from pathlib import Path

from tests import SETTINGS
from wfkit.bootstrap import ensure

ROOT = Path(__file__).resolve().parent.parent


def main(options: list[str]) -> int:
    """Run both checks even if the first fails; return 0 if both pass."""
    ensure("tests", extra="dev")
    codes = [_run(lint_imports()), _run(pytest(options))]
    return max(codes)


def lint_imports() -> list[str]:
    """The command that checks the floor plan."""
    call = "from importlinter.cli import lint_imports_command as main; main()"
    return [sys.executable, "-c", call, "--no-logo"]


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
        *options,
    ]


def _run(command: list[str]) -> int:
    return subprocess.run(command, cwd=ROOT, env={**os.environ, **SETTINGS}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
