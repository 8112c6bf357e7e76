"""What only a process of its own can show: light imports, and a real Ctrl-C."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]


def python(code: str, timeout: float = 30) -> Any:
    """Run `code` in a fresh Python; return what it prints, as JSON."""
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


HEAVY = ["IPython", "pandas", "numpy", "graphviz", "pygraphviz", "dask", "distributed", "asyncio"]


@pytest.mark.slow
def test_import_loads_nothing_heavy_and_starts_no_thread() -> None:
    code = (
        "import sys, threading, json, wfkit; "
        "print(json.dumps([sorted(sys.modules), threading.active_count(), wfkit.__all__]))"
    )
    modules, threads, names = python(code)
    assert [name for name in HEAVY if name in modules] == []
    assert threads == 1
    assert {"Dag", "task", "DagRun", "RunFailed"} <= set(names)


@pytest.mark.slow
def test_run_without_tables_loads_no_pandas() -> None:
    code = (
        "import sys, json, wfkit\n"
        "def orders(): return 1\n"
        "run = wfkit.Dag('sales', [orders]).run(store=None)\n"
        "print(json.dumps([run['orders'], [m for m in ('pandas', 'IPython') if m in sys.modules]]))"
    )
    assert python(code) == [1, []]


INTERRUPTED = """
import json, os, signal, sys, threading, time
import wfkit

started = threading.Event()

def slow():
    started.set()
    threading.Event().wait(20)

def interrupt():
    started.wait(10)
    moments.append(time.monotonic())
    os.kill(os.getpid(), signal.SIGINT)

moments = []
threading.Thread(target=interrupt, daemon=True).start()
try:
    wfkit.Dag("sales", [slow]).trial()
    ended = "returned"
except KeyboardInterrupt as told:
    ended = str(told).partition(" ")[2]
moments.append(time.monotonic())
print(json.dumps([ended, moments[1] - moments[0]]))
sys.stdout.flush()
os._exit(0)
"""


@pytest.mark.slow
def test_interrupt_ends_a_trial() -> None:
    ended, seconds = python(INTERRUPTED)
    assert ended == "was asked to stop, but a body still runs; a trial leaves no history."
    assert seconds < 1
