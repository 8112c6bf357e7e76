"""The options of a Dag and its tasks mean the same in the file, or have another name there."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.export.written import ENGINES, dag_of, function_in, imported, source_of

DATED = "def orders(logical_date):\n    return 1\n"
MIDNIGHT: dict[str, Any] = {
    "schedule": "0 0 * * *",
    "start_date": "1997-01-01",
    "end_date": "1998-07-01",
}


@pytest.mark.parametrize(
    ("schedule", "airflow", "dagster"),
    [
        ("0 0 * * *", "1998, 6, 30, ", "1998, 7, 1"),
        ("30 1 * * *", "1998, 7, 1, ", "1998, 7, 1, 1, 30"),
        ("0 6 * * mon", "1998, 7, 1, ", "1998, 7, 6, 6"),
        ("every 6h", "1998, 6, 30, 18, ", "1998, 7, 1"),
    ],
)
def test_the_last_run_is_the_same_one(schedule: str, airflow: str, dagster: str) -> None:
    """A run stands for date < end_date; Airflow has <=, Dagster wants the end of its interval."""
    dag = dag_of(DATED, **MIDNIGHT | {"schedule": schedule})
    assert f"end_date=datetime({airflow}tzinfo=UTC)" in source_of(dag, "airflow")
    assert f"end=datetime({dagster})," in source_of(dag, "dagster")


def test_a_steady_beat_in_a_zone_begins_when_it_begins_here() -> None:
    options = MIDNIGHT | {"schedule": "every 1h", "timezone": "Europe/Berlin"}
    text = source_of(dag_of(DATED, **options), "dagster")
    assert "start=datetime(1996, 12, 31, 23)" in text
    assert "end=datetime(1998, 6, 30, 22)" in text


@pytest.mark.parametrize("schedule", [None, "after shop", "file inbox/*.csv"])
def test_a_run_of_airflow_without_a_date_stands_for_its_moment(schedule: str | None) -> None:
    for zone, text in (
        ("UTC", "logical_date = logical_date or dag_run.run_after"),
        ("Asia/Tokyo", "logical_date = (logical_date or dag_run.run_after).astimezone(ZONE)"),
    ):
        dag = dag_of(DATED, schedule=schedule, timezone=zone)
        assert text in function_in(source_of(dag, "airflow"), "orders")
    assert "run_after" not in source_of(dag_of(DATED, **MIDNIGHT), "airflow")


def many(count: int, **options: Any) -> Any:
    return dag_of("".join(f"def t{it}():\n    return 1\n" for it in range(count)), **options)


def test_a_limit_is_carried_over_where_it_can_be_met() -> None:
    for count, most in ((5, 4), (3, 2)):
        dag = many(count, max_active_tasks=most)
        assert f"max_active_tasks={most}" in source_of(dag, "airflow")
        assert f"max_workers={most})" in source_of(dag, "prefect")
        assert f'configured({{"max_concurrent": {most}}})' in source_of(dag, "dagster")
    for engine in ENGINES:
        text = source_of(many(4), engine)
        assert not re.search("max_active_tasks|max_workers|max_concurrent\\b", text)


def test_ops_of_dagster_keep_pool_and_priority() -> None:
    text = source_of(
        dag_of(
            "from wfkit import task\n"
            "@task(pool='my db', priority=2, trigger_rule='all_done')\n"
            "def orders():\n    return [1]\n"
            "@task(pool='my db', expand='orders')\n"
            "def each(orders):\n    return orders\n"
        ),
        "dagster",
    )
    assert '@step(rule="all_done", pool="my_db", tags={"dagster/priority": "2"})' in text
    assert '@step_each("orders", is_last=True, pool="my_db")' in text
    assert text.count("            **options,") == 2


TAKEN = {"_x": 1, "model_config": 2, "list": [3], "other": [4], "return_state": 5, "begin": 6}


@pytest.mark.parametrize("engine", ["prefect", "dagster"])
def test_params_whose_names_are_taken_get_another(engine: str) -> None:
    read = ", ".join(TAKEN)
    source = (
        "from wfkit import task\n"
        f"@task(trigger_rule='all_done')\ndef orders({read}, params):\n    return [{read}]\n"
    )
    exported = dag_of(source, params=TAKEN | {"finish": 7, "step": 8}).export(engine)
    assert "Param _x is called x_: the name is taken here." in exported.notes
    assert "Param model_config is called model_config_: the name is taken here." in exported.notes
    function = function_in(exported.source, "sales" if engine == "prefect" else "Params")
    for name in ("x_", "model_config_", "other", "begin"):
        assert re.search(rf"    {name}\b", function)
    imported(exported.source)


def test_what_finds_the_items_has_a_name_of_its_own() -> None:
    source = (
        "from wfkit import task\n"
        "@task(expand='regions')\ndef load(regions):\n    return regions\n"
        "def load_items(load):\n    return load\n"
    )
    dag = dag_of(source, params={"regions": ["north"]})
    airflow = source_of(dag, "airflow")
    assert airflow.count("def load_items(") == 1
    assert "load.expand(regions=load_items_2())" in airflow
    dagster = dag.export("dagster")
    assert "load_items: it is called load_items_" in "\n".join(dagster.notes)
    assert "def load_items(" not in dagster.source


def test_errors_worth_an_attempt_are_classes() -> None:
    source = (
        "from wfkit import task\n"
        "class Late(Exception):\n    pass\n"
        "@task(retries=2, retry_delay='1s', backoff=2, retry_on=(Late, ConnectionError))\n"
        "def orders():\n    raise Late\n"
    )
    text = source_of(dag_of(source), "airflow")
    assert "Delays(delay=1, backoff=2, kinds=(Late, ConnectionError))" in text
    assert text.index("class Late") < text.index("@task")


@pytest.mark.parametrize("engine", ENGINES)
def test_helpers_stand_above_the_tasks(engine: str) -> None:
    source = (
        "from wfkit import task\n"
        "def orders():\n    return 1\n"
        "def _tax(x):\n    return x\n"
        "@task(timeout='5m', retries=2, retry_delay='1s', backoff=2, ensure=_tax)\n"
        "def revenue(orders):\n    return _tax(orders)\n"
    )
    kinds = [it.kind for it in dag_of(source).export(engine).files[0].sections]
    assert kinds == sorted(kinds, key=["top", "help", "task", "dag"].index)
