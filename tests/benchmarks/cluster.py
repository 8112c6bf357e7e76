"""What does wfkit add on a Dask cluster to what Dask takes by itself?

    python -m tests.benchmarks.cluster

Both submit the same graph of tasks that add up to the same two workers, in turns. Dask is told of
the whole graph at once and keeps no history; wfkit decides what is next, and knows what happened.
The aim is 1.5 times.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from typing import Any

from tests.benchmarks.graphs import SHAPES, Shape, sinks
from wfkit import Dag
from wfkit.core.task import Task
from wfkit.engine.executors.dask_cluster import ready

SLOTS = 2


def main() -> None:
    """Measure both and print medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shape", choices=SHAPES, default="layered")
    parser.add_argument("--size", type=int, default=1_000)
    parser.add_argument("--runs", type=int, default=5)
    chosen = parser.parse_args()
    graph = SHAPES[chosen.shape](chosen.size)
    client = ready(None, SLOTS).client
    ways: dict[str, Callable[[], list[int]]] = {
        "distributed": lambda: bare(client, graph),
        "wfkit dask": lambda: ours(graph),
    }
    found: dict[str, list[float]] = {name: [] for name in ways}
    expected = by_hand(graph)
    for number in range(chosen.runs + 1):
        for name, run in ways.items():
            began = time.perf_counter()
            assert run() == expected
            if number:  # the first time is for imports
                found[name].append((time.perf_counter() - began) / len(graph) * 1e6)
    for name, figures in found.items():
        print(f"{name:14}{statistics.median(figures):8.0f} us a task, best {min(figures):.0f}")
    ratios = [b / a for a, b in zip(*found.values(), strict=True)]
    print(f"ratio {statistics.median(ratios):.2f} (median of {len(ratios)} pairs)")


def add(*values: int) -> int:
    """The body of every task."""
    return 1 + max(values, default=0)


def by_hand(graph: Shape) -> list[int]:
    """Return what the last tasks return."""
    found: dict[str, int] = {}
    for name, above in graph.items():
        found[name] = add(*(found[it] for it in above))
    return [found[name] for name in sinks(graph)]


def bare(client: Any, graph: Shape) -> list[int]:
    """Let Dask run it."""
    futures: dict[str, Any] = {}
    for name, above in graph.items():
        futures[name] = client.submit(add, *(futures[it] for it in above), pure=False)
    result: list[int] = client.gather([futures[name] for name in sinks(graph)])
    return result


def ours(graph: Shape) -> list[int]:
    """Let wfkit run it."""
    bodies = {count: _body(count) for count in {len(above) for above in graph.values()}}
    tasks = [
        Task(bodies[len(above)], name=name, inputs={f"x{i}": up for i, up in enumerate(above)})
        for name, above in graph.items()
    ]
    run = Dag("benchmark", tasks, max_active_tasks=SLOTS).run(executor="dask", store=None)
    return [run[name] for name in sinks(graph)]


def _body(parameters: int) -> Callable[..., int]:
    names = ", ".join(f"x{i}" for i in range(parameters))
    # With the name of a module, as a notebook gives it: else pickling searches all of them.
    space: dict[str, Any] = {"add": add, "__name__": "__main__"}
    exec(f"def task({names}):\n    return add({names})", space)
    function: Callable[..., int] = space["task"]
    return function


if __name__ == "__main__":
    main()
