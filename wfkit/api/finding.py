"""Which run was the last one of a Dag, as far as a history knows?"""

from __future__ import annotations

from wfkit.api.dag_run import DagRun
from wfkit.core.graph import Graph
from wfkit.engine.stores import StoreChoice, has_history, store_for


def newest_run(dag_name: str, graph: Graph, choice: StoreChoice) -> DagRun | None:
    """Return the newest run of a Dag in a store, None where there is none."""
    if choice == "default" and not has_history():
        return None  # only to look must leave nothing behind
    store = store_for(choice)
    records = store.runs(dag_name, 1)
    return DagRun(dag_name, records[-1].run_id, store, graph) if records else None
