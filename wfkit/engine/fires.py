"""When does a cron text fire in a time zone, also in the nights when its clocks change?

As cron in Debian does it. An expression whose minute or hour begins with a star follows the wall
clock minute by minute: what lies in a gap is left out, what comes twice fires twice. One with
fixed times fires once: at the first moment after a gap that hides its time (all such times
together), and the first time where its time comes twice. A jump of three hours or more is a
correction of the clock, not summer time: nothing is made up for.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import NamedTuple

from cronsim import CronSim

from wfkit.core.cron import Cron
from wfkit.engine.zones import changes

_SECOND = timedelta(seconds=1)
_CORRECTION = timedelta(hours=3)
_YEAR = timedelta(days=366)
END = datetime(9900, 1, 1, tzinfo=UTC)
"""Nothing is due any more: a rare day is looked for fifty years ahead, and years end with 9999."""


class _Stretch(NamedTuple):
    """A time in which the clock is not changed, and by how much it jumped at its beginning."""

    begin: datetime
    end: datetime
    jump: timedelta


def fires(cron: Cron, where: tzinfo, after: datetime) -> Iterator[datetime]:
    """Yield the moments (UTC) after `after` at which `cron` fires in the zone `where`.

    >>> from wfkit.engine.zones import zone
    >>> here = zone("Europe/London")
    >>> nightly = fires(Cron.parse("30 1 * * *"), here, datetime(1997, 3, 29, tzinfo=here))
    >>> [next(nightly).isoformat() for night in range(3)]
    ['1997-03-29T01:30:00+00:00', '1997-03-30T01:00:00+00:00', '1997-03-31T00:30:00+00:00']
    """
    last = after = after.astimezone(UTC)
    for stretch in _stretches(where, after):
        offset = stretch.begin.astimezone(where).utcoffset() or timedelta()
        for moment in _of_stretch(cron, stretch, offset):
            if moment > last:
                last = moment
                yield moment


def _stretches(where: tzinfo, after: datetime) -> Iterator[_Stretch]:
    # What a fold repeats must be known as such also from the middle of the second time.
    begin, jump = after - _CORRECTION, timedelta()
    while begin < END:
        end = min(begin + _YEAR, END)
        for change in changes(where, begin, end):
            yield _Stretch(begin, change.moment, jump)
            begin, jump = change
        yield _Stretch(begin, end, jump)
        begin, jump = end, timedelta()


def _of_stretch(cron: Cron, stretch: _Stretch, offset: timedelta) -> Iterator[datetime]:
    """Yield the fires of a stretch; times of a gap before it count for its first moment."""
    wall_begin, wall_end = (it.replace(tzinfo=None) + offset for it in stretch[:2])
    is_made_up = cron.is_fixed and abs(stretch.jump) < _CORRECTION
    first, repeated = wall_begin, wall_begin
    if is_made_up:
        first, repeated = wall_begin - max(stretch.jump, timedelta()), wall_begin - stretch.jump
    for wall in _walls(cron, first):
        if wall >= wall_end:
            return
        if wall >= repeated or stretch.jump > timedelta():
            yield stretch.begin if wall < wall_begin else (wall - offset).replace(tzinfo=UTC)


def _walls(cron: Cron, first: datetime) -> Iterator[datetime]:
    """Yield what the wall clock shows at each fire from `first` on, if it is never changed."""
    midnight = datetime.combine(first.date(), time())
    for day in CronSim(cron.at_midnight(), midnight - _SECOND):
        for since_midnight in cron.times:
            if (wall := day + since_midnight) >= first:
                yield wall
