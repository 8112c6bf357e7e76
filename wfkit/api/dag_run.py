"""One run of a Dag, while it runs and ever after."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from copy import copy
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

from wfkit.api.earlier import Earlier, Origin
from wfkit.core.alerts import deliveries
from wfkit.core.errors import NoResult, RunFailed, StoreError, UnknownRun
from wfkit.core.events import Event
from wfkit.core.graph import Graph
from wfkit.core.recovery import events_after_death
from wfkit.core.run import RunSnapshot, fold
from wfkit.core.states import RunState, TaskState
from wfkit.engine import chance, host
from wfkit.engine.bus import Bus
from wfkit.engine.runner import Runner
from wfkit.engine.store import Store
from wfkit.engine.stored import restored
from wfkit.engine.values import isolated

if TYPE_CHECKING:
    from pandas import DataFrame

    from wfkit.api.replay import Replay
    from wfkit.views.explain import Explanation
    from wfkit.views.picture import Picture

_BLINK = 0.05
_ABSENT: Any = object()


class DagRun:
    """One run of a Dag.

    `run["revenue"]` is the result of a task. `state` is the run's RunState, `events` are the
    facts it consists of, `task_instances`, `attempts` and `logs` are tables of them. `changed`
    names tasks whose code is no longer what their kept results came from, `left_out` tasks of the
    Dag that a run which goes on does not have.
    """

    def __init__(
        self,
        dag_name: str,
        run_id: str,
        store: Store,
        graph: Graph,
        earlier: Earlier | None = None,
    ) -> None:
        self.dag_name = dag_name
        self.run_id = run_id
        self.graph = graph
        self.store = store
        self._runner: Runner | None = None
        self._bus = Bus()
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None
        self._error: BaseException | None = None
        self._writing = ExitStack()
        self._until_started = ExitStack()
        self._tell_end: list[Callable[[DagRun], None]] = []
        self._tell_breakdown: list[Callable[[BaseException], None]] = []
        self.is_background = False
        self.changed: tuple[str, ...] = ()
        self.left_out: tuple[str, ...] = ()
        self.has_nothing_left = False
        if earlier is not None:
            self.earlier = earlier

    def subscribe(self, subscriber: Callable[[Sequence[Event]], None]) -> None:
        """Call `subscriber` with each batch of new events, on the run's own thread."""
        self._bus.subscribe(subscriber)

    def when_ended(self, tell: Callable[[DagRun], None]) -> None:
        """Call `tell` with this run once it has ended, on the run's own thread."""
        self._tell_end.append(tell)

    def when_broken(self, tell: Callable[[BaseException], None]) -> None:
        """Call `tell` with what keeps the run from going on, before who waits hears of it."""
        self._tell_breakdown.append(tell)

    def prepare(
        self,
        make_runner: Callable[[Bus], Runner],
        drive_runner: Callable[[Runner], object],
        writing: ExitStack,
        until_started: ExitStack,
    ) -> None:
        """Get ready to run on a thread of its own, which leaves `writing` at its end.

        `start`, which must follow, leaves `until_started`.
        """
        runner = self._runner = make_runner(self._bus)
        self._writing, self._until_started = writing.pop_all(), until_started.pop_all()

        def drive() -> None:
            try:
                with self._writing, chance.of_its_own():
                    self._drive(lambda: drive_runner(runner))
            except BaseException as error:  # noqa: BLE001 - told to whoever waits for the run
                self._error = error
                _tell_all(self._tell_breakdown, error)
            finally:
                self._ended.set()
                _tell_all(self._tell_end, self)

        self._thread = threading.Thread(target=drive, name=f"wfkit {self.run_id}", daemon=True)

    def start(self) -> None:
        """Begin to run. `Dag.run` calls this, once."""
        with self._until_started:
            if self._thread and self._thread.ident is None:
                try:
                    self._thread.start()
                except BaseException:
                    self._writing.close()
                    raise

    def drive_here(self) -> None:
        """Run to the end on the thread that calls, raising what kept the run from going on."""
        with self._until_started:
            if self._thread and not self._ended.is_set():
                self._thread.run()
        self.wait()

    def _drive(self, run: Callable[[], object]) -> None:
        try:
            run()
        except BaseException:
            # What the history says must not stay "running" where nobody runs any more.
            with contextlib.suppress(Exception):
                snapshot = fold(self.events)
                dead = events_after_death(snapshot, snapshot.time)
                self.store.write(self.dag_name, self.run_id, dead)
                self.store.commit()
            raise

    @property
    def state(self) -> RunState:
        """Where the run stands; a run whose store broke down has failed."""
        if self._error is not None:
            return RunState.FAILED
        return self._runner.state if self._runner else self.snapshot.state

    @cached_property
    def earlier(self) -> Earlier:
        """Results of earlier runs that this one builds upon, by task."""
        origins: Mapping[str, str] = self.snapshot.detail.get("earlier", {})
        runs = {
            run_id: DagRun(self.dag_name, run_id, self.store, self.graph)
            for run_id in origins.values()
        }
        return Earlier({task: runs[run_id] for task, run_id in origins.items()})

    @property
    def broke_down(self) -> bool:
        """True if its store broke down under it: what the store says now counts, not this."""
        return self._error is not None and self.store.is_durable

    def newest(self) -> DagRun:
        """Return this run; where another Dag or process went on with it, a fresh look at it."""
        if self._runner is not None and not self._ended.is_set():
            return self
        with contextlib.suppress(StoreError):
            known = self._runner.seq if self._runner is not None else self.snapshot.seq
            if self.store.last_seq(self.dag_name, self.run_id) > known:
                return DagRun(self.dag_name, self.run_id, self.store, self.graph)
        return self

    @property
    def params(self) -> Mapping[str, Any] | None:
        """The params of this run, None where they have to be read from the store."""
        return self._runner.plan.params if self._runner else None

    @property
    def finished(self) -> int:
        """How many task instances have ended so far."""
        return self._runner.finished if self._runner else len(self.graph.tasks)

    @property
    def events(self) -> list[Event]:
        """Every fact about this run, in order."""
        found = self.store.events(self.dag_name, self.run_id)
        if self.broke_down:  # its end could not be written
            found += events_after_death(fold(found), 0.0)
        return found

    @property
    def snapshot(self) -> RunSnapshot:
        """The state of every task instance and attempt, folded from the events."""
        if self._runner is None or self._ended.is_set():
            return self._last_snapshot
        return fold(self.events)

    @cached_property
    def _last_snapshot(self) -> RunSnapshot:
        return fold(self.events)

    @property
    def ended(self) -> datetime | None:
        """When the run ended, aware, in UTC; None before that."""
        return _moment(self.snapshot.ended)

    @property
    def duration(self) -> timedelta | None:
        """How long the run took from its start to its end, on its own clock; None before its end.

        >>> from wfkit import Dag, task
        >>> @task(takes="90s")
        ... def orders(): return 3
        >>> print(Dag("sales", [orders]).trial().duration)
        0:01:30
        """
        began, ended = self.snapshot.started, self.snapshot.ended
        return None if began is None or ended is None else timedelta(seconds=ended - began)

    def __getitem__(self, task: str | tuple[str, int]) -> Any:
        """Return the result of a task: a copy, so that nothing can change what was returned.

        Raises UnknownTask for a name the run does not have, NoResult where there is none.
        """
        name, index = task if isinstance(task, tuple) else (task, -1)
        if name in self.earlier.runs:
            return isolated(self.earlier[name])
        name = self.known(name)
        value = self._result(name, index)
        if value is _ABSENT:
            raise self._no_result(name, index)
        return isolated(value)

    def known(self, name: str) -> str:
        """Return the name of a task: of one that is declared, else of one that ran back then.

        Raises UnknownTask for another one.
        """
        is_gone = name not in self.graph.tasks and name in self.snapshot.upstream
        return name if is_gone else self.graph.known(name)

    def own(self, task: str) -> Any:
        """Return what a task returned in this very run, of a task that was expanded the list.

        Raises NoResult where there is nothing.
        """
        known = self.snapshot.instances
        items = sorted(index for name, index in known if name == task and index >= 0)
        values = [self._result(task, index) for index in items or [-1]]
        found = [it for it in values if it is not _ABSENT]
        if items:
            return found
        if not found:
            raise self._no_result(task, -1)
        return found[0]

    def _result(self, name: str, index: int) -> Any:
        if self._runner is not None:
            return self._runner.result(name, index, _ABSENT)
        data = self.store.read_result(self.dag_name, self.run_id, (name, index))
        return _ABSENT if data is None else restored(name, data)

    def _no_result(self, name: str, index: int) -> NoResult:
        from wfkit.views.no_result import no_result_text

        return NoResult(no_result_text(self.events, name, index, self.graph))

    def results(self) -> dict[tuple[str, int], Any]:
        """Return the results that are in memory, by task and map_index: not copies.

        Those that only the store has are not among them.
        """
        return self._runner.results() if self._runner else {}

    def origins(self, tasks: Iterable[str]) -> dict[str, Origin]:
        """Return for each of `tasks` that has a result here the run that it was made in."""
        done = {it.task for it in self.snapshot.with_state(TaskState.SUCCESS)}
        made: dict[str, Origin] = {**self.earlier.runs, **dict.fromkeys(done, self)}
        return {task: made[task] for task in tasks if task in made}

    def with_nothing_left(self) -> DagRun:
        """Return this run as one that was to go on and had nothing to do."""
        found = copy(self)
        found.has_nothing_left = True
        return found

    @host.waits()
    def wait(self, timeout: float | None = None) -> bool:
        """Wait until the run has ended, at most `timeout` seconds; return True if it has.

        Raises what kept the run from going on, such as a StoreError.
        """
        left = float("inf") if timeout is None else timeout
        while self._thread and self._thread.ident and not self._ended.wait(min(_BLINK, left)):
            left -= _BLINK
            if left <= 0:
                return False
        if self._error is not None:
            raise self._error
        return True

    def cancel(self, reason: str = "") -> None:
        """Ask the run to stop. Tasks that have not started never will."""
        if self._runner and not self._ended.is_set():
            self._runner.cancel(reason)

    def check(self, expect: str = "success") -> DagRun:
        """Return this run if it ended as `expect` says, else raise RunFailed."""
        if self.state != expect:
            raise RunFailed(self._headline(expect), self)
        return self

    def _headline(self, expect: str) -> str:
        from wfkit.views.failure import failure_text

        if expect == "success":
            return failure_text(self.snapshot)
        return f"{self.run_id} was expected to end {expect}, but it ended {self.state}."

    @property
    def task_instances(self) -> DataFrame:
        """A table: task, map_index, state, attempt, started, ended, because."""
        from wfkit.api.frames import instance_frame

        return instance_frame(self.snapshot)

    @property
    def attempts(self) -> DataFrame:
        """A table: task, map_index, attempt, outcome, queued, started, ended, error."""
        from wfkit.api.frames import attempt_frame

        return attempt_frame(self.snapshot)

    @property
    def logs(self) -> DataFrame:
        """A table of what tasks printed and logged.

        Its columns: run_id, task, map_index, attempt, at, level, text.
        """
        from wfkit.api.frames import log_frame

        return log_frame(self.run_id, self.lines)

    @property
    def alerts(self) -> DataFrame:
        """A table of what people were told: at, run_id, task, map_index, on, to, state, …"""
        from wfkit.api.frames import alert_frame

        return alert_frame(deliveries(self.store.alerts(self.dag_name, self.run_id)))

    @property
    def lines(self) -> list[Any]:
        """What tasks printed, logged and displayed, as LogLine values."""
        return self.store.lines(self.dag_name, self.run_id)

    def explain(self, task: str | None = None) -> Explanation:
        """Return in words why the run ended as it did, or why a task did or did not run.

        `"load[3]"` means one instance of a task that was expanded. Raises UnknownTask.
        """
        from wfkit.views.explain import explain_run, explain_task

        if task is None:
            return explain_run(self.events, self.graph)
        return explain_task(self.events, task, self.graph)

    def replay(self) -> Replay:
        """Return this run to be played again, event by event.

        Raises UnknownRun where nothing was written down of it.
        """
        from wfkit.api.replay import Replay

        events = self.events
        if not events:
            raise UnknownRun(f"{self.run_id} never began: there is nothing to play.\nRun it again.")
        return Replay(events, self.graph, self.lines)

    def picture(self) -> Picture:
        """The graph with the states of this run, its timeline, and both as text."""
        from wfkit.views.picture import run_picture

        return run_picture(self.graph, self.snapshot)

    def __repr__(self) -> str:
        left = ", nothing is left to do" if self.has_nothing_left else ""
        return f"DagRun {self.run_id} of {self.dag_name}: {self.state}{left}"

    def _ipython_key_completions_(self) -> list[str]:
        """What Tab offers in `run["`."""
        return list(self.graph.tasks)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> Mapping[str, Any]:
        return self.picture()._repr_mimebundle_(include, exclude)


def _moment(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def _tell_all(listeners: Iterable[Callable[[Any], None]], what: object) -> None:
    for tell in listeners:
        # Who fails to listen keeps nobody else from hearing.
        with contextlib.suppress(Exception):
            tell(what)
