"""What do the words on the line of a command mean?"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from wfkit.core.errors import InvalidOption

BLANK = "____"


class UnknownFlag(InvalidOption):
    """A flag that the verb does not have."""


class MissingValue(InvalidOption):
    """A flag, or the verb itself, stands without the value that it needs."""


class WrongValue(InvalidOption):
    """A flag has a value of the wrong kind."""


class UnexpectedWord(InvalidOption):
    """A word that belongs to no flag."""


def split(text: str) -> list[str]:
    r"""Split a line (or several) into words; quotes group, `#` begins a comment.

    Unlike a shell, a backslash means itself (paths), and a `#` inside a word (colours) too.

    >>> split('new sales --schedule "30 1 * * *"  # nightly')
    ['new', 'sales', '--schedule', '30 1 * * *']
    """
    words: list[str] = []
    for match in _WORD.finditer(text):
        word = match["word"]
        if word is None:
            continue
        if _OPEN_QUOTE.search(_QUOTED.sub("", word)):
            raise WrongValue(
                f"a quote is opened and never closed: {shortened(word)}\n"
                "Put the same quote behind the value too."
            )
        words.append(_QUOTED.sub(lambda quoted: quoted[0][1:-1], word))
    return words


_WORD = re.compile(r"""\#[^\n]*|(?P<word>(?:"[^"]*"|'[^']*'|\S)+)""")
_QUOTED = re.compile(r""""[^"]*"|'[^']*'""")
_OPEN_QUOTE = re.compile(r"""^["']|=["']""")


def is_blank(words: Iterable[str]) -> bool:
    """Return True if something is still to be filled in.

    >>> is_blank(["--retries", "____"])
    True
    """
    return any(re.search(rf"(?<!\w){BLANK}(?!\w)", word) for word in words)


def _whole(name: str, text: str) -> int:
    if re.fullmatch(r"[+-]?\d+(_\d+)*", text, re.ASCII) and len(text) <= 20:
        return int(text)
    raise WrongValue(f'{name} takes a whole number, not "{shortened(text)}".\nWrite {name} 3')


def _number(name: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise WrongValue(
            f'{name} takes a number, not "{shortened(text)}".\nWrite {name} 2.5'
        ) from None


def _list(name: str, text: str) -> list[str]:
    found = [part.strip() for part in text.split(",") if part.strip()]
    if not found:
        raise MissingValue(f"{name} stands without its value.\nWrite {name} one,two")
    return found


def _pairs(name: str, text: str) -> dict[str, object]:
    key, equals, value = text.partition("=")
    if not (equals and key.strip()):
        raise WrongValue(
            f'{name} takes a name and a value with = between them, not "{shortened(text)}".\n'
            f"Write {name} {shortened(key) or 'name'}=value"
        )
    return {key.strip(): literal(value)}


def literal(text: str) -> object:
    """Return the number, True, False, None, list or quoted text that `text` spells, else `text`.

    >>> literal("0.2"), literal("all"), literal("1997-01-01")
    (0.2, 'all', '1997-01-01')
    """
    try:
        return ast.literal_eval(text.strip())
    except (ValueError, SyntaxError, MemoryError, RecursionError, TypeError):
        return text


READERS: Mapping[str, Callable[[str, str], Any]] = {
    "text": lambda name, text: text,
    "whole": _whole,
    "number": _number,
    "list": _list,
    "pairs": _pairs,
}


def shortened(text: str) -> str:
    """Return `text` on one printable line of at most 60 characters."""
    text = text if text.isprintable() else ascii(text)[1:-1]
    return text if len(text) <= 60 else text[:57] + "..."
