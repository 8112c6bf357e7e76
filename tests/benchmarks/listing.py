"""How long does it take to list the last 50 of 1,000 runs of 100 tasks, and to measure them all?

The aims are 10 ms, and 2 s.

    python -m tests.benchmarks.listing

In every third run a task fails, each time another one. Where other work takes the processor
away, the processor time and the best time say more than the median. The last line is for a
history that an older version wrote: its runs have no summaries, so their events are folded.
"""

from __future__ import annotations

import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from pandas import DataFrame
from tqdm import trange

from wfkit import Dag
from wfkit.core.task import Task
from wfkit.engine.store import Store
from wfkit.engine.stores import store_for

RUNS, TASKS, LISTED, TIMES, FEW_TIMES = 1_000, 100, 50, 100, 4


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "history.sqlite"
        dag = Dag("benchmark", [Task(_body, name=f"t{number}") for number in range(TASKS)])
        for number in trange(RUNS, desc="runs", leave=False):
            fails = number % 3 == 0
            faults = [f"t{number % TASKS}:always"] if fails else []
            expect = "failed" if fails else "success"
            dag.run(store=path, executor="serial", faults=faults, expect=expect)
        store = store_for(path)
        print(f"last {LISTED} of {RUNS:,} runs x {TASKS} tasks, {path.stat().st_size / 1e6:.0f} MB")
        _print("as text", lambda: _listed(dag, store))
        _print("the index only", lambda: dag.runs(LISTED, store=store))
        _print("all as a table", lambda: _measured(dag.history(store=store)), FEW_TIMES)
        _print("all as metrics", lambda: dag.metrics(RUNS, store=store).plot(), FEW_TIMES)
        with sqlite3.connect(path) as connection:
            connection.execute("DELETE FROM summary")
        connection.close()
        _print("as text, no summaries", lambda: _listed(dag, store))


def _listed(dag: Dag, store: Store) -> None:
    runs = dag.runs(LISTED, store=store)
    shown = repr(runs)
    assert all(run.run_id in shown for run in runs)
    assert f"{TASKS - 1} success, 1 failed (t" in shown


def _body() -> int:
    return 1


def _measured(history: DataFrame) -> None:
    assert len(history) == RUNS * TASKS


def _print(name: str, call: Callable[[], object], times: int = TIMES) -> None:
    call()
    took, used = [], []
    for _ in range(times):
        wall, processor = time.perf_counter(), time.thread_time()
        call()
        took.append(time.perf_counter() - wall)
        used.append(time.thread_time() - processor)
    best, wall, processor = (
        it * 1e3 for it in (min(took), statistics.median(took), statistics.median(used))
    )
    print(f"  {name:24}{wall:6.1f} ms (processor {processor:.1f} ms), at best {best:.1f} ms")


if __name__ == "__main__":
    main()
