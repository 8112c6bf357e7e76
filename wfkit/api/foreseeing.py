"""What is to be expected of a Dag? The verbs that look ahead, before anything is run for good."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from wfkit.api.arrivals import Arrival
from wfkit.api.declaring import DeclaredDag
from wfkit.api.odds import DagOdds, DurationOrTime, OddsRequest, find_odds
from wfkit.api.progress import bar
from wfkit.api.schedule import DagSchedule, Upcoming, known_schedule
from wfkit.api.simulate import SimulationRequest, simulate
from wfkit.api.simulation import Simulation
from wfkit.core import options as check
from wfkit.engine.faults import Fault
from wfkit.engine.stores import StoreChoice


class Foreseeing(DeclaredDag):
    """The verbs of a Dag that tell what may come."""

    @property
    def schedule(self) -> DagSchedule | None:
        """When runs are due; None for a Dag that is only run by hand."""
        timetable = self.options.timetable
        return DagSchedule(self.options, timetable) if timetable else None

    def upcoming(self, n: int = 5, *, after: str | date | None = None) -> Upcoming:
        """Return when the next runs are due, and which time each stands for.

        Args:
            n: how many ticks.
            after (DATE): ticks after this moment; now, if not given.

        Raises InvalidOption for a Dag without a schedule.

        >>> from wfkit import Dag
        >>> Dag("sales", schedule="30 1 * * *").upcoming(2, after="1997-01-01")
        every day at 01:30, UTC
          due                   for the time since
          1997-01-01 01:30 UTC  1996-12-31 01:30 UTC
          1997-01-02 01:30 UTC  1997-01-01 01:30 UTC
        """
        return known_schedule(self).upcoming(check.count("n", n, 1, 10_000), after)

    def simulate(
        self,
        *,
        start: str | date | None = None,
        end: str | date | None = None,
        days: int | None = None,
        faults: str | Sequence[str | Fault] = (),
        arrivals: Mapping[str, Arrival | Sequence[Arrival]] | None = None,
        outage: str | Sequence[str | date] | None = None,
        seed: int = 0,
        others: Iterable[DeclaredDag] = (),
    ) -> Simulation:
        """Play the schedule on a virtual clock: the bodies really run, the history is in memory.

        Args:
            start (DATE): when the scheduler begins; the Dag's start_date, if not given.
            end (DATE): the last moment at which a run can become due.
            days: so many days instead of an end; 30, if neither is given.
            faults (FAULT): tasks to break on purpose, in every run: orders:15%, orders:slow=10m …
            arrivals (NAME=TIME): when something that a sensor or a file schedule waits for is
                there: drop=04:10 for each day, or a date with a time.
            outage (BEGIN,END): two dates between which the scheduler is away.
            seed: what chance is drawn from.
            others: Dags whose success this one may wait for.

        Raises InvalidOption, UnknownTask or UnknownUpstream. A run that fails is no error.

        >>> from wfkit import Dag
        >>> def orders(logical_date): return logical_date.day
        >>> dag = Dag("sales", [orders], schedule="30 1 * * *", start_date="1997-01-01")
        >>> nights = dag.simulate(days=4)
        >>> [run["orders"] for run in nights.runs]
        [1, 2, 3]
        """
        asked = SimulationRequest(
            start=start,
            end=end,
            days=days,
            faults=faults,
            arrivals=arrivals,
            outage=outage,
            seed=seed,
            others=others,
        )
        with bar("day") as progress:
            return simulate(self, asked, progress)

    def odds(
        self,
        nights: int = 1000,
        *,
        faults: str | Sequence[str | Fault] = (),
        vary: Mapping[str, object] | None = None,
        upto: str | Sequence[str] = (),
        ready_by: DurationOrTime | None = None,
        seed: int = 0,
        store: StoreChoice = "default",
    ) -> DagOdds:
        """Play many nights without running a body: how likely are success, and being on time?

        A task takes as long as its `takes` says, else as long as recorded attempts of it took,
        else no time. It fails when a fault hits it.

        Args:
            nights: how many nights to play.
            faults (FAULT): what may break: orders:15%, load:slow=10m …
            vary (TASK.OPTION=A,B): options to compare, such as orders.retries=0,3; several
                make every combination.
            upto (TASK): play these tasks and all that they need.
            ready_by (06:00): when a night should be over, after its start (2h) or as a time of day
                (06:00); the deadline of the Dag if not given.
            seed: what chance is drawn from.
            store (FILE): the history that durations are taken from, if not .wfkit.

        Raises EmptyDag, InvalidOption, UnknownTask or UnknownUpstream.

        >>> from wfkit import Dag
        >>> def orders(): return [3, 4]
        >>> dag = Dag("sales", [orders]).change("orders", takes="10m")
        >>> dag.odds(faults="orders:20%", vary={"orders.retries": [0, 2]})
        Odds of sales over 1,000 nights
          variant           success             attempts  50% by  90% by  99% by
          orders.retries=0  79.5 % (76.9–81.9)  1.0       10 min  10 min  10 min
          orders.retries=2  99.4 % (98.7–99.7)  1.2       10 min  20 min  30 min
        """
        asked = OddsRequest(
            nights=nights,
            faults=faults,
            vary=vary,
            upto=upto,
            ready_by=ready_by,
            seed=seed,
            store=store,
        )
        return find_odds(self, asked)
