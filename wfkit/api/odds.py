"""Is it ready by six? Many nights of a Dag, played without running a body, and what they show."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from wfkit.api.dag_options import DagOptions
from wfkit.api.declaring import DeclaredDag
from wfkit.api.launch import check_pools, chosen_tasks, known_faults
from wfkit.api.moments import zone
from wfkit.api.occasions import begins
from wfkit.api.words import literal
from wfkit.core import options as check
from wfkit.core.errors import InvalidOption
from wfkit.core.graph import Graph
from wfkit.core.odds import Nights, Odds, chance_of, quantile
from wfkit.core.run import RunSnapshot, fold
from wfkit.core.states import Outcome, RunState
from wfkit.engine.clock import VIRTUAL_START
from wfkit.engine.faults import Fault
from wfkit.engine.odds import Night, Past, Setting, night_seed, play
from wfkit.engine.plan import RunPlan
from wfkit.engine.store import Store
from wfkit.engine.stores import StoreChoice, store_for

if TYPE_CHECKING:
    from pandas import DataFrame

    from wfkit.views.picture import Picture

MOST_NIGHTS = 1_000_000
MOST_VARIANTS = 100
_MOST_RUNS = 50
_AS_IT_IS = "as it is"

DurationOrTime = str | float | timedelta | time


@dataclass(frozen=True, kw_only=True)
class OddsRequest:
    """What was asked for; `Dag.odds` documents each."""

    nights: int = 1000
    faults: str | Sequence[str | Fault] = ()
    vary: Mapping[str, object] | None = None
    upto: str | Sequence[str] = ()
    ready_by: DurationOrTime | None = None
    seed: int = 0
    store: StoreChoice = "default"


class DagOdds:
    """The odds of a Dag: `frame` is the table, `plot()` the picture; as text it is both.

    `frame` has a row for each variant. `success` and `on_time` are chances from 0 to 1, each
    with the interval (`_low`, `_high`) that holds the true chance 95 times out of 100; `on_time`
    is empty where nothing says until when a night should be over. `attempts` is their mean
    number a night. `finish_50`, `finish_90` and `finish_99` are seconds from the start within
    which that share of the successful nights had ended.
    """

    def __init__(self, nights: Nights, rows: Sequence[_Row]) -> None:
        self._nights = nights
        self._rows = rows

    @cached_property
    def frame(self) -> DataFrame:
        """The table: a row for each variant."""
        from pandas import DataFrame, Index

        names = Index([it.odds.variant for it in self._rows], name="variant")
        return DataFrame([_cells(it) for it in self._rows], index=names)

    def plot(self) -> Picture:
        """The chance of each variant, when its nights end, and both as text."""
        from wfkit.views.odds import odds_picture

        return odds_picture(self._nights, [it.odds for it in self._rows])

    def __repr__(self) -> str:
        return self.plot().text

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> Mapping[str, Any]:
        return self.plot()._repr_mimebundle_(include, exclude)


@dataclass(frozen=True)
class _Row:
    """One variant: the options that it varies, and its odds."""

    varied: Mapping[str, Any]
    odds: Odds


def _cells(row: _Row) -> dict[str, Any]:
    odds, nothing = row.odds, float("nan")
    on_time = odds.on_time or (nothing,) * 3
    return {
        **row.varied,
        **dict(zip(("success", "success_low", "success_high"), odds.success, strict=True)),
        **dict(zip(("on_time", "on_time_low", "on_time_high"), on_time, strict=True)),
        "attempts": odds.attempts,
        **{f"finish_{part}": quantile(odds.finishes, part / 100) for part in (50, 90, 99)},
    }


def find_odds(dag: DeclaredDag, asked: OddsRequest) -> DagOdds:
    """Play the nights of each variant. Raises before the first one when something is wrong."""
    upto = check.names("upto", asked.upto)
    graph = chosen_tasks(dag, (), upto)
    variants = [
        _Variant(varied, _label(varied), variant)
        for varied, variant in _variants(dag, asked.vary or {}, upto)
    ]
    return _played(dag, asked, graph, variants)


def odds_of_both(
    dag: DeclaredDag, changed: DeclaredDag, policy: Mapping[str, Any], asked: OddsRequest
) -> DagOdds:
    """Play the nights of a Dag as it is, and with the options `policy` that make it `changed`."""
    graph = chosen_tasks(dag, (), ())
    variants = [_Variant({}, _AS_IT_IS, graph)]
    if policy:
        variants.append(_Variant(policy, _label(policy), chosen_tasks(changed, (), ())))
    return _played(dag, asked, graph, variants)


class _Variant(NamedTuple):
    varied: Mapping[str, Any]
    label: str
    graph: Graph


def _played(
    dag: DeclaredDag, asked: OddsRequest, graph: Graph, variants: Sequence[_Variant]
) -> DagOdds:
    nights = check.count("nights", asked.nights, 1, MOST_NIGHTS)
    seed = check.count("seed", asked.seed, 0, 2**63)
    faults = known_faults(asked.faults, seed, graph).faults
    due, time_of_day = _due(dag, asked.ready_by)
    past = _past([it.graph for it in variants], dag.name, asked.store)
    rows = []
    for variant in variants:
        setting = _setting(dag.options, variant.graph, faults, past)
        played = [play(setting, night_seed(seed, number)) for number in range(nights)]
        rows.append(_Row(variant.varied, _odds_of(variant.label, played, due)))
    return DagOdds(Nights(dag.name, nights, time_of_day, due, _recorded(past)), rows)


def _variants(
    dag: DeclaredDag, vary: Mapping[str, object], upto: Sequence[str]
) -> Iterator[tuple[dict[str, Any], Graph]]:
    values = [_values(name, given) for name, given in vary.items()]
    if (number := _product(map(len, values))) > MOST_VARIANTS:
        raise InvalidOption(
            f"vary makes {number:,} variants, at most {MOST_VARIANTS} are played.\n"
            "Give fewer values, or vary one option at a time."
        )
    for combination in itertools.product(*values):
        varied = dict(zip(vary, combination, strict=True))
        variant = dag
        for name, value in varied.items():
            task, _, option = name.rpartition(".")
            variant = variant.change(task, **{option: value})
        graph = chosen_tasks(variant, (), upto)
        check_pools(graph, dag.options.pools)
        yield varied, graph


def _product(numbers: Iterable[int]) -> int:
    found = 1
    for number in numbers:
        found *= number
    return found


def _values(name: str, given: object) -> list[Any]:
    """Return the values that an option takes in turn: a list, or a text with commas."""
    if not name.rpartition(".")[0]:
        raise InvalidOption(
            f'vary: "{name[:60]}" names no option of a task.\n'
            "Write TASK.OPTION with its values, such as orders.retries=0,3."
        )
    if isinstance(given, str):
        given = [literal(part) for part in given.split(",")]
    found = list(given) if isinstance(given, list | tuple | range) else [given]
    if not found:
        raise InvalidOption(f"vary: {name} has no values.\nGive at least one of them.")
    return found


def _label(varied: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={value}" for name, value in varied.items()) or _AS_IT_IS


def _setting(options: DagOptions, graph: Graph, faults: Sequence[Fault], past: Past) -> Setting:
    return Setting(
        graph=graph,
        slots=1 if options.executor == "serial" else options.max_active_tasks,
        pools=options.pools,
        faults=faults,
        past=past,
    )


def _odds_of(variant: str, played: Sequence[Night], due: float | None) -> Odds:
    finishes = sorted(it.finish for it in played if it.state is RunState.SUCCESS)
    total, on_time = len(played), None
    if due is not None:
        on_time = chance_of(sum(finish <= due for finish in finishes), total)
    attempts = sum(it.attempts for it in played) / total
    return Odds(variant, chance_of(len(finishes), total), on_time, attempts, finishes)


def _due(dag: DeclaredDag, ready_by: DurationOrTime | None) -> tuple[float | None, str]:
    """Return after how many seconds a night should be over, and the time of day that it means."""
    wanted = dag.options.deadline if ready_by is None else check.due("ready_by", ready_by)
    if wanted is None:
        return None, ""
    return _seconds_until(dag, wanted), _spelled(wanted) if isinstance(wanted, time) else ""


def _seconds_until(dag: DeclaredDag, wanted: float | time) -> float:
    """Return how long after its start a night should be over; it starts when a run is due."""
    start = datetime.fromtimestamp(_start(dag), zone(dag.options.timezone))
    plan = RunPlan(
        dag=dag.name,
        graph=Graph([]),
        run_id="",
        logical_date=start,
        data_interval=(start, start),
        deadline=wanted,
    )
    return plan.deadlines(start.timestamp())[""] - start.timestamp()


def _start(dag: DeclaredDag) -> float:
    found, timetable = begins(dag, None), dag.options.timetable
    if found is None and timetable and timetable.is_timed:
        first = next(timetable.intervals(datetime.fromtimestamp(VIRTUAL_START, UTC)), None)
        found = first.end.timestamp() if first else None
    return VIRTUAL_START if found is None else found


def _spelled(wanted: time) -> str:
    return wanted.isoformat("seconds" if wanted.second else "minutes")


def _past(graphs: Sequence[Graph], dag: str, choice: StoreChoice) -> Past:
    """Return what history knows of the tasks whose options leave it open."""
    every = [it for graph in graphs for it in graph.tasks.values()]
    timeless = {it.name for it in every if not it.options.takes}
    expanded = {it.name for it in every if it.options.expand}
    durations: dict[str, list[float]] = {}
    lengths: dict[str, int] = {}
    for snapshot in _snapshots(store_for(choice), dag) if timeless or expanded else ():
        whole = timeless - set(snapshot.detail.get("broken", ()))
        for attempt in snapshot.attempts.values():
            if attempt.task in whole and attempt.outcome is Outcome.RETURNED:
                took = (attempt.ended or 0.0) - (attempt.started or 0.0)
                durations.setdefault(attempt.task, []).append(took)
        items = Counter(task for task, index in snapshot.instances if index >= 0)
        lengths |= {task: count for task, count in items.items() if task in expanded}
    return Past(durations=durations, lengths=lengths)


def _snapshots(store: Store, dag: str) -> Iterator[RunSnapshot]:
    for record in store.runs(dag, _MOST_RUNS):
        yield fold(store.events(dag, record.run_id))


def _recorded(past: Past) -> tuple[str, ...]:
    return tuple(sorted(name for name, known in past.durations.items() if any(known)))
