"""Which results of earlier runs does a run build upon, and where are they?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Protocol


class Origin(Protocol):
    """A run that has results of its own."""

    run_id: str

    def own(self, task: str) -> Any:
        """Return what a task returned in this very run. Raises NoResult where there is nothing."""


class Earlier(Mapping[str, Any]):
    """Results of earlier runs by task, each fetched when it is first asked for.

    `runs` are the runs that they come from; a task whose result is gone raises NoResult.
    """

    def __init__(self, runs: Mapping[str, Origin] | None = None) -> None:
        self.runs = dict(runs or {})
        self._values: dict[str, Any] = {}

    @property
    def origins(self) -> dict[str, str]:
        """The run_id that each result comes from."""
        return {task: run.run_id for task, run in self.runs.items()}

    def __getitem__(self, task: str) -> Any:
        if task not in self._values:
            self._values[task] = self.runs[task].own(task)
        return self._values[task]

    def __iter__(self) -> Iterator[str]:
        return iter(self.runs)

    def __len__(self) -> int:
        return len(self.runs)
