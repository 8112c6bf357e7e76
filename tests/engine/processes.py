"""Helpers for tests of the process executor."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from wfkit import Dag
from wfkit.api.dag_run import DagRun
from wfkit.core.task import Task

PATIENCE = 20.0
"""Seconds after which a test gives up."""

FRESH = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
"""The environment of a Python that is started anew."""


def run(*tasks: Task | Callable[..., Any], **options: Any) -> DagRun:
    return Dag("sales", tasks).run(**{"executor": "process", "store": None, **options})


def eventually(holds: Callable[[], object]) -> bool:
    """Wait until something holds, at most PATIENCE seconds."""
    end = time.monotonic() + PATIENCE
    while not holds() and time.monotonic() < end:
        threading.Event().wait(0.01)
    return bool(holds())


def is_alive(pid: int) -> bool:
    """True while a process runs; one that only waits to be reaped does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def stays(path: Path) -> bool:
    """True if a file does not grow for a while."""
    size = path.stat().st_size
    threading.Event().wait(0.15)
    return path.stat().st_size == size


def error(run: DagRun, name: str) -> dict[str, Any]:
    found = run.snapshot.instances[name, -1].error
    assert found is not None
    return dict(found)
