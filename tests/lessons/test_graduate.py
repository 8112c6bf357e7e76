"""Is the Dag of lesson 10 the one whose runs in other engines are recorded?"""

from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest
from IPython.core.interactiveshell import InteractiveShell

from tests.lessons.conftest import Run
from tests.parity.dags import CASES
from tests.parity.environments import REQUIREMENTS

LESSON = Path(__file__).resolve().parent.parent.parent / "notebooks" / "10_graduate.ipynb"
TASKS = ["orders", "revenue", "customers", "report"]


@pytest.mark.slow(2)
def test_what_the_lesson_exports_is_what_ran_there(run: Run, shell: InteractiveShell) -> None:
    cells = {cell.id: cell for cell in nbformat.read(LESSON, 4).cells}
    wanted = [cells[name] for name in ("set-up", "new-dag", *TASKS)]
    assert [it.mark["id"] for it in run(SimpleNamespace(cells=wanted)) if not it.passed] == []
    for engine in REQUIREMENTS:
        theirs = shell.user_ns["dag"].export(engine).source
        assert theirs == CASES["nightly_sales"].dag.export(engine).source
