"""How does a `%%task` cell show the boundary of its task? As one small card, without a script."""

from __future__ import annotations

from wfkit.api.shapes import shapes_in_memory
from wfkit.notebook import blocks
from wfkit.notebook.declaring import Declared
from wfkit.views.boundary import boundary
from wfkit.views.boundary_html import boundary_html


def card_bundle(declared: Declared) -> dict[str, str]:
    """Return how a task is wired, in each form that a front end may show."""
    dag = declared.dag
    card = boundary(dag.graph, declared.task, dag.params, shapes_in_memory(dag))
    where = declared.wiring.partition(" · in Dag ")[2]
    notes = [*([f"in Dag {where}"] if where else []), *declared.notes]
    style = blocks.still_style(".wfkit-card", "boundary", "card")
    page = f'<div class="wfkit-card"><style>{style}</style>{boundary_html(card, notes)}</div>'
    return {"text/plain": str(declared), "text/html": page}
