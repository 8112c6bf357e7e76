"""What a notebook stores, with the state of its widgets, holds no secret; nor does its page."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbconvert import HTMLExporter

from tests.api.planting import planted
from tests.api.sinks import found, unpacked

pytestmark = pytest.mark.slow(10)

REPOSITORY = Path(__file__).parents[2]
SET_UP = f"""\
import sys
sys.path.insert(0, {str(REPOSITORY)!r})
%load_ext wfkit
from tests.api.planting import let_out, planted
from wfkit import Dag, RunFailed, Secret
from wfkit.core.task import Task
leaks = planted()

def careless(number):
    def load(token):
        let_out(leaks[number::20])
    return Task(load, name=f"load_{{number}}")

hidden = Secret("given-as-a-param")
dag = Dag("sales", map(careless, range(20)), params={{"token": hidden}})
run = dag.run(store="default", expect="failed")"""
CARD = """\
%%task
def shown(token=Secret("given-as-a-default")):
    "Knows password=given-in-a-docstring"
    print(token.get_secret_value())"""
FAILS = """\
try:
    dag.run()
except RunFailed:
    get_ipython().showtraceback()
import time
def slow(token):
    time.sleep(0.3)
    let_out(leaks[:20])
other = Dag("slow", [slow], params={"token": hidden})"""
SHOWN = ["dag", "run", "%dag logs", "%dag explain", "%dag replay", "%dag runs", "%dag metrics"]
SHOWN += ["dag.history()", "run.logs", "run.attempts", "print(dag.logs().to_json())", "%dag trial"]
CELLS = [SET_UP, CARD, *SHOWN, FAILS, "dag = other", "%dag run --expect failed", "%dag odds"]
GIVEN = ["given-as-a-param", "given-as-a-default", "given-in-a-docstring"]


@pytest.mark.long
def test_none_of_200_planted_secrets_is_stored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WFKIT_LIVE", "1")
    made = nbformat.v4.new_notebook()
    made.cells = [nbformat.v4.new_code_cell(it) for it in CELLS]
    NotebookClient(made, timeout=60, resources={"metadata": {"path": str(tmp_path)}}).execute()
    outputs = [it.outputs for it in made.cells]
    for it in made.cells:
        it.source = ""  # what the learner wrote is the learner's
    notebook = nbformat.writes(made)
    page, _ = HTMLExporter().from_notebook_node(made)  # type: ignore[no-untyped-call]
    assert [number for number, it in enumerate(outputs) if not it] == [0, len(CELLS) - 3]
    assert "wfkit-replay" in notebook
    assert '"standing"' in notebook
    assert notebook.count("***") > 1_000
    secrets = [it.secret for it in planted()] + GIVEN
    assert found(secrets, ("notebook", unpacked(notebook)), ("page", unpacked(page))) == []
