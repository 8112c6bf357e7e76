"""Loading, unloading and loading again: nothing twice, nothing lost, nothing left."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell

from tests.notebook.conftest import Lab
from wfkit.notebook import session

TASK = "%%task\ndef orders(): return 1"


def hooks(shell: InteractiveShell) -> dict[str, Any]:
    magics = shell.magics_manager.magics
    return {
        "events": {name: list(found) for name, found in shell.events.callbacks.items()},
        "transformers": list(shell.input_transformers_cleanup),
        "magics": {kind: set(found) for kind, found in magics.items()},
        "publish": shell.display_pub.publish,
        "matchers": list(shell.Completer.custom_matchers),
        "names": set(shell.user_ns),
    }


def test_unload_leaves_the_shell_as_it_was(shell: InteractiveShell) -> None:
    lab = Lab(shell)
    before = hooks(shell)
    lab.ok("%load_ext wfkit")
    assert hooks(shell) != before
    lab.ok("%unload_ext wfkit")
    after = hooks(shell)
    # What IPython keeps of earlier cells comes and goes with the cells.
    history = {"_", "__", "___", "_i", "_ii", "_iii", "_i1", "_i2"}
    after["names"] -= history
    before["names"] -= history
    assert after == before


def test_reload_makes_no_doubles_and_loses_nothing(lab: Lab) -> None:
    before = hooks(lab.shell)
    lab.ok("%dag new sales")
    lab.ok(TASK, "o")
    lab.ok("%reload_ext wfkit")
    lab.ok("%load_ext wfkit")
    after = hooks(lab.shell)
    assert after["events"] == before["events"]
    assert len(after["transformers"]) == len(before["transformers"])
    assert lab.ok("%dag").startswith("Dag sales: 1 task\n  orders")
    lab.ok(TASK.replace("orders", "sales_orders"), "o")
    assert list(lab.dag.tasks) == ["sales_orders"]


def test_load_twice_changes_nothing(lab: Lab) -> None:
    before = hooks(lab.shell)
    session.load(lab.shell)
    assert hooks(lab.shell) == before


def test_magic_of_the_host_is_reported_and_given_back(shell: InteractiveShell) -> None:
    lab = Lab(shell)
    lab.ok("from IPython.core.magic import *\n@register_cell_magic\ndef task(a, b): ...")
    theirs = shell.magics_manager.magics["cell"]["task"]
    text = lab.ok("%load_ext wfkit")
    assert text == "%%task is wfkit's from now on; %unload_ext wfkit gives the old one back."
    lab.ok(TASK)
    lab.ok("%unload_ext wfkit")
    assert shell.magics_manager.magics["cell"]["task"] is theirs


def test_displays_of_the_notebook_go_on_as_before(lab: Lab) -> None:
    output = lab.run("display('hello')\nprint(1)")
    assert output.text == "'hello'"


def test_displays_of_tasks_go_to_their_attempts(lab: Lab) -> None:
    lab.ok("from IPython.display import HTML, clear_output")
    lab.ok(
        "%%task\ndef orders():\n    display(HTML('<b>hi</b>'))\n    clear_output()\n    return 1"
    )
    output = lab.run("%dag run")
    assert not any("<b>hi</b>" in str(bundle) for bundle in output.bundles)
    last = lab.dag.last
    shown = [line.data for line in last.lines if line.level == "display"]
    assert shown[0] is not None
    assert shown[0]["data"]["text/html"] == "<b>hi</b>"


@pytest.mark.slow
def test_load_is_light() -> None:
    heavy = {"ipywidgets", "anywidget", "pandas", "graphviz", "pygraphviz", "dask", "sqlite3"}
    code = (
        "import sys, time\n"
        "from IPython.core.interactiveshell import InteractiveShell\n"
        "shell = InteractiveShell.instance()\n"
        "shell.run_cell('%load_ext wfkit')\n"
        f"print(sorted({heavy} & set(sys.modules) - before))\n"
    )
    code = code.replace("shell.run_cell", "before = set(sys.modules)\nshell.run_cell")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
