"""What values options may have: each check returns the clean value or raises InvalidOption."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from datetime import time, timedelta

from wfkit.core.errors import InvalidOption, did_you_mean

MOST_RETRIES = 1_000
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3_600.0, "d": 86_400.0}
_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")
_LONGEST_TEXT = 1_000  # a pattern needs time in the square of the length
_TIME_OF_DAY = re.compile(r"\d\d:\d\d(:\d\d)?", re.ASCII)
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)", re.ASCII)


def seconds(option: str, value: object) -> float:
    """Return a duration in seconds.

    `value` is a number of seconds, a timedelta, or text such as `30s 5m 2h 1d` (or `1h30m`).

    >>> seconds("retry_delay", "5m")
    300.0
    >>> seconds("retry_delay", "5")
    Traceback (most recent call last):
    wfkit.core.errors.InvalidOption: retry_delay="5" is not a duration: the unit is missing.
    Write a number with a unit: 30s, 5m, 2h or 1d.
    """
    if isinstance(value, timedelta):
        value = value.total_seconds()
    if isinstance(value, str):
        value = _seconds_of_text(option, value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _not_a_duration(option, value, f"it is {_kind(value)}")
    if not _is_finite(value) or value < 0:
        raise _not_a_duration(option, value, "it must be zero or more")
    return float(value)


def due(option: str, value: object) -> float | time:
    """Return a deadline: a duration in seconds, or the time of day of a text such as 06:00.

    >>> due("deadline", "2h"), due("deadline", "06:00")
    (7200.0, datetime.time(6, 0))
    """
    if isinstance(value, time):
        return value
    if isinstance(value, str) and _TIME_OF_DAY.fullmatch(value.strip()):
        try:
            return time.fromisoformat(value.strip())
        except ValueError:
            raise InvalidOption(f'{option}="{value}" is no time of day.\nWrite 06:00.') from None
    found = seconds(option, value)
    if not found:
        raise InvalidOption(f"{option}=0 leaves no time at all.\nWrite 2h, or 06:00.")
    return found


def _seconds_of_text(option: str, text: str) -> float:
    parts = _DURATION.findall(text[:_LONGEST_TEXT])
    if not parts or "".join(number + unit for number, unit in parts) != text.strip():
        missing = re.fullmatch(r"\s*\d+(\.\d+)?\s*", text, re.ASCII)
        cause = "the unit is missing" if missing else "it has no meaning"
        raise _not_a_duration(option, text, cause)
    return sum(float(number) * _UNITS[unit] for number, unit in parts)


def _not_a_duration(option: str, value: object, cause: str) -> InvalidOption:
    return InvalidOption(
        f"{option}={shown(value)} is not a duration: {cause}.\n"
        "Write a number with a unit: 30s, 5m, 2h or 1d."
    )


def count(option: str, value: object, least: int = 0, most: int = MOST_RETRIES) -> int:
    """Return a whole number between `least` and `most`.

    >>> count("retries", 3)
    3
    >>> count("n", 0, least=1, most=9)
    Traceback (most recent call last):
    wfkit.core.errors.InvalidOption: n=0 is not possible: it must be a whole number from 1 to 9.
    """
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise InvalidOption(
            f"{option}={shown(value)} is not possible: "
            f"it must be a whole number from {least:,} to {most:,}."
        )
    return value


def number(option: str, value: object, least: float) -> float:
    """Return a finite number that is at least `least`.

    >>> number("backoff", 2, least=1)
    2.0
    """
    fits = isinstance(value, int | float) and not isinstance(value, bool)
    if not fits or not _is_finite(value) or value < least:  # type: ignore[arg-type,operator]
        raise InvalidOption(
            f"{option}={shown(value)} is not possible: it must be a number, {least:g} or more."
        )
    return float(value)  # type: ignore[arg-type]


def _is_finite(value: float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:
        return False


def switch(option: str, value: object) -> bool:
    """Return True or False, and nothing else.

    >>> switch("jitter", True)
    True
    """
    if not isinstance(value, bool):
        raise InvalidOption(f"{option}={shown(value)} is not possible: it is True or False.")
    return value


def names(option: str, value: object) -> tuple[str, ...]:
    """Return a tuple of names from one name, a text with commas, or a list of names.

    Anything that has a `name` (a Task) stands for its name.

    >>> names("after", "load, clean")
    ('load', 'clean')
    """
    if isinstance(value, str):
        return tuple(dict.fromkeys(part.strip() for part in value.split(",") if part.strip()))
    parts = value if isinstance(value, Iterable) and not hasattr(value, "parameters") else (value,)
    found: list[str] = []
    for part in parts:
        name = getattr(part, "name", part)
        if not isinstance(name, str):
            raise InvalidOption(f"{option}={shown(part)} is not possible: it takes names.")
        found.append(name)
    # A set has no order of its own that would be the same tomorrow.
    return tuple(dict.fromkeys(sorted(found) if isinstance(value, set | frozenset) else found))


def choice(option: str, value: object, known: Iterable[str]) -> str:
    """Return the one of `known` that `value` spells, with `-` or `_` between the words.

    >>> choice("trigger_rule", "all-done", ["all_success", "all_done"])
    'all_done'
    """
    known = list(known)
    text = (value if isinstance(value, str) else shown(value)).replace("-", "_")
    if text not in known:
        raise InvalidOption(
            f"{option}={shown(value)} is unknown.{did_you_mean(text, known)}\n"
            f"Choose one of: {', '.join(known)}."
        )
    return text


def shown(value: object) -> str:
    r"""Return `value` for a message: short, in one line, without an address.

    >>> shown("5\n6"), shown(object())
    ('"5\\n6"', '<object object>')
    """
    try:
        text = f'"{value}"' if isinstance(value, str) else _ADDRESS.sub("", repr(value))
    except Exception:  # noqa: BLE001 - any class may fail to describe itself
        text = f"<{type(value).__name__}>"
    text = text if text.isprintable() else ascii(text)[1:-1]
    return text if len(text) <= 60 else text[:57] + "..."


def _kind(value: object) -> str:
    return f"of type {type(value).__name__}"
