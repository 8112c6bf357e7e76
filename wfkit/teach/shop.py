"""What does the shop of the lessons export? Real purchases in daily files, with dirt on demand.

The purchases are those of an online shop for CDs, 1997-01-01 to 1998-06-30 (Fader and Hardie's
CDNOW data set). Files depend on nothing but the arguments: same seed, same bytes.
"""

from __future__ import annotations

import gzip
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from random import Random
from typing import NamedTuple

from wfkit.core.errors import InvalidOption
from wfkit.core.options import choice, count
from wfkit.teach.lessons import lessons_root

HEADER = "customer_id,date,quantity,amount"
DIRT = ("late", "empty", "duplicated", "malformed")
"""Kinds of dirt: the file is not there yet (it waits in the folder `late`); it has no rows;
some rows came twice; some amounts are text such as $11.77."""

_MOST_SCALE = 1_000_000
_NEW_CUSTOMERS = 100_000


class Drop(NamedTuple):
    """One day's file: `rows` counts lines without the header, `dirt` is None if it is clean."""

    day: date
    path: Path
    rows: int
    dirt: str | None = None


class Drops(tuple[Drop, ...]):
    """The files of some days, in order."""

    __slots__ = ()

    def __repr__(self) -> str:
        first, last = self[0], self[-1]
        files = "1 file" if len(self) == 1 else f"{len(self)} files"
        days = f"{first.day}" if len(self) == 1 else f"{first.day} to {last.day}"
        return f"{files} with {sum(d.rows for d in self):,} purchases, {days}"


def daily_drops(
    folder: str | Path,
    start: str | date,
    end: str | date | None = None,
    *,
    seed: int = 1997,
    dirt: Mapping[str, str] | Iterable[str] = (),
    scale: int = 1,
) -> Drops:
    """Write one CSV file a day into `folder`, and return what was written.

    The days are `start` up to but not including `end`; without `end` just the one. `dirt` maps
    days to kinds (see `DIRT`); given as a list of kinds, the seed picks a day for each. The seed
    also picks the rows that get dirty. `scale` repeats each day so many times, each time with
    other customers: 1,000 makes the whole data set about 2 GB.

    Raises InvalidOption for days without data, and for an unknown kind of dirt.
    """
    days = _days(_day("start", start), None if end is None else _day("end", end))
    kinds = _kinds(days, dirt, seed)
    count("scale", scale, least=1, most=_MOST_SCALE)
    return Drops(_write(Path(folder), day, kinds.get(day), seed, scale) for day in days)


@cache
def purchases() -> Mapping[date, Sequence[str]]:
    """Return the lines of all purchases by day, as they stand in the data set."""
    found: dict[date, list[str]] = {}
    with gzip.open(lessons_root() / "notebooks/data/cdnow.csv.gz", "rt", encoding="ascii") as file:
        next(file)
        for line in file:
            text = line.rstrip("\n")
            found.setdefault(date.fromisoformat(text.split(",")[1]), []).append(text)
    return found


def _day(option: str, value: str | date) -> date:
    try:
        day = value if isinstance(value, date) else date.fromisoformat(value)
    except ValueError:
        raise InvalidOption(f'{option}="{value}" is not a day: write it as 1997-01-05.') from None
    return date(day.year, day.month, day.day)


def _days(start: date, end: date | None) -> list[date]:
    last = start if end is None else end - timedelta(days=1)
    first_known, last_known = min(purchases()), max(purchases())
    if not first_known <= start <= last <= last_known:
        raise InvalidOption(
            f"the shop has no files from {start} to {last}.\n"
            f"Choose days between {first_known} and {last_known}, the earlier one first."
        )
    return [start + timedelta(days=n) for n in range((last - start).days + 1)]


def _kinds(
    days: Sequence[date], dirt: Mapping[str, str] | Iterable[str], seed: int
) -> dict[date, str]:
    if isinstance(dirt, Mapping):
        chosen = {_day("dirt", day): choice("dirt", kind, DIRT) for day, kind in dirt.items()}
    else:
        kinds = [choice("dirt", kind, DIRT) for kind in dirt]
        chosen = dict(zip(_draw(days, len(kinds), _chance(f"days {seed}")), kinds, strict=True))
    if not chosen.keys() <= set(days):
        outside = min(chosen.keys() - set(days))
        raise InvalidOption(f"dirt on {outside} is not possible: no file is written for that day.")
    return chosen


def _chance(seed: str) -> Random:
    return Random(seed)  # noqa: S311 - dirt that repeats, no secrets


def _draw(days: Sequence[date], number: int, chance: Random) -> list[date]:
    if number > len(days):
        raise InvalidOption(f"{number} kinds of dirt need {number} days, not {len(days)}.")
    # Only Random.random() is promised to stay the same in later Pythons.
    order = sorted(range(len(days)), key=lambda _: chance.random())
    return [days[n] for n in sorted(order[:number])]


def _write(folder: Path, day: date, kind: str | None, seed: int, scale: int) -> Drop:
    on_time, late = folder / f"{day}.csv", folder / "late" / f"{day}.csv"
    path, other = (late, on_time) if kind == "late" else (on_time, late)
    other.unlink(missing_ok=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}")
    rows = 0
    with part.open("w", encoding="ascii", newline="\n") as file:
        file.write(f"{HEADER}\n")
        for row in _rows(day, kind, _chance(f"{day} {seed}"), scale):
            file.write(f"{row}\n")
            rows += 1
    part.replace(path)
    return Drop(day, path, rows, kind)


def _rows(day: date, kind: str | None, chance: Random, scale: int) -> Iterator[str]:
    for copy in range(scale):
        rows = [_of_other_customer(row, copy) for row in purchases()[day]]
        yield from _DIRTY.get(kind or "", _clean)(rows, chance)


def _of_other_customer(row: str, copy: int) -> str:
    if not copy:
        return row
    customer, _, rest = row.partition(",")
    return f"{int(customer) + copy * _NEW_CUSTOMERS},{rest}"


def _clean(rows: Sequence[str], _: Random) -> Sequence[str]:
    return rows


def _empty(_rows: Sequence[str], _: Random) -> Sequence[str]:
    return ()


def _duplicated(rows: Sequence[str], chance: Random) -> Sequence[str]:
    return [row for row in rows for _ in range(2 if chance.random() < 0.1 else 1)]


def _malformed(rows: Sequence[str], chance: Random) -> Sequence[str]:
    hit = int(chance.random() * len(rows))
    return [
        _with_dollar(row) if n == hit or chance.random() < 0.02 else row
        for n, row in enumerate(rows)
    ]


def _with_dollar(row: str) -> str:
    head, _, amount = row.rpartition(",")
    return f"{head},${amount}"


_DIRTY: Mapping[str, Callable[[Sequence[str], Random], Sequence[str]]] = {
    "empty": _empty,
    "duplicated": _duplicated,
    "malformed": _malformed,
}
