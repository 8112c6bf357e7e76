"""One tool, one graph, one fresh process: prints the microseconds a task as JSON."""

from __future__ import annotations

import argparse
import gc
import json
import resource
import time

from tests.benchmarks.graphs import SHAPES
from tests.benchmarks.tools import TOOLS, Counter


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tool", choices=TOOLS)
    parser.add_argument("shape", choices=SHAPES)
    parser.add_argument("size", type=int)
    chosen = parser.parse_args()
    graph = SHAPES[chosen.shape](chosen.size)
    _measure(chosen.tool, SHAPES[chosen.shape](50))  # imports and caches are not what is measured
    before = _peak_kb()
    build, run = _measure(chosen.tool, graph)
    scale = 1e6 / len(graph)
    kb = (_peak_kb() - before) / len(graph)
    print(json.dumps({"build": build * scale, "run": run * scale, "kb": kb, "tasks": len(graph)}))


def _measure(tool: str, graph: dict[str, list[str]]) -> tuple[float, float]:
    body = Counter()
    with TOOLS[tool](graph, body) as (build, run):
        gc.collect()
        start = time.perf_counter()
        build()
        built = time.perf_counter()
        run()
        end = time.perf_counter()
    if body() != len(graph):
        raise SystemExit(f"{tool} did not run every task exactly once")
    return built - start, end - built


def _peak_kb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


if __name__ == "__main__":
    main()
