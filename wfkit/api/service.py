"""Who starts the runs of Dags that are served? One scheduler for each store of this process."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import partial
from weakref import WeakKeyDictionary

from wfkit.api.dag_run import DagRun
from wfkit.api.declaring import DeclaredDag
from wfkit.api.launch import RunRequest, chosen_tasks, order_for
from wfkit.api.resume import resume_run
from wfkit.api.schedule import known_schedule
from wfkit.core.recovery import was_cut_off
from wfkit.core.schedules import OnFile
from wfkit.core.states import RunState
from wfkit.engine.agenda import Agenda, Occasion, SeenFile
from wfkit.engine.clock import Clock, SystemClock
from wfkit.engine.scheduler import FilesArrived, Left, RunEnded, Scheduler, Served
from wfkit.engine.store import RunRecord, Store
from wfkit.engine.timetable import Interval, Timetable
from wfkit.engine.watcher import FileWatcher

PATIENCE = 10.0
"""Seconds that runs get to end when the scheduler is stopped."""

_LOOKED_BACK = 100
_services: WeakKeyDictionary[Store, Service] = WeakKeyDictionary()
_lock = threading.Lock()


def service_of(store: Store) -> Service:
    """Return the service of a store, begun if there is none.

    Raises StoreBusy where another process writes to the store.
    """
    with _lock:
        found = _services.get(store)
        if found is None or not found.is_running:
            found = _services[store] = Service(store)
        return found


def announce(run: DagRun) -> None:
    """Let the Dags that are served after the success of this one hear of the end of `run`."""

    def tell(run: DagRun) -> None:
        service = _services.get(run.store)
        if service is not None:
            service.hear(run)

    run.when_ended(tell)


def is_served(dag: str) -> bool:
    """Return True if a Dag of this name is being served in this process."""
    return any(dag in it.dags and it.is_running for it in list(_services.values()))


def end_serving(dag: str) -> None:
    """Serve a Dag no more, whatever store it is served in; nothing happens if it is not."""
    for service in list(_services.values()):
        if dag in service.dags:
            service.leave(dag)


class Service:
    """A scheduler on a thread of its own, which starts the runs of the Dags that it serves.

    `tell` is called with a line of text for whatever happens, on any thread.
    """

    def __init__(self, store: Store, clock: Clock | None = None) -> None:
        self.tell: Callable[[str], None] = lambda line: None
        self.dags: dict[str, DeclaredDag] = {}
        self._store = store
        self._clock = clock or SystemClock()
        self._scheduler = Scheduler(self._clock)
        self._active: dict[str, DagRun] = {}
        self._watchers: dict[str, FileWatcher] = {}
        self._writing = ExitStack()
        self._writing.enter_context(store.writing())
        self._thread = threading.Thread(target=self._serve, name="wfkit scheduler", daemon=True)
        self._thread.start()

    @property
    def is_running(self) -> bool:
        """True until it was stopped."""
        return self._thread.is_alive()

    def add(self, dag: DeclaredDag) -> None:
        """Serve a Dag, as it is declared whenever one of its runs begins.

        Raises InvalidOption for a Dag without a schedule.
        """
        timetable, schedule = known_schedule(dag).timetable, dag.options.schedule
        records = self._store.runs(dag.name)
        agenda = self._agenda(dag, timetable, records)
        for occasion in _cut_off(self._store, records[-_LOOKED_BACK:]):
            agenda.add(occasion)
        if isinstance(schedule, OnFile):
            self._watch(dag.name, schedule, records)
        self.dags[dag.name] = dag
        start = partial(self._start, dag)
        self._scheduler.inbox.put(Served(dag.name, schedule, agenda, start))

    def leave(self, dag: str) -> None:
        """Serve a Dag no more, and end its runs; the last one to leave stops the scheduler."""
        self.dags.pop(dag, None)
        self._scheduler.inbox.put(Left(dag))
        if dag in self._watchers:
            self._watchers.pop(dag).stop()
        for run in self._runs_of(dag):
            run.cancel("asked for")
        if not self.dags:
            self.stop()

    def stop(self) -> None:
        """Ask the scheduler to end, and its runs with it; returns at once."""
        self._scheduler.stop()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until the scheduler has ended, at most `timeout` seconds; return True if it has."""
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def hear(self, run: DagRun) -> None:
        """Take note that a run has ended that somebody else began."""
        self._scheduler.inbox.put(RunEnded(run.dag_name, self._clock.now(), run.state, False))

    def _agenda(
        self, dag: DeclaredDag, timetable: Timetable, records: Sequence[RunRecord]
    ) -> Agenda:
        now = datetime.fromtimestamp(self._clock.now(), UTC)
        done = {datetime.fromisoformat(record.logical_date) for record in records}
        since = timetable.start or max(done, default=None)
        catchup = dag.options.catchup
        if since is None:
            intervals = timetable.intervals(now)
        else:
            intervals = timetable.missed(since, now, newest=not catchup)
        return Agenda(
            intervals,
            catchup=catchup,
            max_active_runs=dag.options.max_active_runs,
            done={moment.astimezone(UTC) for moment in done},
        )

    def _watch(self, dag: str, schedule: OnFile, records: Sequence[RunRecord]) -> None:
        seen = [
            SeenFile(*it)
            for record in records
            for event in self._store.events(dag, record.run_id)[:1]
            for it in (event.detail or {}).get("files", ())
        ]

        def tell(files: tuple[SeenFile, ...]) -> None:
            self._scheduler.inbox.put(FilesArrived(dag, self._clock.now(), files))

        self._watchers[dag] = FileWatcher(schedule.pattern, seen, tell)
        self._watchers[dag].start()

    def _start(self, dag: DeclaredDag, occasion: Occasion) -> None:
        try:
            run = self._begin(dag, occasion)
        except Exception as error:  # noqa: BLE001 - one Dag must not end the service of others
            told = " ".join(str(error).split("\n"))
            self.tell(f"{dag.name} could not begin its run: {type(error).__name__}: {told}")
            ended = RunEnded(dag.name, self._clock.now(), RunState.FAILED)
            self._scheduler.inbox.put(ended)
            return
        dag.ran = run
        self._active[run.run_id] = run
        run.when_ended(self._ended)
        self.tell(f"{dag.name} {run.run_id} begins" + (" again" if occasion.resumes else ""))
        run.start()

    def _begin(self, dag: DeclaredDag, occasion: Occasion) -> DagRun:
        if occasion.resumes:
            return resume_run(dag, occasion.resumes, None, self._store)
        asked = RunRequest(clock="system", store=self._store)
        order = order_for(dag, asked, chosen_tasks(dag, (), ()), self._clock)
        return order.run(occasion, self._clock)

    def _ended(self, run: DagRun) -> None:
        self._active.pop(run.run_id, None)
        self.tell(f"{run.dag_name} {run.run_id} is {run.state}{_why(run)}")
        self._scheduler.inbox.put(RunEnded(run.dag_name, self._clock.now(), run.state))

    def _serve(self) -> None:
        with self._writing:
            try:
                self._scheduler.run(forever=True)
            finally:
                for watcher in self._watchers.values():
                    watcher.stop()
                for run in list(self._active.values()):
                    run.cancel("the scheduler was stopped")
                for run in list(self._active.values()):
                    with contextlib.suppress(Exception):
                        run.wait(PATIENCE)

    def _runs_of(self, dag: str) -> list[DagRun]:
        return [run for run in list(self._active.values()) if run.dag_name == dag]


