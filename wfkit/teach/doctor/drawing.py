"""Can graphs be drawn? Without Graphviz they are text."""

from __future__ import annotations

from collections.abc import Iterator

from wfkit.teach.doctor.finding import Around, Finding, Level, pip_install

_NAME = "Graphviz"
_SYSTEM = {
    "win32": "winget install Graphviz.Graphviz",
    "darwin": "brew install graphviz",
    "linux": "sudo apt install graphviz",
}


def graphviz(around: Around) -> Iterator[Finding]:
    """Draw a small graph with whatever draws those of a notebook."""
    from wfkit.views.layout import engine_at_work

    engine = engine_at_work()
    if engine:
        yield Finding(_NAME, Level.OK, f"draws, by {engine}")
        return
    system = _SYSTEM.get(around.platform, "install graphviz with your system's packages")
    told = "is missing or does not draw: graphs are shown as text"
    yield Finding(_NAME, Level.WARNING, told, (pip_install("pygraphviz", around), f"or: {system}"))
