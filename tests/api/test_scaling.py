"""How runs on different executors compare: real ones, read back from a history."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from wfkit import Dag, task
from wfkit.api.scaling import DagScaling
from wfkit.core.errors import RunFailed, UnknownTask


def parts(number: int) -> list[int]:
    return list(range(number))


@task(expand="parts")
def double(parts: int) -> int:
    return 2 * parts


def total(double: list[int]) -> int:
    return sum(double)


def sales(*more: Any) -> Dag:
    return Dag("sales", [parts, double, total, *more], params={"number": 3})


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "history"


def rows(found: DagScaling) -> list[tuple[str, int, str]]:
    table = found.frame[["executor", "partitions", "result"]]
    return [*table.itertuples(index=False, name=None)]


def test_runs_are_in_order_of_partitions_and_executors(store: Path) -> None:
    dag = sales()
    for number in (4, 3):
        for executor in ("thread", "serial"):
            dag.run({"number": number}, executor=executor, store=store)
    found = dag.scaling(store=store)
    assert rows(found) == [
        ("serial", 3, "int 6"),
        ("thread", 3, "int 6"),
        ("serial", 4, "int 12"),
        ("thread", 4, "int 12"),
    ]
    assert (found.frame["seconds"] > 0).all()
    assert repr(found).splitlines()[-1].endswith("equal results over 3, 4 partitions")


def test_the_newest_run_counts(store: Path) -> None:
    first, second = (sales().run(executor="serial", store=store) for _ in range(2))
    assert first.run_id != second.run_id
    assert [*sales().scaling(store=store).frame["run_id"]] == [second.run_id]
    assert rows(sales().scaling(n=1, store=store)) == [("serial", 3, "int 6")]


def test_what_is_not_the_whole_work_is_left_out(store: Path) -> None:
    dag = sales()
    dag.run(upto="double", store=store)
    dag.run(clock="virtual", store=store)
    dag.run(faults="double:slow=1ms", store=store)
    with pytest.raises(RunFailed):
        dag.run(faults="total:always", store=store)
    dag.resume(store=store)
    assert rows(dag.scaling(store=store)) == []
    dag.run(executor="serial", store=store)
    dag.run(only="total", executor="thread", store=store)
    assert [it[:2] for it in rows(dag.scaling(store=store))] == [("serial", 3)]


def test_a_run_that_was_resumed_is_left_out(store: Path, tmp_path: Path) -> None:
    def total(double: list[int]) -> int:
        return len((tmp_path / "missing").read_bytes())

    dag = Dag("sales", [parts, double, total], params={"number": 3})
    with pytest.raises(RunFailed):
        dag.run(store=store)
    (tmp_path / "missing").write_bytes(b"abc")
    assert dag.resume(store=store)["total"] == 3
    assert rows(dag.scaling(store=store)) == []


def test_results_that_differ_are_told(store: Path) -> None:
    def where(double: list[int], run_id: str) -> str:
        return run_id

    dag = sales(where)
    for executor in ("serial", "thread"):
        dag.run(executor=executor, store=store)
    told = repr(dag.scaling("where", store=store)).splitlines()[-1]
    assert told == "  executors came to different results over 3 partitions"
    assert "equal" in repr(dag.scaling("total", store=store))


def test_tables_are_compared_by_what_they_hold(store: Path) -> None:
    def table(double: list[int]) -> pd.DataFrame:
        return pd.DataFrame({"double": double})

    dag = sales(table)
    for executor in ("serial", "thread"):
        dag.run(executor=executor, store=store)
    told = repr(dag.scaling("table", store=store))
    assert "DataFrame, 3 × 1: double" in told
    assert told.endswith("all executors came to equal results over 3 partitions")


def test_one_run_is_not_compared(store: Path) -> None:
    sales().run(store=store)
    assert "results over" not in repr(sales().scaling(store=store))


def test_a_dag_without_partitions_has_one(store: Path) -> None:
    dag = Dag("plain", [three])
    dag.run(store=store)
    assert rows(dag.scaling(store=store)) == [("thread", 1, "int 3")]


def three() -> int:
    return 3


def test_secrets_are_not_told(store: Path) -> None:
    def password() -> int:
        return 4711

    dag = Dag("plain", [password])
    dag.run(store=store)
    assert "4711" not in repr(dag.scaling(store=store))


def test_an_unknown_task_is_refused(store: Path) -> None:
    with pytest.raises(UnknownTask, match="totl"):
        sales().scaling("totl", store=store)


def test_a_history_without_runs_says_so(store: Path) -> None:
    assert "no run to compare yet" in repr(sales().scaling(store=store))
    assert "no run to compare yet" in repr(Dag("empty").scaling(store=store))