def _cut_off(store: Store, records: Sequence[RunRecord]) -> Iterator[Occasion]:
    """Yield the runs that began on schedule and whose process died under them."""
    for record in records:
        if record.state != RunState.FAILED:
            continue
        events = store.events(record.dag, record.run_id)
        detail = events[0].detail or {}
        if was_cut_off(events[-1]) and detail.get("run_type") in ("scheduled", "catchup"):
            begin, end = map(datetime.fromisoformat, detail["data_interval"])
            interval = Interval(begin.astimezone(UTC), end.astimezone(UTC))
            yield Occasion(detail["run_type"], interval, interval.end, resumes=record.run_id)


def _why(run: DagRun) -> str:
    if run.state is not RunState.FAILED:
        return ""
    told = " ".join(str(run.explain()).split("\n"))
    return ": " + told.removeprefix(f"{run.run_id} of {run.dag_name} failed because ")[:200]


class Serving:
    """A Dag that is being served; `stop` ends that."""

    def __init__(self, dag: DeclaredDag, service: Service) -> None:
        self._dag, self._service = dag, service

    @property
    def is_running(self) -> bool:
        """True until it was stopped."""
        return self._dag.name in self._service.dags and self._service.is_running

    def stop(self) -> None:
        """Begin no more runs, and cancel those that are under way; returns at once."""
        self._service.leave(self._dag.name)

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until the scheduler has ended, at most `timeout` seconds; return True if it has."""
        return self._service.wait(timeout)

    def __repr__(self) -> str:
        if not self.is_running:
            return f"{self._dag.name} is not served any more"
        told = known_schedule(self._dag).timetable.describe()
        return f"serving {self._dag.name}: {told}; dag.cancel() ends it"
