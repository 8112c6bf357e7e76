"""The promises of the engine, under thousands of failure histories."""

import gc
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.engine.simulation.__main__ import complaints_of, digest, replay
from tests.engine.simulation.invariants import complaints
from tests.engine.simulation.scenario import Scenario, scenario
from tests.engine.simulation.story import Story
from tests.engine.simulation.twins import differences, is_comparable
from tests.engine.simulation.world import play

ROOT = Path(__file__).parents[3]
RICH = 3
needs_signals = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork and SIGKILL")


def start(*arguments: str, hash_seed: str = "0") -> subprocess.Popen[str]:
    """Play somewhere else, under another hash seed."""
    return subprocess.Popen(
        [sys.executable, "-m", *arguments],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
    )


def killed(*arguments: str) -> dict[str, Any]:
    """Play seeds with real deaths; return the verdict."""
    process = start("tests.engine.simulation.sigkill", *arguments)
    found: dict[str, Any] = json.loads(process.communicate(timeout=300)[0])
    return found


def compare(
    count: int, one: Callable[[Scenario], Story], other: Callable[[Scenario], Story]
) -> int:
    """Play the first `count` seeds in two ways; return how many could be compared."""
    compared = 0
    for seed in range(count):
        plot = scenario(seed)._replace(again=())
        if not is_comparable(plot):
            continue
        compared += 1
        first, second = one(plot), other(plot)
        found = complaints(first) + complaints(second) + list(differences(first, second))
        assert not found, f"seed {seed}: {found}\n{replay(seed)}"
    return compared


@pytest.fixture
def quiet_heap() -> Iterator[None]:
    """Keep the garbage collector away: a story leaves next to no circles behind."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.slow(10)
@pytest.mark.usefixtures("quiet_heap")
def test_two_thousand_stories_keep_every_promise(measured: Callable[[str], None]) -> None:
    began = time.process_time()
    for seed in range(2_000):
        found = complaints_of(seed)
        assert not found, "\n".join([f"seed {seed}:", *found[:5], replay(seed)])
    rate = 60 * 2_000 / (time.process_time() - began)
    measured(f"2,000 seeds, {rate:,.0f} in a minute of one core")


@pytest.mark.long
def test_a_crash_and_a_resume_change_no_end() -> None:
    def unharmed(plot: Scenario) -> Story:
        return play(plot, crashes=False)

    assert compare(250, play, unharmed) > 100


@pytest.mark.long
def test_serial_and_threads_end_the_same() -> None:
    def serial(plot: Scenario) -> Story:
        return play(plot, slots=1, crashes=False)

    def threads(plot: Scenario) -> Story:
        return play(plot, threads=True, crashes=False)

    assert compare(250, serial, threads) > 120


@pytest.mark.long
def test_threads_keep_every_promise_through_crashes() -> None:
    for seed in range(200):
        found = complaints(play(scenario(seed), threads=True))
        assert not found, f"seed {seed}: {found}\n{replay(seed)} --threads"


@pytest.mark.long
def test_threads_write_the_same_log_two_hundred_times() -> None:
    logs = {digest(range(RICH, RICH + 1), threads=True) for _ in range(200)}
    assert len(logs) == 1


@pytest.mark.long
def test_the_log_does_not_depend_on_the_hash_seed() -> None:
    simulation = "tests.engine.simulation"
    started = [start(simulation, "--digest", "0:150", hash_seed=it) for it in ("1", "2", "3")]
    told = {process.communicate(timeout=60)[0] for process in started}
    assert told == {f"{digest(range(150))}\n"}


@pytest.mark.long
@needs_signals
@pytest.mark.parametrize(("seeds", "how"), [("0:200", []), ("200:300", ["--real"])])
def test_stories_survive_sigkill(
    measured: Callable[[str], None], seeds: str, how: list[str]
) -> None:
    verdict = killed("--seeds", seeds, *how)
    told = f"{verdict['deaths']} deaths by SIGKILL, {verdict['a_minute']:,} seeds a minute"
    measured(" ".join([f"{verdict['seeds']} seeds, {told}", *how]))
    assert verdict["wrong"] == []
    assert verdict["seeds"] >= 100
    assert verdict["deaths"] > verdict["seeds"] / 2


@pytest.mark.slow
@needs_signals
@pytest.mark.parametrize("bug", ["result_outside_the_transaction", "told_before_it_is_committed"])
def test_sigkill_finds_what_is_not_durable(bug: str) -> None:
    likely, many = "20:30", "30:90"
    assert any(killed("--seeds", it, "--bug", bug)["wrong"] for it in (likely, many))


def test_a_seed_is_one_story() -> None:
    assert scenario(1) == scenario(1)
    assert scenario(1) != scenario(2)
    assert complaints_of(RICH) == []


def test_the_stories_hold_what_they_are_to_prove() -> None:
    plots = [scenario(seed) for seed in range(500)]
    scenes = [scene for plot in plots for scene in plot.scenes]
    seen = {name for scene in scenes for name, value in scene.options.items() if value}
    assert {"sensor", "branch", "expand", "cache", "pool", "timeout", "retries"} <= seen
    assert {len(plot.scenes) for plot in plots} == set(range(1, 22))
    assert {len(plot.crashes) for plot in plots} == {0, 1, 2, 3}
    assert {plot.slots for plot in plots} == {1, 2, 3, 8}
    assert any(plot.cancel_at is not None for plot in plots)
    kinds = {act.kind for scene in scenes for turns in scene.acts for act in turns}
    assert kinds == {"returns", "waits", "raises", "fails", "skips", "hangs"}
