"""Does the computer know time zones, itself, and the signs that are printed?"""

from __future__ import annotations

import socket
import sys
from collections.abc import Iterator
from datetime import UTC, datetime

from wfkit.teach.doctor.finding import Around, Finding, Level, pip_install

_ZONE = "Europe/London"
_SUMMER_1997 = datetime(1997, 3, 30, 1, tzinfo=UTC)
_PATIENCE = 3.0
_SHOWN = "✔✘…→"


def time_zones(around: Around) -> Iterator[Finding]:
    """Check that the clocks of London were put forward when they were."""
    from wfkit.core.errors import InvalidOption
    from wfkit.engine.zones import changes, data_version, zone

    step = (pip_install("tzdata>=2025.1", around),)
    try:
        london = zone(_ZONE)
    except InvalidOption:
        yield Finding("time zones", Level.FAILED, f"{_ZONE} is not known", step)
        return
    begin, end = (_SUMMER_1997.replace(month=month, day=1) for month in (1, 6))
    if [it.moment for it in changes(london, begin, end)] == [_SUMMER_1997]:
        told = f"known, version {data_version(london)}"
        yield Finding("time zones", Level.OK, told)
    else:
        told = f"the summer time of {_ZONE} is not known"
        yield Finding("time zones", Level.FAILED, told, step)


def localhost(around: Around) -> Iterator[Finding]:
    """Connect to this computer, as a browser does to JupyterLab."""
    try:
        with socket.create_server(("127.0.0.1", 0)) as server:
            where = ("localhost", server.getsockname()[1])
            with socket.create_connection(where, timeout=_PATIENCE):
                yield Finding("localhost", Level.OK, "programs here reach each other")
    except OSError as cause:
        hosts = r"C:\Windows\System32\drivers\etc\hosts" if around.is_windows else "/etc/hosts"
        told = f"programs here do not reach each other: {cause}"
        steps = (
            f"Is the line 127.0.0.1 localhost in {hosts}?",
            "Let Python connect to 127.0.0.1 in your firewall or VPN.",
        )
        yield Finding("localhost", Level.FAILED, told, steps)


def terminal(around: Around) -> Iterator[Finding]:
    """Check that what is printed can show the signs of states."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    try:
        _SHOWN.encode(encoding)
    except (UnicodeEncodeError, LookupError):
        told = f"{encoding} lacks signs such as a check mark: others stand for them"
        switch = "$env:PYTHONUTF8 = 1" if around.is_windows else "export PYTHONUTF8=1"
        yield Finding("terminal", Level.WARNING, told, (f"Type this before wfkit: {switch}",))
    else:
        yield Finding("terminal", Level.OK, f"shows all signs ({encoding})")
