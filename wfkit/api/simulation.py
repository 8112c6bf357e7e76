"""What did a simulation play? Its runs, in the order in which they began."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import takewhile
from typing import TYPE_CHECKING, Any, overload

from wfkit.api.alerting import Alerts
from wfkit.api.dag_run import DagRun
from wfkit.api.declaring import DeclaredDag
from wfkit.api.history import grid_of
from wfkit.api.metrics import Metrics
from wfkit.api.moments import clock_changes, utc, zone
from wfkit.api.order import Order
from wfkit.api.schedule import known_schedule
from wfkit.core.alerts import deliveries
from wfkit.core.grid import Grid, grid_run
from wfkit.core.history import RunHistory, run_history
from wfkit.core.moments import moment_words
from wfkit.core.schedules import OnFile, OnSuccess
from wfkit.core.spans import MissedRun, Period, RunSpan
from wfkit.core.states import RunState
from wfkit.engine.agenda import Occasion
from wfkit.engine.clock import VirtualClock
from wfkit.engine.store import Store
from wfkit.engine.timetable import Interval

if TYPE_CHECKING:
    from pandas import DataFrame

    from wfkit.views.picture import Picture

_MOST_IN_GRID = 50


class Begun:
    """A simulated run that begins at `time`, in seconds since 1970 (UTC)."""

    __slots__ = ("_arrivals", "_order", "_run", "ended", "late", "occasion", "state", "time")

    def __init__(
        self, order: Order, occasion: Occasion, time: float, arrivals: Mapping[str, float]
    ) -> None:
        self.occasion, self.time = occasion, time
        self.state, self.ended = RunState.SUCCESS, time
        self.late: tuple[str, ...] = ()
        self._order, self._arrivals = order, arrivals
        self._run: DagRun | None = None

    def prepared(self) -> DagRun:
        """Return the run, which may not have been played yet."""
        if self._run is None:
            order = self._order.of_night(self.occasion)
            self._run = order.run(self.occasion, VirtualClock(self.time), self._arrivals)
        return self._run

    @property
    def store(self) -> Store:
        """Where the runs of the simulation are kept."""
        return self._order.store

    @property
    def run(self) -> DagRun:
        """The run, at its end."""
        run = self.prepared()
        run.drive_here()
        return run

    def play(self) -> None:
        """Run it, so that `state`, `ended` and `late` tell how and when it ended."""
        snapshot = self.run.snapshot
        self.state, self.ended, self.late = snapshot.state, snapshot.time, tuple(snapshot.late)

    @property
    def span(self) -> RunSpan:
        """When the run happened."""
        begin, until, due = (it.timestamp() for it in (*self.occasion.interval, self.occasion.due))
        kind = self.occasion.run_type
        return RunSpan(kind, begin, until, due, self.time, self.ended, self.state, self.late)


class SimulatedRuns(Sequence[DagRun]):
    """Runs in the order in which they began; shown as a grid of runs and tasks."""

    def __init__(self, dag: DeclaredDag, begun: Sequence[Begun]) -> None:
        self._dag, self.begun = dag, begun

    @overload
    def __getitem__(self, index: int) -> DagRun: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[DagRun]: ...

    def __getitem__(self, index: int | slice) -> DagRun | Sequence[DagRun]:
        if isinstance(index, slice):
            return SimulatedRuns(self._dag, self.begun[index])
        return self.begun[index].run

    def __len__(self) -> int:
        return len(self.begun)

    def __iter__(self) -> Iterator[DagRun]:
        return (it.run for it in self.begun)

    def picture(self) -> Picture:
        """Return the grid of the newest runs as a drawing with its text twin."""
        from wfkit.views.grid import grid_picture

        return grid_picture(self._grid())

    def __repr__(self) -> str:
        from wfkit.views.grid_text import grid_text

        return grid_text(self._grid())

    def data(self) -> dict[str, Any]:
        """Return the grid, and what is told of each of its cells, as plain data for a page."""
        from wfkit.views.grid_spots import grid_data
        from wfkit.views.reasons import Story

        newest = {run.run_id: run for run in self[-_MOST_IN_GRID:]}
        return grid_data(self._grid(), lambda it: Story.of(newest[it].events, self._dag.graph))

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> Mapping[str, Any]:
        return self.picture()._repr_mimebundle_(include, exclude)

    def histories(self) -> list[RunHistory]:
        """Return what is told of each run and of its tasks."""
        return [run_history(run.snapshot) for run in self]

    def _grid(self) -> Grid:
        newest = [grid_run(it.run.snapshot) for it in self.begun[-_MOST_IN_GRID:]]
        return grid_of(self._dag, newest, has_older=len(self) > _MOST_IN_GRID)


class Simulation:
    """What a schedule did between `start` and `end`: `runs`, in the order in which they began.

    `outage` is the time in which the scheduler was away, `missed` are the data intervals of runs
    that never began because of it. A notebook shows it as a picture.

    >>> from wfkit import Dag
    >>> def orders(logical_date): return logical_date.day
    >>> dag = Dag("sales", [orders], schedule="30 1 * * *", timezone="Europe/London")
    >>> dag.simulate(start="1997-03-29T12:00", end="1997-03-31T12:00")
    Simulation of sales: every day at 01:30, Europe/London
    1997-03-29 12:00 GMT to 1997-03-31 12:00 BST, 2 runs: 2 success
      clocks go forward 1 h on 1997-03-30: 01:00 becomes 02:00, the times between do not exist
      due                   for the time since    began     took  state
      1997-03-30 02:00 BST  1997-03-29 01:30 GMT  when due  0 s   ✔ success
      1997-03-31 01:30 BST  1997-03-30 02:00 BST  when due  0 s   ✔ success
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
        self.runs = SimulatedRuns(dag, begun)

    @property
    def missed(self) -> list[Interval]:
        """The data intervals of runs that were due and never began, in order (UTC)."""
        if self.outage is None:
            return []
        begin, end = map(utc, (self.start, self.end))
        known = known_schedule(self.dag).timetable.intervals(begin)
        begun = {it.occasion.interval for it in self.runs.begun}
        due = takewhile(lambda it: it.end <= end, known)
        return [it for it in due if it not in begun]

    def history(self) -> DataFrame:
        """Return a table of the runs as `Dag.history` does: one row per run and task."""
        from wfkit.api.history_frames import history_frame

        return history_frame(self.dag, self.runs.histories())

    def metrics(self) -> Metrics:
        """Return how reliable and how quick the runs were, as picture, text and tables."""
        return Metrics(self.dag, self.runs.histories())

    @property
    def alerts(self) -> Alerts:
        """What people would have been told: on a virtual clock it is recorded, and not sent."""
        found = [it for begun in self.runs.begun[:1] for it in begun.store.alerts(self.dag.name)]
        return Alerts(self.dag.name, deliveries(found))

    def picture(self) -> Picture:
        """Return when the runs were due, began and ended, with the text twin of the picture."""
        from wfkit.views.schedule import schedule_picture

        return schedule_picture(self._period(), self._spans())

    def __repr__(self) -> str:
        from wfkit.views.schedule_text import schedule_text

        return schedule_text(self._period(), self._spans())

    def data(self) -> dict[str, Any]:
        """Return the picture, and what is told of each run in it, as plain data for a page."""
        from wfkit.views.schedule_spots import schedule_data

        return schedule_data(self._period(), self._spans())

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> Mapping[str, Any]:
        return self.picture()._repr_mimebundle_(include, exclude)

    def _spans(self) -> list[RunSpan]:
        return [it.span for it in self.runs.begun]

    def _period(self) -> Period:
        where = zone(self.dag.options.timezone)
        return Period(
            dag=self.dag.name,
            schedule=known_schedule(self.dag).timetable.describe(),
            where=where,
            start=self.start.timestamp(),
            end=self.end.timestamp(),
            changes=clock_changes(where, self.start, self.end),
            outage=(self.outage[0].timestamp(), self.outage[1].timestamp())
            if self.outage
            else None,
            missed=tuple(
                MissedRun(begin.timestamp(), due.timestamp()) for begin, due in self.missed
            ),
            max_active_runs=self.dag.options.max_active_runs,
            nothing="" if self.runs else self._nothing(),
            failure=self._failure(),
            hint="" if self.dag.tasks else f"{self.dag.name} has no tasks yet: its runs do nothing",
        )

    def _failure(self) -> str:
        """Return why the first run failed that did."""
        from wfkit.views.explain import run_cause

        failed = (it.run for it in self.runs.begun if it.state is RunState.FAILED)
        first = next(failed, None)
        return "" if first is None else run_cause(first.events, first.graph)

    def _nothing(self) -> str:
        """Return why there were no runs."""
        timetable = known_schedule(self.dag).timetable
        if isinstance(timetable.schedule, OnSuccess):
            return f"{timetable.schedule.dag} had no success in this time"
        if isinstance(timetable.schedule, OnFile):
            return f"no file {timetable.schedule.pattern} arrived: say when one does with arrivals"
        due = timetable.next_after(utc(self.start))
        if due is None:
            return "no run is due in this time, nor later"
        return (
            f"the first run is due {moment_words(due.astimezone(zone(self.dag.options.timezone)))}"
        )
