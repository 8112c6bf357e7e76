"""How does a run go on? After a failure, a cancellation, a crash, or because a task is cleared."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from datetime import datetime
from typing import Any

from wfkit.api.dag_run import DagRun
from wfkit.api.declaring import DeclaredDag
from wfkit.api.history import find_run
from wfkit.api.interrupts import held_back
from wfkit.api.launch import check_earlier, check_pools
from wfkit.api.moments import zone
from wfkit.api.watching import watch
from wfkit.core import facts
from wfkit.core.errors import InvalidOption, NoResult, UnknownTask
from wfkit.core.graph import Graph
from wfkit.core.run import RunSnapshot
from wfkit.core.states import RunState, TaskState
from wfkit.engine.agenda import SeenFile
from wfkit.engine.clock import Clock, SystemClock, VirtualClock
from wfkit.engine.executors.choice import check_address, executor_name, make_executor
from wfkit.engine.failure import in_a_line
from wfkit.engine.kept_params import holds_secret
from wfkit.engine.plan import RunPlan
from wfkit.engine.runner import Runner
from wfkit.engine.store import PARAMS
from wfkit.engine.stored import Unreadable, from_bytes
from wfkit.engine.stores import StoreChoice

Drive = Callable[[Runner], object]
Where = tuple[str | None, str | None]
"""An executor and, for Dask, an address; None for those of before."""


def resume_run(dag: DeclaredDag, run_id: str | None, where: Where, choice: StoreChoice) -> DagRun:
    """Start what is left of a run; one that succeeded is returned as it is, and says so."""
    run = ended_run(dag, run_id, choice)
    snapshot = run.snapshot
    if snapshot.state is RunState.SUCCESS:
        return run.with_nothing_left()
    graph = _graph_of(dag, snapshot)

    def drive(runner: Runner) -> None:
        detail = {"resumed": True, "code": runner.plan.code()}
        runner.go_on(facts.RunResumed(runner.now(), detail))

    return _go_on(dag, run, graph, where, drive)


def rerun_tasks(
    dag: DeclaredDag,
    run_id: str | None,
    names: Iterable[str],
    where: Where,
    choice: StoreChoice,
) -> DagRun:
    """Clear tasks of an ended run and start it again."""
    run = ended_run(dag, run_id, choice)
    graph = _graph_of(dag, run.snapshot)
    cleared = tuple(name for name in graph.order if name in set(names))
    if not cleared:
        raise UnknownTask(
            f"{run.run_id} did not run {', '.join(names)}.\nRun the whole Dag: dag.run()"
        )

    def drive(runner: Runner) -> None:
        detail = {"cleared": list(cleared), "code": runner.plan.code()}
        runner.go_on(facts.TasksCleared(runner.now(), cleared, detail))

    return _go_on(dag, run, graph, where, drive, cleared=cleared)


def ended_run(dag: DeclaredDag, run_id: str | None, choice: StoreChoice) -> DagRun:
    """Return the run of this run_id, or the last one; it must have ended.

    Raises UnknownRun where there is none, InvalidOption for one that still runs.
    """
    run = find_run(dag, run_id, choice)
    if run.broke_down:
        run.wait()
    if not run.state.is_terminal:
        raise InvalidOption(
            f"{run.run_id} is still running.\nWait for its end, or cancel it: dag.cancel()"
        )
    return run


def _graph_of(dag: DeclaredDag, snapshot: RunSnapshot) -> Graph:
    names = list(snapshot.upstream)
    gone = [name for name in names if name not in dag.graph.tasks]
    if gone:
        told = ", ".join(gone[:6]) + (" …" if len(gone) > 6 else "")
        raise UnknownTask(
            f"{snapshot.run_id} has tasks that are not declared here: {told}.\n"
            "Run the cells above first, those with %%task."
        )
    graph = dag.graph if len(names) == len(dag.graph.tasks) else dag.graph.subgraph(names)
    graph.check_complete()
    return graph


def _go_on(
    dag: DeclaredDag,
    run: DagRun,
    graph: Graph,
    where: Where,
    drive: Drive,
    *,
    cleared: Iterable[str] = (),
) -> DagRun:
    snapshot, store = run.snapshot, run.store
    results = _results_of(run)
    clock = _clock_of(snapshot)
    executor, address = where
    name = executor_name(executor or snapshot.detail.get("executor"), clock)
    check_address(name, address)
    check_pools(graph, dag.options.pools)
    check_earlier(graph, run.earlier)
    plan = _plan_of(dag, run, graph)
    with ExitStack() as writing, ExitStack() as until_started:
        writing.enter_context(store.writing())
        if run.newest() is not run:
            raise InvalidOption(
                f"{run.run_id} has just been gone on with elsewhere.\nLook at it again: dag.last"
            )
        until_started.enter_context(held_back())
        again = DagRun(dag.name, run.run_id, store, graph, run.earlier)
        again.changed = _changed(snapshot, plan, cleared)
        again.left_out = tuple(it for it in dag.graph.order if it not in snapshot.upstream)
        slots = make_executor(name, dag.options.max_active_tasks, clock, address)
        again.prepare(
            lambda bus: Runner(plan, slots, clock, store, bus, snapshot=snapshot, results=results),
            drive,
            writing,
            until_started,
        )
    watch(dag, again, clock)
    return again


def _results_of(run: DagRun) -> dict[tuple[str, int], Any]:
    found = run.results()
    if not run.store.is_durable and not found and run.snapshot.with_state(TaskState.SUCCESS):
        raise NoResult(
            f"{run.run_id} kept its results in memory, and they went with the Dag that ran it.\n"
            "Run it again: dag.run()"
        )
    return found


def _clock_of(snapshot: RunSnapshot) -> Clock:
    if snapshot.detail.get("clock") == "virtual":
        return VirtualClock(snapshot.time)
    return SystemClock()


def _plan_of(dag: DeclaredDag, run: DagRun, graph: Graph) -> RunPlan:
    detail = run.snapshot.detail
    where = zone(dag.options.timezone)
    begin, end = (
        datetime.fromisoformat(text).astimezone(where) for text in detail["data_interval"]
    )
    return RunPlan(
        dag=dag.name,
        graph=graph,
        run_id=run.run_id,
        run_type=detail["run_type"],
        logical_date=datetime.fromisoformat(detail["logical_date"]).astimezone(where),
        data_interval=(begin, end),
        params=_params_of(dag, run, detail),
        seed=detail["seed"],
        earlier=run.earlier,
        origins=run.earlier.origins,
        pools=dag.options.pools,
        due=datetime.fromisoformat(detail["due"]).astimezone(where) if "due" in detail else None,
        files=tuple(SeenFile(*it) for it in detail.get("files", ())),
    )


def _params_of(dag: DeclaredDag, run: DagRun, detail: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the params of a run; what was withheld from its history is as the Dag has it now."""
    if run.params is not None:
        return {**dag.params, **run.params}
    kept, gone = _kept_params_of(run, detail), detail.get("withheld", ())
    for name in gone:
        if not holds_secret(name, dag.params.get(name)):
            raise NoResult(
                f"the param {name} of {run.run_id} is a secret, which no history keeps.\n"
                f'Give the Dag its value, then go on: params={{"{name}": Secret(…)}}'
            )
    return {**dag.params, **{name: it for name, it in kept.items() if name not in gone}}


def _kept_params_of(run: DagRun, detail: Mapping[str, Any]) -> Mapping[str, Any]:
    data = run.store.read_result(run.dag_name, run.run_id, PARAMS)
    try:
        found: Mapping[str, Any] = from_bytes(data) if data is not None else detail["params"]
    except Exception as cause:
        raise Unreadable(
            f"the params of {run.run_id} cannot be read back: {in_a_line(cause)}.\n"
            "Define what they need as it was, or begin a new run: dag.run()"
        ) from cause
    return found


def _changed(snapshot: RunSnapshot, plan: RunPlan, cleared: Iterable[str]) -> tuple[str, ...]:
    """Return the tasks whose results are kept although other code made them than they have now."""
    now, kept = plan.code(), snapshot.with_state(TaskState.SUCCESS)
    other = {it.task for it in kept if snapshot.made_by[it.task, it.map_index] != now[it.task]}
    return tuple(name for name in plan.graph.order if name in other - set(cleared))
