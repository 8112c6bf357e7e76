"""Runs without a Dag around them: a plan, an executor, a clock, a store, a bus."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from wfkit.core.events import Event
from wfkit.core.graph import Graph
from wfkit.core.run import RunSnapshot, fold
from wfkit.core.states import RunState
from wfkit.core.task import Task
from wfkit.engine.bus import Bus
from wfkit.engine.clock import Clock, SystemClock, VirtualClock
from wfkit.engine.executors.choice import make_executor
from wfkit.engine.plan import RunPlan, reserve_run_id
from wfkit.engine.runner import Runner
from wfkit.engine.store import MemoryStore, Store

DAY = datetime(1997, 1, 1, tzinfo=UTC)
PATIENCE = 10.0


class Drive:
    """One run: `run` drives it on this thread, `begin` on another one."""

    def __init__(
        self,
        tasks: Iterable[Task],
        executor: str = "serial",
        *,
        slots: int = 4,
        clock: Clock | None = None,
        store: Store | None = None,
        only: Sequence[str] = (),
        **plan: Any,
    ) -> None:
        virtual = VirtualClock(DAY.timestamp())
        self.clock = clock or (virtual if executor == "serial" else SystemClock())
        self.store = store or MemoryStore()
        whole = Graph(tasks, plan.get("params", ()))
        self.graph = whole.subgraph(only) if only else whole
        self.run_id = reserve_run_id(self.store, "sales", DAY, self.clock.now())
        self.bus = Bus()
        self._name = executor
        self.plan = RunPlan(
            dag="sales",
            graph=self.graph,
            run_id=self.run_id,
            logical_date=DAY,
            data_interval=(DAY, DAY),
            **plan,
        )
        slots_of = make_executor(executor, slots, self.clock)
        self.runner = Runner(self.plan, slots_of, self.clock, self.store, self.bus)
        self.error: BaseException | None = None
        self._thread = threading.Thread(target=self._drive, daemon=True)

    def run(self) -> Drive:
        with self.store.writing():
            self.runner.start(self._name)
        return self

    def begin(self) -> Drive:
        self._thread.start()
        return self

    def end(self) -> Drive:
        self._thread.join(PATIENCE)
        assert not self._thread.is_alive(), "the run hangs"
        return self

    def _drive(self) -> None:
        try:
            self.run()
        except BaseException as error:  # noqa: BLE001 - a test asks for it
            self.error = error

    @property
    def state(self) -> RunState:
        return self.runner.state

    @property
    def events(self) -> list[Event]:
        return self.store.events("sales", self.run_id)

    @property
    def snapshot(self) -> RunSnapshot:
        return fold(self.events)

    @property
    def results(self) -> dict[str, Any]:
        return {name: value for (name, _), value in self.runner._inputs.results.items()}

    def states(self) -> dict[str, str]:
        return {it.task: it.state.value for it in self.snapshot.instances.values()}

    def story(self) -> list[tuple[float, str | None, str]]:
        """The events as (seconds since the start, task, state)."""
        start = self.events[0].time
        return [(e.time - start, e.task, e.to_state or e.type) for e in self.events]

    def lines(self) -> list[tuple[str, int, str]]:
        found = self.store.lines("sales", self.run_id)
        return [(line.task, line.attempt, line.text) for line in found]


class Note:
    """A list that several threads write to."""

    def __init__(self) -> None:
        self.all: list[Any] = []
        self._lock = threading.Lock()

    def __call__(self, it: Any) -> None:
        with self._lock:
            self.all.append(it)


def tasks_of(*functions: Any) -> Sequence[Task]:
    return [it if isinstance(it, Task) else Task(it) for it in functions]
