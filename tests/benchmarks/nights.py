"""How long do the odds of three variants over 1,000 nights of ten tasks take? The aim is 2 s.

python -m tests.benchmarks.nights
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

from wfkit import Dag
from wfkit.core.task import Task
from wfkit.core.task_options import TaskOptions

TASKS = 10
RUNS = 5


def main() -> None:
    took = [_once() for _ in range(RUNS)]
    print(f"odds, 3 x 1,000 nights x {TASKS} tasks: {statistics.median(took):.2f} s")


def _once() -> float:
    options = TaskOptions(retries=3, retry_delay=60, takes=600)
    names = [f"t{i}" for i in range(TASKS)]
    above = [{}, *({"x": name} for name in names)]
    functions: list[Callable[..., int]] = [_first, *[_next] * (TASKS - 1)]
    tasks = [
        Task(function, options, name, inputs)
        for function, name, inputs in zip(functions, names, above, strict=False)
    ]
    dag = Dag("benchmark", tasks)
    start = time.perf_counter()
    dag.odds(faults=[f"{name}:10%" for name in names], vary={"t0.retries": [0, 1, 3]}, store=None)
    return time.perf_counter() - start


def _first() -> int:
    return 0


def _next(x: int) -> int:
    return x


if __name__ == "__main__":
    main()
