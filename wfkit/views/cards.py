"""What does one card of a graph look like?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from wfkit.core.graph import Graph
from wfkit.core.trigger_rules import TriggerRule
from wfkit.views.scene import Card, CardKind
from wfkit.views.shapes import (
    badge,
    element,
    group,
    name_width,
    name_words,
    rectangle,
    title,
    words,
    words_width,
)
from wfkit.views.standing import Standing, error_line, reason, standing_of
from wfkit.views.style import (
    ACCENT,
    CARD,
    FRAME,
    GHOST_LINE,
    INK,
    LATE,
    LINE,
    LONGEST_WORD,
    PAPER,
    SMALL_SIZE,
    SOFT_INK,
    Look,
)
from wfkit.views.wording import counted, shortened

LONGEST_TITLE = 30
RING = 4.5
MOST_DOTS = 6
_TALL, _LOW = 46.0, 34.0
_TEXT_LEFT = 36.0
_STATE_WIDTH = len(LONGEST_WORD) * SMALL_SIZE * 0.52
_ACCENTED: dict[str, str | float | None] = {"stroke": ACCENT, "stroke_width": "2.5"}
GHOST = Look("?", "no such task yet", CARD, GHOST_LINE, "#7d4900", "", "4 3")
PLAIN = Look("", "", CARD, LINE, INK, "")
"""How a task looks that is in no run."""


class Faces(NamedTuple):
    """What the cards of one picture show: plain tasks, or how they stand in a run.

    `known` is None for a picture of no run. A task that it does not have is not in the run.
    """

    graph: Graph
    known: dict[str, Standing] | None = None
    highlighted: frozenset[str] | None = None
    chosen: str | None = None

    def standing(self, card: Card) -> Standing | None:
        """How the tasks behind a card stand together."""
        return standing_of(card.tasks, self.known or {})

    def note(self, card: Card) -> str:
        """The second line of a card that shows no state."""
        if card.kind is CardKind.MISSING:
            return GHOST.word
        if card.kind is CardKind.GROUP:
            return counted(len(card.tasks), "task")
        if self.known is not None:
            return "not in this run"
        options = self.graph.tasks[card.title].options
        retries = f"retries {options.retries}" if options.retries else ""
        usual = options.trigger_rule is TriggerRule.ALL_SUCCESS
        return " · ".join(part for part in (retries, "" if usual else options.trigger_rule) if part)

    def frame_width(self, card: Card) -> float:
        """Width that the title of the frame around a card asks for, within reason."""
        group = self.graph.tasks[card.title].options.group if card.kind is CardKind.TASK else None
        return min(words_width(group) - 10, 120.0) if group else 0.0

    def attempts(self, card: Card) -> int:
        """How many attempts the task behind a card may take, 0 if that goes without saying."""
        if card.kind is not CardKind.TASK or self.known is None:
            return 0
        retries = self.graph.tasks[card.title].options.retries
        return retries + 1 if retries else 0

    def fades(self, card: Card) -> bool:
        """True when a highlight leaves this card out."""
        return self.highlighted is not None and not self.highlighted.intersection(card.tasks)


def card_size(faces: Faces, card: Card) -> tuple[float, float]:
    """Return the width and height of a card; a run's leave room for the longest state."""
    name = max(name_width(shortened(card.title, LONGEST_TITLE)), faces.frame_width(card))
    if faces.known is None or card.kind is CardKind.MISSING:
        note = faces.note(card)
        return max(name, words_width(note)) + 28, _TALL if note else _LOW
    name += _attempts_width(faces.attempts(card))
    return _TEXT_LEFT + max(name + 14, _STATE_WIDTH + 8), _TALL


def _attempts_width(allowed: int) -> float:
    if not allowed:
        return 0.0
    return 10.0 + (9.0 * allowed if allowed <= MOST_DOTS else words_width(f"{allowed}/{allowed}"))


def draw_card(faces: Faces, card: Card, index: int) -> str:
    """Return a card with its corner at (0, 0). Its structure is the same in every state."""
    standing = faces.standing(card)
    look = _look(card, standing)
    size = card_size(faces, card)
    inside = _state_words(faces, card, standing) if standing else _plain_words(faces, card, look)
    return group(
        [title(tooltip(faces, card, standing)), *_backs(faces, card, look, size), *inside],
        class_=card.kind.value,
        opacity="0.35" if faces.fades(card) else None,
        **_data(index, standing),
    )


