"""Functions, inputs and results travel between processes; those of a notebook, too."""

from __future__ import annotations

import importlib.util
import linecache
import os
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest

from tests.engine.processes import FRESH, error, run
from wfkit import Dag, task


class Cell:
    """Code that was run in a notebook: in `__main__`, with its text known to nobody but Python."""

    def __init__(self, number: int, text: str) -> None:
        self.name, text = f"/tmp/ipykernel_1/{number}.py", textwrap.dedent(text)
        linecache.cache[self.name] = (len(text), None, text.splitlines(keepends=True), self.name)
        self.names: dict[str, Any] = {"__name__": "__main__"}
        exec(compile(text, self.name, "exec"), self.names)

    def __getitem__(self, name: str) -> Any:
        return self.names[name]


@pytest.fixture
def cell() -> Any:
    made: list[Cell] = []

    def make(text: str) -> Cell:
        made.append(Cell(len(made), text))
        return made[-1]

    yield make
    for it in made:
        del linecache.cache[it.name]


def test_functions_and_helpers_of_a_notebook_travel(cell: Any) -> None:
    it = cell("""
        import math
        RATE = 3

        def _scaled(value):
            return math.floor(value) * RATE

        def orders():
            return _scaled(2.5)
        """)
    assert run(it["orders"])["orders"] == 6


def test_tracebacks_show_lines_of_a_cell(cell: Any) -> None:
    it = cell("""
        def _deep(value):
            return 1 / value

        def orders():
            return _deep(0)  # here it goes
        """)
    on_threads = error(run(it["orders"], executor="thread", expect="failed"), "orders")
    found = error(run(it["orders"], expect="failed"), "orders")
    assert found == on_threads
    assert found["line"] == {"function": "_deep", "number": 3, "source": "return 1 / value"}
    assert "    return _deep(0)  # here it goes" in found["traceback"]


def test_instances_of_notebook_classes_keep_their_class(cell: Any) -> None:
    it = cell("""
        class Order:
            def __init__(self, amount):
                self.amount = amount

            def __eq__(self, other):
                return isinstance(other, Order) and self.amount == other.amount

        def orders():
            return [Order(1), Order(2)]

        def total(orders):
            return sum(order.amount for order in orders), isinstance(orders[0], Order)
        """)
    found = run(it["orders"], it["total"])
    assert found["total"] == (3, True)
    assert found["orders"] == [it["Order"](1), it["Order"](2)]


