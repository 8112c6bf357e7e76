"""What did a check of the set-up find, and what mends it?"""

from __future__ import annotations

import shlex
import shutil
import sys
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple

_SIGN, _NAME = 9, 17


class Level(StrEnum):
    """How bad it is: with a warning everything runs, only less well."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"


_SIGNS = {Level.OK: "✔", Level.WARNING: "!", Level.FAILED: "✘"}


class Finding(NamedTuple):
    """What one check found; `remedy` is what to do or type, in at most two lines."""

    check: str
    level: Level
    found: str
    remedy: tuple[str, ...] = ()

    def lines(self) -> Iterator[str]:
        r"""Yield the finding as text: a sign, a word, the check, what was found, the remedy.

        >>> finding = Finding("disk", Level.WARNING, "150 MB are free", ("Make room.",))
        >>> print(*finding.lines(), sep="\n")
        ! warning  disk             150 MB are free
                   Make room.
        """
        yield f"{_SIGNS[self.level]} {self.level:<{_SIGN}}{self.check:<{_NAME}}{self.found}"
        yield from (" " * (_SIGN + 2) + line for line in self.remedy)

    def to_dict(self) -> dict[str, Any]:
        """Return the finding as plain data."""
        return {**self._asdict(), "level": str(self.level), "remedy": list(self.remedy)}


class Around(NamedTuple):
    """Where the set-up is looked at: the folder of the lessons, and the kind of computer."""

    lessons: Path
    platform: str = sys.platform

    @property
    def is_windows(self) -> bool:
        """True on Windows, whose commands differ."""
        return self.platform == "win32"


def pip_install(what: str, around: Around) -> str:
    """Return the command that installs `what` in this Python, as a terminal takes it.

    >>> pip_install("tzdata", Around(Path())).endswith(' -m pip install "tzdata"')
    True
    """
    return f'{this_python(around)} -m pip install "{what}"'


def this_python(around: Around) -> str:
    """Return how a terminal calls this Python."""
    called = shutil.which("python")
    if called and Path(called) == Path(sys.executable):
        return "python"
    if around.is_windows:  # PowerShell, the usual terminal there, calls what is in quotes by &
        return f'& "{sys.executable}"' if " " in sys.executable else sys.executable
    return shlex.quote(sys.executable)
