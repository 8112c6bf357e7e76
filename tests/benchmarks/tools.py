"""The tools that are compared: each builds a graph of no-op tasks, then runs it once."""

from __future__ import annotations

import asyncio
import itertools
import queue
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

from tests.benchmarks.graphs import Shape, sinks

Body = Callable[..., int]
Step = Callable[[], object]
SLOTS = 2


class Counter:
    """The body of every task: takes what its upstream tasks returned, counts how often it ran."""

    def __init__(self) -> None:
        self._count = itertools.count()

    def __call__(self, *upstream: int) -> int:
        return next(self._count)


@contextmanager
def wfkit(graph: Shape, body: Body, executor: str, durable: bool) -> Iterator[tuple[Step, Step]]:
    """wfkit itself, its history in an SQLite file where `durable`, else in memory."""
    from wfkit import Dag
    from wfkit.core.task import Task

    made: dict[str, Any] = {}
    functions = {size: _function(size, body) for size in {len(above) for above in graph.values()}}

    def build() -> None:
        tasks = [
            Task(
                functions[len(above)], name=name, inputs={f"x{i}": up for i, up in enumerate(above)}
            )
            for name, above in graph.items()
        ]
        made["dag"] = Dag("benchmark", tasks, executor=executor)

    with tempfile.TemporaryDirectory() as folder:
        store = Path(folder) / "history.sqlite" if durable else None
        yield build, lambda: made["dag"].run(store=store)


def _function(parameters: int, body: Body) -> Callable[..., int]:
    names = ", ".join(f"x{i}" for i in range(parameters))
    space: dict[str, Any] = {"body": body}
    exec(f"def task({names}):\n    return body({names})", space)
    function: Callable[..., int] = space["task"]
    return function


@contextmanager
def plain_calls(graph: Shape, body: Body) -> Iterator[tuple[Step, Step]]:
    """The limit: function calls in topological order."""
    order: list[str] = []

    def run() -> None:
        results: dict[str, int] = {}
        for name in order:
            results[name] = body(*(results[up] for up in graph[name]))

    yield lambda: order.extend(TopologicalSorter(graph).static_order()), run


@contextmanager
def graphlib_threads(graph: Shape, body: Body) -> Iterator[tuple[Step, Step]]:
    """The threaded floor: graphlib, a thread pool, a queue of what is done."""
    sorter = TopologicalSorter(graph)

    def run() -> None:
        results: dict[str, int] = {}
        done: queue.SimpleQueue[str] = queue.SimpleQueue()

        def work(name: str) -> None:
            results[name] = body(*(results[up] for up in graph[name]))
            done.put(name)

        with ThreadPoolExecutor(SLOTS) as pool:
            while sorter.is_active():
                for name in sorter.get_ready():
                    pool.submit(work, name)
                sorter.done(done.get())

    yield sorter.prepare, run


@contextmanager
def asyncio_tasks(graph: Shape, body: Body) -> Iterator[tuple[Step, Step]]:
    """One asyncio task for each task, which awaits its upstream tasks."""

    async def everything() -> None:
        tasks: dict[str, asyncio.Task[int]] = {}

        async def one(name: str) -> int:
            return body(*[await tasks[up] for up in graph[name]])

        for name in graph:
            tasks[name] = asyncio.create_task(one(name))
        await asyncio.gather(*tasks.values())

    yield lambda: None, lambda: asyncio.run(everything())


@contextmanager
def dask(graph: Shape, body: Body, mode: str) -> Iterator[tuple[Step, Step]]:
    """Dask's local schedulers: sync, or threaded with two threads. No history."""
    import dask
    import dask.local
    import dask.threaded

    made: dict[str, Any] = {}

    def build() -> None:
        made.update({name: (body, *above) for name, above in graph.items()})

    with ThreadPoolExecutor(SLOTS) as pool:
        if mode == "sync":
            yield build, lambda: dask.local.get_sync(made, sinks(graph))
        else:
            yield build, lambda: dask.threaded.get(made, sinks(graph), pool=pool)


@contextmanager
def simpy(graph: Shape, body: Body) -> Iterator[tuple[Step, Step]]:
    """SimPy: virtual time, two slots, one virtual second a task. No data, no history."""
    import simpy

    environment = simpy.Environment()
    slots = simpy.Resource(environment, capacity=SLOTS)
    started: dict[str, Any] = {}

    def task(name: str) -> Iterator[Any]:
        if graph[name]:
            yield environment.all_of([started[up] for up in graph[name]])
        with slots.request() as slot:
            yield slot
            yield environment.timeout(1)
            body()

    def build() -> None:
        for name in graph:
            started[name] = environment.process(task(name))

    yield build, environment.run


TOOLS: dict[str, Callable[[Shape, Body], Any]] = {
    "plain calls": plain_calls,
    "asyncio tasks": asyncio_tasks,
    "graphlib + 2 threads": graphlib_threads,
    "wfkit serial": lambda graph, body: wfkit(graph, body, "serial", durable=False),
    "wfkit thread": lambda graph, body: wfkit(graph, body, "thread", durable=False),
    "wfkit serial + SQLite": lambda graph, body: wfkit(graph, body, "serial", durable=True),
    "wfkit thread + SQLite": lambda graph, body: wfkit(graph, body, "thread", durable=True),
    "dask sync": lambda graph, body: dask(graph, body, "sync"),
    "dask threaded": lambda graph, body: dask(graph, body, "threaded"),
    "simpy": simpy,
}
