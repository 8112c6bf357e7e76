"""The same Dags, the same states and results: in Airflow, Prefect and Dagster, really run."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.parity import dags_of_lessons, environments, recording
from tests.parity.comparing import complaints, own_run
from tests.parity.dags import CASES
from tests.parity.environments import REQUIREMENTS
from tests.parity.running import judged, run_everywhere, told
from wfkit.api.dag_run import DagRun
from wfkit.teach.shop import daily_drops

Everywhere = tuple[Mapping[str, DagRun], Mapping[str, Future[dict[str, Any]]]]
MUST_RUN = bool(os.environ.get("CI") or os.environ.get("WFKIT_MUST_RUN_PARITY"))


@pytest.fixture(scope="session")
def everywhere(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Everywhere]:
    """All engines whose environment is there, or must be, run at once."""
    engines = [it for it in REQUIREMENTS if MUST_RUN or environments.is_made(it)]
    with ThreadPoolExecutor(len(REQUIREMENTS)) as pool:
        yield run_everywhere(engines, tmp_path_factory.mktemp("parity"), pool)


@pytest.mark.parity
@pytest.mark.parametrize("engine", REQUIREMENTS)
def test_each_dag_goes_the_same_way(
    engine: str, everywhere: Everywhere, measured: Callable[[str], None]
) -> None:
    runs, running = everywhere
    if engine not in running:
        pytest.skip(f"there is no environment for {engine}: python -m tests.parity makes it")
    found = running[engine].result()
    verdicts = judged(engine, runs, found)
    measured(told(found, verdicts))
    assert {name: its for name, its in verdicts.items() if its} == {}
    assert len(verdicts) >= 12
    kept = [it for it in recording.read() if it.engine == engine.capitalize()]
    assert list(recording.recorded(engine, found, runs)) == kept, "python -m tests.parity --record"


def test_the_day_of_lesson_10_is_that_of_the_shop(tmp_path: Path) -> None:
    daily_drops(tmp_path, "1997-02-24", "1997-02-25")
    (made,) = tmp_path.iterdir()
    assert made.read_bytes() == (dags_of_lessons.DROPS / made.name).read_bytes()


@pytest.mark.parametrize("night", recording.NIGHTS)
def test_what_lesson_10_shows_of_the_engines_is_what_wfkit_does(night: str) -> None:
    run = own_run(CASES[recording.NIGHTS[night]])
    rows = [it for it in recording.read() if it.night == night]
    assert [it.task for it in rows] == list(run.graph.order) * len(REQUIREMENTS)
    assert {it.run for it in rows} == {str(run.state)}
    for it in rows:
        ours = run.snapshot.instances[it.task, -1]
        if str(ours.state) in ("success", "failed"):
            assert (it.state, it.attempts) == (str(ours.state), str(ours.attempt))
        if it.task != "orders" and it.returned:
            assert it.returned == str(run[it.task])


def test_a_comparison_sees_what_differs() -> None:
    run = own_run(CASES["exhausted"])
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
