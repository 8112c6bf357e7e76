"""What is not the same elsewhere is said: in the file and in the output."""

from __future__ import annotations

from typing import Any

import pytest

from tests.export.written import ENGINES, dag_of
from wfkit import Dag

NIGHTLY: dict[str, Any] = {"timezone": "Europe/London", "start_date": "1997-01-01"}


def notes(source: str, engine: str, **options: Any) -> str:
    """Return all notes, after a look that each is in the file too."""
    exported = dag_of(source, **options).export(engine)
    head = exported.source.partition("\n\n")[0].replace("\n#   ", " ")
    for note in exported.notes:
        assert f"# - {note}" in head
    return "\n".join(exported.notes)


def plain(**options: Any) -> str:
    inside = ", ".join(f"{name}={value!r}" for name, value in options.items())
    return f"from wfkit import task\n@task({inside})\ndef orders(logical_date):\n    return 1\n"


@pytest.mark.parametrize(
    ("engine", "does"),
    [
        ("airflow", "Airflow runs a time that is left out an hour later, and one that comes twice"),
        ("prefect", "Prefect runs a time that is left out an hour later; wfkit at the end"),
        ("dagster", "Dagster runs a time that comes twice the second time, wfkit the first time"),
    ],
)
def test_a_schedule_that_meets_a_change_of_clocks_warns(engine: str, does: str) -> None:
    told = notes(plain(), engine, schedule="30 1 * * *", **NIGHTLY)
    assert "The clocks of Europe/London change when runs are due, as on 1997-03-30." in told
    assert does in told


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("schedule", "options", "warns"),
    [
        ("30 0 * * *", NIGHTLY, False),
        ("30 2 * * *", NIGHTLY, False),  # in London the clocks change from one to two
        ("0 1 * * *", NIGHTLY, True),
        ("0 * * * *", NIGHTLY, True),
        ("30 1 * * mon", NIGHTLY, False),  # they change on Sundays
        ("30 1 * * sun", NIGHTLY, True),
        ("30 1 * 6 *", NIGHTLY, False),
        ("30 1 * * *", {"timezone": "UTC"}, False),
        ("30 1 * * *", NIGHTLY | {"end_date": "1997-03-01"}, False),
        ("30 1 * * *", {"timezone": "Asia/Tokyo"}, False),
        ("30 2 * * *", {"timezone": "America/New_York"}, True),
        ("every 1h", NIGHTLY, False),
    ],
)
def test_only_a_schedule_that_can_meet_one_warns(
    engine: str, schedule: str, options: dict[str, Any], warns: bool
) -> None:
    assert ("The clocks of" in notes(plain(), engine, schedule=schedule, **options)) is warns


EVERYTHING = """
from wfkit import cancelled, task

@task(deadline="2h", takes="5m", cache=True, result_format="parquet", priority=2, pool="db",
      group="morning", timeout="1m", sensor=True)
def drop(files):
    return cancelled()

@task(trigger_rule="one_success", deadline="06:00")
def first(drop):
    return drop

@task(expand="first", max_map_length=5)
def each(first):
    return first
"""


@pytest.mark.parametrize("engine", ENGINES)
def test_nothing_is_dropped_silently(engine: str) -> None:
    told = notes(
        EVERYTHING,
        engine,
        schedule="file inbox/*.csv",
        deadline="3h",
        pools={"db": 4},
        max_active_tasks=2,
        catchup=True,
        on_success=print,
    )
    for text in (
        "takes (drop) is for the virtual clock alone",
        "result_format=parquet (drop) is not carried over",
        "cancelled() (drop) is always False",
        "The deadline of 3h is not carried over",
        "Alerts (success) are not carried over",
        "drop: its deadline of 2h is not carried over",
        "first: its deadline of 06:00 is not carried over",
        "max_map_length=5 is not checked here",
        'The schedule "file inbox/*.csv" has no counterpart',
        "db 4",
    ):
        assert text in told, text
    assert ("cache (drop) has no counterpart" in told) is (engine != "prefect")
    assert ("priority (drop) has no counterpart" in told) is (engine == "prefect")
    assert ("one_success waits here" in told) is (engine != "airflow")
    assert ("timeout" in told) is (engine != "airflow")


