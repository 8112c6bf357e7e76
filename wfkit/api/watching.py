"""What in a run is worth an alert? It is written down, and handed to who sends it."""

from __future__ import annotations

import atexit
import contextlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from wfkit.api.alert_rules import Rule, receivers
from wfkit.api.dag_run import DagRun
from wfkit.api.declaring import DeclaredDag
from wfkit.core.addresses import Target, names_of
from wfkit.core.alerts import Alert, AlertFact, AlertKind, AlertState, raised
from wfkit.core.events import Event, EventType
from wfkit.core.states import Outcome, RunState, TaskState
from wfkit.engine.alerts import Envelope, Outbox
from wfkit.engine.clock import Clock, SystemClock, VirtualClock
from wfkit.engine.failure import in_a_line
from wfkit.engine.lost_alerts import this_process
from wfkit.engine.postman import Postman

AT_EXIT = 10.0
"""Seconds that alerts have to get away at the end of the process."""

_LOOK_BACK = 200
_outbox: list[Outbox] = []
_Told = tuple[Alert, Mapping[Target, bool]]


def outbox() -> Outbox:
    """Return the outbox of this process."""
    if not _outbox:
        from wfkit.views.alert_text import digest_words

        _outbox.append(Outbox(SystemClock(), digest_words, Postman()))
        atexit.register(_outbox[0].close, AT_EXIT)
    return _outbox[0]


def flush(seconds: float = AT_EXIT, *, held: bool = True) -> bool:
    """Wait until this process has sent its alerts; return True if that was done in time.

    With `held`, also what waits for a digest is sent now.
    """
    return all(it.flush(seconds, held=held) for it in _outbox)


def rules_of(dag: DeclaredDag) -> list[Rule]:
    """Return who is told of what: what `alert` was told, and the options of Dag and tasks."""
    failure, success = (AlertKind.FAILURE,), (AlertKind.SUCCESS,)
    found = list(dag.alert_rules)
    found += [Rule(to=it, on=failure) for it in dag.options.on_failure]
    found += [Rule(to=it, on=success) for it in dag.options.on_success]
    for name, task in dag.graph.tasks.items():
        found += [Rule(to=it, on=failure, task=name) for it in task.options.on_failure]
    return found


def watch(dag: DeclaredDag, run: DagRun, clock: Clock) -> None:
    """Let people be told of a run that is about to begin, or to go on."""
    rules = rules_of(dag)
    if rules:
        watcher = _Watcher(run, rules, clock)
        run.subscribe(watcher.hear)
        run.when_broken(watcher.break_down)


def tell_all(dag: DeclaredDag, run: DagRun) -> None:
    """Tell what is worth it of a run that ran elsewhere, in a process that told nobody."""
    rules, events = rules_of(dag), run.events
    if rules and events:
        is_virtual = run.snapshot.detail.get("clock") == "virtual"
        clock: Clock = VirtualClock(run.snapshot.time) if is_virtual else SystemClock()
        with run.store.writing():
            _Watcher(run, rules, clock).hear(events)


