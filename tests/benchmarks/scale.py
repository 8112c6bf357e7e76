"""What does a hundred times the data take? Seconds and memory of one Dag on each executor.

    python -m tests.benchmarks.scale
    python -m tests.benchmarks.scale --executor serial --scale 10 --scale 100 --format pickle

The Dag in `tests/benchmarks/sales.py` reads a shop's daily files, 546 of them, with the real
purchases (1), ten and a hundred times as many; nothing but `executor` differs between runs, each of
which is a fresh process. Memory is the most that any one process ever had: the run's own, its
workers, those of Dask. The aims: the same results everywhere, and ten times the data takes at most
twice the memory. `--format pickle` keeps tables in memory, which shows what Parquet is good for.
Needs Linux.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tqdm import tqdm

from wfkit.engine.executors.choice import EXECUTOR_NAMES
from wfkit.teach.shop import daily_drops

SCALES = (1, 10, 100)
MOST_GROWTH = 2.0
Figures = dict[str, Any]
Found = dict[tuple[int, str], Figures]


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--scale", action="append", type=int, help="times the data: 1, 10, 100")
    parser.add_argument("--executor", action="append", choices=EXECUTOR_NAMES)
    parser.add_argument("--format", choices=("parquet", "pickle"), default="parquet")
    chosen = parser.parse_args()
    scales = sorted(chosen.scale or SCALES)
    with tempfile.TemporaryDirectory() as folder:
        found = measure(Path(folder), scales, chosen.executor or EXECUTOR_NAMES, chosen.format)
    print_table(found)
    faults = [*different(found), *growing(found)]
    print("\n".join(faults) or f"results are equal, memory grows at most {MOST_GROWTH:g} times")
    return 1 if faults else 0


def measure(
    folder: Path, scales: Sequence[int], executors: Sequence[str], result_format: str
) -> Found:
    """Run the Dag over each scale on each executor."""
    found: Found = {}
    with tqdm(total=len(scales) * len(executors), leave=False) as bar:
        for scale in scales:
            bar.set_description(f"data x {scale}")
            files = folder / str(scale)
            daily_drops(files, "1997-01-01", "1998-07-01", scale=scale)
            for executor in executors:
                bar.set_description(f"{executor} x {scale}")
                found[scale, executor] = _once(executor, files, result_format)
                bar.update()
    return found


def _once(executor: str, files: Path, result_format: str) -> Figures:
    command = [sys.executable, "-m", "tests.benchmarks.scale_once"]
    command += [executor, str(files), result_format]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    figures: Figures = json.loads(done.stdout)
    return figures


def print_table(found: Found) -> None:
    print(
        f"{'scale':>6}  {'executor':9}{'parts':>6}{'purchases':>11}{'seconds':>9}{'MB':>6}", end=""
    )
    print("  of processes  results")
    for (scale, executor), it in found.items():
        print(f"{scale:>6}  {executor:9}{it['parts']:>6}{it['purchases']:>11,}", end="")
        print(f"{it['seconds']:9.1f}{it['mb']:6.0f}{it['processes']:>14}  {it['digest']}")


def different(found: Found) -> list[str]:
    """Return at which scales not all executors came to the same results."""
    digests: dict[int, set[str]] = {}
    for (scale, _), it in found.items():
        digests.setdefault(scale, set()).add(it["digest"])
    return [f"the results over data x {at} differ" for at, them in digests.items() if len(them) > 1]


def growing(found: Found) -> list[str]:
    """Return what took more memory over ten times the data than it may."""
    faults = []
    for (scale, executor), it in found.items():
        less = found.get((scale // 10, executor))
        if less and it["mb"] > MOST_GROWTH * less["mb"]:
            times = it["mb"] / less["mb"]
            faults.append(f"{executor} x {scale}: {times:.1f} times the memory of x {scale // 10}")
    return faults


if __name__ == "__main__":
    sys.exit(main())
