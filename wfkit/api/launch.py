"""How does a run begin? From what was asked for to a run that is under way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date
from typing import Any

from wfkit.api.dag_run import DagRun
from wfkit.api.declaring import DeclaredDag
from wfkit.api.earlier import Earlier
from wfkit.api.finding import newest_run
from wfkit.api.moments import moment
from wfkit.api.occasions import begins, by_hand
from wfkit.api.order import Order
from wfkit.core import options as check
from wfkit.core.errors import EmptyDag, InvalidOption, NoResult, did_you_mean
from wfkit.core.graph import Graph, SourceKind
from wfkit.core.task import REQUIRED
from wfkit.engine import stored
from wfkit.engine.clock import Clock, clock_for
from wfkit.engine.executors.choice import check_address, executor_name
from wfkit.engine.failure import in_a_line
from wfkit.engine.faults import Fault, Faults
from wfkit.engine.kept_params import kept_params
from wfkit.engine.store import Store
from wfkit.engine.stores import StoreChoice, store_for


@dataclass(frozen=True, kw_only=True)
class RunRequest:
    """What was asked for; `Dag.run` documents each."""

    params: Mapping[str, Any] | None = None
    logical_date: str | date | None = None
    executor: str | None = None
    address: str | None = None
    clock: str | Clock | None = None
    seed: int = 0
    store: StoreChoice = "default"
    only: str | Sequence[str] = ()
    upto: str | Sequence[str] = ()
    faults: str | Sequence[str | Fault] = ()


def launch(dag: DeclaredDag, asked: RunRequest) -> DagRun:
    """Check what was asked for and return a run by hand that is ready to start.

    Raises before anything is written down or run when something is missing or wrong.
    """
    options = dag.options
    graph = chosen_tasks(dag, check.names("only", asked.only), check.names("upto", asked.upto))
    clock = options.clock if asked.clock is None else asked.clock
    time = clock_for(clock, begins(dag, asked.logical_date))
    occasion = by_hand(dag, asked.logical_date, time)
    return order_for(dag, asked, graph, time).run(occasion, time)


def order_for(dag: DeclaredDag, asked: RunRequest, graph: Graph, clock: Clock) -> Order:
    """Check what was asked for, for one run or many. Raises where something is wrong."""
    options = dag.options
    seed = check.count("seed", asked.seed, 0, 2**63)
    check_pools(graph, options.pools)
    params = _values(options.params, asked.params)
    executor = executor_name(asked.executor or options.executor, clock)
    check_address(executor, asked.address)
    return Order(
        dag=dag,
        graph=graph,
        executor=executor,
        address=asked.address,
        params=params,
        seed=seed,
        faults=known_faults(asked.faults, seed, graph),
        earlier=_earlier(dag, graph, asked.store),
        store=_store(asked.store, params),
    )


def _store(choice: StoreChoice, params: Mapping[str, Any]) -> Store:
    kept = store_for(choice)
    if kept.is_durable:
        check_params(params)
    return kept


def known_faults(faults: str | Sequence[str | Fault], seed: int, graph: Graph) -> Faults:
    """Return faults, checked. Raises UnknownTask for a fault of a task that does not run."""
    found = Faults([faults] if isinstance(faults, str) else faults, seed)
    for task in found.tasks:
        graph.known(task)
    return found


def check_pools(graph: Graph, pools: Mapping[str, int]) -> None:
    """Raise InvalidOption for a task whose pool the Dag does not have."""
    for name, it in graph.tasks.items():
        pool = it.options.pool
        if pool is not None and pool not in pools:
            raise InvalidOption(
                f'{name} wants a slot of the pool "{pool}", which the Dag does not have.'
                f"{did_you_mean(pool, pools)}\nGive it slots: %dag new NAME --pool {pool}=2 in a "
                f'notebook, Dag(..., pools={{"{pool}": 2}}) in Python.'
            )


def check_not_empty(dag: DeclaredDag) -> None:
    """Raise EmptyDag for a Dag without tasks."""
    if not dag.graph.tasks:
        raise EmptyDag(
            f"{dag.name} has no tasks yet.\nDeclare one in a %%task cell, or with dag.add."
        )


def chosen_tasks(dag: DeclaredDag, only: Sequence[str], upto: Sequence[str]) -> Graph:
    """Return the part of the graph that is to run; raises where it cannot."""
    check_not_empty(dag)
    if only and upto:
        raise InvalidOption("only and upto exclude each other.\nGive one of them.")
    graph = dag.graph
    if upto:
        wanted = set(upto)
        for name in upto:
            wanted |= graph.ancestors(name)
        graph = graph.subgraph(sorted(wanted))
    elif only:
        graph = graph.subgraph(only)
    graph.check_complete()
    return graph


def _values(known: Mapping[str, Any], given: Mapping[str, Any] | None) -> dict[str, Any]:
    if not isinstance(given, Mapping | None):
        raise InvalidOption(
            f'params={check.shown(given)} is not possible: write {{"name": value}}.'
            f"{_perhaps_a_date(given)}"
        )
    for name in given or {}:
        if name not in known:
            declare = f"none yet; declare it in a notebook with --param {name}=value on %dag new"
            raise InvalidOption(
                f'the Dag has no param "{name}".{did_you_mean(name, known)}\n'
                f"Params: {', '.join(known) or declare}."
            )
    return {**known, **(given or {})}


def _perhaps_a_date(given: object) -> str:
    if not isinstance(given, str | date):
        return ""
    try:
        moment("logical_date", given, UTC)
    except InvalidOption:
        return ""
    return f'\nFor the day that the run stands for, write logical_date="{given}".'


def check_params(values: Mapping[str, Any]) -> None:
    """Raise InvalidOption, naming the param, for one that no store can keep."""
    for name, value in kept_params(values).items():
        try:
            stored.as_bytes(name, value)
        except stored.CannotStore as refusal:
            raise InvalidOption(
                f"the param {name} cannot be stored: {in_a_line(refusal.__cause__ or refusal)}.\n"
                "Give it plain data, or run with store=None to keep everything in memory."
            ) from refusal


def _earlier(dag: DeclaredDag, graph: Graph, choice: StoreChoice) -> Earlier:
    """Return the results of the last run that tasks outside of `graph` left behind."""
    left_out = dag.tasks.keys() - graph.tasks.keys()
    if not left_out:
        return Earlier()
    where = "default" if choice is None else choice
    last = dag.ran.newest() if dag.ran is not None else newest_run(dag.name, dag.graph, where)
    found = Earlier({} if last is None else last.origins(left_out))
    check_earlier(graph, found)
    return found


def check_earlier(graph: Graph, earlier: Earlier) -> None:
    """Raise NoResult where a task reads a result of an earlier run that is not there."""
    for name, sources in sorted(graph.sources.items()):
        for source in sources:
            is_needed = source.kind is SourceKind.EARLIER and source.default is REQUIRED
            if is_needed and source.name not in earlier:
                raise NoResult(
                    f'{name} reads "{source.name}", which has no result yet.\n'
                    f"Run it with what it needs: upto {name}, instead of only {name}."
                )
