"""Every executor gives what serial gives: results, failures, states, lines."""

# ruff: noqa: T201 - prints are part of what a body does

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from typing import Any

import pytest

from wfkit import Dag, Fail, Skip, task
from wfkit.api.dag_run import DagRun
from wfkit.core.errors import InvalidOption
from wfkit.engine.clock import VirtualClock
from wfkit.engine.executors.choice import EXECUTOR_NAMES, executor_name


def told(run: DagRun) -> dict[tuple[str, int], tuple[str, int, Any]]:
    """Each task instance: its state, its attempts, its error."""
    return {
        (it.task, it.map_index): (it.state.value, it.attempt, it.error)
        for it in run.snapshot.instances.values()
    }


class RunContract:
    """What a run gives, wherever its attempts run: compared with the serial executor."""

    kind: str
    clock = "system"

    def check(self, make: Callable[[], Dag], expect: str = "success") -> DagRun:
        plain, run = (
            make().run(
                executor=kind, clock=clock, store=None, expect=expect, logical_date="1997-01-01"
            )
            for kind, clock in (("serial", "system"), (self.kind, self.clock))
        )
        assert told(run) == told(plain)
        assert run.results() == plain.results()
        assert sorted(map(_shown, run.lines)) == sorted(map(_shown, plain.lines))
        return run

    def test_results_pass_from_task_to_task(self) -> None:
        def orders() -> list[int]:
            return [1, 2, 3]

        def total(orders: list[int]) -> int:
            return sum(orders)

        def report(orders: list[int], total: int, vat: float = 0.5) -> dict[str, Any]:
            return {"orders": orders, "total": total * (1 + vat)}

        run = self.check(lambda: Dag("sales", [orders, total, report]))
        assert run["report"] == {"orders": [1, 2, 3], "total": 9.0}

    def test_params_and_context_arrive(self) -> None:
        def orders(region: str, logical_date: Any, run_id: str, attempt: int) -> Any:
            return region, logical_date.year, run_id.partition("__")[0], attempt

        run = self.check(lambda: Dag("sales", [orders], params={"region": "all"}))
        assert run["orders"][0] == "all"

    def test_failures_name_the_same_line(self) -> None:
        def helper(value: int) -> float:
            return 1 / value

        def orders() -> float:
            return helper(0)

        def report(orders: float) -> float:
            return orders

        run = self.check(lambda: Dag("sales", [orders, report]), "failed")
        error = run.snapshot.instances["orders", -1].error
        assert error is not None
        line = error["line"]
        assert line["source"] == "return 1 / value"
        assert line["function"] == "helper"

    def test_retries_skips_and_giving_up(self) -> None:
        @task(retries=2)
        def flaky(attempt: int) -> int:
            if attempt < 3:
                raise ConnectionError(f"attempt {attempt}")
            return attempt

        @task(retries=5)
        def hopeless() -> None:
            raise Fail("wrong key")

        def idle() -> None:
            raise Skip("no sales on Sundays")

        self.check(lambda: Dag("sales", [flaky, hopeless, idle]), "failed")

    def test_exit_in_a_body_is_a_failure_that_is_not_repeated(self) -> None:
        @task(retries=3)
        def leaves() -> None:
            raise SystemExit(7)

        @task(retries=3)
        def stops() -> None:
            raise KeyboardInterrupt

        run = self.check(lambda: Dag("sales", [leaves, stops]), "failed")
        assert run.snapshot.instances["leaves", -1].attempt == 1

    def test_expansion_keeps_the_order(self) -> None:
        def paths() -> list[str]:
            return list("abcdef")

        @task(expand="paths")
        def loaded(paths: str) -> str:
            return paths.upper()

        def joined(loaded: list[str]) -> str:
            return "".join(loaded)

        assert self.check(lambda: Dag("sales", [paths, loaded, joined]))["joined"] == "ABCDEF"

    def test_branches_and_contracts(self) -> None:
        @task(branch=True)
        def decide() -> str:
            return "big"

        @task(after="decide", ensure=lambda it: it > 0)
        def big() -> int:
            return -1

        @task(after="decide")
        def small() -> int:
            return 1

        run = self.check(lambda: Dag("sales", [decide, big, small]), "failed")
        assert run.snapshot.instances["small", -1].state == "skipped"

    def test_sensors_look_again(self, tmp_path: Any) -> None:
        marks = tmp_path / "marks"

        @task(sensor=True, poke_interval=0.01)
        def arrived() -> bool:
            with marks.open("a") as file:
                file.write("x")
            return bool(marks.stat().st_size % 3 == 0)

        assert self.check(lambda: Dag("sales", [arrived]))["arrived"] is True

    def test_coroutines_and_generators(self) -> None:
        async def awaited() -> int:
            import asyncio

            await asyncio.sleep(0)
            return 3

        def endless() -> Any:
            return (n for n in range(3))

        self.check(lambda: Dag("sales", [awaited, endless]), "failed")

    def test_lines_belong_to_their_attempt(self) -> None:
        @task(retries=1)
        def talks(attempt: int) -> None:
            import logging
            import sys

            print("one\ntwo", attempt)
            print("wrong", file=sys.stderr)
            logging.getLogger("shop").warning("low stock")
            print("no end", end="")
            if attempt == 1:
                raise ValueError

        run = self.check(lambda: Dag("sales", [talks]))
        first = [(it.level, it.text) for it in run.lines if it.attempt == 1]
        assert first == [
            ("stdout", "one"),
            ("stdout", "two 1"),
            ("stderr", "wrong"),
            ("WARNING", "low stock"),
            ("stdout", "no end"),
        ]

    def test_faults_do_the_same(self) -> None:
        @task(retries=2)
        def orders() -> list[int]:
            return [1, 2, 3, 4]

        def shown(kind: str, clock: str, fault: str) -> Any:
            dag = Dag("sales", [orders])
            run = dag.run(executor=kind, clock=clock, store=None, faults=fault)
            return told(run), run.results()

        for fault in ("orders:2", "orders:bad", "orders:slow=10ms"):
            assert shown(self.kind, self.clock, fault) == shown("serial", "system", fault)

    def test_inputs_are_each_task_s_own(self) -> None:
        def orders() -> list[int]:
            return [1, 2]

        @task(priority=1)
        def spoils(orders: list[int]) -> list[int]:
            orders.append(99)
            return orders

        def reads(orders: list[int]) -> list[int]:
            return orders

        run = self.check(lambda: Dag("sales", [orders, spoils, reads], max_active_tasks=1))
        assert run["reads"] == [1, 2]


