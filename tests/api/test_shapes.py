from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd
import pytest

from wfkit.api import shapes
from wfkit.api.dag import Dag
from wfkit.api.shapes import last_shapes
from wfkit.core.errors import StoreError
from wfkit.core.secret_formats import MASK
from wfkit.core.task import task


def orders() -> list[int]:
    return [3, 4, 5]


@task(expand="orders")
def clean(orders: int) -> str:
    return str(orders)


def table(clean: list[str]) -> pd.DataFrame:
    return pd.DataFrame({"amount": clean})


class Broken:
    def __setstate__(self, state: object) -> None:
        raise RuntimeError

    def __init__(self) -> None:
        self.x = 1


def broken() -> Broken:
    return Broken()


TOLD = {"orders": "list, 3 items", "clean": "3 × str", "table": "DataFrame, 3 × 1: amount"}


def told(dag: Dag) -> dict[str, str]:
    return {task: str(shape) for task, shape in last_shapes(dag).items()}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("WFKIT_HOME", str(tmp_path))
    return tmp_path


def fresh() -> Dag:
    """The same Dag as another kernel has it, which holds no results in memory."""
    return Dag("sales", [orders, clean, table])


def test_without_a_run_there_is_nothing_and_nothing_is_left_behind(home: Path) -> None:
    assert told(fresh()) == {}
    assert list(home.iterdir()) == []


def test_shapes_come_from_memory() -> None:
    dag = fresh()
    dag.run(store=None)
    assert told(dag) == TOLD


def test_shapes_come_from_the_store_in_another_kernel(home: Path) -> None:
    fresh().run()
    assert told(fresh()) == TOLD


def test_what_is_large_is_not_read(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fresh().run()
    monkeypatch.setattr(shapes, "MOST_BYTES", 100)
    assert told(fresh()) == {name: TOLD[name] for name in ("orders", "clean")}
    monkeypatch.setattr(shapes, "MOST_BYTES_IN_ALL", 0)
    assert told(fresh()) == {}


def test_no_library_is_imported_for_it(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fresh().run()
    monkeypatch.delitem(sys.modules, "pandas")
    assert told(fresh()) == {name: TOLD[name] for name in ("orders", "clean")}
    assert "pandas" not in sys.modules


def test_a_result_that_cannot_be_read_back_is_left_out(home: Path) -> None:
    Dag("sales", [orders, broken]).run()
    assert told(Dag("sales", [orders, broken])) == {"orders": TOLD["orders"]}


def test_a_history_that_cannot_be_read_is_no_trouble(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(self: Dag) -> None:
        raise StoreError("no such folder")

    monkeypatch.setattr(Dag, "last", property(fails))
    assert told(fresh()) == {}


def test_a_large_graph_is_not_looked_into(monkeypatch: pytest.MonkeyPatch) -> None:
    dag = fresh()
    dag.run(store=None)
    monkeypatch.setattr(shapes, "MOST_TASKS", 2)
    assert told(dag) == {}


def password() -> int:
    return 1234


def test_the_result_of_a_task_whose_name_says_secret_is_masked() -> None:
    dag = Dag("sales", [password])
    dag.run(store=None)
    assert told(dag) == {"password": MASK}