class _Watcher:
    """Looks at the events of one run, on the thread of the run."""

    def __init__(self, run: DagRun, rules: Sequence[Rule], clock: Clock) -> None:
        self._run, self._rules, self._clock = run, rules, clock
        self._names = names_of(it.to for it in rules)
        self._has_ended = False
        self._detail: Mapping[str, Any] | None = None

    def hear(self, events: Sequence[Event]) -> None:
        """Tell what is worth it of new events."""
        found = [it for event in events for it in self._alerts_of(event)]
        if found:
            self._tell(found)

    def break_down(self, error: BaseException) -> None:
        """Tell of a run whose history could not be written, so that no event says how it ended."""
        to = receivers(self._rules, AlertKind.FAILURE, None)
        if self._has_ended or not to:
            return
        from wfkit.views.alert_text import breakdown_words

        run = self._run
        words = breakdown_words(run.dag_name, run.run_id, in_a_line(error))
        place = (run.dag_name, run.run_id, None, -1, self._clock.now())
        key = f"{AlertKind.FAILURE}:breakdown"
        self._tell([(Alert(AlertKind.FAILURE.value, *place, *words, key), to)])

    def _alerts_of(self, event: Event) -> Iterator[_Told]:
        told: set[Target] = set()
        for kind in self._kinds(event):
            found = receivers(self._rules, kind, event.task)
            to = {it: private for it, private in found.items() if it not in told}
            told |= found.keys()
            if to:
                yield self._alert(kind, event), to

    def _kinds(self, event: Event) -> Iterator[AlertKind]:
        """Yield what an event may be told as; who is told of the first needs no second."""
        if event.type == EventType.DEADLINE_MISSED:
            yield AlertKind.DEADLINE
        elif event.type == EventType.RUN_STATE:
            self._has_ended = RunState(str(event.to_state)).is_terminal
            yield from self._ends(event)
        elif event.type == EventType.TASK_STATE:
            if event.to_state == TaskState.FAILED:
                yield AlertKind.FAILURE
            elif event.to_state == TaskState.UP_FOR_RETRY and not _is_lost(event):
                yield AlertKind.RETRY

    def _ends(self, event: Event) -> Iterator[AlertKind]:
        if event.to_state == RunState.FAILED:
            yield AlertKind.FAILURE
        elif event.to_state == RunState.SUCCESS:
            if receivers(self._rules, AlertKind.RECOVERED, None) and self._failed_before():
                yield AlertKind.RECOVERED
            yield AlertKind.SUCCESS

    def _alert(self, kind: AlertKind, event: Event) -> Alert:
        from wfkit.views.alert_text import Scene, alert_words

        run = self._run
        before = self._failed_before() if kind is AlertKind.RECOVERED else ()
        scene = Scene(event, self._described(), run.graph, lambda: run.events, before)
        place = (event.task, event.map_index, event.time)
        words = alert_words(kind, scene)
        return Alert(kind.value, run.dag_name, run.run_id, *place, *words, f"{kind}:{event.seq}")

    def _described(self) -> Mapping[str, Any]:
        if self._detail is None:
            self._detail = self._run.events[0].detail or {}
        return self._detail

    def _failed_before(self) -> list[str]:
        """Return the runs that had failed since the last success, oldest first."""
        run = self._run
        states = [it.to_state for it in run.events if it.type == EventType.RUN_STATE]
        own = [run.run_id] if RunState.FAILED in states else []
        found: list[str] = []
        for record in reversed(run.store.runs(run.dag_name, _LOOK_BACK)):
            if record.run_id == run.run_id:
                found = []  # what came after it says nothing about what was before
            elif record.state == RunState.SUCCESS:
                break
            elif record.state == RunState.FAILED:
                found.insert(0, record.run_id)
        return found + own

    def _tell(self, found: Sequence[_Told]) -> None:
        is_real = not self._clock.is_virtual
        names = self._names
        facts = [
            it
            for alert, to in found
            for it in _facts(alert, [names[target] for target in to], is_real)
        ]
        store = self._run.store
        with contextlib.suppress(Exception):  # who cannot write it down still says it
            store.write_alerts(self._run.dag_name, facts)
            store.commit()
        if is_real:
            outbox().put(
                [
                    Envelope(alert, it, store, private, names[it])
                    for alert, to in found
                    for it, private in to.items()
                ]
            )


def _facts(alert: Alert, names: Sequence[str], is_real: bool) -> Iterator[AlertFact]:
    """Yield what is written down: that it came up, and, on a virtual clock, that this is all."""
    yield raised(alert, names, this_process() if is_real else "")
    if not is_real:
        for name in names:
            yield AlertFact(alert.run_id, alert.key, alert.time, AlertState.RECORDED, name)


def _is_lost(event: Event) -> bool:
    return (event.detail or {}).get("outcome") == Outcome.LOST
