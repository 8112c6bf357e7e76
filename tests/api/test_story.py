"""The story that the course begins with, event by event: extract → flaky clean → load."""

from __future__ import annotations

import time

import pytest

from wfkit import Dag, task
from wfkit.api.dag_run import DagRun

Story = list[tuple[float, str | None, str | None, str | None]]


class Busy(ConnectionError):
    """What a server says that has too much to do."""


def extract() -> list[int | None]:
    return [3, None, 4]


def load(clean: list[int]) -> int:
    return sum(clean)


def story(run: DagRun) -> Story:
    """Each event as (seconds since the start, task, from, to)."""
    start = run.events[0].at
    return [
        ((it.at - start).total_seconds(), it.task, it.from_state, it.to_state) for it in run.events
    ]


def attempt(at: float, name: str, since: str, end: str) -> Story:
    """An attempt that begins and ends in one moment."""
    return [
        (at, name, since, "scheduled"),
        (at, name, "scheduled", "queued"),
        (at, name, "queued", "running"),
        (at, name, "running", end),
    ]


WHOLE: Story = [
    (0.0, None, None, "queued"),
    (0.0, None, "queued", "running"),
    *attempt(0.0, "extract", "none", "success"),
    *attempt(0.0, "clean", "none", "up_for_retry"),
    *attempt(30.0, "clean", "up_for_retry", "up_for_retry"),
    *attempt(90.0, "clean", "up_for_retry", "success"),
    *attempt(90.0, "load", "none", "success"),
    (90.0, None, "running", "success"),
]


def flaky() -> Dag:
    @task(retries=3, retry_delay="30s", backoff=2)
    def clean(extract: list[int | None], attempt: int) -> list[int]:
        if attempt <= 2:
            raise Busy("503 Service Unavailable")
        return [it for it in extract if it]

    return Dag("sales", [extract, clean, load], clock="virtual")


def broken_on_purpose() -> Dag:
    @task(retries=3, retry_delay="30s", backoff=2)
    def clean(extract: list[int | None]) -> list[int]:
        return [it for it in extract if it]

    return Dag("sales", [extract, clean, load], clock="virtual")


@pytest.mark.parametrize("executor", ["serial", "thread"])
def test_two_errors_503_end_after_90_virtual_seconds(executor: str) -> None:
    began = time.monotonic()
    run = flaky().run(executor=executor, store=None)
    assert time.monotonic() - began < 1  # milliseconds, on a machine that has nothing else to do
    assert story(run) == WHOLE
    assert run["load"] == 7
    errors = [it.error for it in run.snapshot.attempts.values() if it.error]
    assert [(it["type"], it["message"]) for it in errors] == [
        ("Busy", "503 Service Unavailable")
    ] * 2


@pytest.mark.parametrize("executor", ["serial", "thread"])
def test_faults_on_purpose_make_the_same_story(executor: str) -> None:
    run = broken_on_purpose().run(executor=executor, store=None, faults="clean:2")
    assert story(run) == WHOLE
