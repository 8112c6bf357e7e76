"""Who starts the runs of Dags that are served? One scheduler for each store of this process."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import partial

from wfkit.api.dag_run import DagRun
from wfkit.api.declaring import DeclaredDag
from wfkit.api.due import agenda_of
from wfkit.api.launch import RunRequest, check_not_empty, chosen_tasks, order_for
from wfkit.api.past import Past
from wfkit.api.resume import resume_run
from wfkit.api.schedule import known_schedule
from wfkit.api.simulate import with_those_before
from wfkit.core.errors import SchedulerDied
from wfkit.core.recovery import STOPPED
from wfkit.core.schedules import OnFile, OnSuccess, Schedule
from wfkit.core.states import RunState
from wfkit.engine.agenda import Agenda, Occasion, SeenFile
from wfkit.engine.clock import SystemClock
from wfkit.engine.failure import in_a_line
from wfkit.engine.scheduler import FilesArrived, Left, RunEnded, Scheduler, Served
from wfkit.engine.store import Store
from wfkit.engine.watcher import FileWatcher

PATIENCE = 10.0
"""Seconds that runs get to end when the scheduler is stopped."""

_LONGEST = 200
_services: dict[Store, Service] = {}
_lock = threading.Lock()


def serve(dag: DeclaredDag, store: Store) -> Serving:
    """Serve a Dag; one service for each store does so.

    Raises EmptyDag for a Dag without tasks, InvalidOption for one without a schedule or with one
    that cannot be followed, and StoreBusy where another process writes to the store.
    """
    known_schedule(dag)
    check_not_empty(dag)
    service = service_of(store)
    try:
        service.add(dag)
    except BaseException:
        if not service.dags:
            service.stop()
        raise
    return Serving(dag, service)


def service_of(store: Store) -> Service:
    """Return the service of a store, begun if there is none; one that is stopping ends first.

    Raises StoreBusy where another process writes to the store.
    """
    while True:
        with _lock:
            found = _services.get(store)
            if found is None:
                # Even one that has died at once is returned: another would die as well.
                found = _services[store] = Service(store)
                return found
            if not found.is_stopping:
                return found
        found.wait()


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


def follow(dag: DeclaredDag) -> bool:
    """Serve a Dag as it is declared now, where one of its name is served; return True if so.

    It is served no longer if it has no schedule any more. Raises InvalidOption for a schedule that
    cannot be followed; then nothing has changed.
    """
    found = [it for it in list(_services.values()) if it.is_running and dag.name in it.dags]
    for service in found:
        if dag.options.timetable is None:
            service.leave(dag.name)
        else:
            service.add(dag)
    return bool(found)


def end_serving(dag: str) -> None:
    """Serve a Dag no more, whatever store it is served in; nothing happens if it is not."""
    for service in list(_services.values()):
        if dag in service.dags:
            service.leave(dag)


class Service:
    """A scheduler on a thread of its own, which starts the runs of the Dags that it serves.

    `tell` is called with a line of text for whatever happens, on any thread. `error` is what the
    scheduler has died of, `refused` why the last run of a Dag could not begin.
    """

    def __init__(self, store: Store) -> None:
        self.tell: Callable[[str], None] = lambda line: None
        self.dags: dict[str, DeclaredDag] = {}
        self.is_stopping = False
        self.error: BaseException | None = None
        self.refused: dict[str, str] = {}
        self._store = store
        self._clock = SystemClock()
        self._scheduler = Scheduler(self._clock)
        self._active: dict[tuple[str, str], DagRun] = {}
        self._has_ended = threading.Condition()
        self._watchers: dict[str, FileWatcher] = {}
        self._writing = ExitStack()
        self._writing.enter_context(store.writing())
        self._is_over = threading.Event()
        threading.Thread(target=self._serve, name="wfkit scheduler", daemon=True).start()

    @property
    def is_running(self) -> bool:
        """True until it was stopped."""
        return not (self._is_over.is_set() or self.is_stopping)

    def add(self, dag: DeclaredDag) -> None:
        """Serve a Dag, as it is declared whenever one of its runs begins.

        It takes the place of one of its name; what waits or runs of that one stays. Raises
        InvalidOption for a schedule that cannot be followed.
        """
        schedule = known_schedule(dag).timetable.schedule
        others = [it for it in self.dags.values() if it.name != dag.name]
        if isinstance(schedule, OnSuccess) and schedule.dag in {dag.name, *self.dags}:
            with_those_before(dag, others)
        past = Past(self._store, dag.name)
        agenda = agenda_of(dag.options, past, datetime.fromtimestamp(self._clock.now(), UTC))
        for occasion in past.cut_off():
            if (dag.name, occasion.resumes) not in self._active:
                agenda.add(occasion)
        self._watch(dag.name, schedule, past)
        self.dags[dag.name] = dag
        self.refused.pop(dag.name, None)
        start = partial(self._start, dag)
        self._scheduler.inbox.put(Served(dag.name, schedule, agenda, start))

    def leave(self, dag: str) -> None:
        """Serve a Dag no more, and end its runs; the last one to leave stops the scheduler."""
        self.dags.pop(dag, None)
        self._scheduler.inbox.put(Left(dag))
        self._stop_watching(dag)
        for (name, _), run in list(self._active.items()):
            if name == dag:
                run.cancel("asked for")
        if not self.dags:
            self.stop()

    def stop(self) -> None:
        """Ask the scheduler to end, and its runs with it; returns at once."""
        self.is_stopping = True
        self._scheduler.stop()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until the scheduler has ended, at most `timeout` seconds; return True if it has."""
        # To join a thread is not enough: a signal in the midst of it lets Python believe that the
        # thread has ended (https://github.com/python/cpython/issues/90882).
        return self._is_over.wait(timeout)

    def check(self) -> None:
        """Raise SchedulerDied if the scheduler has."""
        if self.error:
            raise SchedulerDied(self.told_death()) from self.error

    def told_death(self) -> str:
        """Return what the scheduler has died of, and what to do."""
        cause = in_a_line(self.error) if self.error else ""
        return f"the scheduler died: {cause[:_LONGEST]}.\nServe it again: dag.serve()"

    def hear(self, run: DagRun) -> None:
        """Take note that a run has ended that somebody else began."""
        self._scheduler.inbox.put(RunEnded(run.dag_name, self._clock.now(), run.state))

    def _watch(self, dag: str, schedule: Schedule, past: Past) -> None:
        """Watch for the files of a Dag, if it waits for any, from now on only for these."""

        def tell(files: tuple[SeenFile, ...]) -> None:
            self._scheduler.inbox.put(FilesArrived(dag, self._clock.now(), files))

        before = self._watchers.get(dag)
        watcher = None
        if isinstance(schedule, OnFile):
            # Of files that wait for their run the history does not know yet.
            seen = [*past.files, *(before.seen if before else ())]
            watcher = FileWatcher(schedule.pattern, seen, tell)
            if before and before.place == watcher.place:
                return
        self._stop_watching(dag)
        if watcher:
            self._watchers[dag] = watcher
            watcher.start()

    def _stop_watching(self, dag: str) -> None:
        if dag in self._watchers:
            self._watchers.pop(dag).stop()

    def _start(self, dag: DeclaredDag, agenda: Agenda, occasion: Occasion) -> None:
        try:
            run = self._begin(dag, occasion)
        except Exception as error:  # noqa: BLE001 - one Dag must not end the service of others
            self._could_not_begin(dag, agenda, occasion, error)
            return
        if run is None or run.has_nothing_left:
            # Somebody ran this date, or resumed this run, while it waited here.
            self._tell_end(dag.name, agenda, RunState.CANCELLED)
            return
        dag.ran = run
        self.refused.pop(dag.name, None)
        self._active[dag.name, run.run_id] = run
        run.when_ended(partial(self._ended, agenda))
        self._say(f"{dag.name} {run.run_id} begins" + (" again" if occasion.resumes else ""))
        run.start()

    def _begin(self, dag: DeclaredDag, occasion: Occasion) -> DagRun | None:
        if occasion.resumes:
            return resume_run(dag, occasion.resumes, (None, None), self._store)
        asked = RunRequest(clock="system", store=self._store)
        order = order_for(dag, asked, chosen_tasks(dag, (), ()), self._clock)
        return None if order.has_run(occasion) else order.run(occasion, self._clock)

    def _could_not_begin(
        self, dag: DeclaredDag, agenda: Agenda, occasion: Occasion, error: Exception
    ) -> None:
        if dag.name in self._watchers:
            self._watchers[dag.name].forget(occasion.files)
        self._tell_end(dag.name, agenda, RunState.FAILED)
        self.refused[dag.name] = f"could not begin its run: {in_a_line(error)}"
        self._say(f"{dag.name} {self.refused[dag.name]}")

    def _ended(self, agenda: Agenda, run: DagRun) -> None:
        try:
            self._say(f"{run.dag_name} {run.run_id} is {run.state}{_why(run)}")
        finally:
            self._tell_end(run.dag_name, agenda, run.state)
            with self._has_ended:
                self._active.pop((run.dag_name, run.run_id), None)
                self._has_ended.notify_all()

    def _tell_end(self, dag: str, agenda: Agenda, state: RunState) -> None:
        self._scheduler.inbox.put(RunEnded(dag, self._clock.now(), state, agenda))

    def _say(self, line: str) -> None:
        with contextlib.suppress(Exception):  # a closed terminal must not end the service
            self.tell(line)

    def _serve(self) -> None:
        try:
            with self._writing:
                try:
                    self._scheduler.run(forever=True)
                finally:
                    self.is_stopping = True
                    self._end_all()
        except BaseException as error:  # noqa: BLE001 - told to whoever asks or waits
            self.error = error
            self._say(f"the scheduler died: {in_a_line(error)}")
        finally:
            self.is_stopping = True
            with _lock:
                _services.pop(self._store, None)
            self._is_over.set()

    def _end_all(self) -> None:
        for watcher in list(self._watchers.values()):
            watcher.stop()
        for run in list(self._active.values()):
            run.cancel(STOPPED)
        with self._has_ended:
            self._has_ended.wait_for(lambda: not self._active, PATIENCE)


def _why(run: DagRun) -> str:
    if run.state is not RunState.FAILED:
        return ""
    told = " ".join(str(run.explain()).split("\n"))
    return ": " + told.removeprefix(f"{run.run_id} of {run.dag_name} failed because ")[:_LONGEST]


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
        """Wait until the scheduler has ended, at most `timeout` seconds; return True if it has.

        Raises SchedulerDied where it did not end because somebody stopped it.
        """
        has_ended = self._service.wait(timeout)
        self._service.check()
        return has_ended

    def __repr__(self) -> str:
        name, service = self._dag.name, self._service
        if service.error:
            return f"{name} is not served any more: {service.told_death()}"
        if not self.is_running:
            return f"{name} is not served any more"
        told = known_schedule(service.dags.get(name, self._dag)).timetable.describe()
        refused = f"\nit {service.refused[name]}" if name in service.refused else ""
        return f"serving {name}: {told}; dag.cancel() ends it{refused}"
