"""Runs exported files in Airflow, in one process: python in_airflow.py FOLDER."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import datetime
from functools import wraps
from pathlib import Path
from typing import Any
from unittest.mock import patch

import airflow
from airflow.dag_processing import dagbag
from airflow.sdk import DAG, PokeReturnValue, get_current_context
from airflow.serialization import encoders
from airflow.timetables.base import DataInterval, TimeRestriction, Timetable
from airflow.utils.session import create_session

sys.path.insert(0, str(Path(__file__).parent))
from canonical import canonical
from harness import load, run_folder

VALUES: dict[tuple[str, int], Any] = {}


def recorded(function: Callable[..., Any]) -> Callable[..., Any]:
    """Note what a task returns, from outside of the file."""

    @wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        value = function(*args, **kwargs)
        ti = get_current_context()["ti"]
        kept = value.xcom_value if isinstance(value, PokeReturnValue) else value
        VALUES[ti.task_id, ti.map_index] = canonical(kept)
        return value

    return call


def watch(dag: DAG) -> None:
    for it in dag.tasks:
        if hasattr(it, "python_callable"):
            it.python_callable = recorded(it.python_callable)
        else:
            it.op_kwargs_expand_input  # noqa: B018 - only what is expanded has it
            it.partial_kwargs["python_callable"] = recorded(it.partial_kwargs["python_callable"])


def interval_of(timetable: Timetable, dag: DAG, logical_date: datetime) -> DataInterval:
    """Return the interval of the scheduled run that stands for this date."""
    last: DataInterval | None = None
    bounds = TimeRestriction(dag.start_date, dag.end_date, catchup=True)
    for _ in range(1000):
        info = timetable.next_dagrun_info(last_automated_data_interval=last, restriction=bounds)
        assert info is not None, "no run of the schedule stands for this date"
        last = info.data_interval
        if info.logical_date == logical_date:
            return last
    raise AssertionError("no run of the schedule stands for this date")


def run(path: Path, wanted: dict[str, Any]) -> dict[str, Any]:
    VALUES.clear()
    dag = next(it for it in vars(load(path)).values() if isinstance(it, DAG))
    watch(dag)
    options: dict[str, Any] = {"run_conf": wanted["params"]}
    real = encoders.coerce_to_core_timetable

    def scheduled(timetable: Any) -> Timetable:
        """Let the run by hand stand for the interval that the schedule has for its date."""
        core = real(timetable)
        if wanted["logical_date"]:
            interval = interval_of(core, dag, options["logical_date"])
            core.infer_manual_data_interval = lambda **_: interval
        return core

    if wanted["logical_date"]:
        options["logical_date"] = datetime.fromisoformat(wanted["logical_date"])
    with patch.object(encoders, "coerce_to_core_timetable", scheduled):
        done = dag.test(**options)
    with create_session() as session:
        instances = done.get_task_instances(session=session)
        return {"state": str(done.state.value), "tasks": tasks(instances)}


def sync_once(folder: Path) -> None:
    """Read the folder of Dags once; each run would do it anew."""
    bag = dagbag.BundleDagBag(dag_folder=folder, bundle_path=folder, bundle_name="dags-folder")
    assert not bag.import_errors, bag.import_errors
    real = dagbag.sync_bag_to_db
    done: list[str] = []

    def sync(_: Any, name: str, version: str | None) -> None:
        if not done:
            done.append(name)
            real(bag, name, version)

    dagbag.BundleDagBag = lambda **_: bag
    dagbag.sync_bag_to_db = sync


def tasks(instances: list[Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for it in instances:
        state = str(getattr(it.state, "value", it.state))
        found.setdefault(it.task_id, {})[str(it.map_index)] = {
            "state": state,
            "attempts": it.try_number,
            "value": VALUES.get((it.task_id, it.map_index)) if state == "success" else None,
        }
    return found


if __name__ == "__main__":
    place = Path(sys.argv[1]).absolute()
    sync_once(place)
    run_folder(f"apache-airflow {airflow.__version__}", run, place)
