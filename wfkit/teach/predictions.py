"""What does the learner expect? `guess` before a run, `reveal` after it."""

from __future__ import annotations

import math
import numbers
import sys
from typing import Any

from wfkit.teach.blank import is_blank
from wfkit.teach.progress import Progress, progress_file

_NONE = object()
_LONGEST = 200


class _Asked:
    """The last question of this kernel, and the answer to it."""

    question: str | None = None
    answer: Any = _NONE


def guess(question: str, answer: object) -> None:
    """Note what you expect; `____` as the answer means "no guess yet" and is fine.

    It never stops a notebook and never judges the answer: `reveal` tells later.

    >>> guess("How many tasks will run?", 3)
    Your guess: 3
    """
    _Asked.question = str(question)
    _Asked.answer = _NONE if is_blank(answer) else _plain(answer)
    if _Asked.answer is _NONE:
        _say("No guess yet. Write yours in place of ____ and run this cell again, or just go on.")
        return
    _progress().note_prediction(_Asked.question, guess=_Asked.answer)
    _say(f"Your guess: {_shown(_Asked.answer)}")


def reveal(actual: object) -> None:
    """Tell what really happened, beside the last guess.

    >>> guess("How many tasks will run?", 3)
    Your guess: 3
    >>> reveal(4)
    You said 3. It was 4.
    """
    happened = _plain(actual)
    if _Asked.question is not None:
        _progress().note_prediction(_Asked.question, actual=happened)
    if _Asked.answer is _NONE:
        _say(f"It was {_shown(happened)}. You made no guess this time.")
    elif _same(_Asked.answer, happened):
        _say(f"You said {_shown(_Asked.answer)}, and so it was.")
    else:
        _say(f"You said {_shown(_Asked.answer)}. It was {_shown(happened)}.")


def _progress() -> Progress:
    return Progress(progress_file())


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")


def _plain(value: object) -> Any:
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, numbers.Integral):
        return int(value)
    if isinstance(value, numbers.Real):
        return float(value)
    text = repr(value)
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "…"


def _shown(value: object) -> str:
    """A number as people write it.

    >>> _shown(28635.9), _shown(1000), _shown(0.04567), _shown("orders")
    ('28,635.90', '1,000', '0.0457', 'orders')
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:,.2f}" if abs(value) >= 1 else f"{value:.3g}"


def _same(one: object, other: object) -> bool:
    if isinstance(one, int | float) and isinstance(other, int | float):
        return math.isclose(one, other, rel_tol=1e-6)
    return _shown(one).strip().casefold() == _shown(other).strip().casefold()
