"""What has no counterpart in an engine, or means something else there? Named, never dropped."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Sequence
from datetime import time, timedelta

from wfkit.core.cron import Cron
from wfkit.core.schedules import Every, OnFile, OnSuccess, spelled
from wfkit.core.task_options import PLAIN
from wfkit.core.trigger_rules import TriggerRule
from wfkit.export.notes import Note
from wfkit.export.plan import Plan
from wfkit.export.schedules import pool_name

_AT_ONCE = (TriggerRule.ONE_SUCCESS, TriggerRule.ONE_FAILED)


def differences(plan: Plan, engine: str) -> list[Note]:
    """Return the notes about a plan for one engine, those of the Dag first."""
    found = [*_of_dag(plan, engine)]
    for name in plan.order:
        found += (Note(text, name) for text in _of_task(plan, name, engine))
    return found


def _of_dag(plan: Plan, engine: str) -> Iterator[Note]:
    texts = [*_of_schedule(plan, engine), *_OF_ENGINE[engine](plan)]
    if plan.deadline is not None:
        texts.append(
            f"The deadline of {_due(plan.deadline)} is not carried over: {_ALERTS[engine]}."
        )
    if plan.alerts:
        texts.append(
            f"Alerts ({', '.join(plan.alerts)}) are not carried over (addresses are secrets, "
            f"functions want an alert of wfkit): {_CALLBACKS[engine]}."
        )
    pools = sorted({it.pool for it in map(plan.options, plan.order) if it.pool is not None})
    if pools:
        texts.append(_POOLS[engine].format("; ".join(_pool_commands(plan, pools, engine))))
    if plan.contexts("files") and not isinstance(plan.schedule, OnFile):
        texts.append("Nothing gives files to a run here: hand them over as a param.")
    modules = plan.carried.local_modules
    if modules:
        texts.append(f"It imports {', '.join(modules)}: put that beside this file.")
    yield from map(Note, texts)
    yield from map(Note, _named(plan, engine))


def _named(plan: Plan, engine: str) -> Iterator[str]:
    """Yield what concerns several tasks in the same way, with their names."""
    for text, fits in _SAME:
        names = [name for name in plan.order if fits(plan, name, engine)]
        if names:
            yield text.format(tasks=", ".join(names), engine=engine.capitalize())


_SAME: list[tuple[str, Callable[[Plan, str, str], bool]]] = [
    (
        "takes ({tasks}) is for the virtual clock alone: there is none here.",
        lambda plan, name, engine: bool(plan.options(name).takes),
    ),
    (
        "cache ({tasks}) has no counterpart: every attempt really runs.",
        lambda plan, name, engine: plan.options(name).cache and engine != "prefect",
    ),
    (
        "result_format=parquet ({tasks}) is not carried over: results are kept as {engine} does.",
        lambda plan, name, engine: plan.options(name).result_format != PLAIN.result_format,
    ),
    (
        "group ({tasks}) is a tag here.",
        lambda plan, name, engine: plan.options(name).group is not None and engine == "prefect",
    ),
    (
        "group ({tasks}) is not carried over: ops have no groups.",
        lambda plan, name, engine: (
            plan.options(name).group is not None and engine == "dagster" and plan.looks_at_states
        ),
    ),
    (
        "priority ({tasks}) has no counterpart for tasks.",
        lambda plan, name, engine: bool(plan.options(name).priority) and engine == "prefect",
    ),
    (
        "cancelled() ({tasks}) is always False: a cancelled task is stopped from outside.",
        lambda plan, name, engine: "cancelled" in plan.carried.tools(name),
    ),
]


def _of_task(plan: Plan, name: str, engine: str) -> Iterator[str]:
    options = plan.options(name)
    if options.deadline is not None:
        yield f"its deadline of {_due(options.deadline)} is not carried over."
    if options.trigger_rule in _AT_ONCE and engine != "airflow":
        yield f"{options.trigger_rule} waits here until all upstream tasks have ended."
    if options.expand is not None and options.max_map_length != PLAIN.max_map_length:
        yield f"max_map_length={options.max_map_length} is not checked here."
    if options.sensor and engine != "airflow":
        yield "a sensor keeps its place while it waits here."
    if options.timeout is None:
        return
    if engine == "prefect":
        yield "a task that blocks ends at its own end, and only then is its timeout noticed."
    elif engine == "dagster":
        yield "Dagster has no timeout for a step: an alarm of the system ends it, not on Windows."


def _of_schedule(plan: Plan, engine: str) -> Iterator[str]:
    schedule = plan.schedule
    if isinstance(schedule, Cron) and plan.clock_change:
        yield f"{plan.clock_change} {_at_clock_change(plan, schedule, engine)}"
    if isinstance(schedule, OnFile) and engine != "airflow":
        yield f'The schedule "{schedule}" has no counterpart: start a run and give it the files.'
    if isinstance(schedule, OnSuccess) and engine != "airflow":
        how = "an automation" if engine == "prefect" else "a run status sensor"
        yield f"Runs are not due by themselves after {schedule.dag}: make {how} for that."


def _at_clock_change(plan: Plan, cron: Cron, engine: str) -> str:
    fixed, hourly, others = _CLOCKS[engine]
    if cron.is_fixed:
        return fixed
    if plan.clock_shift % timedelta(hours=1) and engine in _HALF_HOURS:
        return _HALF_HOURS[engine]
    return hourly if len(cron.hours) == 24 else f"{others} {_OURS}"


_CLOCKS = {
    "airflow": (
        (
            "Airflow runs a time that is left out an hour later, and one that comes twice the "
            "second time; wfkit at the end of the gap, and the first time."
        ),
        "Airflow and wfkit run in both hours that have the same name.",
        "Airflow runs a time that is left out later, and one that comes twice the second time.",
    ),
    "prefect": (
        "Prefect runs a time that is left out an hour later; wfkit at the end of the gap.",
        "Prefect passes over the second of two hours with the same name; wfkit runs in both.",
        "Prefect runs a time that is left out later, and one that comes twice the first time.",
    ),
    "dagster": (
        (
            "Dagster runs a time that comes twice the second time, wfkit the first time; both "
            "run a time that is left out at the end of the gap."
        ),
        "Dagster and wfkit run in both hours that have the same name.",
        (
            "Dagster runs a time that is left out at the end of the gap, and one that comes "
            "twice the second time."
        ),
    ),
}
"""What each engine does with fixed times, with every hour, and with some hours of the clock."""

_OURS = "As the time follows the clock, wfkit passes over the one, and runs the other both times."
_HALF_HOURS = {
    "airflow": "Where they change by half an hour Airflow fails at that: take another time zone.",
    "dagster": "Where they change by half an hour Dagster is half an hour late from then on.",
}

_ALERTS = {
    "airflow": "see DeadlineAlert of airflow.sdk",
    "prefect": "make an automation that tells of late runs",
    "dagster": "see FreshnessPolicy",
}
_CALLBACKS = {
    "airflow": "give @dag or a task on_failure_callback, on_success_callback, on_retry_callback",
    "prefect": "give @flow or a task on_failure, on_completion, or make an automation",
    "dagster": "make a run_failure_sensor, or give a job failure_hook, success_hook",
}
_POOLS = {
    "airflow": "Pools have to be there: {}.",
    "prefect": "A pool is a tag with a limit, to be set: {}.",
    "dagster": "A pool has no limit until it gets one: {}.",
}
_SET_POOL = {
    "airflow": "airflow pools set {0} {1} wfkit",
    "prefect": "prefect concurrency-limit create {0} {1}",
    "dagster": "dagster instance concurrency set {0} {1}",
}


def _pool_commands(plan: Plan, pools: Sequence[str], engine: str) -> Iterator[str]:
    for name in pools:
        there = pool_name(name) if engine == "dagster" else name
        yield _SET_POOL[engine].format(shlex.quote(there), plan.pools.get(name, 1))


def _due(deadline: object) -> str:
    return f"{deadline:%H:%M}" if isinstance(deadline, time) else spelled(float(str(deadline)))


def _of_airflow(plan: Plan) -> Iterator[str]:
    if plan.wants_interval and plan.is_timed:
        yield (
            "A run by hand stands for the logical date that it is given: "
            "airflow dags trigger --logical-date."
        )
    if any(plan.readers(name) for name in plan.order):
        yield (
            "Results go through XCom: texts, numbers, dates, lists, dicts with text as keys, "
            "DataFrames (with pyarrow). Write anything else to a file and return its path."
        )


def _of_prefect(plan: Plan) -> Iterator[str]:
    if any(len(plan.readers(name)) > 1 for name in plan.order):
        yield (
            "Tasks that read the same result get the same object here, in wfkit each its own: "
            "do not change it in place."
        )
    yield from _look_ahead(plan, "Prefect", "catchup", "start_date", "end_date")
    if plan.wants_interval and not plan.is_timed:
        yield "Without a schedule logical_date is what a run is given, else when it begins."
    if plan.looks_at_states and len(plan.order) > 2:
        yield (
            "Tasks are started in the order of the flow: one that waits for its upstream tasks "
            "holds up those after it."
        )


def _look_ahead(plan: Plan, engine: str, *options: str) -> Iterator[str]:
    if plan.schedule is None:
        return
    given = [name for name in options if getattr(plan, name)]
    if engine == "Prefect" and isinstance(plan.schedule, Every):
        given = [it for it in given if it != "start_date"]
    if given:
        has = "has" if len(given) == 1 else "have"
        yield f"{' and '.join(given)} {has} no counterpart: schedules of {engine} look ahead."


def _of_dagster(plan: Plan) -> Iterator[str]:
    if plan.looks_at_states:
        yield (
            "These are ops, not assets: assets know no trigger rules, branches and lists of "
            "unknown length. An op that failed or was skipped is green here, and says so in its "
            "output and its log; the last ones of the graph decide, as in wfkit."
        )
    if plan.is_timed:
        most = plan.max_active_runs
        yield (
            f"max_active_runs={most} is for the whole instance: set max_concurrent_runs: {most} "
            "in dagster.yaml."
        )
    if plan.wants_interval and plan.is_timed:
        if plan.catchup:
            yield "catchup is not carried over: launch a backfill of the missing partitions."
    else:
        yield from _look_ahead(plan, "Dagster", "catchup", "start_date", "end_date")
    if plan.wants_interval and not plan.is_timed:
        yield "Without a schedule logical_date is when a run was made."


_OF_ENGINE: dict[str, Callable[[Plan], Iterator[str]]] = {
    "airflow": _of_airflow,
    "prefect": _of_prefect,
    "dagster": _of_dagster,
}
