"""Which cell said whom to tell? Run again, what it said before is taken back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from wfkit.api.dag import Dag
from wfkit.core.addresses import Target


class AlertCells:
    """The receivers that each cell named when it ran last."""

    def __init__(self) -> None:
        self._named: dict[str, tuple[object, list[tuple[Dag, Target]]]] = {}

    def said(self, execution: Any, dag: Dag, to: Sequence[Target]) -> None:
        """Note whom the cell that runs now named; whom it named in an earlier execution go."""
        cell = getattr(execution, "cell_id", None)
        if cell is None:
            return
        earlier, named = self._named.get(cell, (execution, []))
        if earlier is not execution:
            for its, old in named:
                its.alert_rules = tuple(
                    it for it in its.alert_rules if it.to != old or (its is dag and old in to)
                )
            named = []
        new = [*named, *((dag, it) for it in to)]
        self._named = {**self._named, cell: (execution, new)}

    def moved(self, old: Dag, made: Dag) -> None:
        """Note that a Dag took the place of another one, with its rules."""
        self._named = {
            cell: (execution, [(made if dag is old else dag, it) for dag, it in named])
            for cell, (execution, named) in self._named.items()
        }
