"""Graphs and runs to look at. Runs are played by the real machine, one attempt at a time."""

from __future__ import annotations

import heapq
import itertools
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from wfkit.core.facts import (
    AttemptFinished,
    AttemptStarted,
    RunStarted,
    SetTimer,
    Submit,
    TimerFired,
)
from wfkit.core.graph import Graph
from wfkit.core.machine import Decision, Machine
from wfkit.core.run import RunSnapshot, TaskInstance
from wfkit.core.states import Outcome, RunState, TaskState
from wfkit.core.task import Task
from wfkit.core.task_options import TaskOptions

RUN_ID = "manual__1997-01-01"
SVG = "{http://www.w3.org/2000/svg}"


def make(name: str, upstream: Sequence[str] = (), doc: str = "", **options: Any) -> Task:
    """A task with these parameters that does nothing."""
    code = compile(f"def {name}({', '.join(upstream)}): pass", "<sample>", "exec")
    scope: dict[str, Any] = {}
    exec(code, scope)
    scope[name].__doc__ = doc
    return Task(scope[name], TaskOptions(**options))


def chain() -> Graph:
    return Graph(
        [
            make("orders", doc="One day of purchases.", retries=3, retry_delay=30, backoff=2),
            make("revenue", ["orders"]),
            make("report", ["revenue"]),
        ]
    )


def diamond() -> Graph:
    return Graph(
        [
            make("load"),
            make("clean", ["load"]),
            make("count", ["load"]),
            make("publish", ["clean", "count"]),
        ]
    )


def shop() -> Graph:
    """Groups, a missing upstream, an order-only edge, a trigger rule."""
    return Graph(
        [
            make("customers", group="extract"),
            make("orders", group="extract", retries=1),
            make("clean", ["orders", "customers"], group="cleaning"),
            make("report", ["clean", "ordrs"]),
            make("tidy", after="report", trigger_rule="all_done"),
        ]
    )


def layered(layers: int, width: int, group: str | None = None) -> Graph:
    """Every task reads two tasks of the layer before it."""
    tasks = []
    for layer, place in itertools.product(range(layers), range(width)):
        above = {f"t{layer - 1:03}_{(place + step) % width:03}" for step in (0, 1)}
        label = f"{group} {layer}" if group else None
        tasks.append(make(f"t{layer:03}_{place:03}", sorted(above) if layer else (), group=label))
    return Graph(tasks)


ERROR = {"type": "ValueError", "message": "bad row\nsecond line", "traceback": []}


def play(
    graph: Graph,
    outcomes: Mapping[str, Sequence[str]] | None = None,
    *,
    takes: float = 10.0,
    clock: str = "system",
    most: int = 1_000_000,
    error: Mapping[str, Any] = ERROR,
) -> RunSnapshot:
    """Play a run serially: `outcomes` of the attempts by task, at most so many attempts."""
    upstream = {name: list(graph.upstream[name]) for name in graph.order}
    detail = {"dag": "nightly_sales", "clock": clock, "upstream": upstream}
    machine, snapshot = Machine(graph, RUN_ID), RunSnapshot()
    todo: list[tuple[float, int, Any]] = []
    counter, now = itertools.count(), 1_000.0

    def take(decision: Decision) -> None:
        for event in decision.events:
            snapshot.apply(event)
        for command in decision.commands:
            assert isinstance(command, Submit | SetTimer)
            at = now if isinstance(command, Submit) else command.time
            heapq.heappush(todo, (at, next(counter), command))

    take(machine.advance(RunStarted(now, detail)))
    while todo and most:
        at, _, command = heapq.heappop(todo)
        now = max(now, at)
        key = (command.task, command.map_index, command.attempt)
        if not isinstance(command, Submit):
            take(machine.advance(TimerFired(*key, now)))
            continue
        most -= 1
        take(machine.advance(AttemptStarted(*key, now)))
        if not most:
            break
        now += takes
        plan = (outcomes or {}).get(command.task, ["returned"])
        outcome = Outcome(plan[min(command.attempt, len(plan)) - 1])
        bad = outcome not in (Outcome.RETURNED, Outcome.SKIPPED)
        take(machine.advance(AttemptFinished(*key, now, outcome, error if bad else None, True)))
    return snapshot


def standing_in(states: Mapping[str, TaskState]) -> RunSnapshot:
    """A running run whose tasks are in these states."""
    snapshot = RunSnapshot()
    snapshot.run_id, snapshot.state, snapshot.started = RUN_ID, RunState.RUNNING, 0.0
    for name, state in states.items():
        snapshot.instances[name, -1] = TaskInstance(name, -1, state, attempt=1)
    return snapshot


def parsed(svg: str | None) -> ET.Element:
    """The SVG as a tree: fails if it is not well-formed."""
    assert svg is not None
    return ET.fromstring(svg)


def with_class(root: ET.Element, name: str) -> Iterator[ET.Element]:
    return (it for it in root.iter() if name in it.get("class", "").split())


def texts(root: ET.Element) -> list[str]:
    return [it.text or "" for it in root.iter(f"{SVG}text")]


HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "javascript:alert(1)",
    "a:b",
    "back\\slash \\N \\G",
    "quo\"te's",
    "&amp; &#60;",
    "line\nbreak\r\ttab",
    "\x00\x1b[31mred\x07",
    "\u202eevil\u200b",
    "\ud800 alone \ufffe",
    "]]> <!-- --> <?xml?>",
    "{{ x }} ${y} %s",
    "<b>bold</b>",
    "注文 🛒 é",
    "x" * 100,
]
