"""What went wrong first in a run? A small block for its picture."""

from __future__ import annotations

from collections.abc import Iterator

from wfkit.core.run import RunSnapshot
from wfkit.core.states import TaskState
from wfkit.views.attempts import first_failed, rows
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
from wfkit.views.style import CARD, INK, NAME_SIZE, SOFT_INK, TASK_LOOKS
from wfkit.views.wording import counted, cut, shortened, wrapped

_LEFT, _RIGHT = 38.0, 14.0
_LINE = 18.0
_MOST_LINES = 3
_LONGEST_NAME = 30
_LOOK = TASK_LOOKS[TaskState.FAILED]


def draw_first_error(snapshot: RunSnapshot, width: float) -> Fragment | None:
    """Return the first error, in the order of the graph, with its line; None if nothing failed."""
    failed = [row for row in rows(snapshot) if row.instance.state is TaskState.FAILED]
    first = first_failed(failed)
    if first is None:
        return None
    room = int((width - _LEFT - _RIGHT) / (NAME_SIZE * MONO_ADVANCE))
    name = shortened(first.label, _LONGEST_NAME)
    said = wrapped(f"{name}: {error_line(first.instance.error) or 'failed'}", room, _MOST_LINES)
    source = cut(line_words(first.instance.error, first.instance.task), room)
    lines = [*_told(said, source, len(failed) - 1)]
    height = 16 + _LINE * len(lines)
    back = rectangle(0, 0, width, height, rx=8, fill=CARD, stroke=_LOOK.stroke)
    sign = badge(_LOOK, 21, 17)
    return Fragment(width, height, group([back, sign, *lines], class_="first-error"))


def _told(said: list[str], source: str, more: int) -> Iterator[str]:
    y = 21.0
    for line in said:
        yield name_words(line, _LEFT, y, fill=_LOOK.ink, font_weight="600")
        y += _LINE
    if source:
        yield name_words(source, _LEFT, y, fill=INK)
        y += _LINE
    if more:
        yield words(f"{counted(more, 'more task')} failed", _LEFT, y, fill=SOFT_INK)
