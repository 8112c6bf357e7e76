"""A kernel is killed in the middle of a run, from outside or on purpose; the next one goes on."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from jupyter_client.manager import start_new_kernel
from nbclient import NotebookClient

from tests.notebook.test_kernel import Kernel
from wfkit.teach import nbval_run

pytestmark = pytest.mark.slow

DECLARED = [
    "%load_ext wfkit",
    "%dag new sales",
    "%%task\ndef orders():\n    note('orders')\n    return [3, 4]",
    "%%task\ndef revenue(orders):\n    note('revenue')\n    return sum(orders)",
    (
        "%%task\nimport os, time\ndef upload(revenue):\n    note('upload')\n"
        "    while not os.path.exists('may_end'):\n        time.sleep(0.01)\n    return 'done'"
    ),
    "%%task\ndef report(revenue, upload):\n    note('report')\n    return f'{revenue} {upload}'",
]
HELPER = "def note(name):\n    with open('witness', 'a') as file:\n        print(name, file=file)"


class OwnKernel(Kernel):
    """A kernel that keeps its history in a folder."""

    def __init__(self, folder: Path) -> None:
        environment = {**os.environ, "WFKIT_LIVE": "0", "WFKIT_HOME": str(folder / "home")}
        self.manager, self.client = start_new_kernel(env=environment, cwd=str(folder))

    def ok(self, source: str) -> str:
        reply = self.run(source)
        assert not reply.error, reply.error
        return reply.text + "".join(it["text"] for it in reply.of("stream"))

    def declare(self) -> None:
        for source in (HELPER, *DECLARED):
            self.ok(source)

    @property
    def pid(self) -> int:
        return int(self.ok("import os; print(os.getpid())"))


@pytest.fixture
def kernels(tmp_path: Path) -> Iterator[list[OwnKernel]]:
    made: list[OwnKernel] = []
    yield made
    for kernel in made:
        kernel.stop()


def witnessed(folder: Path) -> Counter[str]:
    path = folder / "witness"
    return Counter(path.read_text().split() if path.exists() else ())


def wait_for(folder: Path, name: str) -> None:
    until = time.monotonic() + 20
    while not witnessed(folder)[name]:
        assert time.monotonic() < until, f"{name} never began"
        time.sleep(0.005)


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_a_killed_kernel_loses_only_what_was_under_way(
    tmp_path: Path, kernels: list[OwnKernel]
) -> None:
    kernels.append(first := OwnKernel(tmp_path))
    first.declare()
    pid = first.pid
    first.start("%dag run")
    wait_for(tmp_path, "upload")
    os.kill(pid, signal.SIGKILL)

    kernels.append(second := OwnKernel(tmp_path))
    second.declare()
    run_id = second.ok("print(dag.last.run_id)").strip()
    newest = second.ok("%dag runs").splitlines()[-1].split()
    assert (newest[0], "failed" in newest) == (run_id, True)
    assert second.ok("%dag explain") == (
        f"{run_id} of sales failed: the process that ran it ended\n"
        "  upload did not end: attempt 1 was lost: the process that ran it ended\n"
        "  2 of 4 tasks had succeeded\n"
        "  resume goes on with the rest"
    )
    assert second.ok("%dag explain report") == (
        "report did not run: its run ended before its turn came"
    )
    (tmp_path / "may_end").touch()
    assert "✔ success  report" in second.ok("%dag resume")
    assert second.ok("print(dag.last['report'], dag.last.run_id)") == f"7 done {run_id}\n"
    assert witnessed(tmp_path) == {"orders": 1, "revenue": 1, "upload": 2, "report": 1}


def test_crash_after_in_a_notebook(tmp_path: Path, kernels: list[OwnKernel]) -> None:
    kernels.append(kernel := OwnKernel(tmp_path))
    kernel.declare()
    shown = kernel.ok("%dag run --crash-after revenue")
    assert "✔ success  revenue" in shown
    assert "? lost     upload" in shown
    before = witnessed(tmp_path)
    (tmp_path / "may_end").touch()
    assert "✔ success  report" in kernel.ok("%dag resume")
    after = witnessed(tmp_path)
    assert (before["orders"], before["revenue"]) == (after["orders"], after["revenue"]) == (1, 1)
    assert kernel.ok("print(dag.last.changed)") == "()\n"


LESSON = [
    "%load_ext wfkit\n%dag new sales --clock virtual",
    "%%task\ndef orders():\n    return [3, 4]",
    "%%task\ndef revenue(orders):\n    return sum(orders)",
    "%%task\ndef report(revenue):\n    return f'{revenue} EUR'",
    "%dag run --crash-after orders",
    "%dag explain",
    "%dag resume",
    "dag.last['report']",
]


@pytest.mark.long
def test_crash_after_compares_equal_under_nbval() -> None:
    notebook = nbformat.v4.new_notebook(cells=[*map(nbformat.v4.new_code_cell, LESSON)])
    NotebookClient(notebook, timeout=60).execute()
    assert "7 EUR" in str(notebook.cells[-1].outputs)
    found = nbval_run.run(notebook)
    assert [it.passed for it in found] == [True] * len(LESSON), found
