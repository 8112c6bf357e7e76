"""What came of the Dag of lesson 10 in each engine? A table beside the lesson's data."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from tests.parity.environments import REQUIREMENTS
from wfkit.api.dag_run import DagRun
from wfkit.teach.recorded import recorded_file

RECORD = recorded_file()
ENGINES = [name.capitalize() for name in REQUIREMENTS]
NIGHTS = {
    "usual": "nightly_sales",
    "file lost": "nightly_sales_without_file",
    "file lost, checked": "nightly_sales_checked",
}
_NOTHING: Mapping[str, Any] = {"state": "", "attempts": 0}


class Recorded(NamedTuple):
    """One task in one run: its state is empty where the engine told nothing of it."""

    engine: str
    version: str
    night: str
    run: str
    task: str
    state: str
    attempts: str
    returned: str


def recorded(
    engine: str, found: Mapping[str, Any], runs: Mapping[str, DagRun]
) -> Iterator[Recorded]:
    """Yield what came of each task in an engine, in the order of the Dag."""
    version = found["version"].rpartition(" ")[2]
    for night, name in NIGHTS.items():
        told = found["runs"][name]
        for task in runs[name].graph.order:
            it = next(iter(told["tasks"].get(task, {}).values()), _NOTHING)
            came = (it["state"] or "", str(it["attempts"] or ""), _short(it.get("value")))
            yield Recorded(engine.capitalize(), version, night, told["state"], task, *came)


def _short(value: Any) -> str:
    if isinstance(value, dict) and "DataFrame" in value:
        return f"{len(value['index'])} rows"
    return "" if value is None else str(value)


def write(rows: Iterable[Recorded], path: Path = RECORD) -> None:
    """Write the table."""
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(Recorded._fields)
        table.writerows(rows)


def read(path: Path = RECORD) -> list[Recorded]:
    """Return the table, empty if there is none yet."""
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return [Recorded(**row) for row in csv.DictReader(file)]
