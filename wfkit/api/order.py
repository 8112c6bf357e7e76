"""What do all runs of one request have in common? A request that was checked, and its runs."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from typing import Any

from wfkit.api.dag_run import DagRun
from wfkit.api.declaring import DeclaredDag
from wfkit.api.earlier import Earlier
from wfkit.api.interrupts import held_back
from wfkit.api.moments import zone
from wfkit.api.watching import watch
from wfkit.core.graph import Graph
from wfkit.engine.agenda import Occasion
from wfkit.engine.clock import Clock
from wfkit.engine.executors.choice import make_executor
from wfkit.engine.faults import Faults
from wfkit.engine.odds import night_seed
from wfkit.engine.plan import RunPlan, reserve_run_id
from wfkit.engine.runner import Runner
from wfkit.engine.store import Store

_KINDS = {"manual": "manual", "backfill": "backfill"}


@dataclass(frozen=True, kw_only=True)
class Order:
    """A request that was checked."""

    dag: DeclaredDag
    graph: Graph
    executor: str
    params: Mapping[str, Any]
    seed: int
    faults: Faults
    store: Store
    earlier: Earlier = field(default_factory=Earlier)
    address: str | None = None

    def run(
        self, occasion: Occasion, clock: Clock, arrivals: Mapping[str, float] | None = None
    ) -> DagRun:
        """Return a run that is ready to start; its run_id is reserved.

        `arrivals` are the moments (seconds since 1970, UTC) from which sensors find something.
        """
        with ExitStack() as writing, ExitStack() as until_started:
            writing.enter_context(self.store.writing())
            until_started.enter_context(held_back())
            plan = self.plan(occasion, clock, arrivals or {})
            run = DagRun(self.dag.name, plan.run_id, self.store, self.graph, self.earlier)
            most = self.dag.options.max_active_tasks
            slots = make_executor(self.executor, most, clock, self.address)
            run.prepare(
                lambda bus: Runner(plan, slots, clock, self.store, bus),
                lambda runner: runner.start(self.executor),
                writing,
                until_started,
            )
        watch(self.dag, run, clock)
        return run

    def of_night(self, occasion: Occasion) -> Order:
        """Return the same order with the chance of one night, so that nights differ."""
        seed = night_seed(self.seed, round(occasion.interval.begin.timestamp()))
        return replace(self, seed=seed, faults=Faults(self.faults.faults, seed))

    def has_run(self, occasion: Occasion) -> bool:
        """Return True if a run has begun for the date that this occasion stands for."""
        begin, end = occasion.interval
        local = begin.astimezone(zone(self.dag.options.timezone))
        return begin < end and bool(self.store.starts(self.dag.name, local.isoformat()))

    def plan(self, occasion: Occasion, clock: Clock, arrivals: Mapping[str, float]) -> RunPlan:
        """Return what is to be run, under a run_id that is reserved now."""
        options = self.dag.options
        where = zone(options.timezone)
        begin, end = (moment.astimezone(where) for moment in occasion.interval)
        kind = _KINDS.get(occasion.run_type, "scheduled")
        return RunPlan(
            dag=self.dag.name,
            graph=self.graph,
            run_id=reserve_run_id(self.store, self.dag.name, begin, clock.now(), kind),
            run_type=occasion.run_type,
            logical_date=begin,
            data_interval=(begin, end),
            params=self.params,
            seed=self.seed,
            earlier=self.earlier,
            origins=self.earlier.origins,
            pools=options.pools,
            deadline=options.deadline,
            faults=self.faults,
            due=None if kind == "manual" else occasion.due.astimezone(where),
            files=occasion.files,
            arrivals=arrivals,
            schedule=options.timetable.text if options.timetable else "",
        )
