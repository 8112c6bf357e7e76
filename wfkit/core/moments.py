"""How is a moment told to people?"""

from __future__ import annotations

from datetime import datetime


def moment_words(moment: datetime) -> str:
    """Return a moment with its zone, to the minute; more only if it has seconds, or parts of one.

    >>> from datetime import UTC
    >>> moment_words(datetime(1997, 1, 2, 1, 30, tzinfo=UTC))
    '1997-01-02 01:30 UTC'
    >>> moment_words(datetime(1997, 1, 2, 1, 30, 5, 250_000, tzinfo=UTC))
    '1997-01-02 01:30:05.250 UTC'
    """
    return f"{local_words(moment)} {moment:%Z}"


def local_words(moment: datetime) -> str:
    """Return what calendar and clock on the wall show at a moment.

    >>> local_words(datetime(1997, 1, 2, 1, 30, 5))
    '1997-01-02 01:30:05'
    """
    unit = "milliseconds" if moment.microsecond else "seconds" if moment.second else "minutes"
    return moment.replace(tzinfo=None).isoformat(" ", unit)
