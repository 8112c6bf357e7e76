"""One run of a Dag, while it runs and ever after."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from functools import cached_property
from typing import TYPE_CHECKING, Any

from wfkit.core.errors import NoResult, RunFailed
from wfkit.core.events import Event
from wfkit.core.graph import Graph
from wfkit.core.recovery import events_after_death
from wfkit.core.run import RunSnapshot, fold
from wfkit.core.states import RunState
from wfkit.engine.bus import Bus
from wfkit.engine.runner import Runner
from wfkit.engine.store import Store
from wfkit.engine.stored import from_bytes
from wfkit.engine.values import isolated

if TYPE_CHECKING:
    from pandas import DataFrame

    from wfkit.views.explain import Explanation
    from wfkit.views.picture import Picture

_BLINK = 0.05
_ABSENT: Any = object()


class DagRun:
    """One run of a Dag.

    `run["revenue"]` is the result of a task. `state` is the run's RunState, `events` are the
    facts it consists of, `task_instances`, `attempts` and `logs` are tables of them. `changed`
    names tasks whose code is no longer what their kept results came from.
    """

    def __init__(
        self, dag_name: str, run_id: str, store: Store, graph: Graph, runner: Runner | None = None
    ) -> None:
        self.dag_name = dag_name
        self.run_id = run_id
        self.graph = graph
        self.store = store
        self._runner = runner
        self._bus = Bus()
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None
        self._error: BaseException | None = None
        self._writing = ExitStack()
        self.is_background = False
        self.changed: tuple[str, ...] = ()

    def subscribe(self, subscriber: Callable[[Sequence[Event]], None]) -> None:
        """Call `subscriber` with each batch of new events, on the run's own thread."""
        self._bus.subscribe(subscriber)

    def prepare(
        self,
        make_runner: Callable[[Bus], Runner],
        drive_runner: Callable[[Runner], object],
        writing: ExitStack,
    ) -> None:
        """Get ready to run on a thread of its own, which leaves `writing` at its end."""
        runner = self._runner = make_runner(self._bus)
        self._writing = writing.pop_all()

        def drive() -> None:
            try:
                with self._writing:
                    self._drive(lambda: drive_runner(runner))
            except BaseException as error:  # noqa: BLE001 - told to whoever waits for the run
                self._error = error
            finally:
                self._ended.set()

        self._thread = threading.Thread(target=drive, name=f"wfkit {self.run_id}", daemon=True)

    def start(self) -> None:
        """Begin to run. `Dag.run` calls this, once."""
        if self._thread and self._thread.ident is None:
            try:
                self._thread.start()
            except BaseException:
                self._writing.close()
                raise

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

    @property
    def earlier(self) -> Mapping[str, Any]:
        """Results of earlier runs that this one builds upon."""
        return self._runner.plan.earlier if self._runner else {}

    @property
    def finished(self) -> int:
        """How many task instances have ended so far."""
        return self._runner.finished if self._runner else len(self.graph.tasks)

    @property
    def events(self) -> list[Event]:
        """Every fact about this run, in order."""
        return self.store.events(self.dag_name, self.run_id)

    @property
    def snapshot(self) -> RunSnapshot:
        """The state of every task instance and attempt, folded from the events."""
        if self._runner is None or self._ended.is_set():
            return self._last_snapshot
        return fold(self.events)

    @cached_property
    def _last_snapshot(self) -> RunSnapshot:
        return fold(self.events)

    def __getitem__(self, task: str | tuple[str, int]) -> Any:
        """Return the result of a task: a copy, so that nothing can change what was returned.

        Raises UnknownTask for a name the run does not have, NoResult where there is none.
        """
        name, index = task if isinstance(task, tuple) else (task, -1)
        if name in self.earlier:
            return isolated(self.earlier[name])
        name = self.graph.known(name)
        value = self._result(name, index)
        if value is not _ABSENT:
            return isolated(value)
        it = self.snapshot.instances.get((name, index))
        if it is None and (name, 0) in self.snapshot.instances:
            count = sum(task == name for task, _ in self.snapshot.instances)
            raise NoResult(
                f'"{name}" has {count} results, one for each item.\n'
                f'Ask for one of them, such as dag.last["{name}", 0].'
            )
        why = f"it is {it.state if it else 'none'}"
        raise NoResult(f'"{name}" has no result in {self.run_id}: {why}.\nRun it again: dag.run()')

    def _result(self, name: str, index: int) -> Any:
        if self._runner is not None:
            return self._runner.result(name, index, _ABSENT)
        data = self.store.read_result(self.dag_name, self.run_id, (name, index))
        return _ABSENT if data is None else from_bytes(data)

    def results(self) -> dict[str, Any]:
        """Return the results by task, with those of earlier runs that this one built upon.

        They are the very values, not copies.
        """
        names = [task for task, index in self.snapshot.instances if index < 0]
        own = {name: self._result(name, -1) for name in names}
        return {**self.earlier, **{name: it for name, it in own.items() if it is not _ABSENT}}

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
        """A table of what tasks printed and logged: task, map_index, attempt, at, level, text."""
        from wfkit.api.frames import log_frame

        return log_frame(self.run_id, self.lines)

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

    def picture(self) -> Picture:
        """The graph with the states of this run, its timeline, and both as text."""
        from wfkit.views.picture import run_picture

        return run_picture(self.graph, self.snapshot)

    def __repr__(self) -> str:
        return f"DagRun {self.run_id} of {self.dag_name}: {self.state}"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> Mapping[str, Any]:
        return self.picture()._repr_mimebundle_(include, exclude)
