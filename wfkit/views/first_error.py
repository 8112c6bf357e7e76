"""What went wrong first in a run? A small block for its picture."""

from __future__ import annotations

from collections.abc import Iterator

from wfkit.core.recovery import REASON
from wfkit.core.run import RunSnapshot
from wfkit.core.states import Outcome, TaskState
from wfkit.views.attempts import first_failed, lost, rows
from wfkit.views.shapes import (
    MONO_ADVANCE,
    Fragment,
    badge,
    group,
    name_words,
    rectangle,
    words,
)
from wfkit.views.standing import error_line, line_words
from wfkit.views.style import CARD, INK, NAME_SIZE, OUTCOME_LOOKS, SOFT_INK, TASK_LOOKS, Look
from wfkit.views.wording import counted, cut, shortened, wrapped

_LEFT, _RIGHT = 38.0, 14.0
_LINE = 18.0
_MOST_LINES = 3
_LONGEST_NAME = 30
_FAILED = TASK_LOOKS[TaskState.FAILED]
_LOST = OUTCOME_LOOKS[Outcome.LOST]


def draw_first_error(snapshot: RunSnapshot, width: float) -> Fragment | None:
    """Return the first error, in the order of the graph, with its line; None if nothing failed.

    A run whose process died says so instead, and what was lost with it.
    """
    failed = [row for row in rows(snapshot) if row.instance.state is TaskState.FAILED]
    first = first_failed(failed)
    room = int((width - _LEFT - _RIGHT) / (NAME_SIZE * MONO_ADVANCE))
    if first is None:
        return _draw_lost(lost(snapshot), width, room)
    name = shortened(first.label, _LONGEST_NAME)
    said = wrapped(f"{name}: {error_line(first.instance.error) or 'failed'}", room, _MOST_LINES)
    source = cut(line_words(first.instance.error, first.instance.task), room)
    return _block(_FAILED, [*_told(_FAILED, said, source, len(failed) - 1)], width)


def _draw_lost(names: list[str], width: float, room: int) -> Fragment | None:
    if not names:
        return None
    said = wrapped(f"{REASON}; lost: {', '.join(names)}", room, _MOST_LINES)
    return _block(_LOST, [*_told(_LOST, said)], width)


def _block(look: Look, lines: list[str], width: float) -> Fragment:
    height = 16 + _LINE * len(lines)
    back = rectangle(0, 0, width, height, rx=8, fill=CARD, stroke=look.stroke)
    sign = badge(look, 21, 17)
    return Fragment(width, height, group([back, sign, *lines], class_="first-error"))


def _told(look: Look, said: list[str], source: str = "", more: int = 0) -> Iterator[str]:
    y = 21.0
    for line in said:
        yield name_words(line, _LEFT, y, fill=look.ink, font_weight="600")
        y += _LINE
    if source:
        yield name_words(source, _LEFT, y, fill=INK)
        y += _LINE
    if more:
        yield words(f"{counted(more, 'more task')} failed", _LEFT, y, fill=SOFT_INK)
