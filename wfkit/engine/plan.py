"""What is to be run: everything about a run that is known before it begins."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from hashlib import blake2b
from typing import Any

from wfkit.core.graph import Graph
from wfkit.engine.agenda import SeenFile
from wfkit.engine.faults import Effect, Faults
from wfkit.engine.fingerprint import fingerprint
from wfkit.engine.kept_params import learn, shown_params, withheld
from wfkit.engine.store import Store
from wfkit.engine.zones import data_version


@dataclass(frozen=True, kw_only=True)
class RunPlan:
    """What is to be run, and what its tasks may ask for.

    `earlier` holds results of other runs and `origins` the run_id of each, `pools` the slots of
    each pool, `deadline` the seconds after `due` (else the start of the run), or the time of day,
    at which it should have ended. `files` are those that the run is for, `arrivals` the moments
    (seconds since 1970, UTC) from which what a sensor waits for is there. `schedule` is the one
    of the Dag as text, empty where it has none.
    """

    dag: str
    graph: Graph
    run_id: str
    run_type: str = "manual"
    logical_date: datetime
    data_interval: tuple[datetime, datetime]
    params: Mapping[str, Any] = field(default_factory=dict)
    seed: int = 0
    earlier: Mapping[str, Any] = field(default_factory=dict)
    origins: Mapping[str, str] = field(default_factory=dict)
    pools: Mapping[str, int] = field(default_factory=dict)
    deadline: float | time | None = None
    faults: Faults = field(default_factory=Faults)
    due: datetime | None = None
    files: tuple[SeenFile, ...] = ()
    arrivals: Mapping[str, float] = field(default_factory=dict)
    schedule: str = ""

    def __post_init__(self) -> None:
        learn(self.params)

    def context(self) -> dict[str, Any]:
        """The values of the context names, but for `attempt`."""
        return {
            "logical_date": self.logical_date,
            "data_interval_start": self.data_interval[0],
            "data_interval_end": self.data_interval[1],
            "run_id": self.run_id,
            "params": dict(self.params),
            "files": [it.path for it in self.files],
        }

    def describe(self, executor: str, is_virtual: bool, now: float) -> dict[str, Any]:
        """The run as plain data, for its first event."""
        return (
            {
                "dag": self.dag,
                "run_type": self.run_type,
                "logical_date": self.logical_date.isoformat(),
                "data_interval": [moment.isoformat() for moment in self.data_interval],
                "params": shown_params(self.params),
                "seed": self.seed,
                "executor": executor,
                "clock": "virtual" if is_virtual else "system",
                "deadlines": self.deadlines(self.due.timestamp() if self.due else now),
                "broken": list(self.faults.tasks),
                "earlier": dict(self.origins),
                "upstream": {name: list(self.graph.upstream[name]) for name in self.graph.order},
                "code": self.code(),
            }
            | self._of_schedule()
            | self._withheld()
        )

    def _of_schedule(self) -> dict[str, Any]:
        where = self.logical_date.tzinfo
        told = {
            "due": self.due and self.due.isoformat(),
            "files": [list(it) for it in self.files],
            "schedule": self.schedule,
            "tzdata": self.schedule and where and data_version(where),
        }
        return {name: it for name, it in told.items() if it}

    def _withheld(self) -> dict[str, Any]:
        names = withheld(self.params)
        return {"withheld": names} if names else {}

    def deadlines(self, now: float) -> dict[str, float]:
        """When the run (under the empty name) and its tasks should have ended.

        A duration counts from `now`, a time of day is the next one in the zone of the run.
        """
        of_tasks = ((name, it.options.deadline) for name, it in self.graph.tasks.items())
        wanted = itertools.chain([("", self.deadline)], of_tasks)
        return {name: self._due(it, now) for name, it in wanted if it is not None}

    def _due(self, deadline: float | time, now: float) -> float:
        if not isinstance(deadline, time):
            return now + deadline
        here = datetime.fromtimestamp(now, self.logical_date.tzinfo)
        moment = here.replace(
            hour=deadline.hour, minute=deadline.minute, second=deadline.second, microsecond=0
        )
        return (moment if moment > here else moment + timedelta(days=1)).timestamp()

    def code(self) -> dict[str, str]:
        """A fingerprint of the code of each task."""
        prints: dict[Any, str] = {}
        found = {}
        for name in self.graph.order:
            function = self.graph.tasks[name].function
            key = getattr(function, "__code__", function)
            found[name] = prints.get(key) or prints.setdefault(key, fingerprint(function))
        return found

    def effect(self, task: str, map_index: int, attempt: int) -> Effect:
        """Return what is staged for an attempt: faults, and the arrival that a sensor waits for."""
        found = self.faults.effect(task, map_index, attempt)
        arrives = self.arrivals.get(task)
        return found if arrives is None else replace(found, arrives=arrives)

    def draw(self, task: str, map_index: int, attempt: int) -> float:
        """Return the number in [0, 1) that jitters the pause before an attempt.

        A hash of seed, run, task and attempt, so that it is the same every time.
        """
        text = f"{self.seed}\n{self.run_id}\n{task}\n{map_index}\n{attempt}"
        digest = blake2b(text.encode(), digest_size=7).digest()
        return int.from_bytes(digest, "big") / 2**56


def reserve_run_id(
    store: Store, dag: str, logical_date: datetime, created: float, kind: str = "manual"
) -> str:
    """Reserve and return the run_id of a run: its kind and its logical date.

    A date that already has one gets `_2`, `_3` and so on.
    """
    base = f"{kind}__{logical_date.isoformat()}"

    def is_free(run_id: str) -> bool:
        return store.add_run(dag, run_id, logical_date.isoformat(), created)

    run_id = base
    if not is_free(base):
        numbers = itertools.count(store.count_runs(dag, base) + 1)
        run_id = next(it for number in numbers if is_free(it := f"{base}_{number}"))
    store.commit()
    return run_id
