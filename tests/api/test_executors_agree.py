"""serial, thread and process end in equal states and results, whatever the Dag."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.api.families import dag_of, ends, faults_of
from tests.engine.simulation.scenario import scenario
from wfkit.api.dag_run import DagRun

FLAVOURS = {
    "thread": {"executor": "thread"},
    "process": {"executor": "process"},
    "virtual serial": {"executor": "serial", "clock": "virtual"},
    "virtual threads": {"executor": "thread", "clock": "virtual"},
}
SEEDS = range(120)
IN_PROCESSES = [seed for seed in SEEDS if len(scenario(seed).scenes) > 6][:10]
"""Large Dags only: a process takes its time to start."""


def play(seed: int, folder: Path, **flavour: Any) -> DagRun:
    plot = scenario(seed)
    folder.mkdir()
    run = dag_of(plot, folder).run(
        seed=seed, faults=faults_of(plot), store=None, background=True, **flavour
    )
    assert run.wait(60), f"seed {seed} hangs with {flavour}"
    return run


def agree(seed: int, flavours: list[str], folder: Path) -> int:
    """Play the Dag of a seed everywhere; return how many task instances could be compared."""
    wanted = list(ends(play(seed, folder / f"{seed} serial", executor="serial")))
    for name in flavours:
        run = play(seed, folder / f"{seed} {name}", **FLAVOURS[name])
        assert list(ends(run)) == wanted, f"seed {seed}: {name} differs from serial"
    return len(wanted)


@pytest.mark.long
def test_serial_and_threads_end_in_the_same_states_and_results(tmp_path: Path) -> None:
    others = ["thread", "virtual serial", "virtual threads"]
    assert sum(agree(seed, others, tmp_path) for seed in SEEDS) > 300


@pytest.mark.long
def test_processes_end_in_the_same_states_and_results(tmp_path: Path) -> None:
    assert sum(agree(seed, ["process"], tmp_path) for seed in IN_PROCESSES) > 60
