"""Runs notebooks in this process: no kernel to start, so that every answer can be tried."""

import atexit
import gc
import logging
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from wfkit.teach.nbval_run import CellVerdict
from wfkit.teach.notebooks import cell_mark

Run = Callable[[Any], list[CellVerdict]]


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[InteractiveShell]:
    """A fresh shell in an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])  # a shell puts its own
    InteractiveShell.clear_instance()
    gc.freeze()  # a shell that ends collects garbage: only its own, or that takes half of the time
    config = Config(
        HistoryManager={"enabled": False}, InteractiveShell={"colors": "nocolor", "autocall": 0}
    )
    made = InteractiveShell.instance(config=config)
    yield made
    atexit.unregister(made.atexit_operations)
    made.atexit_operations()
    InteractiveShell.clear_instance()


@pytest.fixture
def run(shell: InteractiveShell) -> Run:
    """A function that runs the code cells of a notebook, as JupyterLab does, in one kernel."""

    def run(notebook: Any) -> list[CellVerdict]:
        logging.root.handlers.clear()  # those of pytest: a kernel has none
        code = (cell for cell in notebook.cells if cell.cell_type == "code")
        return [_verdict(shell, cell) for cell in code]

    return run


def _verdict(shell: InteractiveShell, cell: Any) -> CellVerdict:
    result = shell.run_cell(cell.source, store_history=True, cell_id=cell.id)
    error = result.error_before_exec or result.error_in_exec
    mark = {"id": cell.id, **cell_mark(cell)}
    if error is None:
        return CellVerdict(mark, True, "", [])
    told = {"ename": type(error).__name__, "evalue": str(error), "traceback": []}
    return CellVerdict(mark, False, "", [{"output_type": "error", **told}])
