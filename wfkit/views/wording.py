"""Which characters may be shown? Text from anywhere, made harmless and short enough."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Sequence

LONGEST_LINE = 160
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")


def visible(text: str) -> str:
    r"""Return `text` with every character that is not printable spelled out.

    That covers line breaks, escape sequences, direction marks, lone surrogates and everything
    that XML forbids.

    >>> visible("a\u202eb\n")
    'a\\u202eb\\n'
    """
    if text.isprintable():
        return text
    return "".join(
        c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text
    )


def log_text(text: str) -> str:
    r"""Return a line that a task let out as a terminal would leave it, but harmless.

    Colours are left out, and of a line that was overwritten by carriage returns the last state
    is shown.

    >>> print(log_text("10 %\r\x1b[32m100 %\x1b[0m \x07"))
    100 % \x07
    """
    if text.isprintable():
        return text
    parts = [part for part in _COLOURS.sub("", text).expandtabs().split("\r") if part]
    return visible(parts[-1]) if parts else ""


def first_line(text: str, most: int = LONGEST_LINE) -> str:
    r"""Return the first line of `text` that is not empty, visible and at most `most` wide.

    >>> first_line("\n  bad row\nand more")
    'bad row'
    """
    start = text[: most * 20].strip()
    return cut(visible(start.partition("\n")[0].rstrip()), most)


def columns(text: str) -> int:
    """Return how many columns of a fixed-width font `text` takes.

    >>> columns("año"), columns("注文")
    (3, 4)
    """
    if text.isascii():
        return len(text)
    return sum(_columns(c) for c in text)


def _columns(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def padded(text: str, to: int) -> str:
    """Return `text` with spaces behind it, `to` columns wide."""
    return text + " " * (to - columns(text))


def cut(text: str, most: int) -> str:
    """Return `text`, or as much of its beginning as fits in `most` columns with an ellipsis.

    >>> cut("yesterday", 6)
    'yeste…'
    """
    return text if columns(text) <= most else _fitting(text, most - 1) + "…"


def shortened(text: str, most: int) -> str:
    """Return `text`, or its beginning and its end in `most` columns: names differ in both.

    >>> shortened("daily_revenue_per_customer", 16)
    'daily_reve…tomer'
    """
    if columns(text) <= most:
        return text
    tail = most // 3
    return f"{_fitting(text, most - 1 - tail)}…{_fitting(text[::-1], tail)[::-1]}"


def wrapped(text: str, most: int, lines: int) -> list[str]:
    """Return `text` in at most so many lines of at most `most` columns, broken at spaces.

    >>> wrapped("no file for the day", 11, 2), wrapped("no file for the day", 8, 2)
    (['no file for', 'the day'], ['no file', 'for the…'])
    """
    found: list[str] = []
    while columns(text) > most and len(found) < lines - 1:
        head = _fitting(text, most + 1)
        at = head.rfind(" ")
        head = head[:at] if at > 0 else _fitting(text, most)
        found.append(head.rstrip())
        text = text[len(head) :].lstrip()
    return [*found, cut(text, most)]


def _fitting(text: str, most: int) -> str:
    kept, used = 0, 0
    for character in text:
        used += _columns(character)
        if used > most:
            break
        kept += 1
    return text[:kept]


def xml(text: object) -> str:
    """Return `text` as the content of an XML element or attribute, harmless in both.

    >>> xml('<b onclick="x">')
    '&lt;b onclick=&quot;x&quot;&gt;'
    """
    return html.escape(visible(str(text)))


def counted(number: int, thing: str) -> str:
    """Return a number with its thing, in the right form.

    >>> counted(1, "task"), counted(12_000, "task")
    ('1 task', '12,000 tasks')
    """
    return f"{number:,} {thing}" if number == 1 else f"{number:,} {thing}s"


def listed(names: Sequence[str]) -> str:
    """Return names with commas, at most six of them."""
    shown = ", ".join(names[:6])
    return f"{shown} and {len(names) - 6} more" if len(names) > 6 else shown
