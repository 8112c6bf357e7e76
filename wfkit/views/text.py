"""What do a graph and a run say in plain text? The twins of the pictures, stable to the letter."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from wfkit.core.graph import Graph, Missing, is_chain
from wfkit.core.run import Attempt, RunSnapshot
from wfkit.core.states import Outcome, TaskState
from wfkit.views.attempts import Row, attempt_words, first_failed, rows, worth_showing
from wfkit.views.lateness import MISSED_ITS_DEADLINE, late_words
from wfkit.views.scene import Card, CardKind, EdgeKind, Scene, scene
from wfkit.views.standing import (
    Standing,
    error_line,
    is_lost,
    line_words,
    look_of,
    reason,
    standing_of,
    standings,
)
from wfkit.views.style import RUN_LOOKS, TASK_LOOKS
from wfkit.views.wording import columns, counted, padded, shortened, visible

MOST_TASKS = 300
"""Above this number pictures and texts count tasks instead of naming each."""

_MOST_IN_A_LINE = 16
_LONGEST_IN_A_LINE = 40
_MOST_PROBLEMS = 20
_MOST_ATTEMPTS = 6
_WIDEST_NAME = 32
_WIDEST_ROW = 12


def graph_line(name: str, graph: Graph) -> str:
    """Return a Dag in one line: its edges as arrows; long ones are shortened.

    >>> from wfkit.core.task import Task
    >>> def orders(): ...
    >>> def revenue(orders): ...
    >>> graph_line("nightly_sales", Graph([Task(orders), Task(revenue)]))
    'Dag nightly_sales: orders → revenue'
    """
    head = f"Dag {visible(name)}:"
    if not graph.tasks:
        return f"{head} no tasks yet"
    number = f"({counted(len(graph.tasks), 'task')})"
    if is_chain(graph) and len(graph.order) > _MOST_IN_A_LINE and not graph.missing:
        first = " → ".join(_short(task) for task in graph.order[:4])
        return f"{head} {first} → … → {_short(graph.order[-1])} {number}"
    shown, complete = _paths_that_fit(graph)
    text = "; ".join(" → ".join(path) for path in shown)
    return f"{head} {text}" if complete else f"{head} {text}; … {number}"


def _short(name: str) -> str:
    return shortened(name, _LONGEST_IN_A_LINE)


def _paths_that_fit(graph: Graph) -> tuple[list[list[str]], bool]:
    shown: list[list[str]] = []
    left = _MOST_IN_A_LINE
    for path in _paths(graph):
        if left < len(path) and shown:
            return shown, False
        if left < len(path):
            return [[*map(_short, path[: left - 1]), "…"]], False
        shown.append([_short(name) for name in path])
        left -= len(path)
    return shown, True


def _paths(graph: Graph) -> Iterator[list[str]]:
    """Cover every edge exactly once by paths, in the order of the graph."""
    below: dict[str, list[str]] = {name: list(graph.downstream[name]) for name in graph.order}
    wanted: dict[str, list[str]] = {}
    for missing in graph.missing:
        wanted.setdefault(f"{visible(missing.wanted)}?", []).append(missing.task)
    shown: set[str] = set()
    unused = {name: iter(down) for name, down in (wanted | below).items()}
    for start in unused:
        while path := _walk(start, unused):
            shown.update(path)
            yield path
        if start not in shown:
            yield [start]


def _walk(start: str, unused: Mapping[str, Iterator[str]]) -> list[str]:
    path = [start]
    while (following := next(unused[path[-1]], None)) is not None:
        path.append(following)
    return path if len(path) > 1 else []


def graph_text(
    name: str,
    graph: Graph,
    snapshot: RunSnapshot | None = None,
    highlight: str | None = None,
    group: str | None = None,
) -> str:
    """Return a Dag in lines, one per card of its picture, in the order of the graph.

    Raises UnknownTask if `highlight` is no task, InvalidOption if `group` is no group.
    """
    head = graph_headline(name, graph, snapshot)
    found = scene(graph, group)
    if found is None:
        return "\n".join([head, *_generation_lines(graph), *state_counts(snapshot)])
    relations = _relations(graph, highlight)
    known = standings(snapshot) if snapshot else None
    notes = _notes(graph, found)
    cells = []
    for i, card in _in_order(graph, found):
        related = [relations[task] for task in card.tasks if task in relations][:1]
        note = " · ".join([*notes[i], *related])
        cells.append((_state(known, card), _card_name(card), note))
    return "\n".join([head, *aligned(cells)])


def _in_order(graph: Graph, found: Scene) -> list[tuple[int, Card]]:
    place = {name: i for i, name in enumerate(graph.order)}
    cards = [(i, card) for i, card in enumerate(found.cards) if card.tasks]
    return sorted(cards, key=lambda pair: place[pair[1].tasks[0]])


def _card_name(card: Card) -> str:
    if card.kind is CardKind.TASK:
        return card.title
    return f"{visible(card.title)} ({counted(len(card.tasks), 'task')})"


def graph_headline(name: str, graph: Graph, snapshot: RunSnapshot | None = None) -> str:
    """Return what a picture shows: the Dag, its size and, with a snapshot, the run."""
    size = counted(len(graph.tasks), "task") if graph.tasks else "no tasks yet"
    run = f" · {run_headline(snapshot)}" if snapshot else ""
    return f"Dag {visible(name)}: {size}{run}"


def run_headline(snapshot: RunSnapshot) -> str:
    """Return which run it is, how it stands, and what of it missed its deadline."""
    how = ", ".join(filter(None, (RUN_LOOKS[snapshot.state].word, late_words(snapshot))))
    return f"DagRun {visible(snapshot.run_id)}: {how}"


def _notes(graph: Graph, found: Scene) -> list[list[str]]:
    """Return for each card what it waits for, and its group."""
    data: list[list[str]] = [[] for _ in found.cards]
    order: list[list[str]] = [[] for _ in found.cards]
    for edge in found.edges:
        names = {EdgeKind.DATA: data, EdgeKind.ORDER: order}.get(edge.kind)
        if names is not None:
            names[edge.head].append(visible(found.cards[edge.tail].title))
    missing = _missing_by_task(graph)
    frames = {i: visible(frame.title) for frame in found.frames for i in frame.cards}
    return [
        [
            *([f"← {', '.join(sorted(data[i]))}"] if data[i] else []),
            *([f"after {', '.join(sorted(order[i]))}"] if order[i] else []),
            *(note for task in card.tasks for note in missing.get(task, ())),
            *([f"in {frames[i]}"] if i in frames else []),
        ]
        for i, card in enumerate(found.cards)
    ]


def _missing_by_task(graph: Graph) -> dict[str, list[str]]:
    notes: dict[str, list[str]] = {}
    for it in graph.missing:
        notes.setdefault(it.task, []).append(missing_note(it))
    return notes


def missing_note(missing: Missing) -> str:
    """Return the note about a name that no task has yet."""
    hint = ""
    if str(missing).endswith("write logical_date."):
        hint = "; for the day this run stands for, write logical_date"
    elif missing.suggestion:
        hint = f"; did you mean `{missing.suggestion}`?"
    return f"waits for `{visible(missing.wanted)}`: no such task yet{hint}"


def _relations(graph: Graph, highlight: str | None) -> dict[str, str]:
    if highlight is None:
        return {}
    above = dict.fromkeys(graph.ancestors(highlight), f"ancestor of {highlight}")
    below = dict.fromkeys(graph.descendants(highlight), f"descendant of {highlight}")
    return above | below | {highlight: "highlighted"}


def _generation_lines(graph: Graph) -> list[str]:
    rows = generation_rows(graph)
    width = max(columns(label) for label, _ in rows)
    digits = max(len(f"{len(names):,}") for _, names in rows)
    return [f"  {padded(label, width)}  {len(names):>{digits},}" for label, names in rows]


def generation_rows(graph: Graph) -> list[tuple[str, tuple[str, ...]]]:
    """Return the tasks by generation, neighbouring generations joined to at most 12 rows.

    A generation holds the tasks that may run once the generations before it have ended.
    """
    number = len(graph.generations)
    step = -(-number // _WIDEST_ROW)
    rows = []
    for first in range(0, number, step or 1):
        last = min(first + step, number)
        names = tuple(name for part in graph.generations[first:last] for name in part)
        span = f"{last}" if last == first + 1 else f"{first + 1}-{last}"
        rows.append((f"generation {span}", names))
    return rows


def state_counts(snapshot: RunSnapshot | None) -> list[str]:
    """Return one line per state that occurs in the run, with its count."""
    if snapshot is None:
        return []
    found = snapshot.counts()
    present = [(TASK_LOOKS[state], found[state]) for state in TaskState if found[state]]
    width = max((len(look.word) for look, _ in present), default=0)
    digits = max((len(f"{count:,}") for _, count in present), default=0)
    return [f"  {look.glyph} {look.word:{width}}  {count:>{digits},}" for look, count in present]


def _state(known: Mapping[str, Standing] | None, card: Card) -> str:
    if known is None:
        return ""
    standing = standing_of(card.tasks, known)
    if standing is None:
        return "· not in this run"
    look = standing.look
    mapped = f" {standing.done}/{standing.total}" if standing.mapped else ""
    return f"{look.glyph} {look.word}{mapped}"


def run_text(snapshot: RunSnapshot) -> str:
    """Return how a run went: one line per task instance, without clock times or durations."""
    every = rows(snapshot)
    if len(every) <= MOST_TASKS:
        return "\n".join([run_headline(snapshot), *_row_lines(snapshot, every)])
    bad = [row for row in every if row.instance.state is TaskState.FAILED]
    lines = [*state_counts(snapshot), *_row_lines(snapshot, bad[:_MOST_PROBLEMS])]
    more = len(bad) - _MOST_PROBLEMS
    rest = [f"  and {more:,} more failed"] if more > 0 else []
    return "\n".join([run_headline(snapshot), *lines, *rest])


def _row_lines(snapshot: RunSnapshot, shown: Sequence[Row]) -> list[str]:
    known = standings(snapshot)
    first = first_failed(shown)
    cells = []
    for row in shown:
        gone = is_lost(row.instance.state, snapshot.state)
        look = look_of(row.instance.state, is_lost=gone)
        late = [MISSED_ITS_DEADLINE] if row.instance.task in snapshot.late else []
        note = " · ".join([*late, *_remarks(row, known, is_told=gone)])
        cells.append((f"{look.glyph} {look.word}", row.label, note))
        if row is first and (line := line_words(row.instance.error, row.instance.task)):
            cells.append(("", "", line))
    return aligned(cells)


def _remarks(row: Row, known: Mapping[str, Standing], *, is_told: bool) -> Iterator[str]:
    it, attempts = row
    if len(attempts) > 1:
        dots = "…, " if len(attempts) > _MOST_ATTEMPTS else ""
        shown = ", ".join(attempt_words(it) for it in attempts[-_MOST_ATTEMPTS:])
        yield f"{len(attempts)} attempts ({dots}{shown})"
    elif attempts and attempts[-1].outcome is Outcome.LOST and not is_told:
        yield "its attempt was lost"
    if it.state in (TaskState.SKIPPED, TaskState.UPSTREAM_FAILED) and (
        why := reason(it.task, it.because, known)
    ):
        yield why
    if line := error_line(it.error):
        yield line
    if it.note:
        yield visible(it.note)


def aligned(cells: Sequence[tuple[str, str, str]]) -> list[str]:
    """Return lines of three columns each; a name that is very long pushes only its own line."""
    first = max((columns(state) for state, _, _ in cells), default=0)
    second = max((columns(name) for _, name, _ in cells), default=0)
    lines = []
    for state, name, note in cells:
        lead = f"{padded(state, first)}  " if first else ""
        lines.append(f"  {lead}{padded(name, min(second, _WIDEST_NAME))}  {note}".rstrip())
    return lines


class _Scale(NamedTuple):
    """Turns moments into numbers: in so many seconds each, from the start of the run."""

    start: float
    unit: float
    name: str

    def number(self, moment: float) -> str:
        """Return `moment` on this scale."""
        value = (moment - self.start) / self.unit
        return f"{round(value, 3):,g}" if abs(value) < 1e6 else f"{value:,.0f}"


_UNITS = ((86_400.0, "days"), (3_600.0, "hours"), (60.0, "minutes"))


def timeline_text(snapshot: RunSnapshot, virtual: bool = False) -> str:
    """Return the attempts of a run, one line per task instance: the twin of its timeline.

    With `virtual`, times follow, from the start of the run and in the largest unit that keeps
    them whole: on a virtual clock they are the same in every run. Real durations never are, so
    without it a long run shows the rows that were troubled, and the first ones.
    """
    every = [row for row in rows(snapshot) if row.attempts]
    shown = worth_showing(every if virtual else [_timeless(row) for row in every])
    scale = _scale(snapshot.started or 0.0, shown) if virtual else None
    head = f"Attempts, in {scale.name} from the start of the run:" if scale else "Attempts:"
    if not every:
        return f"{head} none yet"
    cells = [("", row.label, ", ".join(_tries(row.attempts, scale))) for row in shown]
    more = len(every) - len(shown)
    rest = [f"  and {more:,} more"] if more else []
    return "\n".join([head, *aligned(cells), *rest])


def _scale(start: float, shown: Sequence[Row]) -> _Scale:
    attempts = [it for row in shown for it in row.attempts]
    moments = [it.queued if it.started is None else it.started for it in attempts]
    moments += [it.ended for it in attempts if it.ended is not None]
    offsets = {round(moment - start, 3) for moment in moments}
    for unit, name in _UNITS:
        if any(offsets) and not any(offset % unit for offset in offsets):
            return _Scale(start, unit, name)
    return _Scale(start, 1.0, "seconds")


def _timeless(row: Row) -> Row:
    return row._replace(attempts=tuple(it._replace(ended=None) for it in row.attempts))


def _tries(attempts: Iterable[Attempt], scale: _Scale | None) -> Iterator[str]:
    for it in attempts:
        times = "" if scale is None else f" {_span(it, scale)}"
        yield f"{it.number} {attempt_words(it)}{times}"


def _span(it: Attempt, scale: _Scale) -> str:
    if it.started is None:
        return f"{scale.number(it.queued)} –"
    end = "" if it.ended is None else scale.number(it.ended)
    return f"{scale.number(it.started)}–{end}"
