"""How is a Dag run? The verbs that make attempts happen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from wfkit.api.dag_run import DagRun
from wfkit.api.declaring import DeclaredDag
from wfkit.api.launch import RunRequest, launch
from wfkit.api.resume import rerun_tasks, resume_run
from wfkit.api.service import announce, end_serving
from wfkit.core import options as check
from wfkit.core.states import RunState
from wfkit.engine import host
from wfkit.engine.clock import Clock
from wfkit.engine.faults import Fault
from wfkit.engine.stores import StoreChoice

_PATIENCE = 0.5
"""Seconds that an interrupted run has to end before its caller goes on."""

_RESUME = "dag.resume() goes on where it stopped"


class Running(DeclaredDag):
    """The verbs of a Dag that run it: once, again, or the rest of it."""

    def run(
        self,
        params: Mapping[str, Any] | None = None,
        *,
        logical_date: str | date | None = None,
        executor: str | None = None,
        address: str | None = None,
        clock: str | Clock | None = None,
        seed: int = 0,
        store: StoreChoice = "default",
        only: str | Sequence[str] = (),
        upto: str | Sequence[str] = (),
        background: bool = False,
        expect: str = "success",
        faults: str | Sequence[str | Fault] = (),
        crash_after: str | None = None,
    ) -> DagRun:
        """Run the Dag once and return the run.

        Args:
            params: values for this run, instead of the Dag's own.
            logical_date (DATE): the date that the run stands for.
            executor: where attempts run: "thread", "process", "serial" or "dask".
            address (ADDRESS): that of a Dask scheduler, such as tcp://10.0.0.1:8786; without one
                Dask works on this machine.
            clock: "system", or "virtual" to let waiting take no time.
            seed: what chance is drawn from.
            store (FILE): where the history is kept, if not in .wfkit; None keeps it in memory.
            only (TASK): run just these tasks; what they read comes from the last run.
            upto (TASK): run these tasks and all that they need.
            background: return at once; `wait` and `cancel` are on the run.
            expect: how the run must end, "success" or "failed".
            faults (FAULT): tasks to break on purpose: orders:2, orders:15%, orders:slow=10m …
            crash_after (TASK): run in a process of its own, which is killed once this task has
                succeeded; the run is then failed, as expected, and `resume` finishes it.

        Raises UnknownUpstream, EmptyDag or InvalidOption before anything runs, and RunFailed
        when the run does not end as expected.
        """
        expect = check.choice("expect", expect, ("success", "failed"))
        asked = RunRequest(
            params=params,
            logical_date=logical_date,
            executor=executor,
            address=address,
            clock=clock,
            seed=seed,
            store=store,
            only=only,
            upto=upto,
            faults=faults,
        )
        if crash_after is not None:
            from wfkit.api.crash import crash

            return crash(self, asked, crash_after)
        return self._followed(launch(self, asked), background, expect)

    def _followed(self, run: DagRun, background: bool, expect: str) -> DagRun:
        self.ran = run
        run.is_background = background
        announce(run)
        _started(run, wait=not background)
        return run if background else run.check(expect)

    def trial(
        self,
        params: Mapping[str, Any] | None = None,
        *,
        logical_date: str | date | None = None,
        seed: int = 0,
        only: str | Sequence[str] = (),
        upto: str | Sequence[str] = (),
        faults: str | Sequence[str | Fault] = (),
    ) -> DagRun:
        """Run the Dag on a virtual clock, leaving no history; a failed run is returned, not raised.

        For checks and experiments: `dag.last` stays as it is.

        Args:
            params: values for this run, instead of the Dag's own.
            logical_date (DATE): the date that the run stands for.
            seed: what chance is drawn from.
            only (TASK): run just these tasks; what they read comes from the last run.
            upto (TASK): run these tasks and all that they need.
            faults (FAULT): tasks to break on purpose, as in `run`.
        """
        asked = RunRequest(
            params=params,
            logical_date=logical_date,
            clock="virtual",
            seed=seed,
            store=None,
            only=only,
            upto=upto,
            faults=faults,
        )
        run = launch(self, asked)
        _started(run, wait=True, next_step="a trial leaves no history")
        return run

    def resume(
        self,
        run_id: str | None = None,
        *,
        executor: str | None = None,
        address: str | None = None,
        store: StoreChoice = "default",
        background: bool = False,
        expect: str = "success",
    ) -> DagRun:
        """Go on with a run that failed, was cancelled or was cut off, and return it.

        What succeeded or was skipped is kept; the rest runs with the code as it is now.

        Args:
            run_id (RUN): which run; the last one if not given.
            executor: where attempts run: "thread", "process", "serial" or "dask".
            address (ADDRESS): that of a Dask scheduler, such as tcp://10.0.0.1:8786; without one
                Dask works on this machine.
            store (FILE): where the history is kept, if not in .wfkit.
            background: return at once.
            expect: how the run must end, "success" or "failed".

        Raises UnknownRun where there is none, UnknownTask where its tasks are not declared.
        """
        expect = check.choice("expect", expect, ("success", "failed"))
        run = resume_run(self, run_id, (executor, address), store)
        return self._followed(run, background, expect)

    def rerun(
        self,
        task: str,
        *,
        run_id: str | None = None,
        downstream: bool = True,
        executor: str | None = None,
        address: str | None = None,
        store: StoreChoice = "default",
        background: bool = False,
        expect: str = "success",
    ) -> DagRun:
        """Clear a task of a run that has ended, and run it again with all that depends on it.

        Args:
            task: the task to run again.
            run_id (RUN): which run; the last one if not given.
            downstream: run its descendants again too.
            executor: where attempts run: "thread", "process", "serial" or "dask".
            address (ADDRESS): that of a Dask scheduler, such as tcp://10.0.0.1:8786; without one
                Dask works on this machine.
            store (FILE): where the history is kept, if not in .wfkit.
            background: return at once.
            expect: how the run must end, "success" or "failed".
        """
        expect = check.choice("expect", expect, ("success", "failed"))
        task = self.graph.known(task)
        names = {task} | (self.graph.descendants(task) if downstream else frozenset())
        run = rerun_tasks(self, run_id, names, (executor, address), store)
        return self._followed(run, background, expect)

    def cancel(self) -> None:
        """Ask the last run to stop, if it is still running, and end `serve`."""
        end_serving(self.name)
        if self.ran:
            self.ran.cancel("asked for")


@host.waits()
def _started(run: DagRun, wait: bool, next_step: str = _RESUME) -> None:
    # An interrupt can come as soon as the first body runs, which is before `start` returns.
    try:
        run.start()
        if wait:
            run.wait()
    except KeyboardInterrupt:
        run.cancel("interrupted")
        is_over = run.wait(timeout=_PATIENCE)
        raise KeyboardInterrupt(_told_of_interrupt(run, is_over, next_step)) from None


def _told_of_interrupt(run: DagRun, is_over: bool, next_step: str) -> str:
    if not is_over:
        unless = " unless it ends of its own" if next_step is _RESUME else ""
        return f"{run.run_id} was asked to stop, but a body still runs; {next_step}{unless}."
    if run.state is RunState.SUCCESS:
        return f"{run.run_id} came to its end before it could stop: {run.state}."
    return f"{run.run_id} is {run.state}; {next_step}."
