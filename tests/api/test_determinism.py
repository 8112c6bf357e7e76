"""The same seed plays the same every time: one Dag that has everything that chance could touch."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

import wfkit
from wfkit import Dag, Skip, task
from wfkit.api.dag_run import DagRun

ROOT = Path(__file__).resolve().parents[2]
SHOPS = {"Leeds", "York", "Hull", "Ripon", "Whitby"}


@task(retries=4, retry_delay="20s", backoff=2, jitter=True, pool="api", priority=2)
def orders(region: str) -> list[str]:
    wfkit.sleep(7)
    return sorted(SHOPS) if region == "all" else [region]


@task(retries=4, retry_delay="20s", jitter=True, pool="api")
def prices(attempt: int) -> dict[str, int]:
    wfkit.sleep(3 * attempt)
    return dict.fromkeys(SHOPS, 5)


@task(expand="orders", retries=3, retry_delay="5s", jitter=True, max_retry_delay="1m")
def sold(orders: str, attempt: int) -> int:
    print(f"{orders}, attempt {attempt}")  # noqa: T201 - prints are part of what a body does
    for letter in orders:
        wfkit.sleep(ord(letter) % 4)
    if len(orders) == 4 and attempt == 1:
        raise ConnectionError(orders)
    return len(orders)


def arrived() -> Any:
    """A sensor that sees its file at the third look."""
    looks: list[int] = []

    @task(sensor=True, poke_interval="11s", pool="disk")
    def arrived() -> int | None:
        wfkit.sleep(1)
        looks.append(1)
        return len(looks) if len(looks) > 2 else None

    return arrived


@task(branch=True, takes="2s")
def choose(sold: list[int]) -> list[str]:
    return [name for name in ("large", "small") if (name == "large") == (sum(sold) > 20)]


@task(after="choose", pool="disk", priority=-1)
def large(sold: list[int], prices: dict[str, int]) -> int:
    return sum(sold) * len(prices)


@task(after="choose")
def small() -> int:
    return 1


@task(timeout="30s", retries=2)
def slow(prices: dict[str, int], attempt: int) -> int:
    wfkit.sleep(40 if attempt == 1 else 10)
    return len(prices)


@task(pool="disk", takes="4s")
def sunday(arrived: int) -> None:
    raise Skip("no sales on Sundays")


@task(trigger_rule="all_done", deadline="1m")
def report(large: int | None = None, small: int | None = None, slow: int = 0) -> Any:
    return {"large": large, "small": small, "slow": slow}


@task(trigger_rule="one_success")
def first(sold: Any, slow: Any, sunday: Any) -> list[bool]:
    return [it is None for it in (sold, slow, sunday)]


TASKS = (orders, prices, sold, choose, large, small, slow, sunday, report, first)
FAULTS = ("orders:40%", "prices:60%", "sold:25%", "slow:20%", "large:lost", "small:10%")


def play(seed: int, executor: str = "thread") -> DagRun:
    """Run the Dag once; its store is in memory."""
    dag = Dag(
        "rich",
        [*TASKS, arrived()],
        params={"region": "all"},
        pools={"api": 1, "disk": 2},
        max_active_tasks=3,
        clock="virtual",
        deadline="2m",
    )
    return dag.run(executor=executor, seed=seed, store=None, faults=FAULTS, background=True)


def digest(seed: int, executor: str = "thread") -> str:
    """The sha256 of all that is on record of a run."""
    run = play(seed, executor)
    assert run.wait(60)
    log = [it.to_dict() for it in run.events]
    return hashlib.sha256(json.dumps([log, list(map(list, run.lines))]).encode()).hexdigest()


SEEDS = range(1, 6)
HASH_SEEDS = ("1", "2", "3")
TIMES = {1: 67}
PLAYS = "import json, tests.api.test_determinism as it; print(json.dumps(it.digests()))"


def digests() -> dict[str, dict[str, int]]:
    """How often each digest came: on threads the first seed many times, on serial each once."""
    threads = {f"thread {it}": [digest(it) for _ in range(TIMES.get(it, 2))] for it in SEEDS}
    serial = {f"serial {it}": [digest(it, "serial")] for it in SEEDS}
    return {name: Counter(found) for name, found in (threads | serial).items()}


@pytest.mark.long
def test_the_log_is_the_same_200_times_under_three_hash_seeds() -> None:
    started = [
        subprocess.Popen(
            [sys.executable, "-c", PLAYS],
            stdout=subprocess.PIPE,
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
        )
        for hash_seed in HASH_SEEDS
    ]
    found = [json.loads(it.communicate(timeout=120)[0]) for it in started]
    assert found[0] == found[1] == found[2]
    assert {name: len(counts) for name, counts in found[0].items()} == dict.fromkeys(found[0], 1)
    assert sum(sum(it["thread 1"].values()) for it in found) >= 200
    assert len(set().union(*found[0].values())) == 2 * len(SEEDS)


def test_the_dag_has_everything_that_chance_could_touch() -> None:
    runs = [play(seed) for seed in SEEDS]
    assert all(run.wait(60) for run in runs)
    events = [event for run in runs for event in run.events]
    moves = {(it.task, it.to_state) for it in events}
    assert {
        ("orders", "up_for_retry"),
        ("prices", "up_for_retry"),
        ("sold", "up_for_retry"),
        ("slow", "up_for_retry"),
        ("large", "up_for_retry"),
        ("arrived", "up_for_reschedule"),
        ("sunday", "skipped"),
        ("small", "skipped"),
        ("first", "success"),
        ("report", "success"),
    } <= moves
    assert {it.type for it in events} >= {"expanded", "deadline_missed", "task_state"}
    delays = {it.delay for run in runs for it in run.snapshot.attempts.values() if it.delay}
    assert len(delays) > 10
