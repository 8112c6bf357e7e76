"""Which texts are secrets, as far as this process knows, and how may they be spelled?"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

SHORTEST = 4
"""Characters that a secret has at least: what is shorter would be found everywhere."""

_SHORTEST_LINE = 8
_known: dict[str | bytes, tuple[str, ...]] = {}
_needles: dict[int, list[str]] = {}
_listeners: list[Callable[[str | bytes], None]] = []


def know(value: str | bytes) -> None:
    """Keep a value from being shown from now on; one that is too short cannot be."""
    if value in _known or len(value) < SHORTEST:
        return
    _known[value] = tuple(it for it in _spellings(value) if len(it) >= SHORTEST)
    for tell in _listeners:
        tell(value)


def needles() -> list[str]:
    """Return every spelling of every known secret, the longest first."""
    # Several threads may add to what is known at any time, so nothing else is shared.
    count = len(_known)
    found = _needles.get(count)
    if found is None:
        every = {it for spellings in list(_known.values()) for it in spellings}
        # The longest first, as one secret may be a part of another.
        found = _needles[count] = sorted(every, key=lambda it: (-len(it), it))
        for older in [it for it in list(_needles) if it < count]:
            _needles.pop(older, None)
    return found


def hear(tell: Callable[[str | bytes], None]) -> None:
    """Call `tell` with each value that this process gets to know from now on."""
    _listeners.append(tell)


def _spellings(value: str | bytes) -> Iterator[str]:
    if isinstance(value, bytes):
        raw, text = value, value.decode("utf-8", "replace")
        yield repr(value)[2:-1]
    else:
        raw, text = value.encode("utf-8", "surrogatepass"), value
    yield from _of_text(text)
    yield raw.hex()
    yield from _of_base64(raw)


def _of_text(text: str) -> Iterator[str]:
    import html
    from urllib.parse import quote, quote_plus

    yield text
    for once in _in_quotes(text):
        yield once
        yield from _in_quotes(once)  # JSON in a list that is printed, JSON in JSON
    yield html.escape(text)
    yield html.escape(text, quote=False)
    for spelled in (quote, quote_plus):
        yield spelled(text, safe="", errors="replace")
        yield spelled(text, errors="replace")
    lines = [line.strip() for line in text.splitlines()]
    if len(lines) > 1:  # a log has a line for each of them
        yield from (line for line in lines if len(line) >= _SHORTEST_LINE)


def _in_quotes(text: str) -> Iterator[str]:
    yield repr(text)[1:-1]
    yield ascii(text)[1:-1]
    yield json.dumps(text)[1:-1]
    yield json.dumps(text, ensure_ascii=False)[1:-1]


def _of_base64(raw: bytes) -> Iterator[str]:
    """Yield the value in base64, also as the inside of something longer (user:password)."""
    import base64

    for before in range(3):
        found = base64.b64encode(b"\0" * before + raw).decode().rstrip("=")
        # What a neighbour shares a character with may look different.
        first = (0, 2, 3)[before]
        last = len(found) - bool((before + len(raw)) % 3)
        inside = found[first:last]
        if len(inside) >= _SHORTEST_LINE:
            yield inside
            yield inside.translate(_URL_SAFE)


_URL_SAFE = str.maketrans("+/", "-_")
