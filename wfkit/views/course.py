"""How far is a learner with the lessons? A drawing with one row a lesson, and the same as text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from wfkit.core.states import TaskState
from wfkit.views.picture import Picture
from wfkit.views.shapes import Fragment, badge, document, group, rectangle, stacked, title, words
from wfkit.views.style import CARD, INK, SOFT_INK, TASK_LOOKS, TITLE_SIZE, Look
from wfkit.views.wording import columns, counted

_WIDTH, _ROW, _LINE = 620.0, 36.0, 16.0
_NAME, _TIME, _SQUARES = 40.0, 300.0, 360.0
_LEAST_COLUMNS, _SAID_COLUMNS = 28, 20
_SQUARE, _STEP, _MOST_SQUARES = 9.0, 12.0, 12
_DONE = TASK_LOOKS[TaskState.SUCCESS]._replace(word="done")
_BEGUN = TASK_LOOKS[TaskState.RUNNING]._replace(glyph="…", word="begun")
_NOT_BEGUN = TASK_LOOKS[TaskState.NONE]._replace(glyph="·", word="not begun")


class LessonProgress(NamedTuple):
    """One lesson: `made` of `asked` predictions, and its exercises, each in words.

    `is_done` tells whether nothing of it is left to do. The text tells what it `needs`, if given.
    """

    number: int
    name: str
    minutes: int
    made: int
    asked: int
    exercises: Sequence[str] = ()
    is_begun: bool = False
    is_done: bool = False
    needs: str = ""

    @property
    def look(self) -> Look:
        """How its state is shown."""
        return _DONE if self.is_done else _BEGUN if self.is_begun else _NOT_BEGUN

    @property
    def said(self) -> str:
        """How far it is, in a few words; the exercises not."""
        if not self.is_begun:
            return "not begun"
        return f"{self.made} of {counted(self.asked, 'prediction')}"


def course_picture(lessons: Sequence[LessonProgress], summary: str) -> Picture:
    """Return all lessons as a drawing with its text twin; `summary` ends both."""
    text = course_text(lessons, summary)
    size = float(TITLE_SIZE)
    head = words("Your lessons", 0, 14, fill=INK, font_weight="600", font_size=size)
    foot = Fragment(_WIDTH, _LINE, words(summary, 0, 12, fill=SOFT_INK))
    rows = [Fragment(_WIDTH, 20, head), *map(_row, lessons), foot]
    return Picture(text, document(stacked(rows, gap=6), "Your lessons", text, "wfkit-course"))


def course_text(lessons: Sequence[LessonProgress], summary: str) -> str:
    """Return all lessons as text, each with its exercises below it; `summary` ends it."""
    width = max([_LEAST_COLUMNS, *(columns(it.name) for it in lessons)])
    lines = (line for it in lessons for line in _lines(it, width))
    return "\n".join(["Your lessons", *lines, summary])


def _lines(it: LessonProgress, width: int) -> Iterator[str]:
    gap = " " * (width - columns(it.name))
    said = f"{it.said:<{_SAID_COLUMNS}}  needs {it.needs}" if it.needs else it.said
    yield f"  {it.look.glyph} {it.number:>2} {it.name}{gap}  {it.minutes} min  {said}"
    yield from (f"       {line}" for line in it.exercises)


def _row(it: LessonProgress) -> Fragment:
    height = _ROW + _LINE * len(it.exercises)
    look = it.look
    state = words(it.look.word, _TIME + 60, 22, fill=look.ink, font_weight="600")
    parts = [
        title(f"{it.number}. {it.name}: {it.said}"),
        rectangle(0, 0, _WIDTH, height, rx=8, fill=CARD, stroke=look.stroke),
        badge(look, 20, 18),
        words(f"{it.number}  {it.name}", _NAME, 23, fill=INK, font_weight="600", font_size=13.0),
        words(f"{it.minutes} min", _TIME, 22, fill=SOFT_INK),
        *(_squares(it) if it.is_begun else [state]),
        *_exercises(it),
    ]
    return Fragment(_WIDTH, height, group(parts, class_="lesson", data_state=look.word))


def _squares(it: LessonProgress) -> Iterator[str]:
    """Draw a square for each prediction, full where it was made."""
    look, shown = it.look, min(it.asked, _MOST_SQUARES)
    for n in range(shown):
        fill = look.stroke if n < it.made else "none"
        x = _SQUARES + n * _STEP
        yield rectangle(x, 13, _SQUARE, _SQUARE, rx=2, fill=fill, stroke=look.stroke)
    yield words(it.said, _SQUARES + shown * _STEP + 6, 22, fill=look.ink)


def _exercises(it: LessonProgress) -> Iterator[str]:
    for n, line in enumerate(it.exercises):
        yield words(line, _NAME, 22 + _LINE * (n + 1), fill=SOFT_INK)
