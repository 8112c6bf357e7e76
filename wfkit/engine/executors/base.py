"""What every executor can do: take attempts, run them, report facts."""

from __future__ import annotations

import queue
from typing import Any, Protocol

from wfkit.core.facts import AttemptStarted
from wfkit.engine.attempt import Finished, Work

Report = AttemptStarted | Finished


class Executor(Protocol):
    """Runs attempts, the higher priority first, then by name.

    Reports arrive in `inbox`, together with whatever others put there to wake the runner.
    """

    inbox: queue.SimpleQueue[Any]
    lingers: bool
    """True where a body that was stopped goes on unheard, and keeps what it holds."""

    def submit(self, work: Work) -> None:
        """Take an attempt; it starts as soon as a slot is free."""

    def collect(self, until: float | None) -> list[Any]:
        """Return what happened since, waiting until the moment `until` when nothing did."""

    def is_idle(self) -> bool:
        """Return True when nothing is to be heard now: the time to write down what was."""

    def revoke(self) -> None:
        """Forget every attempt that has not started."""

    def stop(self, task: str, map_index: int, attempt: int) -> None:
        """End an attempt that is running, or at least give its slot to another one."""

    def close(self) -> None:
        """Take no more work; what runs now runs to its end, unheard."""
