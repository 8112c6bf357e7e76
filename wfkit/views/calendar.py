"""Where are the round marks of a calendar? Ticks at hours, days or months of a time zone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import count

from wfkit.views.timeline import Tick

_MINUTES = (1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1_440, 2 * 1_440, 7 * 1_440, 14 * 1_440)
_MONTHS = (1, 3, 6, 12, 24, 60, 120)
_MONTH = 30.44 * 86_400


def calendar_ticks(start: float, end: float, where: tzinfo, most: int = 8) -> list[Tick]:
    """Return at most about `most` round marks in `start <= t <= end` (seconds since 1970, UTC).

    >>> [tick.text for tick in calendar_ticks(0.0, 86_400.0, UTC, 4)]
    ['1 Jan', '06:00', '12:00', '18:00', '2 Jan']
    >>> [tick.text for tick in calendar_ticks(0.0, 365 * 86_400.0, UTC, 4)]
    ['Jan 1970', 'Apr 1970', 'Jul 1970', 'Oct 1970', 'Jan 1971']
    """
    span = end - start
    minutes = next((it for it in _MINUTES if span <= it * 60 * most), None)
    found: dict[float, Tick] = {}
    steps = _even(start, end, where, minutes) if minutes else _months(start, end, where, most)
    for naive in steps:
        time = naive.replace(tzinfo=where).timestamp()
        if start <= time <= end:
            shown = datetime.fromtimestamp(time, UTC).astimezone(where)
            # A wall time that a gap leaves out is the same moment as another one: one mark.
            found[time] = Tick(time, _text(shown) if minutes else f"{shown:%b %Y}")
    return _with_date(list(found.values()), where)


def _with_date(ticks: list[Tick], where: tzinfo) -> list[Tick]:
    """Say at the first mark which day it is, where no other one does."""
    if ticks and all(":" in tick.text for tick in ticks):
        first = ticks[0]
        shown = datetime.fromtimestamp(first.at, UTC).astimezone(where)
        ticks[0] = first._replace(text=f"{shown.day} {shown:%b} {first.text}")
    return ticks


def _even(start: float, end: float, where: tzinfo, minutes: int) -> Iterator[datetime]:
    first = datetime.fromtimestamp(start, UTC).astimezone(where)
    midnight = first.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None, fold=0)
    last = datetime.fromtimestamp(end, UTC).astimezone(where).replace(tzinfo=None)
    step = timedelta(minutes=minutes)
    skipped = (first.replace(tzinfo=None) - midnight) // step if minutes < 1_440 else 0
    naive = midnight + skipped * step
    while naive <= last:
        yield naive
        naive += step


def _months(start: float, end: float, where: tzinfo, most: int) -> Iterator[datetime]:
    wanted = (end - start) / most / _MONTH
    step = next((it for it in _MONTHS if it >= wanted * 0.8), _MONTHS[-1])
    first = datetime.fromtimestamp(start, UTC).astimezone(where)
    last = datetime.fromtimestamp(end, UTC).astimezone(where).replace(tzinfo=None)
    for months in count((first.month - 1) // step * step, step):
        year, month = first.year + months // 12, months % 12 + 1
        naive = datetime(year, month, 1)  # noqa: DTZ001 - a wall time; its zone comes later
        if naive > last:
            return
        yield naive


def _text(shown: datetime) -> str:
    is_midnight = not (shown.hour or shown.minute)
    return f"{shown.day} {shown:%b}" if is_midnight else f"{shown:%H:%M}"
