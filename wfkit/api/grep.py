"""Which lines does a pattern find, and what if it is wrong or takes for ever?"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import regex

from wfkit.core.errors import InvalidOption
from wfkit.core.options import shown
from wfkit.engine.capture import LogLine
from wfkit.engine.clock import Clock, SystemClock

PATIENCE = 4.0
"""So long, in seconds, one search may take in all its lines."""

_CLOCK = SystemClock()
_LONGEST = 1_000
_LITERAL = 40


def pattern(text: str) -> regex.Pattern[str]:
    """Return a pattern; raises InvalidOption for a text that is none."""
    if len(text) > _LONGEST:
        raise InvalidOption(
            f"grep={shown(text)} is too long: {len(text):,} characters, at most {_LONGEST:,}.\n"
            "Search for a part of it."
        )
    try:
        return regex.compile(text)
    except (regex.error, OverflowError, RecursionError) as error:
        deep = isinstance(error, RecursionError)
        cause = "it is nested too deeply" if deep else " ".join(str(error).split())
        raise InvalidOption(
            f"grep={shown(text)} is no regular expression: {cause[:100]}.\n{_as_it_is(text)}"
        ) from None


def found(text: str, lines: Iterable[LogLine], clock: Clock = _CLOCK) -> Iterator[LogLine]:
    """Yield the lines in which a pattern is found.

    Raises InvalidOption for a text that is no pattern, or one that takes more than `PATIENCE`.
    """
    search, until = pattern(text).search, clock.now() + PATIENCE
    for line in lines:
        left = until - clock.now()
        try:
            is_found = left > 0 and search(line.text, timeout=left)
        except TimeoutError:
            left = 0
        if left <= 0:
            raise InvalidOption(
                f"grep={shown(text)} takes too long: {PATIENCE:g} s were not enough.\n"
                "Repeats inside repeats, such as (a|aa)+, take for ever: write a simpler pattern, "
                "or search one task."
            )
        if is_found:
            yield line


def _as_it_is(text: str) -> str:
    if len(text) <= _LITERAL and text.isprintable():
        return f"To find the text itself, write {re.escape(text)}"
    return "To find the text itself, put a \\ before each of . * + ? ( ) [ ] { } | ^ $ and \\"
