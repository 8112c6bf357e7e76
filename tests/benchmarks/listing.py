"""How long does it take to list the last 50 of 1,000 runs of 100 tasks? The aim is 10 ms.

python -m tests.benchmarks.listing
"""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path

from tqdm import trange

from wfkit import Dag
from wfkit.core.task import Task

RUNS, TASKS, LISTED, TIMES = 1_000, 100, 50, 20


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "history.sqlite"
        dag = Dag("benchmark", [Task(_body, name=f"t{number}") for number in range(TASKS)])
        for _ in trange(RUNS, desc="runs", leave=False):
            dag.run(store=path, executor="serial")
        megabytes = path.stat().st_size / 1e6
        took = [_once(dag, path) for _ in range(TIMES)]
    told = f"{statistics.median(took) * 1e3:.1f} ms, at most {max(took) * 1e3:.1f} ms"
    print(f"last {LISTED} of {RUNS:,} runs x {TASKS} tasks ({megabytes:.0f} MB): {told}")


def _once(dag: Dag, path: Path) -> float:
    start = time.perf_counter()
    shown = repr(dag.runs(LISTED, store=path))
    end = time.perf_counter()
    assert len(shown.splitlines()) == LISTED
    return end - start


def _body() -> int:
    return 1


if __name__ == "__main__":
    main()
