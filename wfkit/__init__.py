"""wfkit: learn data workflows by running them, in a notebook.

Names are loaded when first asked for: a bare or an old Python must be able to import this file,
or `python3 -m wfkit` could not say what it lacks.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from wfkit.api.dag import Dag
    from wfkit.api.dag_run import DagRun
    from wfkit.core.errors import ContractBroken, Fail, NotebookLeak, RunFailed, Skip, WfkitError
    from wfkit.core.schedules import Every, OnFile, OnSuccess
    from wfkit.core.secret import Secret
    from wfkit.core.states import RunState, TaskState
    from wfkit.core.task import task
    from wfkit.engine.attempt import cancelled, sleep
    from wfkit.engine.clock import SystemClock, VirtualClock
    from wfkit.engine.faults import Fault
    from wfkit.teach.predictions import guess, reveal

__version__ = "0.1.0"
__all__ = [
    "ContractBroken",
    "Dag",
    "DagRun",
    "Every",
    "Fail",
    "Fault",
    "NotebookLeak",
    "OnFile",
    "OnSuccess",
    "RunFailed",
    "RunState",
    "Secret",
    "Skip",
    "SystemClock",
    "TaskState",
    "VirtualClock",
    "WfkitError",
    "cancelled",
    "guess",
    "reveal",
    "sleep",
    "task",
]


_HOMES = {
    "wfkit.api.dag": ["Dag"],
    "wfkit.api.dag_run": ["DagRun"],
    "wfkit.core.errors": [
        "ContractBroken",
        "Fail",
        "NotebookLeak",
        "RunFailed",
        "Skip",
        "WfkitError",
    ],
    "wfkit.core.schedules": ["Every", "OnFile", "OnSuccess"],
    "wfkit.core.secret": ["Secret"],
    "wfkit.core.states": ["RunState", "TaskState"],
    "wfkit.core.task": ["task"],
    "wfkit.engine.attempt": ["cancelled", "sleep"],
    "wfkit.engine.clock": ["SystemClock", "VirtualClock"],
    "wfkit.engine.faults": ["Fault"],
    "wfkit.teach.predictions": ["guess", "reveal"],
}


if not TYPE_CHECKING:  # a type checker shall see misspelt names

    def __getattr__(name: str) -> Any:
        for home, names in _HOMES.items():
            if name in names:
                value = globals()[name] = getattr(import_module(home), name)
                return value
        raise AttributeError(f"module 'wfkit' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


def load_ipython_extension(shell: InteractiveShell) -> None:
    """Set up the magics: `%load_ext wfkit`."""
    from wfkit.notebook import session
    from wfkit.teach import magics

    session.load(shell, also_taken=magics.register(shell))


def unload_ipython_extension(shell: InteractiveShell) -> None:
    """Take the magics away again: `%unload_ext wfkit`."""
    from wfkit.notebook import session
    from wfkit.teach import magics

    magics.unregister(shell)
    session.unload(shell)
