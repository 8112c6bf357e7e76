"""What is to be expected of a Dag? The verbs that look ahead, without history or a wall clock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from wfkit.api.declaring import DeclaredDag
from wfkit.api.odds import DagOdds, DurationOrTime, OddsRequest, find_odds
from wfkit.engine.faults import Fault
from wfkit.engine.stores import StoreChoice


class Foreseeing(DeclaredDag):
    """The verbs of a Dag that tell what may come."""

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
