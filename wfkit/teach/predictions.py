"""What does the learner expect? `guess` before a run, `reveal` after it."""

from __future__ import annotations

import sys
from typing import Any

from wfkit.teach import answers
from wfkit.teach.blank import is_blank
from wfkit.teach.progress import Progress, progress_file

_NONE = object()


class _Asked:
    """The last question of this kernel, and the answer to it."""

    question: str | None = None
    answer: Any = _NONE


def guess(question: str, *answer: object) -> None:
    """Note what you expect: a number, a text, a task; `____` means "no guess yet" and is fine.

    It never stops a notebook and never judges the answer: `reveal` tells later.

    >>> guess("How many tasks will run?", 3)
    Your guess: 3
    >>> guess("How much money is in the till?", 9,680.55)
    Your guess: 9,680.55
    """
    _Asked.question = str(question)
    _Asked.answer = _NONE if _is_missing(answer) else answers.joined(answer)
    if _Asked.answer is _NONE:
        _say(
            "No guess yet: put one in place of ____ and run this cell again to compare, "
            "or just go on."
        )
        return
    _progress().note_prediction(_Asked.question, guess=_Asked.answer)
    _say(f"Your guess: {answers.shown(_Asked.answer)}")


def _is_missing(answer: tuple[object, ...]) -> bool:
    return not answer or any(map(is_blank, answer))


def reveal(actual: object) -> None:
    """Tell what really happened, beside the last guess. In a set the order does not count.

    >>> guess("How many tasks will run?", 3)
    Your guess: 3
    >>> reveal(4)
    You said 3. It was 4.
    """
    happened = answers.plain(actual)
    if _Asked.question is not None:
        _progress().note_prediction(_Asked.question, actual=happened)
    if _Asked.answer is _NONE:
        _say(f"It was {answers.shown(happened)}. You made no guess this time.")
    elif answers.agree(_Asked.answer, happened):
        _say(f"You said {answers.shown(_Asked.answer)}, and so it was.")
    else:
        _say(f"You said {answers.shown(_Asked.answer)}. It was {answers.shown(happened)}.")


def _progress() -> Progress:
    return Progress(progress_file())


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
