"""How is a duration told to people?"""

from __future__ import annotations

_UNITS = (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1))


def duration_words(seconds: float, most: int = 2) -> str:
    """Return a duration in its `most` largest units.

    >>> [duration_words(it) for it in (0.25, 90, 3_600, 93_600)]
    ['0.25 s', '1 min 30 s', '1 h', '1 d 2 h']
    """
    if seconds < 60:
        return f"{round(seconds, 3):g} s"
    parts: list[str] = []
    left = round(seconds)
    for name, unit in _UNITS:
        count, left = divmod(left, unit)
        if count or parts:
            parts.append(f"{count} {name}" if count else "")
    return " ".join(filter(None, parts[:most]))
