"""What can make a run due? A cron text, a steady beat, a file that arrives, another Dag's success.

Each is a value, and has a form as text that means the same.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from wfkit.core import options as check
from wfkit.core.cron import WEEKDAYS, Cron
from wfkit.core.cron_words import in_words
from wfkit.core.errors import InvalidOption
from wfkit.core.options import shown

_TEXT = re.compile(r"\s*(every|file|after)(?:\s+(.*))?", re.DOTALL | re.IGNORECASE)
_AT = re.compile(r"(?:(\w+)\s+)?at\s+(\d{1,2})(?::(\d\d))?\s*(am|pm)?", re.ASCII | re.IGNORECASE)
_SHORTEST = 0.01
_LONGEST = 36_500 * 86_400.0


@dataclass(frozen=True)
class Every:
    """A steady beat: `Every("1h")`, as text `every 1h`.

    `interval` is a duration: text such as 30s 5m 2h 1d, a timedelta, or seconds. It is counted
    from the start date of the Dag, else from 1970-01-01 UTC, and does not follow summer time:
    a time of day is said by a cron text.

    >>> Every("90m").interval
    5400.0
    """

    interval: float

    def __init__(self, interval: str | float | timedelta) -> None:
        # Its text form counts milliseconds, and means the same.
        found = round(check.seconds("every", interval), 3)
        if found < _SHORTEST:
            raise InvalidOption(
                f"every={shown(interval)} is too short for a schedule: at least {_SHORTEST:g} s."
            )
        if found > _LONGEST:
            raise InvalidOption(
                f"every={shown(interval)} is too long for a schedule: at most 36500d."
            )
        object.__setattr__(self, "interval", found)

    def __str__(self) -> str:
        return f"every {spelled(self.interval)}"


@dataclass(frozen=True)
class OnFile:
    """A file that is new or has changed: `OnFile("inbox/*.csv")`, as text `file inbox/*.csv`.

    `pattern` is a path that may hold * and ? in its last part, and ** for any folders. All files
    that have settled (no change for a second) make one run; it finds them in `files`.
    """

    pattern: str

    def __post_init__(self) -> None:
        text: object = self.pattern
        if not isinstance(text, str) or not text.strip() or not text.isprintable():
            raise InvalidOption(f"file={shown(text)} is no path.\nWrite one, such as inbox/*.csv.")
        object.__setattr__(self, "pattern", text.strip())

    def __str__(self) -> str:
        return f"file {self.pattern}"


@dataclass(frozen=True)
class OnSuccess:
    """The success of another Dag: `OnSuccess("sales")`, as text `after sales`."""

    dag: str

    def __post_init__(self) -> None:
        # A Dag stands for its name.
        name = getattr(self.dag, "name", self.dag)
        if not isinstance(name, str) or not name.strip() or not name.isprintable():
            raise InvalidOption(f"after={shown(self.dag)} is no Dag.\nWrite the name of one.")
        object.__setattr__(self, "dag", name.strip())

    def __str__(self) -> str:
        return f"after {self.dag}"


def _every(text: str) -> Every:
    if found := _AT.fullmatch(text):
        raise InvalidOption(_meant(text, *found.groups()))
    return Every(text)


def _meant(text: str, day: str | None, hour: str, minute: str | None, half: str | None) -> str:
    """Return what to write for a time of day."""
    names = [it for it in WEEKDAYS if (day or "").casefold().startswith(it)]
    time = check.time_meant(hour, minute, half).split(":")
    cron = Cron.parse(f"{int(time[1])} {int(time[0])} * * {names[0] if names else '*'}")
    return (
        f"schedule={shown(f'every {text}')} is no steady beat.\n"
        f'A time of day takes cron text: "{cron}" is {in_words(cron)}.'
    )


Schedule = Cron | Every | OnFile | OnSuccess
_FORMS: dict[str, Callable[[str], Schedule]] = {"every": _every, "file": OnFile, "after": OnSuccess}


def schedule(value: object) -> Schedule | None:
    """Return the schedule that a text or a value stands for; None is no schedule.

    Raises InvalidOption for anything else.

    >>> schedule("every 1h")
    Every(interval=3600.0)
    >>> str(schedule("30 1 * * *"))
    '30 1 * * *'
    """
    if value is None or isinstance(value, Schedule):
        return value
    if isinstance(value, timedelta):
        return Every(value)
    if not isinstance(value, str):
        raise InvalidOption(
            f"schedule={shown(value)} is not possible.\n"
            'Write cron text such as "30 1 * * *", "every 1h", "file inbox/*.csv" or "after sales".'
        )
    form = _TEXT.fullmatch(value)
    return _FORMS[form[1].lower()]((form[2] or "").strip()) if form else Cron.parse(value)


def describe(it: Schedule) -> str:
    """Return in plain words when runs are due.

    >>> describe(Every("1h")), describe(OnFile("inbox/*.csv")), describe(OnSuccess("sales"))
    ('every hour', 'when a file inbox/*.csv arrives', 'after each success of sales')
    """
    if isinstance(it, Cron):
        return in_words(it)
    if isinstance(it, OnFile):
        return f"when a file {it.pattern} arrives"
    if isinstance(it, OnSuccess):
        return f"after each success of {it.dag}"
    return f"every {_beat(it.interval)}"


def _beat(seconds: float) -> str:
    if seconds == 86_400:
        # A day may have 23 hours; a steady beat has not.
        return "24 hours"
    for unit, size in (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1)):
        count, rest = divmod(seconds, size)
        if not rest:
            return unit if count == 1 else f"{count:.0f} {unit}s"
    return spelled(seconds)


def spelled(seconds: float) -> str:
    """Return a duration as it is written in options.

    >>> spelled(5400.0), spelled(86400.0), spelled(0.25)
    ('1h30m', '1d', '250ms')
    """
    left, parts = round(seconds * 1000), []
    for unit, size in (("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)):
        count, left = divmod(left, size)
        parts += [f"{count}{unit}"] if count else []
    return "".join(parts) or "0s"
