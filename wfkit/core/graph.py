"""Who waits for whom: tasks wired by the names of their parameters."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from itertools import pairwise
from typing import Any, NamedTuple

from wfkit.core.errors import (
    AmbiguousSource,
    CyclicDag,
    DuplicateTask,
    UnknownTask,
    UnknownUpstream,
    did_you_mean,
    nearest,
)
from wfkit.core.options import shown
from wfkit.core.task import REQUIRED, Parameter, Task

CONTEXT_NAMES = (
    "logical_date",
    "data_interval_start",
    "data_interval_end",
    "run_id",
    "attempt",
    "params",
    "files",
)
"""The names by which a task asks for facts about its run."""

_MOST_COMPARISONS = 10_000
_WORDS_FOR_LOGICAL_DATE = frozenset({"date", "day", "ds", "execution_date", "run_date"})


class SourceKind(StrEnum):
    """Where the value of a parameter comes from."""

    UPSTREAM = "upstream"
    PARAM = "param"
    CONTEXT = "context"
    DEFAULT = "default"
    EARLIER = "earlier"
    MISSING = "missing"


class Source(NamedTuple):
    """The one source of one parameter: `name` is the task, param or context it reads."""

    parameter: str
    kind: SourceKind
    name: str
    default: Any = REQUIRED


class Missing(NamedTuple):
    """Something that a task asks for and nothing provides yet."""

    task: str
    wanted: str
    is_parameter: bool
    suggestion: str | None = None

    def __str__(self) -> str:
        hint = ""
        if self.wanted in _WORDS_FOR_LOGICAL_DATE:
            hint = " For the day this run stands for, write logical_date."
        elif self.suggestion:
            hint = f' Did you mean "{self.suggestion}"?'
        return f"{shown(self.wanted)}, but no task is called {shown(self.wanted)}.{hint}"


class Graph:
    """Tasks and the edges between them; an immutable value.

    Edges come from parameter names (data) and from `after` (order only). `upstream` and
    `downstream` map each task to its direct neighbours, `order` lists all tasks with upstream
    tasks first; ties are broken by name everywhere.

    Raises DuplicateTask, AmbiguousSource or CyclicDag. A parameter without any source is not
    an error here but listed in `missing`: the task that provides it may be declared later.
    """

    __slots__ = ("downstream", "generations", "missing", "order", "sources", "tasks", "upstream")

    def __init__(self, tasks: Iterable[Task], params: Iterable[str] = ()) -> None:
        self.tasks = _by_name(tasks)
        known_params = frozenset(params)
        _refuse_two_sources(self.tasks, known_params)
        self.sources = {
            name: tuple(
                _source(it, parameter, self.tasks, known_params) for parameter in it.parameters
            )
            for name, it in self.tasks.items()
        }
        self._connect()

    def _connect(self) -> None:
        self.upstream: dict[str, tuple[str, ...]] = {}
        below: dict[str, list[str]] = {name: [] for name in self.tasks}
        missing: list[Missing] = []
        for name in sorted(self.tasks):
            above = {s.name for s in self.sources[name] if s.kind is SourceKind.UPSTREAM}
            for wanted in self.tasks[name].options.after:
                if wanted in self.tasks:
                    above.add(wanted)
                else:
                    missing.append(Missing(name, wanted, is_parameter=False))
            missing += (
                Missing(name, source.name, is_parameter=True)
                for source in self.sources[name]
                if source.kind is SourceKind.MISSING
            )
            self.upstream[name] = tuple(sorted(above))
            for up in above:
                below[up].append(name)
        self.downstream = {name: tuple(downs) for name, downs in below.items()}
        self.missing = self._suggested(missing)
        self.generations = _generations(self.upstream, self.downstream)
        self.order = tuple(name for generation in self.generations for name in generation)

    def _suggested(self, missing: Sequence[Missing]) -> tuple[Missing, ...]:
        # Comparing names takes long: in a large graph only the first are worth it.
        most = _MOST_COMPARISONS // max(1, len(self.tasks)) or 1
        first = (
            it._replace(suggestion=nearest(it.wanted, (k for k in self.tasks if k != it.task)))
            for it in missing[:most]
        )
        return (*first, *missing[most:])

    @property
    def roots(self) -> tuple[str, ...]:
        """Tasks that wait for nothing."""
        return tuple(name for name in self.order if not self.upstream[name])

    @property
    def leaves(self) -> tuple[str, ...]:
        """Tasks that nothing waits for: they decide the state of a run."""
        return tuple(name for name in self.order if not self.downstream[name])

    def ancestors(self, name: str) -> frozenset[str]:
        """Everything that must end before the task `name` can."""
        return _reach(self.upstream, self.known(name))

    def descendants(self, name: str) -> frozenset[str]:
        """Everything that waits for the task `name`, directly or not."""
        return _reach(self.downstream, self.known(name))

    def known(self, name: object) -> str:
        """Return the name of the task that a name or a Task means, else raise UnknownTask."""
        text = name.name if isinstance(name, Task) else name
        if isinstance(text, str) and text in self.tasks:
            return text
        raise UnknownTask(
            f"no task is called {shown(text)}.{did_you_mean(str(text), self.tasks)}\n"
            f"Tasks: {_shortened(self.order) or 'none yet'}."
        )

    def expanded_over(self, name: str) -> str | None:
        """Return where the items come from that a task is repeated over, None for any other."""
        wanted = self.tasks[name].options.expand
        return next((it.name for it in self.sources[name] if it.parameter == wanted), None)

    def check_complete(self) -> None:
        """Raise UnknownUpstream for the first parameter that nothing provides."""
        if self.missing:
            first = self.missing[0]
            asks = "asks for" if first.is_parameter else "comes after"
            step = "Rename the parameter" if first.is_parameter else "Correct the name"
            raise UnknownUpstream(
                f'task "{first.task}" {asks} {first}\n{step} or add the task {shown(first.wanted)}.'
            )

    def subgraph(self, names: Iterable[str]) -> Graph:
        """Return the graph of just these tasks.

        A parameter whose upstream is left out gets the source kind `earlier`: its value is a
        result of an earlier run.
        """
        kept = {self.known(name) for name in names}
        part = object.__new__(Graph)
        part.tasks = {name: self.tasks[name] for name in self.order if name in kept}
        part.sources = {
            name: tuple(_earlier(source, part.tasks) for source in self.sources[name])
            for name in part.tasks
        }
        part._connect()
        left_out = set(self.tasks)
        part.missing = tuple(m for m in part.missing if m.wanted not in left_out)
        return part


def _by_name(tasks: Iterable[Task]) -> dict[str, Task]:
    found: dict[str, Task] = {}
    folded: dict[str, str] = {}
    for it in tasks:
        twin = folded.setdefault(it.name.casefold(), it.name)
        if it.name in found:
            raise DuplicateTask(f'two tasks are called "{it.name}".\nRename one of them.')
        if twin != it.name:
            raise DuplicateTask(
                f'"{it.name}" and "{twin}" differ only in upper and lower case, '
                "which file names on Windows and macOS cannot tell apart.\nRename one of them."
            )
        found[it.name] = it
    return found


def _refuse_two_sources(tasks: Mapping[str, Task], params: frozenset[str]) -> None:
    context = frozenset(CONTEXT_NAMES)
    for name in sorted((params & tasks.keys()) | (context & tasks.keys()) | (params & context)):
        kinds = [
            kind
            for kind, names in (("task", tasks), ("Dag param", params), ("context name", context))
            if name in names
        ]
        raise AmbiguousSource(
            f'"{name}" is both a {kinds[0]} and a {kinds[1]}, so a parameter of that name '
            f"would have two sources.\nRename the {kinds[0]}."
        )


def _source(
    it: Task, parameter: Parameter, tasks: Mapping[str, Task], params: frozenset[str]
) -> Source:
    name = it.inputs.get(parameter.name, parameter.name) if it.inputs else parameter.name
    if name in tasks:
        kind = SourceKind.UPSTREAM
    elif name in params:
        kind = SourceKind.PARAM
    elif name in CONTEXT_NAMES:
        kind = SourceKind.CONTEXT
    elif parameter.default is not REQUIRED:
        kind = SourceKind.DEFAULT
    else:
        kind = SourceKind.MISSING
    return Source(parameter.name, kind, name, parameter.default)


def _earlier(source: Source, kept: Mapping[str, Task]) -> Source:
    if source.kind is SourceKind.UPSTREAM and source.name not in kept:
        return source._replace(kind=SourceKind.EARLIER)
    return source


def _generations(
    upstream: Mapping[str, Sequence[str]], downstream: Mapping[str, Sequence[str]]
) -> tuple[tuple[str, ...], ...]:
    waiting = {name: len(above) for name, above in upstream.items()}
    ready = [name for name, left in waiting.items() if not left]
    found: list[tuple[str, ...]] = []
    while ready:
        ready.sort()
        found.append(tuple(ready))
        following: list[str] = []
        for name in ready:
            for down in downstream[name]:
                waiting[down] -= 1
                if not waiting[down]:
                    following.append(down)
        ready = following
    stuck = {name for name, left in waiting.items() if left > 0}
    if stuck:
        _forget_followers(stuck, upstream, downstream)
        raise _cyclic(_shortest_cycle(stuck, downstream))
    return tuple(found)


def _cyclic(cycle: Sequence[str]) -> CyclicDag:
    if len(cycle) == 1:
        cause = f"{cycle[0]} waits for its own result"
    else:
        cause = "these tasks wait for each other, so none can start"
    path = [*cycle, cycle[0]] if len(cycle) <= 12 else [*cycle[:6], "…", *cycle[-5:], cycle[0]]
    return CyclicDag(f"{cause}: {' → '.join(path)}.\nRemove one of these dependencies.")


def _forget_followers(
    stuck: set[str],
    upstream: Mapping[str, Sequence[str]],
    downstream: Mapping[str, Sequence[str]],
) -> None:
    """Take out what only waits for a circle and is in none."""
    below = {name: sum(down in stuck for down in downstream[name]) for name in stuck}
    open_ends = [name for name, number in below.items() if not number]
    while open_ends:
        name = open_ends.pop()
        stuck.discard(name)
        for up in stuck.intersection(upstream[name]):
            below[up] -= 1
            if not below[up]:
                open_ends.append(up)


def _any_cycle(stuck: set[str], downstream: Mapping[str, Sequence[str]]) -> list[str]:
    walked: dict[str, int] = {}
    name = min(stuck)
    while name not in walked:
        walked[name] = len(walked)
        name = next(down for down in downstream[name] if down in stuck)
    return list(walked)[walked[name] :]


_MOST_STEPS = 1_000_000


def _shortest_cycle(stuck: set[str], downstream: Mapping[str, Sequence[str]]) -> list[str]:
    best: list[str] = []
    steps = 0
    for start in sorted(stuck):
        came_from: dict[str, str] = {}
        queue = deque([start])
        while queue and start not in came_from:
            name = queue.popleft()
            for down in downstream[name]:
                steps += 1
                if down in stuck and down not in came_from:
                    came_from[down] = name
                    queue.append(down)
        if start in came_from:
            path = _walk_back(start, came_from)
            best = path if not best or len(path) < len(best) else best
        if len(best) == 1 or steps > _MOST_STEPS:
            break
    return best or _any_cycle(stuck, downstream)


def _walk_back(start: str, came_from: Mapping[str, str]) -> list[str]:
    path = [start]
    while (previous := came_from[path[-1]]) != start:
        path.append(previous)
    return [start, *reversed(path[1:])]


def _reach(edges: Mapping[str, Sequence[str]], start: str) -> frozenset[str]:
    found: set[str] = set()
    queue = [start]
    while queue:
        for neighbour in edges[queue.pop()]:
            if neighbour not in found:
                found.add(neighbour)
                queue.append(neighbour)
    return frozenset(found)


def _shortened(names: Sequence[str], most: int = 12) -> str:
    shown = ", ".join(names[:most])
    return f"{shown} and {len(names) - most} more" if len(names) > most else shown


def edges(graph: Graph) -> tuple[tuple[str, str], ...]:
    """Return every edge of `graph` as (upstream, downstream), in a stable order."""
    return tuple((up, down) for down in graph.order for up in graph.upstream[down])


def is_chain(graph: Graph) -> bool:
    """Return True if the tasks follow each other in one single line."""
    return all(len(g) == 1 for g in graph.generations) and all(
        graph.upstream[b] == (a,) for a, b in pairwise(graph.order)
    )
