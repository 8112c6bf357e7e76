"""Did a Dag go the same way elsewhere? Task by task: states, attempts, results."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tests.parity.canonical import canonical
from tests.parity.dags import Case
from wfkit.api.dag_run import DagRun
from wfkit.core.states import TaskState

_DID_NOT_RUN = {"skipped", "upstream_failed"}


def own_run(case: Case) -> DagRun:
    """Run the Dag here: on a virtual clock, in memory."""
    return case.dag.trial(params=dict(case.params) or None, logical_date=case.logical_date)


def complaints(run: DagRun, engine: str, found: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is not the same."""
    if str(run.state) != found["state"]:
        yield f"the run is {found['state']}, not {run.state}"
    by_task: dict[str, dict[int, Any]] = {}
    for (name, index), it in run.snapshot.instances.items():
        by_task.setdefault(name, {})[index] = it
    for name, instances in by_task.items():
        theirs = {int(index): it for index, it in found["tasks"].get(name, {}).items()}
        yield from _of_task(run, engine, name, instances, theirs)
    unknown = found["tasks"].keys() - by_task.keys()
    yield from (
        f"{name} is no task here" for name in sorted(unknown) if not name.endswith("_items")
    )


def _of_task(
    run: DagRun, engine: str, name: str, ours: Mapping[int, Any], theirs: Mapping[int, Any]
) -> Iterator[str]:
    states = [str(it.state) for _, it in sorted(ours.items())]
    others = [it["state"] for _, it in sorted(theirs.items())]
    if not _same_states(engine, states, others):
        yield f"{name} is {others}, not {states}"
        return
    for (index, it), (_, other) in zip(sorted(ours.items()), sorted(theirs.items()), strict=False):
        if str(it.state) in _DID_NOT_RUN:
            continue
        if it.state is TaskState.SUCCESS:
            value = canonical(run[name] if index < 0 else run[name, index])
            if value != other["value"]:
                yield f"{name}[{index}] returned {other['value']!r}, not {value!r}"
        if not run.graph.tasks[name].options.sensor and it.attempt != other["attempts"]:
            yield f"{name}[{index}] took {other['attempts']} attempts, not {it.attempt}"


def _same_states(engine: str, ours: list[str], theirs: list[str]) -> bool:
    """Compare states; what did not run has no state, or another one, outside of Airflow."""
    if engine == "airflow":
        return ours == theirs
    if set(ours) <= _DID_NOT_RUN and len(ours) == 1:
        return not theirs or (len(theirs) == 1 and theirs[0] in _may_be(engine, ours[0]))
    return ours == theirs


def _may_be(engine: str, state: str) -> set[str | None]:
    if state == "upstream_failed":
        # Of the last ops of a graph Dagster says that they failed: so does the run.
        return {"upstream_failed", "failed" if engine == "dagster" else "NotReady"}
    return {state}
