"""Does the right Python run, and does `wfkit` in a terminal lead to it?"""

from __future__ import annotations

import os
import platform
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from wfkit.bootstrap import OLDEST
from wfkit.teach.doctor.finding import Around, Finding, Level, this_python

_NAME, _COMMAND = "Python", "command"
_DOWNLOAD = "https://www.python.org/downloads/"


def version(around: Around) -> Iterator[Finding]:
    """Check version and width of this Python."""
    said = f"{platform.python_version()} in {sys.prefix}"
    wanted = ".".join(map(str, OLDEST))
    step = f"Install Python {wanted} or newer (64 bits): {_DOWNLOAD}"
    windows = ("or: winget install Python.Python.3.13",) if around.is_windows else ()
    if sys.version_info[:2] < OLDEST:
        told = f"{said} is too old: {wanted} or newer is needed"
        yield Finding(_NAME, Level.FAILED, told, (step, *windows))
    elif sys.maxsize < 2**32:
        told = f"{said} has 32 bits: pandas and others come for 64 bits"
        yield Finding(_NAME, Level.FAILED, told, (step, *windows))
    elif sys.version_info.releaselevel != "final":
        told = f"{said} is a preview: packages may not fit"
        yield Finding(_NAME, Level.WARNING, told, (step, *windows))
    else:
        yield Finding(_NAME, Level.OK, said)


def command(around: Around) -> Iterator[Finding]:
    """Check which wfkit a terminal runs."""
    found = shutil.which("wfkit")
    if found is None:
        told = "a terminal does not find wfkit by this name alone"
        yield Finding(_COMMAND, Level.WARNING, told, _way(around))
    elif Path(found).parent.resolve() != _scripts().resolve():
        told = f"in a terminal, wfkit is another one: {found}"
        yield Finding(_COMMAND, Level.WARNING, told, _way(around))
    else:
        yield Finding(_COMMAND, Level.OK, found)


def _way(around: Around) -> tuple[str, ...]:
    usual = f"Write {this_python(around)} -m wfkit instead"
    if sys.prefix == sys.base_prefix:
        return (f"{usual}.",)
    if around.is_windows:
        return (f"{usual}, or first:", f'& "{_scripts() / "Activate.ps1"}"')
    return (f"{usual}, or first:", f'. "{_scripts() / "activate"}"')


def _scripts() -> Path:
    # Not resolved: in an environment the Python itself is a link to the one that made it.
    return Path(os.path.abspath(sys.executable)).parent  # noqa: PTH100
