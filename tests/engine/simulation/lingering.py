"""An executor in virtual time that cannot stop a body, as threads cannot."""

from __future__ import annotations

from typing import Any

from wfkit.engine.attempt import Finished
from wfkit.engine.clock import VirtualClock
from wfkit.engine.executors.virtual import VirtualExecutor


class LingeringExecutor(VirtualExecutor):
    """Another slot opens for a body that is to stop; its own result comes late."""

    lingers = True

    def __init__(self, slots: int, clock: VirtualClock) -> None:
        super().__init__(slots, clock, threads=False)
        self._unstoppable: set[tuple[str, int, int]] = set()

    def stop(self, task: str, map_index: int, attempt: int) -> None:
        """Open another slot until the body has ended by itself."""
        key = (task, map_index, attempt)
        if key in self._bodies and key not in self._unstoppable:
            self._unstoppable.add(key)
            self._slots += 1

    def _continue(self) -> list[Any]:
        reports = super()._continue()
        for report in reports:
            if isinstance(report, Finished) and report.fact[:3] in self._unstoppable:
                self._unstoppable.remove(report.fact[:3])
                self._slots -= 1
        return reports
