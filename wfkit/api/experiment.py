"""What does a fault do to a Dag, and what does a policy help? One trial, and the odds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from wfkit.api.dag_run import DagRun
from wfkit.api.odds import DagOdds, OddsRequest, odds_of_both
from wfkit.api.running import Running
from wfkit.core import options as check
from wfkit.core.states import Outcome, RunState, TaskState
from wfkit.engine.faults import Fault, parse_fault
from wfkit.views.wording import counted

POLICY = ("retries", "retry_delay", "backoff", "timeout")
"""The options of a task that an experiment may change."""


@dataclass(frozen=True)
class Experiment:
    """A task was broken on purpose, under a policy: `run` is what happened, `odds` how often.

    `policy` holds the options that differ from those which the task was declared with.
    """

    dag: Running
    fault: Fault
    policy: Mapping[str, Any]
    run: DagRun
    odds: DagOdds

    @property
    def told(self) -> str:
        """What happened, in one sentence."""
        task, snapshot = self.fault.task, self.run.snapshot
        attempts = [it for it in snapshot.attempts.values() if it.task == task]
        number, lost = len(attempts), sum(it.outcome is not Outcome.RETURNED for it in attempts)
        failed = [it.task for it in snapshot.with_state(TaskState.FAILED)]
        if task in failed or (self.run.state is not RunState.SUCCESS and not failed):
            return f"The run {self.run.state}: {task} had {counted(number, 'attempt')}."
        in_vain = f", {lost} in vain" if lost else ""
        needed = f"{task} needed {counted(number, 'attempt')}{in_vain}"
        if self.run.state is RunState.SUCCESS:
            return f"The run succeeded: {needed}."
        return f"The run {self.run.state} because of {failed[0]}; {needed}."

    def __repr__(self) -> str:
        return f"{self.told}\n{self.run.picture().text}\n{self.odds!r}"


def experiment(
    dag: Running, fault: str, policy: Mapping[str, Any] | None = None, *, nights: int = 1_000
) -> Experiment:
    """Break a task of `dag` in a trial, under other options of that task, and tell the odds.

    `fault` is a text as `run` takes it (`orders:2`); `policy` gives retries, retry_delay,
    backoff or timeout. Neither the Dag nor its history is changed. `nights` is how many nights
    the odds are drawn from.

    Raises InvalidOption or UnknownTask.

    >>> from wfkit import Dag
    >>> def orders(): return [3, 4]
    >>> experiment(Dag("sales", [orders]), "orders:2", {"retries": 3}).told
    'The run succeeded: orders needed 3 attempts, 2 in vain.'
    """
    broken = parse_fault(fault)
    task = dag.graph.known(broken.task)
    for name in policy or {}:
        check.choice("policy", name, POLICY)
    changed = dag.change(task, **(policy or {}))
    before, after = dag.graph.tasks[task].options, changed.graph.tasks[task].options
    differs = {
        name: value
        for name, value in (policy or {}).items()
        if getattr(after, name) != getattr(before, name)
    }
    asked = OddsRequest(nights=nights, faults=[broken])
    return Experiment(
        dag=dag,
        fault=broken,
        policy=differs,
        run=changed.trial(faults=[broken]),
        odds=odds_of_both(dag, changed, differs, asked),
    )
