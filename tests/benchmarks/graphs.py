"""The graphs that every tool has to run: task name → names of its upstream tasks."""

from __future__ import annotations

import random
from collections.abc import Callable

Shape = dict[str, list[str]]


def chain(size: int = 1_000) -> Shape:
    """Tasks in one line."""
    return {f"t{i}": [f"t{i - 1}"] if i else [] for i in range(size)}


def wide(size: int = 1_000) -> Shape:
    """One root, `size` tasks below it, and one task that joins them."""
    middle = [f"t{i}" for i in range(size)]
    return {"root": [], **{name: ["root"] for name in middle}, "join": middle}


def layered(size: int = 10_000) -> Shape:
    """A square of layers in which each task has two or three upstream tasks in the layer above."""
    draw = random.Random(0)
    width = round(size**0.5)
    graph: Shape = {f"t0_{column}": [] for column in range(width)}
    for layer in range(1, width):
        for column in range(width):
            above = draw.sample(range(width), draw.choice((2, 3)))
            graph[f"t{layer}_{column}"] = [f"t{layer - 1}_{up}" for up in above]
    return graph


SHAPES: dict[str, Callable[[int], Shape]] = {"chain": chain, "wide": wide, "layered": layered}
USUAL_SIZE = {"chain": 1_000, "wide": 1_000, "layered": 10_000}


def sinks(graph: Shape) -> list[str]:
    """Return the tasks that nothing waits for."""
    waited_for = {up for above in graph.values() for up in above}
    return [name for name in graph if name not in waited_for]
