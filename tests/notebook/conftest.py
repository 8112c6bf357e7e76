"""A notebook without a front end: cells are run in a shell of its own, outputs are kept."""

from __future__ import annotations

import atexit
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from IPython.core.displaypub import CapturingDisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from wfkit.api.dag import Dag
from wfkit.notebook import session
from wfkit.notebook.state import Notebook

ORDERS = "%%task\ndef orders(logical_date):\n    return [3, 4]"
REVENUE = "%%task\ndef revenue(orders, vat=0.2):\n    return sum(orders)"
REPORT = '%%task\ndef report(revenue):\n    return f"{revenue} euros"'


@dataclass
class Output:
    """What a cell showed, and the error that ended it."""

    bundles: list[dict[str, Any]]
    error: BaseException | None
    traceback: str

    @property
    def text(self) -> str:
        return "\n".join(bundle.get("text/plain", "") for bundle in self.bundles)

    @property
    def message(self) -> str:
        return f"{type(self.error).__name__}: {self.error}" if self.error else ""


class Lab:
    """A notebook: `run` executes a cell, `ok` one that must not fail."""

    def __init__(self, shell: InteractiveShell) -> None:
        self.shell = shell
        self._shown: list[str] = []
        self._displays = CapturingDisplayPublisher(parent=shell)
        shell.display_pub = self._displays
        shell._showtraceback = self._keep  # type: ignore[method-assign]

    def _keep(self, etype: object, evalue: object, stb: list[str]) -> None:
        self._shown.append("\n".join(stb))

    def run(self, source: str, cell: str | None = None, **options: Any) -> Output:
        self._displays.outputs.clear()
        self._shown.clear()
        options = {"store_history": True, "cell_id": cell, **options}
        result = self.shell.run_cell(source, **options)
        bundles = [output["data"] for output in self._displays.outputs]
        error = result.error_before_exec or result.error_in_exec
        return Output(bundles, error, "\n".join(self._shown))

    def ok(self, source: str, cell: str | None = None, **options: Any) -> str:
        output = self.run(source, cell, **options)
        assert output.error is None, output.message
        return output.text

    def fails(self, source: str, cell: str | None = None, **options: Any) -> str:
        """Run a cell that must fail; return its message, and check that nothing changed."""
        before = self.state()
        output = self.run(source, cell, **options)
        assert output.error is not None, f"the cell did not fail, but showed: {output.text}"
        assert self.state() == before
        assert output.traceback, "the cell failed silently"
        return output.message

    def state(self) -> dict[str, Any]:
        """Everything that a failed cell must leave as it was."""
        own = {"_", "__", "___", "_i", "_ii", "_iii", "_ih", "_oh", "_dh", "In", "Out"}
        names = {
            name: id(value)
            for name, value in self.ns.items()
            if name not in own and not name.startswith(("_i", "_1"))
        }
        dags = {name: (id(dag), id(dag.graph)) for name, dag in self.notebook.dags.items()}
        return {"names": names, "dags": dags, "ledger": list(self.notebook.ledger)}

    @property
    def ns(self) -> dict[str, Any]:
        namespace: dict[str, Any] = self.shell.user_ns
        return namespace

    @property
    def notebook(self) -> Notebook:
        return session.of(self.shell)

    @property
    def dag(self) -> Dag:
        return self.notebook.dag


@pytest.fixture
def shell(monkeypatch: pytest.MonkeyPatch) -> Iterator[InteractiveShell]:
    """A fresh shell that `display` writes to, without history and colours."""
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])  # a shell puts its own
    InteractiveShell.clear_instance()
    config = Config(
        HistoryManager={"enabled": False}, InteractiveShell={"colors": "nocolor", "autocall": 0}
    )
    made = InteractiveShell.instance(config=config)
    yield made
    atexit.unregister(made.atexit_operations)  # it collects garbage for 0.2 s
    InteractiveShell.clear_instance()


@pytest.fixture
def lab(shell: InteractiveShell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lab:
    """A notebook with wfkit loaded, and a history of its own."""
    monkeypatch.setenv("WFKIT_HOME", str(tmp_path))
    made = Lab(shell)
    made.ok("%load_ext wfkit")
    return made


@pytest.fixture
def sales(lab: Lab) -> Lab:
    """A notebook with a Dag of three tasks, declared in the cells o, r and p."""
    lab.ok("%dag new nightly_sales")
    for cell, source in (("o", ORDERS), ("r", REVENUE), ("p", REPORT)):
        lab.ok(source, cell)
    return lab