def _shown(line: Any) -> tuple[Any, ...]:
    return line.task, line.attempt, line.level, line.text


class TestThread(RunContract):
    kind = "thread"


class TestProcess(RunContract):
    kind = "process"


class TestVirtualSerial(RunContract):
    kind, clock = "serial", "virtual"


class TestVirtualThreads(RunContract):
    kind, clock = "thread", "virtual"


def test_process_is_an_executor() -> None:
    assert "process" in EXECUTOR_NAMES


def test_a_virtual_clock_is_refused() -> None:
    with pytest.raises(InvalidOption, match='executor="process" cannot follow a virtual clock'):
        executor_name("process", VirtualClock())


def test_bodies_run_in_other_processes_and_on_their_main_thread() -> None:
    def here() -> tuple[int, bool]:
        return os.getpid(), threading.current_thread() is threading.main_thread()

    pid, is_main = Dag("sales", [here]).run(executor="process", store=None)["here"]
    assert is_main
    assert pid != os.getpid()


def test_a_chain_needs_one_process_and_slots_limit_the_others() -> None:
    def a() -> int:
        return os.getpid()

    def b(a: int) -> int:
        return os.getpid()

    def c(b: int) -> int:
        return os.getpid()

    run = Dag("sales", [a, b, c]).run(executor="process", store=None)
    assert run["a"] == run["b"] == run["c"]

    def paths() -> list[int]:
        return list(range(12))

    @task(expand="paths")
    def pids(paths: int) -> int:
        return os.getpid()

    many = Dag("many", [paths, pids], max_active_tasks=3).run(executor="process", store=None)
    assert 1 <= len({many["pids", n] for n in range(12)}) <= 3


def test_a_hundred_tasks_all_end() -> None:
    def paths() -> list[int]:
        return list(range(100))

    @task(expand="paths")
    def squared(paths: int) -> int:
        return paths * paths

    def total(squared: list[int]) -> int:
        return sum(squared)

    run = Dag("many", [paths, squared, total]).run(executor="process", store=None)
    assert run["total"] == sum(n * n for n in range(100))


def test_attempts_run_side_by_side(tmp_path: Any) -> None:
    def meets(mine: str, other: str) -> bool:
        from wfkit import sleep

        (tmp_path / mine).touch()
        for _ in range(1000):
            if (tmp_path / other).exists():
                return True
            sleep(0.01)
        return False

    def left() -> bool:
        return meets("left", "right")

    def right() -> bool:
        return meets("right", "left")

    run = Dag("sales", [left, right]).run(executor="process", store=None)
    assert run["left"]
    assert run["right"]


def test_a_cached_result_needs_no_process(tmp_path: Any) -> None:
    @task(cache=True)
    def orders() -> int:
        return os.getpid()

    dag = Dag("sales", [orders])
    first = dag.run(executor="process", store=tmp_path / "history.db")["orders"]
    assert dag.run(executor="process", store=tmp_path / "history.db")["orders"] == first


@pytest.mark.slow
def test_frames_and_arrays_arrive_whole() -> None:
    def orders() -> Any:
        import pandas as pd

        return pd.DataFrame({"amount": [1.5, 2.5], "name": ["a", "b"]}, index=[3, 4])

    def totals(orders: Any) -> Any:
        import numpy as np

        return np.array([orders["amount"].sum(), len(orders)])

    run = Dag("sales", [orders, totals]).run(executor="process", store=None)
    assert list(run["orders"].index) == [3, 4]
    assert run["totals"].tolist() == [4.0, 2.0]
