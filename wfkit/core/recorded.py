"""Which graph did a run have? As it was written down, with what is still declared of it."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from wfkit.core.graph import Graph
from wfkit.core.task import Task
from wfkit.core.task_options import PLAIN


def recorded_graph(upstream: Mapping[str, Sequence[str]], declared: Graph) -> Graph:
    """Return the graph of a run that had these tasks and edges, whatever has become of them.

    Tasks that are still declared bring their options; of the others only the name is known.

    >>> recorded_graph({"revenue": ["orders"], "orders": []}, Graph([])).order
    ('orders', 'revenue')
    """
    then = {name: tuple(sorted(above)) for name, above in upstream.items()}
    if declared.upstream == then:
        return declared
    if then.keys() <= declared.tasks.keys():
        part = declared.subgraph(then)
        if part.upstream == then:
            return part
    return Graph(_task(name, above, declared.tasks.get(name)) for name, above in then.items())


def _task(name: str, above: Sequence[str], now: Task | None) -> Task:
    inputs = {f"input_{i}": up for i, up in enumerate(above)}
    options = replace(now.options, after=(), expand=None) if now else PLAIN
    return Task(_Gone(inputs, now.doc if now else ""), options, name, inputs)


class _Gone:
    """Stands for the function of a task as it was: with these parameters, but without its code."""

    def __init__(self, parameters: Iterable[str], doc: str) -> None:
        kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
        self.__signature__ = inspect.Signature([inspect.Parameter(it, kind) for it in parameters])
        self.__doc__ = doc

    def __call__(self, **inputs: object) -> None:
        """Return nothing: what it did is not known any more."""
