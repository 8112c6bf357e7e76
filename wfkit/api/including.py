"""How are the tasks of one Dag used in another? As copies with other names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from wfkit.core.errors import InvalidOption, did_you_mean
from wfkit.core.graph import Graph
from wfkit.core.task import Task


def included(other: Graph, prefix: str, inputs: Mapping[str, str | Task]) -> list[Task]:
    """Return the tasks of `other` as prefix + name, wired to each other as they were.

    `inputs` says which task gives the value of a parameter that `other` leaves open.
    Raises InvalidOption for an input that no task asks for.
    """
    wanted = {p.name for it in other.tasks.values() for p in it.parameters}
    for name in inputs:
        if name not in wanted:
            raise InvalidOption(
                f'inputs: no task asks for "{name}".{did_you_mean(name, wanted)}\n'
                f"Parameters: {', '.join(sorted(wanted)) or 'none'}."
            )
    given = {name: str(getattr(task, "name", task)) for name, task in inputs.items()}
    return [_copy(it, other, prefix, given) for it in other.tasks.values()]


def _copy(it: Task, other: Graph, prefix: str, inputs: Mapping[str, str]) -> Task:
    bound = {}
    for parameter in it.parameters:
        source = it.inputs.get(parameter.name, parameter.name)
        if source in other.tasks:
            bound[parameter.name] = prefix + source
        elif parameter.name in inputs:
            bound[parameter.name] = inputs[parameter.name]
        elif source != parameter.name:
            bound[parameter.name] = source
    after = tuple(prefix + up if up in other.tasks else up for up in it.options.after)
    options = replace(it.options, after=after)
    return Task(it.function, options, prefix + it.name, bound)
