"""How long does a simulated schedule take? A year of fires, a month of nights, cost per fire.

    python -m tests.benchmarks.calendar

The aims: a year of */5 (105,000 fires of a Dag without tasks) in 5 s, 30 nights of six tasks in
2 s plus what their bodies take, and a cost per fire that is the same for 1,000 as for 100,000.
Where other work takes the processor away, the processor time and the best time say more.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import NamedTuple

from wfkit import Dag
from wfkit.core.task import Task

TIMES = 5
BEGIN = datetime(1997, 1, 1, tzinfo=UTC)
SCHEDULE = "*/5 * * * *"
FIRES = (1_000, 10_000, 100_000)
NIGHTS = 30


class Cost(NamedTuple):
    """Seconds: on the wall, and of the processor."""

    wall: float
    processor: float


def main() -> None:
    empty = Dag("benchmark", schedule=SCHEDULE, timezone="Europe/London", start_date=BEGIN)
    works = {
        f"a year of {SCHEDULE}": partial(_fires, empty, 365 * 24 * 12),
        f"{NIGHTS} nights of six tasks": partial(_nights, _nightly()),
        **{_told(number): partial(_repeated, empty, number) for number in FIRES},
    }
    found: dict[str, list[Cost]] = {name: [] for name in works}
    for _ in range(TIMES):
        # They take turns, so that load hits them alike.
        for name, work in works.items():
            found[name].append(_cost(work))
    for name, costs in found.items():
        print(f"{name:26}{_shown(costs)}")
    used = [statistics.median(it.processor for it in found[_told(number)]) for number in FIRES]
    told = ", ".join(f"{it / max(FIRES) * 1e6:.1f}" for it in used)
    print(f"microseconds of the processor for each fire: {told}")


def _cost(work: Callable[[], None]) -> Cost:
    wall, processor = time.perf_counter(), time.process_time()
    work()
    return Cost(time.perf_counter() - wall, time.process_time() - processor)


def _shown(costs: Sequence[Cost]) -> str:
    wall, processor = map(statistics.median, zip(*costs, strict=True))
    best = min(it.wall for it in costs)
    return f"{wall:6.2f} s (processor {processor:.2f} s), at best {best:.2f} s"


def _fires(dag: Dag, number: int) -> None:
    played = dag.simulate(start=BEGIN, end=BEGIN + number * timedelta(minutes=5))
    assert abs(len(played.runs) - number) <= 1


def _told(number: int) -> str:
    return f"{max(FIRES) // number} x {number:,} fires"


def _repeated(dag: Dag, number: int) -> None:
    """Play so often that it is the same number of fires each time, and as long a measurement."""
    for _ in range(max(FIRES) // number):
        _fires(dag, number)


def _nights(dag: Dag) -> None:
    played = dag.simulate(start=BEGIN, days=NIGHTS + 1)
    assert [run["t5"] for run in played.runs] == [5] * NIGHTS


def _nightly() -> Dag:
    """Six tasks in a line."""
    tasks = [Task(_first, name="t0")]
    tasks += [Task(_next, name=f"t{i}", inputs={"x": f"t{i - 1}"}) for i in range(1, 6)]
    return Dag("nightly", tasks, schedule="30 1 * * *", timezone="Europe/London", start_date=BEGIN)


def _first() -> int:
    return 0


def _next(x: int) -> int:
    return x + 1


if __name__ == "__main__":
    main()
