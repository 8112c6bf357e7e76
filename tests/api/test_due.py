"""What is due when a scheduler begins, begins again, or finds another schedule: all by argument."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wfkit.api.dag_options import DagOptions
from wfkit.api.due import agenda_of
from wfkit.api.past import Past
from wfkit.core.events import Event
from wfkit.engine.agenda import Occasion
from wfkit.engine.store import MemoryStore
from wfkit.engine.timetable import Interval

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
BEGIN = datetime(1997, 1, 1, tzinfo=UTC)
SEEDS = st.integers(0, 10**6)
HOURLY = {"schedule": "0 * * * *", "start_date": "1997-01-01"}


class World:
    """A history, and schedulers that live one after another; every run ends at once."""

    def __init__(self) -> None:
        self.store = MemoryStore()
        self.begun: list[tuple[datetime, Interval]] = []

    def serve(self, now: datetime, looks: list[timedelta], **options: Any) -> list[Interval]:
        """Be a scheduler from `now` on that looks at its clock after each of these times."""
        asked = DagOptions(**options)
        agenda = agenda_of(asked, Past(self.store, "pulse"), now)
        before = len(self.begun)
        for wait in [timedelta(), *looks]:
            now += wait
            while found := agenda.due(now):
                for it in found:
                    self._run(it, asked, now)
                    agenda.ended()
        return [interval for _, interval in self.begun[before:]]

    def _run(self, it: Occasion, options: DagOptions, now: datetime) -> None:
        assert options.timetable is not None
        detail: dict[str, Any] = {
            "run_type": it.run_type,
            "logical_date": it.interval.begin.isoformat(),
            "data_interval": [moment.isoformat() for moment in it.interval],
            "schedule": options.timetable.text,
        }
        run_id = f"run_{len(self.begun)}"
        self.store.add_run("pulse", run_id, detail["logical_date"], now.timestamp())
        first = Event(1, 0.0, "run_state", run_id, to_state="queued", detail=detail)
        self.store.write("pulse", run_id, [first])
        self.begun.append((now, it.interval))

    @property
    def dates(self) -> list[datetime]:
        return [interval.begin for _, interval in self.begun]


def fires(until: datetime, **options: Any) -> list[Interval]:
    timetable = DagOptions(**options).timetable
    assert timetable is not None
    return list(takewhile(lambda it: it.end <= until, timetable.intervals(BEGIN)))


def lives(seed: int) -> list[tuple[timedelta, list[timedelta]]]:
    """For each scheduler where the clock is set before it, and how it then looks at it."""
    chance = random.Random(seed)

    def move() -> timedelta:
        return chance.choice([-3, -1, 0, 0.2, 1, 1, 2, 30]) * HOUR * chance.random()

    return [(move(), [move() for _ in range(chance.randint(0, 6))]) for _ in range(6)]


@pytest.mark.slow
@settings(max_examples=25)
@given(SEEDS)
def test_whatever_clocks_and_schedulers_do_catchup_brings_every_fire_once(seed: int) -> None:
    world, now, latest = World(), BEGIN, BEGIN
    for jump, looks in lives(seed):
        now += jump
        world.serve(now, looks, **HOURLY, catchup=True)
        for wait in (timedelta(), *looks):
            now += wait
            latest = max(latest, now)
    assert sorted(world.dates) == [it.begin for it in fires(latest, **HOURLY)]


@pytest.mark.slow
@settings(max_examples=25)
@given(SEEDS)
def test_whatever_clocks_and_schedulers_do_no_date_comes_twice_or_early(seed: int) -> None:
    world, now = World(), BEGIN
    for jump, looks in lives(seed):
        now += jump
        world.serve(now, looks, **HOURLY)
        now += sum(looks, timedelta())
    assert len(world.dates) == len(set(world.dates))
    assert all(begun >= interval.end for begun, interval in world.begun)


@pytest.mark.parametrize(("catchup", "days"), [(True, [2, 3, 4, 5]), (False, [5])])
def test_a_restart_makes_up_for_what_was_missed_as_catchup_says(
    catchup: bool, days: list[int]
) -> None:
    world, nightly = World(), {"schedule": "@daily", "start_date": "1997-01-01"}
    assert [it.begin.day for it in world.serve(BEGIN + DAY, [], **nightly)] == [1]
    for _ in "once", "again":
        found = world.serve(BEGIN + 5.5 * DAY, [], **nightly, catchup=catchup)
        assert [it.begin.day for it in found] == days
        days = []


def test_a_clock_that_was_ahead_silences_nothing() -> None:
    world, nightly = World(), {"schedule": "@daily"}
    world.serve(BEGIN + 300 * DAY, [DAY], **nightly)
    found = world.serve(BEGIN, [DAY, DAY], **nightly)
    assert [it.begin for it in found] == [BEGIN, BEGIN + DAY]


@pytest.mark.parametrize("catchup", [True, False])
@pytest.mark.parametrize("start", [None, "1997-01-01"])
@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("30 1 * * *", "30 2 * * *"),
        ("30 1 * * 1-5", "30 1 * * *"),
        ("30 1 * * *", "30 1 * * 1-5"),
        ("@daily", "@hourly"),
        ("@hourly", "@daily"),
        ("every 1d", "every 7h"),
        ("every 2h", "every 1h"),
    ],
)
def test_another_schedule_never_brings_again_what_has_run(
    before: str, after: str, start: str | None, catchup: bool
) -> None:
    world, now = World(), BEGIN + 20.4 * DAY
    options: dict[str, Any] = {"start_date": start, "catchup": catchup}
    old = world.serve(BEGIN, [DAY] * 20, schedule=before, **options)
    assert old
    reached = max(it.end for it in old)
    new = world.serve(now, [DAY / 2] * 20, schedule=after, **options)
    assert new
    assert min(it.begin for it in new) >= reached
    again = world.serve(now + 10 * DAY, [], schedule=before, **options)
    assert all(it.begin >= max(it.end for it in new) for it in again)


def test_another_zone_or_start_of_a_beat_is_another_schedule() -> None:
    def text(**options: Any) -> str:
        timetable = DagOptions(**options).timetable
        assert timetable is not None
        return timetable.text

    nightly, beat = {"schedule": "30 1 * * *"}, {"schedule": "every 1d"}
    zoned = text(**nightly, timezone="Europe/London")
    assert zoned == "30 1 * * * Europe/London" != text(**nightly)
    assert text(**nightly, start_date="1997-01-01") == text(**nightly)
    assert text(**beat, start_date="1997-01-01T06:00") != text(**beat, start_date="1997-01-01")
    assert text(schedule="file a.csv") == "file a.csv"


def test_a_schedule_that_is_the_same_fills_its_holes() -> None:
    world, nightly = World(), {"schedule": "@daily", "start_date": "1997-01-01"}
    world.serve(BEGIN + 3 * DAY, [], **nightly)
    found = world.serve(BEGIN + 5 * DAY, [], **nightly, catchup=True)
    assert [it.begin.day for it in found] == [1, 2, 4, 5]


def test_what_an_older_version_ran_is_taken_for_the_same_schedule(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world, nightly = World(), {"schedule": "@daily", "start_date": "1997-01-01"}
    keep: Callable[..., None] = world.store.write

    def without_schedule(dag: str, run_id: str, events: list[Event]) -> None:
        first = events[0]
        detail = {k: v for k, v in (first.detail or {}).items() if k != "schedule"}
        keep(dag, run_id, [first._replace(detail=detail)])

    monkeypatch.setattr(world.store, "write", without_schedule)
    world.serve(BEGIN + 3 * DAY, [], **nightly)
    found = world.serve(BEGIN + 5 * DAY, [], **nightly, catchup=True)
    assert [it.begin.day for it in found] == [1, 2, 4, 5]
