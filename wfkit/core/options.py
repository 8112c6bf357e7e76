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
_ALMOST_TIME = re.compile(r"(\d?\d)(?::(\d\d))?(?: ?(am|pm))?", re.ASCII | re.IGNORECASE)
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)", re.ASCII)
_ALMOST_DURATION = re.compile(r"(\d+(?:\.\d+)?) ?([a-z]+)(?: and |,? )?", re.ASCII)
_SPELLINGS = {
    "ms": "ms msec millisecond milliseconds",
    "s": "s sec secs second seconds",
    "m": "m min mins minute minutes",
    "h": "h hr hrs hour hours",
    "d": "d day days",
}
_UNIT_OF = {word: unit for unit, words in _SPELLINGS.items() for word in words.split()}
_WAYS = "Write a number with a unit: 30s, 5m, 2h or 1d."
_WAYS_OR_TIME = "Write a number with a unit, such as 2h, or a time of day, such as 06:00."


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
    return _seconds(option, value, _WAYS)


def _seconds(option: str, value: object, ways: str) -> float:
    if isinstance(value, timedelta):
        value = value.total_seconds()
    if isinstance(value, str):
        value = _seconds_of_text(option, value, ways)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _not_a_duration(option, value, f": it is {_kind(value)}", ways)
    if not _is_finite(value) or value < 0:
        raise _not_a_duration(option, value, ": it must be zero or more", ways)
    return float(value)


def due(option: str, value: object) -> float | time:
    """Return a deadline: a duration in seconds, or the time of day of a text such as 06:00.

    >>> due("deadline", "2h"), due("deadline", "06:00")
    (7200.0, datetime.time(6, 0))
    """
    if isinstance(value, time):
        return value
    if isinstance(value, str) and (almost := _ALMOST_TIME.fullmatch(value.strip())):
        is_time = ":" in value or almost[3]
        if is_time and not _TIME_OF_DAY.fullmatch(value.strip()):
            raise _no_time_of_day(option, value, time_meant(*almost.groups()))
    if isinstance(value, str) and _TIME_OF_DAY.fullmatch(value.strip()):
        try:
            return time.fromisoformat(value.strip())
        except ValueError:
            raise _no_time_of_day(option, value, "06:00") from None
    found = _seconds(option, value, _WAYS_OR_TIME)
    if not found:
        raise InvalidOption(f"{option}=0 leaves no time at all.\nWrite 2h, or 06:00.")
    return found


def _no_time_of_day(option: str, value: str, right: str) -> InvalidOption:
    return InvalidOption(f"{option}={shown(value)} is no time of day.\nWrite {right}.")


def time_meant(hour: str, minute: str | None, half: str | None) -> str:
    """Return how a time is spelled that was written as 6:00, 6am or 6:30 pm."""
    number = int(hour)
    if half:
        number = number % 12 + (12 if half.casefold() == "pm" else 0)
    fits = number < 24 and int(minute or 0) < 60 and not (half and int(hour) > 12)
    return f"{number:02}:{minute or '00'}" if fits else "06:00"


def _seconds_of_text(option: str, text: str, ways: str) -> float:
    parts = _DURATION.findall(text[:_LONGEST_TEXT])
    if not parts or "".join(number + unit for number, unit in parts) != text.strip():
        raise _no_duration_in(option, text, ways)
    return sum(float(number) * _UNITS[unit] for number, unit in parts)


def _no_duration_in(option: str, text: str, ways: str) -> InvalidOption:
    if meant := _duration_meant(text[:_LONGEST_TEXT].strip().casefold()):
        return _not_a_duration(option, text, "", f"Write {meant}.")
    missing = re.fullmatch(r"\s*\d+(\.\d+)?\s*", text, re.ASCII)
    cause = "the unit is missing" if missing else "it has no meaning"
    return _not_a_duration(option, text, f": {cause}", ways)


def _duration_meant(text: str) -> str:
    """Return how a duration is spelled that was written as 30sec or 1 hour and 5 minutes."""
    parts = list(_ALMOST_DURATION.finditer(text))
    is_whole = "".join(part[0] for part in parts) == text
    if not parts or not is_whole or any(part[2] not in _UNIT_OF for part in parts):
        return ""
    return "".join(part[1] + _UNIT_OF[part[2]] for part in parts)


def _not_a_duration(option: str, value: object, cause: str, ways: str) -> InvalidOption:
    return InvalidOption(f"{option}={shown(value)} is not a duration{cause}.\n{ways}")


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