@pytest.mark.parametrize(
    ("schedule", "engine", "does"),
    [
        ("0 * * * *", "airflow", "Airflow and wfkit run in both hours"),
        ("*/30 2 * * *", "airflow", "one that comes twice the second time. As the time follows"),
        ("0 */2 * * *", "prefect", "one that comes twice the first time. As the time follows"),
        ("0 */2 * * *", "dagster", "one that comes twice the second time. As the time follows"),
    ],
)
def test_some_hours_of_the_clock_are_not_all_of_them(schedule: str, engine: str, does: str) -> None:
    assert does in notes(plain(), engine, schedule=schedule, timezone="Europe/Berlin")


def test_half_an_hour_is_more_than_an_engine_can_do() -> None:
    where = {"timezone": "Australia/Lord_Howe"}
    assert "Airflow fails at that" in notes(plain(), "airflow", schedule="0 * * * *", **where)
    assert "half an hour late" in notes(plain(), "dagster", schedule="0 * * * *", **where)
    assert "half an hour" not in notes(plain(), "airflow", schedule="0 2 * * *", **where)


@pytest.mark.parametrize("takes", ["", "logical_date"])
def test_bounds_of_a_schedule_are_kept_or_told(takes: str) -> None:
    source = f"def orders({takes}):\n    return 1\n"
    told = notes(source, "dagster", schedule="30 1 * * *", max_active_runs=3, **NIGHTLY)
    assert ("start_date has no counterpart" in told) is (takes == "")
    assert "max_concurrent_runs: 3" in told


@pytest.mark.parametrize("engine", ["prefect", "dagster"])
@pytest.mark.parametrize("schedule", [None, "after shop"])
def test_a_date_without_a_clock_is_told(engine: str, schedule: str | None) -> None:
    assert "Without a schedule logical_date is" in notes(plain(), engine, schedule=schedule)


def test_every_pool_has_its_command() -> None:
    source = (
        "from wfkit import task\n"
        "@task(pool='my db')\ndef orders():\n    return 1\n"
        "@task(pool='api')\ndef prices():\n    return 2\n"
    )
    for engine, commands in (
        ("airflow", ("airflow pools set api 1 wfkit", "airflow pools set 'my db' 2 wfkit")),
        ("prefect", ("concurrency-limit create api 1", "concurrency-limit create 'my db' 2")),
        ("dagster", ("concurrency set api 1", "concurrency set my_db 2")),
    ):
        told = notes(source, engine, pools={"my db": 2, "api": 1})
        assert all(it in told for it in commands)


@pytest.mark.parametrize("engine", ENGINES)
def test_runs_after_another_dag_are_told(engine: str) -> None:
    assert "shop" in notes(plain(), engine, schedule="after shop")


def test_a_steady_beat_that_no_cron_says_is_told_for_dagster_alone() -> None:
    assert "has no counterpart" in notes(plain(), "dagster", schedule="every 7h")
    assert "has no counterpart" not in notes(plain(), "airflow", schedule="every 7h")
    assert "has no counterpart" not in notes(plain(), "dagster", schedule="every 6h")


def test_days_that_mean_something_else_are_told() -> None:
    for engine in ENGINES:
        told = notes(plain(), engine, schedule="0 6 */2 * mon")
        assert "both day and weekday must fit" in told
        assert "both day" not in notes(plain(), engine, schedule="0 6 1 * mon")


def test_a_dag_like_any_other_has_nothing_to_tell_but_for_its_results() -> None:
    def orders() -> int:
        return 1

    def revenue(orders: int) -> int:
        return orders

    dag = Dag("sales", [orders, revenue])
    assert [len(dag.export(engine).notes) for engine in ENGINES] == [1, 0, 0]