def _data(index: int, standing: Standing | None) -> dict[str, str | float | None]:
    return {
        "data_card": float(index),
        "data_state": standing.state.value if standing else None,
    }


def _look(card: Card, standing: Standing | None) -> Look:
    if card.kind is CardKind.MISSING:
        return GHOST
    return standing.look if standing else PLAIN


def _backs(faces: Faces, card: Card, look: Look, size: tuple[float, float]) -> Iterator[str]:
    width, height = size
    if faces.chosen in card.tasks:
        yield rectangle(
            -RING, -RING, width + 2 * RING, height + 2 * RING, rx=12, fill=PAPER, **_ACCENTED
        )
    if card.kind is CardKind.GROUP:
        yield rectangle(4, 4, width, height, rx=8, class_="back", fill=FRAME, stroke=look.stroke)
    yield rectangle(
        0,
        0,
        width,
        height,
        rx=8,
        class_="card",
        fill=look.fill,
        stroke=look.stroke,
        stroke_width=f"{look.weight:g}",
        stroke_dasharray=look.dash,
    )


def _plain_words(faces: Faces, card: Card, look: Look) -> Iterator[str]:
    note = faces.note(card)
    yield name_words(
        shortened(card.title, LONGEST_TITLE), 14, 21, class_="name", fill=INK, font_weight="600"
    )
    if note:
        soft = look.ink if card.kind is CardKind.MISSING else SOFT_INK
        yield words(note, 14, 36, class_="note", fill=soft)


def _state_words(faces: Faces, card: Card, standing: Standing) -> Iterator[str]:
    width, height = card_size(faces, card)
    look = standing.look
    yield badge(look, 20, height / 2)
    shown = shortened(card.title, LONGEST_TITLE)
    yield name_words(shown, _TEXT_LEFT, 20, class_="name", fill=INK, font_weight="600")
    yield words(_state_line(look, standing), _TEXT_LEFT, 36, class_="state", fill=look.ink)
    yield from _attempts(faces.attempts(card), standing, look, width - 12)
    if standing.late:
        yield group([badge(LATE, width - 4, height - 4, 7)], class_="late")


def _state_line(look: Look, standing: Standing) -> str:
    return f"{look.word} {standing.done}/{standing.total}" if standing.mapped else look.word


def _attempts(allowed: int, standing: Standing, look: Look, right: float) -> Iterator[str]:
    if allowed > MOST_DOTS:
        count = f"{standing.attempt}/{allowed}"
        yield words(count, right, 20, class_="attempts", text_anchor="end", fill=look.ink)
    elif allowed:
        dots = _dots(allowed, standing.attempt, look, right)
        yield group(dots, class_="attempts", stroke=look.stroke)


def _dots(allowed: int, used: int, look: Look, right: float) -> Iterator[str]:
    for i in range(allowed):
        x = right - 3 - 9 * (allowed - 1 - i)
        yield element("circle", cx=x, cy=16, r=3, fill=look.stroke if i < used else "none")


def tooltip(faces: Faces, card: Card, standing: Standing | None) -> str:
    """Return all there is to say about a card, the name in full."""
    if card.kind is CardKind.MISSING:
        return f"{card.title}: no such task yet"
    head = f"{card.title}: {_standing_words(faces, card, standing)}".removesuffix(": ")
    if card.kind is CardKind.GROUP:
        return f"{head} ({', '.join(card.tasks[:20])}{', …' if len(card.tasks) > 20 else ''})"
    doc = faces.graph.tasks[card.title].doc
    late = LATE.word if standing and standing.late else ""
    because = reason(card.title, standing.because, faces.known or {}) if standing else ""
    error = error_line(standing.error) if standing else ""
    return "\n".join(line for line in (head, late, doc, because, error) if line)


def _standing_words(faces: Faces, card: Card, standing: Standing | None) -> str:
    if standing is None:
        return faces.note(card)
    line = _state_line(standing.look, standing)
    allowed = faces.attempts(card)
    return f"{line}, attempt {standing.attempt} of {allowed}" if allowed else line
