"""How long do `import wfkit` and `%load_ext wfkit` take? Medians over fresh processes.

python -m tests.benchmarks.loading
"""

from __future__ import annotations

import statistics
import subprocess
import sys

from jupyter_client.manager import start_new_kernel

RUNS = 7
IMPORT = "import time; t = time.perf_counter(); {}; print(time.perf_counter() - t)"
LOAD = "import time; t = time.perf_counter()\n%load_ext wfkit\nprint(time.perf_counter() - t)"


def main() -> None:
    for statement in ("import wfkit", "from wfkit import Dag, task"):
        print(f"{statement:30}{statistics.median(_imported(statement)) * 1e3:6.0f} ms")
    print(f"{'%load_ext wfkit in a kernel':30}{statistics.median(_loaded()) * 1e3:6.0f} ms")


def _imported(statement: str) -> list[float]:
    command = [sys.executable, "-c", IMPORT.format(statement)]
    return [float(subprocess.check_output(command, text=True)) for _ in range(RUNS)]


def _loaded() -> list[float]:
    return [_loaded_once() for _ in range(RUNS)]


def _loaded_once() -> float:
    told: list[str] = []
    manager, client = start_new_kernel()
    try:
        client.execute_interactive(
            LOAD, output_hook=lambda message: told.append(message["content"].get("text", ""))
        )
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    return float("".join(told))


if __name__ == "__main__":
    main()
