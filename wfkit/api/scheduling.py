"""How does a Dag run on its schedule? The verbs that start its runs when they are due."""

from __future__ import annotations

from datetime import date

from wfkit.api.backfill import Backfill, BackfillRequest, backfill
from wfkit.api.declaring import DeclaredDag
from wfkit.api.progress import bar
from wfkit.api.service import Serving, serve
from wfkit.engine.stores import StoreChoice, store_for


class Scheduling(DeclaredDag):
    """The verbs of a Dag that follow its schedule."""

    def backfill(
        self,
        start: str | date,
        end: str | date,
        *,
        limit: int | None = None,
        max_active_runs: int | None = None,
        executor: str | None = None,
        store: StoreChoice = "default",
    ) -> Backfill:
        """Run every date of a past range that has no run yet, oldest first; none before it is over.

        Args:
            start (DATE): the first logical date.
            end (DATE): the logical date at which to stop; it gets no run itself.
            limit: at most so many runs; a range of more than 1,000 needs one.
            max_active_runs: how many runs may go on at the same time, instead of the Dag's own.
            executor: where attempts run: "thread", "process", "serial" or "dask".
            store (FILE): where the history is kept, if not in .wfkit.

        Raises InvalidOption for a range that is not possible, and RunFailed when all have ended
        if one of them did not succeed.

        >>> from wfkit import Dag
        >>> def orders(logical_date): return logical_date.day
        >>> dag = Dag("sales", [orders], schedule="@daily")
        >>> past = dag.backfill("1997-01-01", "1997-01-04", store=None)
        >>> past, [run["orders"] for run in past.runs]
        (Backfill of sales: 3 of 3 runs succeeded, [1, 2, 3])
        """
        asked = BackfillRequest(
            start=start,
            end=end,
            limit=limit,
            max_active_runs=max_active_runs,
            executor=executor,
            store=store,
        )
        with bar("run") as progress:
            return backfill(self, asked, progress).check()

    def serve(self, *, store: StoreChoice = "default") -> Serving:
        """Start runs when they are due, in the background, until `cancel` or the process ends.

        A run that was cut off when an earlier scheduler died or was stopped goes on first. What
        was missed is made up for as `catchup` says; after a change of the schedule, only what is
        newer than the last run. Every run takes the tasks as they are declared then.

        Args:
            store (FILE): where the history is kept, if not in .wfkit. One process at a time
                serves a store.

        Raises InvalidOption for a Dag without a schedule, StoreBusy where another process serves.
        """
        return serve(self, store_for(store))
