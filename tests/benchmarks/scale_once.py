"""One run of the sales Dag on one executor, in a fresh process: prints what it took as JSON."""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks.sales import dag
from wfkit.core.states import Outcome
from wfkit.engine.executors.choice import EXECUTOR_NAMES


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("executor", choices=EXECUTOR_NAMES)
    parser.add_argument("folder", help="the files of the shop")
    parser.add_argument("result_format", choices=("parquet", "pickle"))
    chosen = parser.parse_args()
    asked = dag.change("purchases", result_format=chosen.result_format)
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        run = asked.run(
            {"folder": chosen.folder}, executor=chosen.executor, store=Path(folder) / "history"
        )
        seconds = time.perf_counter() - began
        peaks = [_peak_mb(pid) for pid in (os.getpid(), *_below(os.getpid()))]
        assert set(run.attempts["outcome"]) == {Outcome.RETURNED}
        told = {
            "seconds": seconds,
            "mb": max(peaks),
            "processes": len(peaks),
            "parts": len(run["days"]),
            "purchases": int(run["report"]["purchases"].sum()),
            "digest": hashlib.sha256(run["report"].to_csv().encode()).hexdigest()[:12],
        }
        print(json.dumps(told))


def _below(pid: int) -> Iterator[int]:
    """Yield the processes that a process began, and those that they began."""
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in map(int, path.read_text().split()):
            yield child
            yield from _below(child)


def _peak_mb(pid: int) -> float:
    """Return the most memory that a process ever had, of itself and of libraries."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(it.split()[1]) for it in lines if it.startswith("VmHWM")) / 1024


if __name__ == "__main__":
    main()
