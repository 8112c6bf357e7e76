"""wfkit: learn data workflows by running them, in a notebook."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wfkit.api.dag import Dag
from wfkit.api.dag_run import DagRun
from wfkit.core.errors import ContractBroken, Fail, NotebookLeak, RunFailed, Skip, WfkitError
from wfkit.core.states import RunState, TaskState
from wfkit.core.task import task
from wfkit.engine.attempt import cancelled, sleep
from wfkit.engine.clock import SystemClock, VirtualClock

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from wfkit.teach.predictions import guess, reveal

__version__ = "0.1.0"
__all__ = [
    "ContractBroken",
    "Dag",
    "DagRun",
    "Fail",
    "NotebookLeak",
    "RunFailed",
    "RunState",
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


def __getattr__(name: str) -> Any:
    if name in ("guess", "reveal"):
        from wfkit.teach import predictions

        return getattr(predictions, name)
    raise AttributeError(f"module 'wfkit' has no attribute {name!r}")


def load_ipython_extension(shell: InteractiveShell) -> None:
    """Set up the magics: `%load_ext wfkit`."""
    from wfkit.notebook import session

    session.load(shell)


def unload_ipython_extension(shell: InteractiveShell) -> None:
    """Take the magics away again: `%unload_ext wfkit`."""
    from wfkit.notebook import session

    session.unload(shell)
