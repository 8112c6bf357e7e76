"""What did a simulation play? Its runs, in the order in which they began."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import overload

from wfkit.api.dag_run import DagRun
from wfkit.api.declaring import DeclaredDag
from wfkit.api.order import Order
from wfkit.engine.agenda import Occasion
from wfkit.engine.clock import VirtualClock


class Begun:
    """A simulated run that begins at `time`, in seconds since 1970 (UTC)."""

    __slots__ = ("_arrivals", "_order", "_run", "occasion", "time")

    def __init__(
        self, order: Order, occasion: Occasion, time: float, arrivals: Mapping[str, float]
    ) -> None:
        self.occasion, self.time = occasion, time
        self._order, self._arrivals = order, arrivals
        self._run: DagRun | None = None

    def prepared(self) -> DagRun:
        """Return the run, which may not have been played yet."""
        if self._run is None:
            order = self._order.of_night(self.occasion)
            self._run = order.run(self.occasion, VirtualClock(self.time), self._arrivals)
        return self._run

    @property
    def run(self) -> DagRun:
        """The run, at its end."""
        run = self.prepared()
        run.drive_here()
        return run


class SimulatedRuns(Sequence[DagRun]):
    """Runs in the order in which they began."""

    def __init__(self, begun: Sequence[Begun]) -> None:
        self.begun = begun

    @overload
    def __getitem__(self, index: int) -> DagRun: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[DagRun]: ...

    def __getitem__(self, index: int | slice) -> DagRun | Sequence[DagRun]:
        if isinstance(index, slice):
            return SimulatedRuns(self.begun[index])
        return self.begun[index].run

    def __len__(self) -> int:
        return len(self.begun)

    def __iter__(self) -> Iterator[DagRun]:
        return (it.run for it in self.begun)

    def __repr__(self) -> str:
        return f"{len(self)} simulated runs"


class Simulation:
    """What a schedule did between `start` and `end`: `runs`, in the order in which they began.

    `outage` is the time in which the scheduler was away.
    """

    def __init__(
        self,
        dag: DeclaredDag,
        start: datetime,
        end: datetime,
        begun: Sequence[Begun],
        outage: tuple[datetime, datetime] | None = None,
    ) -> None:
        self.dag, self.start, self.end, self.outage = dag, start, end, outage
        self.runs = SimulatedRuns(begun)
