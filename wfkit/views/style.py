"""How each state looks: a shape, a word and colours, so that none is told by colour alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from wfkit.core.states import Outcome, RunState, TaskState

PAPER = "#fdfdfe"
PAPER_EDGE = "#d5dae3"
CARD = "#ffffff"
INK = "#1d2433"
SOFT_INK = "#545e70"
LINE = "#66718a"
FAINT = "#dfe3ea"
GHOST_LINE = "#a35f00"
FRAME = "#f0f3f8"
FRAME_EDGE = "#c3cbd9"
ACCENT = "#1f4fa3"
"""The accent marks what a picture is asked to highlight; it is no state's colour."""

SANS = "system-ui,-apple-system,Segoe UI,Roboto,Helvetica Neue,DejaVu Sans,sans-serif"
MONO = "ui-monospace,SFMono-Regular,Menlo,Consolas,DejaVu Sans Mono,monospace"
TITLE_SIZE = 14
NAME_SIZE = 13
SMALL_SIZE = 11


class Look(NamedTuple):
    """How a state is shown.

    `glyph` and `word` serve text. In pictures `fill` is the card, `stroke` its border and the
    badge, `ink` the words on it, `weight` and `dash` (an SVG dash array) the line of the border,
    and `icon` an SVG path in a box of 16 by 16, drawn in white on the badge.
    """

    glyph: str
    word: str
    fill: str
    stroke: str
    ink: str
    icon: str
    dash: str = ""
    weight: float = 1.25


_RING = "M8 4.6A3.4 3.4 0 1 1 8 11.4A3.4 3.4 0 1 1 8 4.6Z"
_CLOCK = "M8 4V8L10.6 9.8"
_DOTS = "M4.4 8H4.6M7.9 8H8.1M11.4 8H11.6"
_PLAY = "M6.3 4.9V11.1L11.3 8Z"
_AGAIN = "M11.6 8A3.6 3.6 0 1 1 10.2 5.1M10.6 3V5.4H8.2"
_HOURGLASS = "M5.2 4.4H10.8L5.2 11.6H10.8Z"
_CHECK = "M4.4 8.4L7 10.9L11.6 5.4"
_CROSS = "M5.2 5.2L10.8 10.8M10.8 5.2L5.2 10.8"
_BARRED = "M4.4 8H11.6"
_CHEVRONS = "M4.6 5L7.6 8L4.6 11M8.6 5L11.6 8L8.6 11"
_SQUARE = "M5.4 5.4H10.6V10.6H5.4Z"
_LAYERS = "M4.6 5.4H11.4M4.6 8H11.4M4.6 10.6H11.4"
_QUESTION = "M5.8 6.2A2.2 2.2 0 1 1 8 8.4V9M8 11.5V11.6"
_EXCLAMATION = "M8 3.6V9M8 12V12.2"

_S = TaskState
TASK_LOOKS: Mapping[TaskState, Look] = {
    _S.NONE: Look("○", "waiting", "#f7f8fa", "#7a8599", "#4a5568", _RING, "1 3"),
    _S.SCHEDULED: Look("◔", "scheduled", "#f1f4fa", "#64748f", "#43506a", _CLOCK),
    _S.QUEUED: Look("◑", "queued", "#e9edfb", "#4a5fb0", "#35458a", _DOTS),
    _S.RUNNING: Look("►", "running", "#deedff", "#0a60c2", "#094b96", _PLAY, "", 2.5),
    _S.UP_FOR_RETRY: Look("↻", "up for retry", "#fff2d6", "#a35f00", "#7d4900", _AGAIN, "7 3"),
    _S.UP_FOR_RESCHEDULE: Look(
        "◌", "up for reschedule", "#f3ecfc", "#7648b5", "#5b3591", _HOURGLASS, "2 3"
    ),
    _S.SUCCESS: Look("✔", "success", "#e2f5ec", "#0a7a55", "#075c40", _CHECK),
    _S.FAILED: Look("✘", "failed", "#fce4e1", "#b3201a", "#8f1813", _CROSS, "", 2.5),
    _S.UPSTREAM_FAILED: Look(
        "⊘", "upstream failed", "#faece4", "#a84a1f", "#83380f", _BARRED, "9 3 2 3"
    ),
    _S.SKIPPED: Look("»", "skipped", "#f4f5f7", "#737d8f", "#4f596a", _CHEVRONS, "4 4"),
    _S.CANCELLED: Look("■", "cancelled", "#e6e8ec", "#474f60", "#363d4b", _SQUARE, "12 4"),
}

RUN_LOOKS: Mapping[RunState, Look] = {
    RunState.QUEUED: TASK_LOOKS[_S.QUEUED],
    RunState.RUNNING: TASK_LOOKS[_S.RUNNING],
    RunState.SUCCESS: TASK_LOOKS[_S.SUCCESS],
    RunState.FAILED: TASK_LOOKS[_S.FAILED],
    RunState.CANCELLED: TASK_LOOKS[_S.CANCELLED],
}

OUTCOME_LOOKS: Mapping[Outcome, Look] = {
    Outcome.RETURNED: TASK_LOOKS[_S.SUCCESS]._replace(word="returned"),
    Outcome.RAISED: TASK_LOOKS[_S.FAILED]._replace(word="raised"),
    Outcome.TIMED_OUT: Look("◷", "timed out", "#fbe6ef", "#a01f63", "#7d164c", _CLOCK, "", 2.5),
    Outcome.SKIPPED: TASK_LOOKS[_S.SKIPPED],
    Outcome.CANCELLED: TASK_LOOKS[_S.CANCELLED],
    Outcome.CACHED: Look("≡", "cached", "#e3f3f6", "#14707f", "#0e5561", _LAYERS),
    Outcome.LOST: Look("?", "lost", "#f6ecd9", "#7c5a12", "#5e440c", _QUESTION, "2 3"),
}

LATE = Look("!", "missed its deadline", "#fff2d6", "#a35f00", "#7d4900", _EXCLAMATION)
"""How what missed its deadline is marked, beside its state."""

LONGEST_WORD = max((look.word for look in TASK_LOOKS.values()), key=len)


def state_table() -> dict[str, dict[str, str | float]]:
    """Return the looks of all task states as plain data, for a live view in the browser."""
    return {state.value: look._asdict() for state, look in TASK_LOOKS.items()}


def outcome_table() -> dict[str, dict[str, str | float]]:
    """Return the looks of all outcomes of attempts as plain data."""
    return {outcome.value: look._asdict() for outcome, look in OUTCOME_LOOKS.items()}
