"""The same Dags, the same states and results: in Airflow, Prefect and Dagster, really run."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

import pytest

from tests.parity import environments
from tests.parity.comparing import complaints, own_run
from tests.parity.dags import CASES
from tests.parity.running import export_all, judged, run_all
from wfkit.api.dag_run import DagRun

MUST_RUN = bool(os.environ.get("CI") or os.environ.get("WFKIT_MUST_RUN_PARITY"))


@cache
def own_runs() -> Mapping[str, DagRun]:
    return {name: own_run(case) for name, case in CASES.items()}


@pytest.fixture(scope="session", params=list(environments.REQUIREMENTS))
def engine(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    if not environments.is_made(name):
        if not MUST_RUN:
            pytest.skip(f"there is no environment for {name}: python -m tests.parity makes it")
        environments.make(name)
    return name


@pytest.mark.parity
def test_each_dag_goes_the_same_way(
    engine: str, tmp_path: Path, measured: Callable[[str], None]
) -> None:
    export_all(engine, tmp_path / engine, own_runs())
    found = run_all(engine, tmp_path / engine)
    verdicts = judged(engine, own_runs(), found)
    same = sum(not its for its in verdicts.values())
    measured(f"{found['version']}: {same} of {len(verdicts)} Dags go the same way")
    assert {name: its for name, its in verdicts.items() if its} == {}
    assert same >= 12


@pytest.mark.slow(5)
def test_a_comparison_sees_what_differs() -> None:
    run = own_runs()["exhausted"]
    told = {
        "fine": {"-1": {"state": "success", "attempts": 1, "value": 2}},
        "broken": {"-1": {"state": "failed", "attempts": 2, "value": None}},
        "beside": {"-1": {"state": "failed", "attempts": 1, "value": None}},
        "other": {},
    }
    assert list(complaints(run, "prefect", {"state": "success", "tasks": told})) == [
        "the run is success, not failed",
        "fine[-1] returned 2, not 1",
        "beside is ['failed'], not ['success']",
        "broken[-1] took 2 attempts, not 3",
        "other is no task here",
    ]
