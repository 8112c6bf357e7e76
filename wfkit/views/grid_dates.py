"""What stands over the columns of the grid? Dates, as short as they are still told apart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from wfkit.views.shapes import words_width


class Over(NamedTuple):
    """A text over the column of this number."""

    column: int
    text: str


class Heads(NamedTuple):
    """Two lines: `above` begins where a day or a month does, `below` is for each column.

    `time` is the time of day that all columns share, if they do.
    """

    above: list[Over]
    below: list[Over]
    time: str = ""


def heads(dates: Sequence[str], width: float) -> Heads:
    """Return what stands over columns of this width, for dates as ISO 8601 text.

    >>> heads(["1997-03-31T01:30:00+01:00", "1997-04-01T01:30:00+01:00"], 60)
    Heads(above=[Over(column=0, text='Mar 1997'), Over(column=1, text='Apr')], \
below=[Over(column=0, text='31'), Over(column=1, text='1')], time='01:30')
    """
    moments = [_moment(date) for date in dates]
    known = [it for it in moments if it]
    days = [it.date() for it in known]
    is_daily = len(set(days)) == len(days)
    times = {f"{it:%H:%M}" for it in known}
    below = [_below(it, is_daily) if it else "" for it in moments]
    above = _spread(list(_changes(moments, is_daily)), len(dates), width)
    time = times.pop() if is_daily and len(times) == 1 else ""
    return Heads(above, _thinned(below, width), time)


def _moment(date: str) -> datetime | None:
    try:
        return datetime.fromisoformat(date)
    except ValueError:
        return None


def _below(moment: datetime, is_daily: bool) -> str:
    return str(moment.day) if is_daily else f"{moment:%H:%M}"


class _Change(NamedTuple):
    """Over this column another month or day begins."""

    column: int
    text: str
    year: int


def _changes(moments: Sequence[datetime | None], is_daily: bool) -> Iterator[_Change]:
    last: tuple[int, ...] = ()
    for column, it in enumerate(moments):
        if it is None:
            continue
        now = (it.year, it.month) if is_daily else (it.year, it.month, it.day)
        if now != last:
            yield _Change(column, f"{it:%b}" if is_daily else f"{it.day} {it:%b}", it.year)
            last = now


def _spread(found: Sequence[_Change], count: int, width: float) -> list[Over]:
    """Return those texts that end before the next one begins, with the year where it is new."""
    ends = [change.column for change in found[1:]] + [count + 4]
    over, told = [], 0
    for it, end in zip(found, ends, strict=False):
        room = (end - it.column) * width - 8
        texts = [it.text] if it.year == told else [f"{it.text} {it.year}", it.text]
        fitting = [text for text in texts if words_width(text, 10) <= room]
        if fitting:
            over.append(Over(it.column, fitting[0]))
            told = it.year if fitting[0] == texts[0] else told
    return over


def _thinned(texts: Sequence[str], width: float) -> list[Over]:
    """Return every n-th text, so that none touches another; the newest always."""
    widest = max(map(words_width, texts), default=0.0) * 0.85 + 3
    step = max(1, -(-int(widest) // int(max(width, 1))))
    kept = range(len(texts) - 1, -1, -step)
    return [Over(column, texts[column]) for column in sorted(kept) if texts[column]]
