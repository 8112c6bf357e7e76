"""How fast is wfkit beside its peers? Side by side in one run, medians and ratios.

    python -m tests.benchmarks                      the three graphs, all tools
    python -m tests.benchmarks --shape layered --tool "wfkit thread + SQLite" --tool "dask threaded"
    python -m tests.benchmarks --shape chain --size 100000

Machines differ and their load changes: compare figures of one run only. A tool that is not
installed is left out and named.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
from collections.abc import Sequence

from tqdm import tqdm

from tests.benchmarks.graphs import SHAPES, USUAL_SIZE
from tests.benchmarks.tools import TOOLS

OURS = "wfkit thread + SQLite"
Figures = dict[str, float]


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--shape", action="append", choices=SHAPES)
    parser.add_argument("--tool", action="append", choices=TOOLS)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--size", type=int, help="how many tasks")
    chosen = parser.parse_args()
    for shape in chosen.shape or SHAPES:
        size = chosen.size or USUAL_SIZE[shape]
        print_table(shape, measure(shape, size, chosen.tool or list(TOOLS), chosen.runs))
    return 0


def measure(shape: str, size: int, tools: Sequence[str], runs: int) -> dict[str, list[Figures]]:
    """Return the figures of each tool; the tools take turns, so that load hits them alike."""
    found: dict[str, list[Figures]] = {tool: [] for tool in tools}
    turns = [tool for _ in range(runs) for tool in tools]
    for tool in tqdm(turns, desc=f"{shape} {size:,}", leave=False):
        command = [sys.executable, "-m", "tests.benchmarks.once", tool, shape, str(size)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode == 0:
            found[tool].append(json.loads(done.stdout))
        elif "ModuleNotFoundError" not in done.stderr:
            raise SystemExit(done.stderr)
    return found


def print_table(shape: str, found: dict[str, list[Figures]]) -> None:
    """Print the medians of each tool, and how they compare with wfkit's."""
    ours = _total(found[OURS]) if found.get(OURS) else None
    tasks = next(int(figures[0]["tasks"]) for figures in found.values() if figures)
    print(f"\n{shape}, {tasks:,} tasks: microseconds a task, median")
    print(f"{'':24}{'build':>8}{'run':>8}{'total':>8}{'KB':>6}   against {OURS}")
    for tool, figures in found.items():
        if not figures:
            print(f"{tool:24}  not installed")
            continue
        build, run, kb = (_median(figures, key) for key in ("build", "run", "kb"))
        ratio = f"{_total(figures) / ours:.2f}" if ours else ""
        print(f"{tool:24}{build:8.1f}{run:8.1f}{_total(figures):8.1f}{kb:6.1f}   {ratio}")


def _median(figures: Sequence[Figures], key: str) -> float:
    return statistics.median(it[key] for it in figures)


def _total(figures: Sequence[Figures]) -> float:
    return statistics.median(it["build"] + it["run"] for it in figures)


if __name__ == "__main__":
    sys.exit(main())
