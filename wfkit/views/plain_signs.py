"""What stands for a sign that a terminal does not have? Its nearest kin in ASCII."""

from __future__ import annotations

import codecs
import io
from typing import TextIO

PLAINLY = "wfkit-plainly"
"""How to handle what an encoding lacks, as `errors=` of a stream."""

_KIN = dict(
    pair.split(" ")
    for pair in (
        *("✔ +", "✘ x", "► >", "» >>", "« <<", "■ #", "█ #", "○ o", "◔ o", "◑ o", "◌ o"),
        *("⊘ /", "↻ ~", "… ...", "· .", "– -", "— -", "→ ->", "← <-", "─ -", "│ |", "× x"),
        *("≡ =", '“ "', '” "', '„ "', "’ '", "‘ '"),
    )
)


def plainly(error: UnicodeError) -> tuple[str, int]:
    """Return what stands for the characters that could not be encoded, and where to go on.

    >>> "✔ orders → revenue ♥".encode("ascii", PLAINLY)
    b'+ orders -> revenue ?'
    """
    if not isinstance(error, UnicodeEncodeError):
        raise error
    lacking = error.object[error.start : error.end]
    return "".join(_KIN.get(character, "?") for character in lacking), error.end


codecs.register_error(PLAINLY, plainly)


def speak_plainly(*streams: TextIO) -> None:
    """Let streams print what stands for a sign, where they would fail at it or print its code."""
    for stream in streams:
        if isinstance(stream, io.TextIOWrapper) and stream.errors != "surrogateescape":
            stream.reconfigure(errors=PLAINLY)
