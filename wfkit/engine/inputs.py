"""What does an attempt get? Results of upstream tasks, params, context, items of a list."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from typing import Any

from wfkit.core.errors import WfkitError
from wfkit.core.events import Event
from wfkit.core.graph import Source, SourceKind
from wfkit.core.task import REQUIRED
from wfkit.engine.failure import in_a_line
from wfkit.engine.kept import Away, resolved
from wfkit.engine.plan import RunPlan

WHOLE = -1
_ABSENT: Any = object()
Key = tuple[str, int]


class CannotExpand(WfkitError):
    """What a task is to be expanded over is no list, or too long a one."""


class Inputs:
    """The results of a run so far, and what each attempt is given of them.

    `load` fetches a result that an earlier process stored, or the way to it; `stored` says which
    there are, and `lengths` over how many items tasks were expanded before.
    """

    def __init__(
        self,
        plan: RunPlan,
        load: Callable[[Key], Any],
        stored: frozenset[Key] = frozenset(),
        lengths: Mapping[str, int] | None = None,
    ) -> None:
        self.results: dict[Key, Any] = {}
        self._plan = plan
        self._load = load
        self._stored = set(stored)
        self._lengths = dict(lengths or {})
        self._items: dict[str, list[Any]] = {}
        self._context = plan.context()

    def of(self, name: str, map_index: int, attempt: int) -> dict[str, Any]:
        """Return the arguments of an attempt; parameters that keep their default are left out."""
        inputs = {}
        mapped = self._plan.graph.tasks[name].options.expand if map_index != WHOLE else None
        for source in self._plan.graph.sources[name]:
            if source.parameter == mapped:
                inputs[mapped] = self.items(name)[map_index]
                continue
            value = self._value(source, attempt)
            if value is not _ABSENT:
                inputs[source.parameter] = value
        return inputs

    def items(self, name: str) -> list[Any]:
        """Return what a task is expanded over, in order.

        Raises CannotExpand for anything but a list, a tuple or a dict that is short enough.
        """
        if name not in self._items:
            self._items[name] = self._checked_items(name)
        return self._items[name]

    def forget(self, cleared: Event) -> None:
        """Drop what a task instance returned that was cleared, or a task with all its instances."""
        name, is_whole = str(cleared.task), bool((cleared.detail or {}).get("collapsed"))
        for key in self.results.keys() | self._stored:
            if key[0] == name and (is_whole or key[1] == cleared.map_index):
                self.results.pop(key, None)
                self._stored.discard(key)
        if is_whole:
            self._lengths.pop(name, None)

    def expanded(self, name: str, length: int) -> None:
        """Remember that a task has so many instances."""
        self._lengths[name] = length

    def result(self, key: Key) -> Any:
        """Return a result. Raises KeyError where there is none."""
        return resolved(self._found(key))

    def _found(self, key: Key) -> Any:
        """Return a result, or the way to it."""
        if key not in self.results and key in self._stored:
            self.results[key] = self._load(key)
        return self.results[key]

    def _checked_items(self, name: str) -> list[Any]:
        options = self._plan.graph.tasks[name].options
        source = next(s for s in self._plan.graph.sources[name] if s.parameter == options.expand)
        value = self._value(source, 1)
        # What other instances returned stays where it is: only who gets one of them reads it.
        if isinstance(value, Away):
            value = value.value()
        if value is _ABSENT:
            value = source.default
        if not isinstance(value, list | tuple | Mapping):
            raise CannotExpand(
                f"{name} is repeated over {options.expand}, which is {type(value).__name__}, "
                "not a list.\nReturn a list from its upstream task."
            )
        items = _first(value, options.max_map_length + 1, name)
        if len(items) > options.max_map_length:
            raise CannotExpand(
                f"{name} would be repeated {_length(value, items):,} times, "
                f"more than max_map_length={options.max_map_length:,}.\n"
                "Raise max_map_length, or hand over bigger pieces."
            )
        return items

    def _value(self, source: Source, attempt: int) -> Any:
        if source.kind is SourceKind.UPSTREAM:
            return self._upstream(source)
        if source.kind is SourceKind.CONTEXT:
            return attempt if source.name == "attempt" else self._context[source.name]
        if source.kind is SourceKind.PARAM:
            return self._plan.params[source.name]
        if source.kind is SourceKind.EARLIER:
            return self._plan.earlier.get(source.name, _ABSENT)
        return _ABSENT

    def _upstream(self, source: Source) -> Any:
        length = self._lengths.get(source.name)
        if length is not None:
            keys = ((source.name, index) for index in range(length))
            return [self._found(key) for key in keys if self._has(key)]
        key = (source.name, WHOLE)
        if self._has(key):
            return self._found(key)
        return None if source.default is REQUIRED else _ABSENT

    def _has(self, key: Key) -> bool:
        return key in self.results or key in self._stored


def _first(value: Any, most: int, name: str) -> list[Any]:
    # A class of the learner's may be a list and yet refuse to be read, or never end.
    try:
        return list(islice(value.items() if isinstance(value, Mapping) else value, most))
    except Exception as cause:
        raise CannotExpand(
            f"{name} is repeated over {type(value).__name__}, which cannot be read: "
            f"{in_a_line(cause)}.\nReturn a plain list from its upstream task."
        ) from cause


def _length(value: Any, items: Sequence[Any]) -> int:
    return len(value) if type(value) in (list, tuple, dict) else len(items)
