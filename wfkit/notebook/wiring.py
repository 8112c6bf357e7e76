"""How is a task wired? One line, and a note for each thing that is not right yet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from wfkit.core.graph import Graph, SourceKind
from wfkit.core.task import REQUIRED
from wfkit.views.plain_values import plain_value
from wfkit.views.text import missing_note
from wfkit.views.wording import listed


def wiring(graph: Graph, name: str, params: Mapping[str, Any] | None = None) -> str:
    r"""Return where the inputs of a task come from, and who reads its result.

    >>> from wfkit.core.task import Task
    >>> def orders(logical_date): ...
    >>> def revenue(orders, vat=0.2): ...
    >>> graph = Graph([Task(orders), Task(revenue)])
    >>> print(wiring(graph, "orders"), wiring(graph, "revenue"), sep="\n")
    orders → revenue · logical_date (context)
    revenue ← orders · vat = 0.2 (default)
    """
    line = " · ".join([_arrows(graph, name), *_other_inputs(graph, name, params or {})])
    notes = (missing_note(it) for it in graph.missing if it.task == name)
    return "\n".join([line, *notes])


def _arrows(graph: Graph, name: str) -> str:
    sources = graph.sources[name]
    above = list(dict.fromkeys(it.name for it in sources if it.kind is SourceKind.UPSTREAM))
    below = graph.downstream[name]
    shown = f"{name} ← {listed(above)}" if above else name
    if below:
        shown += f"{' ·' if above else ''} → {listed(below)}"
    return shown


def _other_inputs(graph: Graph, name: str, params: Mapping[str, Any]) -> Iterator[str]:
    above = {it.name for it in graph.sources[name] if it.kind is SourceKind.UPSTREAM}
    after = [up for up in graph.upstream[name] if up not in above]
    if after:
        yield f"after {listed(after)}"
    for source in graph.sources[name]:
        if source.kind is SourceKind.CONTEXT:
            yield f"{source.parameter} (context)"
        elif source.kind is SourceKind.PARAM:
            value = params.get(source.name, REQUIRED)
            yield f"{source.parameter}{_equals(source.name, value)} (param)"
        elif source.kind is SourceKind.DEFAULT:
            yield f"{source.parameter}{_equals(source.parameter, source.default)} (default)"


def _equals(name: str, value: Any) -> str:
    text = plain_value(name, value)
    return f" = {text}" if text else ""
