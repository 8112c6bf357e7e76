"""What goes into a task, and what comes out of it? Its boundary card, as a value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from wfkit.core.graph import Graph, Source, SourceKind
from wfkit.core.masking import masked
from wfkit.core.options import shown
from wfkit.core.schedules import spelled
from wfkit.core.task import REQUIRED
from wfkit.core.task_options import OPTION_NAMES, PLAIN, TaskOptions
from wfkit.views.plain_values import plain_value
from wfkit.views.shape_words import Shape
from wfkit.views.text import missing_note
from wfkit.views.wording import counted, cut, listed, visible

_DURATIONS = frozenset(
    {"retry_delay", "max_retry_delay", "takes", "timeout", "poke_interval", "wait_timeout"}
)
_LONGEST_DOC = 200
_MOST_ITEMS = 12


class Item(NamedTuple):
    """One line of a card: a name, what it is in words, its value and its shape.

    `task` is the name of the task behind it, "" for none; `is_missing` marks what nobody provides.
    """

    name: str
    what: str = ""
    value: str = ""
    shape: Shape | None = None
    task: str = ""
    is_missing: bool = False


class Boundary(NamedTuple):
    """A card: what goes in, what it is, what comes out and who reads it.

    `facts` are options that were chosen, `notes` what is not right yet. `shape` is what came out
    in the last run.
    """

    name: str
    doc: str
    facts: tuple[str, ...]
    inputs: tuple[Item, ...]
    readers: tuple[Item, ...]
    outputs: tuple[Item, ...] = ()
    shape: Shape | None = None
    notes: tuple[str, ...] = ()


def boundary(
    graph: Graph,
    name: str,
    params: Mapping[str, Any] | None = None,
    shapes: Mapping[str, Shape] | None = None,
) -> Boundary:
    """Return the boundary card of a task; `shapes` are those of results, by task.

    >>> from wfkit.core.task import Task
    >>> def orders(): ...
    >>> def revenue(orders, vat=0.2): ...
    >>> card = boundary(Graph([Task(orders), Task(revenue)]), "revenue")
    >>> [(it.name, it.what, it.value) for it in card.inputs]
    [('orders', 'task', ''), ('vat', 'default', '0.2')]
    """
    known = shapes or {}
    it = graph.tasks[name]
    return Boundary(
        name=name,
        doc=cut(visible(masked(it.doc)), _LONGEST_DOC),
        facts=tuple(_facts(it.options)),
        inputs=_few([*_order_only(graph, name), *_inputs(graph, name, params or {}, known)]),
        readers=_few([Item(below, task=below) for below in graph.downstream[name]]),
        shape=known.get(name),
        notes=tuple(missing_note(missing) for missing in graph.missing if missing.task == name),
    )


def group_boundary(
    graph: Graph, name: str, tasks: Sequence[str], shapes: Mapping[str, Shape] | None = None
) -> Boundary:
    """Return the boundary card of a group: which tasks outside it reads, and which read it."""
    known, inside = shapes or {}, set(tasks)
    above = dict.fromkeys(up for task in tasks for up in graph.upstream[task] if up not in inside)
    given = [it for it in tasks if set(graph.downstream[it]) - inside] or [
        it for it in tasks if not graph.downstream[it]
    ]
    below = dict.fromkeys(down for it in given for down in graph.downstream[it])
    return Boundary(
        name=name,
        doc=listed(tasks),
        facts=(counted(len(tasks), "task"),),
        inputs=_few([Item(up, "task", shape=known.get(up), task=up) for up in above]),
        readers=_few([Item(down, task=down) for down in below if down not in inside]),
        outputs=_few([Item(it, shape=known.get(it), task=it) for it in given]),
        notes=tuple(missing_note(it) for it in graph.missing if it.task in inside),
    )


def _few(items: Sequence[Item]) -> tuple[Item, ...]:
    more = len(items) - _MOST_ITEMS
    return (*items[:_MOST_ITEMS], *([Item(f"and {more:,} more")] if more > 0 else []))


def _order_only(graph: Graph, name: str) -> Iterator[Item]:
    data = {it.name for it in graph.sources[name] if it.kind is SourceKind.UPSTREAM}
    for up in graph.upstream[name]:
        if up not in data:
            yield Item(up, "only its end", task=up)
    for missing in graph.missing:
        if missing.task == name and not missing.is_parameter:
            yield Item(visible(missing.wanted), "no such task yet", is_missing=True)


def _inputs(
    graph: Graph, name: str, params: Mapping[str, Any], shapes: Mapping[str, Shape]
) -> Iterator[Item]:
    expanded = graph.tasks[name].options.expand
    for source in graph.sources[name]:
        each = ", one item each" if source.parameter == expanded else ""
        yield _input(source, each, params, shapes)


def _input(
    source: Source, each: str, params: Mapping[str, Any], shapes: Mapping[str, Shape]
) -> Item:
    parameter, kind = source.parameter, source.kind
    if kind in (SourceKind.UPSTREAM, SourceKind.EARLIER):
        called = "" if source.name == parameter else f" {source.name}"
        what = f"task{called}{each}"
        return Item(parameter, what, shape=shapes.get(source.name), task=source.name)
    if kind is SourceKind.PARAM:
        value = plain_value(source.name, params.get(source.name, REQUIRED))
        return Item(parameter, f"Dag param{each}", value)
    if kind is SourceKind.CONTEXT:
        return Item(parameter, f"context{each}")
    if kind is SourceKind.DEFAULT:
        return Item(parameter, f"default{each}", plain_value(parameter, source.default))
    return Item(visible(source.name), "no such task yet", is_missing=True)


def _facts(options: TaskOptions) -> Iterator[str]:
    for name in OPTION_NAMES:
        value = getattr(options, name)
        if name not in ("after", "group") and value != getattr(PLAIN, name):
            yield name if value is True else f"{name} {_option(name, value)}"
    if options.group:
        yield f"in {visible(options.group)}"


def _option(name: str, value: Any) -> str:
    if isinstance(value, tuple):
        return ", ".join(_option(name, part) for part in value)
    if isinstance(value, str):
        return cut(visible(masked(value)), 40)
    if isinstance(value, float):
        return spelled(value) if name in {*_DURATIONS, "deadline"} else f"{value:g}"
    called = getattr(value, "__name__", None)
    return visible(called) if isinstance(called, str) else shown(value)
