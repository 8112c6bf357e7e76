"""A steady beat on a real clock: nothing lost, nothing twice, nothing early, and no drift."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.api.serving import service_at
from wfkit import Dag

GROWTH = 0.5
"""Seconds. To wait just ten milliseconds too long each time adds up to more in fifty beats."""


class Begun(NamedTuple):
    """A run: the date that it stands for, when it was due, when it really began."""

    date: datetime
    due: datetime
    at: float

    @property
    def lateness(self) -> float:
        return self.at - self.due.timestamp()


def beat(logical_date: datetime) -> datetime:
    return logical_date


def beats(path: Path, schedule: str, count: int, most: int) -> list[Begun]:
    """Serve until so many runs have succeeded; return those that began, in order of their dates."""
    dag = Dag("pulse", [beat], schedule=schedule, max_active_runs=most, catchup=True)
    with service_at(path) as (store, heard):
        dag.serve(store=store)
        heard.until("is success", times=count)
        dag.cancel()
    found = []
    for start in store.starts("pulse"):
        assert start.detail is not None
        date, due = (datetime.fromisoformat(start.detail[it]) for it in ("logical_date", "due"))
        found.append(Begun(date, due, start.time))
    return sorted(found)


def check(found: list[Begun], step: timedelta) -> None:
    assert [it.date for it in found] == [found[0].date + n * step for n in range(len(found))]
    assert all(it.due == it.date + step for it in found)
    assert min(it.lateness for it in found) >= 0


@pytest.mark.slow
def test_a_quick_beat_loses_nothing_and_brings_nothing_twice(tmp_path: Path) -> None:
    found = beats(tmp_path / "history", "every 50ms", 20, most=4)
    assert len(found) >= 20
    check(found, timedelta(milliseconds=50))


@pytest.mark.long
def test_a_minute_of_seconds_has_sixty_runs_and_no_drift(tmp_path: Path) -> None:
    found = beats(tmp_path / "history", "every 1s", 60, most=1)
    assert len(found) >= 60
    check(found, timedelta(seconds=1))
    # What a busy machine delays does not stay: the best of ten tells.
    first, last = (min(it.lateness for it in ten) for ten in (found[:10], found[50:60]))
    assert last - first < GROWTH
