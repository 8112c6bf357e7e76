"""Results that cannot be shown, or only at great length."""

from __future__ import annotations

import pytest

from tests.notebook.conftest import Lab

KINDS = """
class Raises:
    def __repr__(self): raise ValueError("no text")
class RaisesHtml(Exception):
    def __repr__(self): return "plain"
    def _repr_html_(self): raise ValueError("no html")
class Large:
    def __repr__(self): return "x" * 10_000_000
class LargeHtml:
    def __repr__(self): return "plain"
    def _repr_html_(self): return "x" * 10_000_000
class Wrong:
    def __repr__(self): return 5
class Surrogate:
    def __repr__(self): return "\\ud800"
"""
KEPT = {
    "Raises": ("", "<Raises>"),
    "RaisesHtml": ("plain", "plain"),
    "Large": ("x" * 2_000 + " … (10,000,000 characters)",) * 2,
    "LargeHtml": ("plain", "plain"),
    "Wrong": ("", "<Wrong>"),
    "Surrogate": ("\\ud800", "\\ud800"),
}


@pytest.mark.parametrize("name", KEPT)
@pytest.mark.parametrize("executor", ["thread", "process"])
def test_what_cannot_be_shown_disturbs_no_cell(lab: Lab, name: str, executor: str) -> None:
    lab.ok(KINDS)
    lab.ok(
        "%%task\ndef odd():\n    from IPython.display import display\n"
        f"    display({name}())\n    return {name}()"
    )
    lab.ok("%%task\ndef reads(odd):\n    return 3")
    lab.ok(f"%dag run --executor {executor}")
    assert "".join(it.text for it in lab.dag.last.lines) == KEPT[name][executor == "process"]
    assert sum(len(str(it.data)) for it in lab.dag.last.lines) < 1_000
    for cell in ("%dag", "%dag explain", "%dag logs", "%dag runs", "dag.last.attempts"):
        lab.ok(cell)
    lab.run("dag.last['odd']")
    assert lab.ok("%dag explain reads")
