"""When does what a sensor or a schedule waits for arrive, in a simulation?"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

from wfkit.api.declaring import DeclaredDag
from wfkit.api.moments import moment, utc, zone
from wfkit.core.errors import InvalidOption, did_you_mean
from wfkit.core.options import shown
from wfkit.core.schedules import OnFile

_TIME = re.compile(r"\d{1,2}:\d\d(:\d\d)?", re.ASCII)
_DAY = timedelta(days=1)
Arrival = str | date | time
Arrivals = Mapping[str, Arrival | Sequence[Arrival]]


@dataclass(frozen=True)
class Arriving:
    """One thing that arrives, at moments or at times of each day in the zone `where`."""

    name: str
    when: tuple[datetime | time, ...]
    where: tzinfo

    def fits(self, pattern: str) -> bool:
        """Return True if it is a file that a schedule with this pattern waits for."""
        return fnmatch.fnmatchcase(self.name, pattern)

    def for_run(self, due: datetime) -> float:
        """Return from when a run that is due then finds it, in seconds since 1970 (UTC).

        That is the next arrival, or at once where the last one has passed.
        """
        moments = [it for it in self.when if isinstance(it, datetime)]
        times = [it for it in self.when if isinstance(it, time)]
        found = [*moments, *self._daily(times, due, due + 2 * _DAY)]
        return min((it.timestamp() for it in found if utc(it) >= due), default=0.0)

    def between(self, after: datetime, until: datetime) -> list[datetime]:
        """Return the arrivals for which after < arrival <= until, in order (UTC)."""
        moments = [it for it in self.when if isinstance(it, datetime)]
        times = [it for it in self.when if isinstance(it, time)]
        found = map(utc, [*moments, *self._daily(times, after, until)])
        return sorted(it for it in found if after < it <= until)

    def _daily(self, times: Iterable[time], begin: datetime, end: datetime) -> Iterator[datetime]:
        first, last = (it.astimezone(self.where).date() for it in (begin, end))
        for count in range((last - first).days + 1):
            for it in times:
                yield datetime.combine(first + count * _DAY, it, self.where)


def arriving(dags: Sequence[DeclaredDag], arrivals: Arrivals | None) -> list[Arriving]:
    """Return what arrives for these Dags, checked.

    Raises InvalidOption for what neither a sensor nor a schedule of theirs waits for.
    """
    known = [name for dag in dags for name in _waited_for(dag)]
    found = []
    for name, when in (arrivals or {}).items():
        if not any(fnmatch.fnmatchcase(name, it) for it in known):
            waits = f"They wait for: {', '.join(known)}." if known else "Nothing waits."
            raise InvalidOption(
                f'arrivals: no sensor and no schedule waits for "{name}".'
                f"{did_you_mean(name, known)}\n{waits}"
            )
        where = zone(dags[0].options.timezone)
        parts = when.split(",") if isinstance(when, str) else when
        listed = parts if isinstance(parts, Sequence) else [parts]
        found.append(Arriving(name, tuple(_when(name, it, where) for it in listed), where))
    return found


def _waited_for(dag: DeclaredDag) -> Iterator[str]:
    yield from (name for name, it in dag.tasks.items() if it.options.sensor)
    if isinstance(dag.options.schedule, OnFile):
        yield dag.options.schedule.pattern


def _when(name: str, value: Arrival, where: tzinfo) -> datetime | time:
    if isinstance(value, time):
        return value
    if isinstance(value, str) and _TIME.fullmatch(value.strip()):
        try:
            return time.fromisoformat(value.strip().rjust(5, "0"))
        except ValueError:
            raise InvalidOption(
                f"arrivals: {name}={shown(value)} is no time of day.\nWrite 04:10."
            ) from None
    return moment(f"arrivals: {name}", value, where)
