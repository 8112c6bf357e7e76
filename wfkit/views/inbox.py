"""What were people told? Alerts as an inbox with what became of each, and the same as text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from wfkit.core.alerts import Alert, AlertKind, AlertState, Delivery
from wfkit.core.states import Outcome, TaskState
from wfkit.views.grid_spots import Spot
from wfkit.views.picture import Picture
from wfkit.views.shapes import (
    MONO_ADVANCE,
    Fragment,
    badge,
    document,
    group,
    rectangle,
    stacked,
    title,
    words,
)
from wfkit.views.style import (
    CARD,
    INK,
    MONO,
    OUTCOME_LOOKS,
    SMALL_SIZE,
    SOFT_INK,
    TASK_LOOKS,
    TITLE_SIZE,
    Look,
)
from wfkit.views.wording import cut, first_line, visible

MOST = 50
"""Alerts that a picture shows at most: the newest."""

_WIDTH, _LEFT, _RIGHT = 720.0, 40.0, 14.0
_LINE = 17.0
_SUBJECT_SIZE = 13.0
_SANS_MEAN = 0.55
LOOKS: Mapping[AlertKind, Look] = {
    AlertKind.FAILURE: TASK_LOOKS[TaskState.FAILED]._replace(word="failure"),
    AlertKind.RETRY: TASK_LOOKS[TaskState.UP_FOR_RETRY]._replace(word="retry"),
    AlertKind.DEADLINE: OUTCOME_LOOKS[Outcome.TIMED_OUT]._replace(word="deadline"),
    AlertKind.RECOVERED: TASK_LOOKS[TaskState.SUCCESS]._replace(word="recovered"),
    AlertKind.SUCCESS: TASK_LOOKS[TaskState.SUCCESS]._replace(word="success"),
}
_SAID = {
    AlertState.SENT: "sent to",
    AlertState.IN_DIGEST: "in a digest to",
    AlertState.FAILED: "not sent to",
    AlertState.RECORDED: "recorded only, for",
    AlertState.PENDING: "on its way to",
}
_COUNTED = {
    AlertState.SENT: "sent",
    AlertState.IN_DIGEST: "in a digest",
    AlertState.FAILED: "not sent",
    AlertState.RECORDED: "recorded only",
    AlertState.PENDING: "on its way",
}


class _Entry(NamedTuple):
    """One alert with all its receivers."""

    alert: Alert
    to: Sequence[Delivery]


def inbox_picture(dag: str, found: Sequence[Delivery]) -> Picture:
    """Return the alerts of a Dag as a drawing with its text twin."""
    text = inbox_text(dag, found)
    if not found:
        return Picture(text)
    head = _headline(dag, found)
    cards = [_card(row, it) for row, it in enumerate(_entries(found)[-MOST:])]
    parts = [_heading(head), *cards]
    return Picture(text, document(stacked(parts, gap=10), head, text, "wfkit-inbox"))


def inbox_data(dag: str, found: Sequence[Delivery]) -> dict[str, Any]:
    """Return the alerts of a Dag as plain data for a page; each spot tells all that one says."""
    spots = [Spot(0, row, _said(it)) for row, it in enumerate(_entries(found)[-MOST:])]
    svg = inbox_picture(dag, found).svg
    return {"label": _headline(dag, found), "thing": "alert", "svg": svg, "spots": spots}


def _said(it: _Entry) -> list[str]:
    lines = [visible(line) for line in it.alert.body.rstrip().split("\n")]
    return [first_line(it.alert.subject), *lines, "", *map(_told, it.to)]


def inbox_text(dag: str, found: Sequence[Delivery]) -> str:
    """Return the alerts of a Dag as text, oldest first."""
    if not found:
        return f"no alerts of {visible(dag)} yet"
    return "\n".join([_headline(dag, found), *_lines(_entries(found))])


def _headline(dag: str, found: Sequence[Delivery]) -> str:
    counts = Counter(it.state for it in found)
    told = ", ".join(f"{counts[it]} {_COUNTED[it]}" for it in AlertState if counts[it])
    return f"Alerts of {visible(dag)}, oldest first: {told}"


def _entries(found: Iterable[Delivery]) -> list[_Entry]:
    entries: dict[tuple[str, str], list[Delivery]] = {}
    for it in found:
        entries.setdefault((it.alert.run_id, it.alert.key), []).append(it)
    return [_Entry(its[0].alert, its) for its in entries.values()]


def _lines(entries: Iterable[_Entry]) -> Iterator[str]:
    for it in entries:
        look = LOOKS[AlertKind(it.alert.kind)]
        yield f"{look.glyph} {look.word}: {first_line(it.alert.subject)}"
        yield f"    in {visible(it.alert.run_id)}"
        yield from (f"    {_told(delivery)}" for delivery in it.to)


def _told(it: Delivery) -> str:
    note = f": {first_line(it.note)}" if it.note else ""
    return f"{_SAID[it.state]} {visible(it.to)}{note}"


def _heading(text: str) -> Fragment:
    size = float(TITLE_SIZE)
    return Fragment(_WIDTH, 18, words(text, 0, 12, fill=INK, font_weight="600", font_size=size))


def _card(row: int, it: _Entry) -> Fragment:
    look = LOOKS[AlertKind(it.alert.kind)]
    height = 32 + _LINE * (1 + len(it.to))
    room = _WIDTH - _LEFT - _RIGHT
    word = words(
        look.word,
        _WIDTH - _RIGHT,
        22,
        fill=look.ink,
        font_weight="600",
        text_anchor="end",
    )
    parts = [
        title(f"{it.alert.subject}\n{it.alert.body}".rstrip()),
        rectangle(0, 0, _WIDTH, height, rx=8, fill=CARD, stroke=look.stroke),
        badge(look, 21, 19),
        words(
            cut(first_line(it.alert.subject), int((room - 70) / (_SUBJECT_SIZE * _SANS_MEAN))),
            *(_LEFT, 23),
            fill=INK,
            font_weight="600",
            font_size=_SUBJECT_SIZE,
        ),
        word,
        *_below(it, room),
    ]
    about = {"data_kind": it.alert.kind, "data_at": f"0 {row}"}
    return Fragment(_WIDTH, height, group(parts, class_="alert", **about))


def _below(it: _Entry, room: float) -> Iterator[str]:
    """Draw the run that an alert is about, and what became of it for each receiver."""
    y = 23 + _LINE
    most = int(room / (SMALL_SIZE * MONO_ADVANCE))
    yield words(cut(visible(it.alert.run_id), most), _LEFT, y, fill=SOFT_INK, font_family=MONO)
    for delivery in it.to:
        y += _LINE
        is_bad = delivery.state is AlertState.FAILED
        ink = TASK_LOOKS[TaskState.FAILED].ink if is_bad else INK
        sign = "✘ " if is_bad else ""
        yield words(
            sign + cut(_told(delivery), int(room / (SMALL_SIZE * _SANS_MEAN))), _LEFT, y, fill=ink
        )