def test_stored_instances_are_found_by_name_as_on_threads(
    cell: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    it = cell("""
        class Order:
            def __init__(self, amount):
                self.amount = amount

        def orders():
            return Order(1)
        """)
    monkeypatch.setattr(sys.modules["__main__"], "Order", it["Order"], raising=False)
    for executor in ("thread", "process"):
        dag = Dag("sales", [it["orders"]])
        found = dag.run(executor=executor, store=tmp_path / f"{executor}.db")
        stored = found.store.read_result("sales", found.run_id, ("orders", -1))
        assert b"__main__" in (stored or b"")
        assert b"cloudpickle" not in (stored or b"")
        assert type(found["orders"]) is it["Order"]


def test_errors_of_notebook_classes_are_told(cell: Any) -> None:
    it = cell("""
        class ShopClosed(Exception):
            def __init__(self, a, b):
                super().__init__(f"closed {a} {b}")

        class Nameless(Exception):
            def __str__(self):
                raise ValueError

        def orders():
            raise ShopClosed(1, 2)

        def report():
            raise Nameless
        """)
    found = run(it["orders"], it["report"], expect="failed")
    assert (error(found, "orders")["type"], error(found, "orders")["message"]) == (
        "ShopClosed",
        "closed 1 2",
    )
    assert error(found, "report")["message"] == "(its own text cannot be shown)"


def test_retry_on_an_error_of_a_notebook(cell: Any) -> None:
    it = cell("""
        class ShopClosed(Exception):
            pass

        def orders(attempt):
            if attempt == 1:
                raise ShopClosed
            return attempt
        """)
    orders = task(retries=3, retry_on=it["ShopClosed"])(it["orders"])
    assert run(orders)["orders"] == 2


def test_closures_and_defaults_travel() -> None:
    rate = 3

    def orders(amounts: tuple[int, ...] = (1, 2)) -> int:
        return sum(amounts) * rate

    assert run(orders)["orders"] == 9


def test_a_module_off_the_path_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "shop_off_the_path.py"
    file.write_text("class Order:\n    size = 3\n\ndef orders():\n    return Order()\n")
    spec = importlib.util.spec_from_file_location("shop_off_the_path", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "shop_off_the_path", module)
    spec.loader.exec_module(module)
    found = run(module.orders)["orders"]
    assert type(found) is module.Order


def test_an_edited_module_is_read_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    file = tmp_path / "shop_edited.py"

    def rate() -> int:
        import shop_edited  # type: ignore[import-not-found]

        return int(shop_edited.RATE)

    file.write_text("RATE = 1\n")
    assert run(rate)["rate"] == 1
    file.write_text("RATE = 22\n")
    os.utime(file, ns=(1, 1))
    assert run(rate)["rate"] == 22


def test_folder_environment_and_path_follow_the_kernel(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def here() -> tuple[str, str | None, bool]:
        return str(Path.cwd()), os.environ.get("WFKIT_SHOP"), "/some/path" in sys.path

    assert run(here)["here"] == (str(Path.cwd()), None, False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WFKIT_SHOP", "open")
    monkeypatch.syspath_prepend("/some/path")
    assert run(here)["here"] == (str(tmp_path), "open", True)


def test_a_result_that_cannot_travel_names_the_member() -> None:
    @task(retries=3)
    def orders() -> dict[str, Any]:
        import threading

        return {"rows": [1], "locks": [threading.Lock()]}

    found = run(orders, expect="failed")
    assert len(found.snapshot.attempts) == 1
    assert error(found, "orders")["type"] == "CannotStore"
    assert error(found, "orders")["message"] == (
        'what orders returned cannot leave its process: it["locks"][0] is not picklable '
        "(TypeError: cannot pickle '_thread.lock' object).\n"
        'Return data instead, or run with executor="thread".'
    )


def test_a_result_that_cannot_be_stored_is_refused_as_on_threads(tmp_path: Path) -> None:
    def orders() -> dict[str, Any]:
        return {"f": lambda: 1}

    threads, processes = (
        error(run(orders, executor=kind, store=tmp_path / f"{kind}.db", expect="failed"), "orders")
        for kind in ("thread", "process")
    )
    assert threads["message"].partition("(")[0] == processes["message"].partition("(")[0]
    assert 'it["f"] is not picklable' in processes["message"]
    assert run(orders)["orders"]["f"]() == 1


def test_a_result_that_cannot_be_read_back_is_told() -> None:
    def orders() -> Any:
        class Odd:
            def __reduce__(self) -> Any:
                return int, ("no number",)

        return Odd()

    found = error(run(orders, expect="failed"), "orders")
    assert found["type"] == "CannotStore"
    assert "cannot be read back: ValueError" in found["message"]


@pytest.mark.slow
def test_a_result_over_the_limit_is_refused() -> None:
    def orders() -> bytes:
        return bytes(257 * 1024**2)

    assert "takes 257 MB" in error(run(orders, expect="failed"), "orders")["message"]


@pytest.mark.slow
def test_big_inputs_and_results_travel() -> None:
    def orders() -> bytes:
        return bytes(30_000_000)

    def size(orders: bytes) -> int:
        return len(orders)

    assert run(orders, size)["size"] == 30_000_000


def test_a_task_that_cannot_travel_names_what_it_holds() -> None:
    import threading

    lock = threading.Lock()

    @task(retries=3)
    def orders() -> bool:
        return lock.locked()

    found = run(orders, expect="failed")
    assert len(found.snapshot.attempts) == 1
    assert error(found, "orders")["type"] == "CannotSend"
    assert error(found, "orders")["message"] == (
        'orders cannot be sent to a process: its "lock" is not picklable '
        "(TypeError: cannot pickle '_thread.lock' object).\n"
        'Create it inside the task, or run with executor="thread".'
    )


def test_an_input_that_cannot_travel_is_named() -> None:
    import threading

    def orders(connection: Any) -> Any:
        return connection

    dag = Dag("sales", [orders], params={"connection": [threading.Lock()]})
    found = error(dag.run(executor="process", store=None, expect="failed"), "orders")
    assert found["message"].startswith(
        'orders cannot be given its inputs in a process: inputs["connection"][0] is not picklable'
    )


def test_a_module_that_cannot_be_imported_there_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "shop_fragile.py"
    file.write_text("def orders():\n    return 1\n")
    monkeypatch.syspath_prepend(tmp_path)
    import shop_fragile  # type: ignore[import-not-found]

    file.write_text("import sys\nsys.exit(3)\n")
    found = error(run(shop_fragile.orders, expect="failed"), "orders")
    assert found["message"].startswith("orders cannot be loaded in a process: SystemExit: 3")


def test_a_worker_imports_nothing_heavy() -> None:
    script = (
        "from wfkit import Dag\n"
        "def loaded():\n"
        "    import sys\n"
        "    return sorted({'pandas', 'numpy', 'IPython', 'ipywidgets', 'sqlite3'} & "
        "sys.modules.keys())\n"
        "run = Dag('d', [loaded]).run(executor='process', store=None)\n"
        "print(run['loaded'])\n"
    )
    assert output(script) == "[]"


def output(script: str) -> str:
    """Run a script in a fresh Python, without a guard around its main part."""
    found = subprocess.run(
        [sys.executable, "-c", script],
        env=FRESH,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert found.stderr == ""
    return found.stdout.strip()


@pytest.mark.slow
def test_a_script_needs_no_guard(tmp_path: Path) -> None:
    script = tmp_path / "nightly.py"
    script.write_text(
        textwrap.dedent("""
        from dataclasses import dataclass
        from wfkit import Dag

        print("read once")

        @dataclass
        class Order:
            amount: int

        def orders():
            return [Order(1), Order(2)]

        def total(orders):
            return sum(order.amount for order in orders)

        run = Dag("sales", [orders, total]).run(executor="process", store="history.db")
        print(run["total"], run["orders"])
        """)
    )
    found = subprocess.run(
        [sys.executable, script],
        cwd=tmp_path,
        env=FRESH,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert found.stdout.splitlines() == ["read once", "3 [Order(amount=1), Order(amount=2)]"]
    assert found.stderr == ""
