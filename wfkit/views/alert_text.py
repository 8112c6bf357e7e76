"""What does an alert say? What happened, why, and what to do next: a subject and a text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from typing import Any, NamedTuple

from wfkit.core.alerts import Alert, AlertKind
from wfkit.core.durations import duration_words
from wfkit.core.events import Event
from wfkit.core.graph import Graph
from wfkit.core.moments import moment_words
from wfkit.core.run import RunSnapshot, fold
from wfkit.core.states import TaskState
from wfkit.views.explain import explain_run
from wfkit.views.reasons import label, listed
from wfkit.views.standing import error_line, line_words
from wfkit.views.wording import counted, cut, visible

_WIDEST = 120
_MOST_RUNS = 8
_MOST_CAUSES = 20


class Words(NamedTuple):
    """What an alert says; the subject is one line, whatever an error or a name holds."""

    subject: str
    body: str


class Scene(NamedTuple):
    """What an alert is about: the event that caused it, in a run that `detail` describes.

    `events` gives all of its events so far; it is asked only once in a run, as that takes long.
    `failed_before` names the runs whose failure is over now.
    """

    cause: Event
    detail: Mapping[str, Any]
    graph: Graph
    events: Callable[[], Sequence[Event]]
    failed_before: Sequence[str] = ()

    @property
    def dag(self) -> str:
        return visible(str(self.detail.get("dag", "")))

    @property
    def label(self) -> str:
        """The task instance that it is about."""
        mapped = f"[{self.cause.map_index}]" if self.cause.map_index >= 0 else ""
        return f"{visible(str(self.cause.task))}{mapped}"

    @property
    def error(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = (self.cause.detail or {}).get("error") or {}
        return found


def alert_words(kind: AlertKind, scene: Scene) -> Words:
    """Return what an alert of this kind says."""
    subject, lines, steps = _TOLD[kind](scene)
    return _words(subject, lines, steps)


def breakdown_words(dag: str, run_id: str, error: str) -> Words:
    """Return what is said of a run whose history could not be written, so that nothing is known."""
    lines = [f"{run_id} of {dag} could not go on: {visible(error)}"]
    return _words(f"{dag} failed: {visible(error)}", lines, [f"mend that, then {_resume(run_id)}"])


def digest_words(alerts: Sequence[Alert]) -> Words:
    """Return what several alerts of one kind say together: each cause once, with its runs."""
    first = alerts[0]
    causes = Counter(it.subject for it in alerts)
    runs = list(dict.fromkeys(it.run_id for it in alerts))
    subject = f"{first.dag}: {len(alerts)} more {_PLURALS[AlertKind(first.kind)]}"
    lines = [f"In the last minute, after the one that was told at once: {len(alerts)}."]
    lines += [f"  {count} × {cause}" for cause, count in causes.most_common(_MOST_CAUSES)]
    left = len(causes) - _MOST_CAUSES
    lines += [f"  and {counted(left, 'other cause')}"] if left > 0 else []
    shown = ", ".join(runs[:_MOST_RUNS])
    lines += [
        f"Runs: {shown}" + (f" and {len(runs) - _MOST_RUNS} more" if runs[_MOST_RUNS:] else "")
    ]
    return _words(subject, lines, ["look at each of them: dag.alerts()"])


def _words(subject: str, lines: Sequence[str], steps: Sequence[str]) -> Words:
    told = [f"  {step}" for step in steps]
    body = "\n".join([*lines, *(["", "Next step:", *told] if told else [])])
    return Words(cut(" ".join(visible(subject).split()), _WIDEST), body)


_Told = tuple[str, Sequence[str], Sequence[str]]


def _failure(scene: Scene) -> _Told:
    run_id = scene.cause.run_id
    if scene.cause.task is not None:
        subject = f"{scene.dag}: {scene.label} failed, {error_line(scene.error)}"
        return subject, [*_attempt(scene), f"  in {run_id}"], [_log(scene.label, run_id)]
    events = scene.events()
    failed = fold(events).with_state(TaskState.FAILED)
    cause = f"{label(failed[0])}, {error_line(failed[0].error)}" if failed else _reason(scene)
    lines = str(explain_run(events, scene.graph)).split("\n")
    steps = [f"mend the cause, then {_resume(run_id)}"]
    steps += [_log(label(failed[0]), run_id)] if failed else []
    return f"{scene.dag} failed: {cause}", lines, steps


def _reason(scene: Scene) -> str:
    return str((scene.cause.detail or {}).get("reason", "no task says why"))


def _attempt(scene: Scene) -> Iterator[str]:
    number = scene.cause.attempt or 1
    error = error_line(scene.error) or "no error is known"
    yield f"{scene.label} failed at attempt {number}: {error}"
    if line := line_words(scene.error, str(scene.cause.task)):
        yield f"  {line}"


def _retry(scene: Scene) -> _Told:
    cause = scene.cause
    number = (cause.attempt or 1) + 1
    most = max(scene.graph.tasks[str(cause.task)].options.retries + 1, number)
    delay = float((cause.detail or {}).get("delay", 0.0))
    when = f"in {duration_words(delay)}" if delay else "at once"
    lines = [
        *_attempt(scene),
        f"  attempt {number} follows {when}, of {most} at most",
        f"  in {cause.run_id}",
    ]
    subject = f"{scene.dag}: {scene.label} is tried again, {error_line(scene.error)}"
    return subject, lines, [f"wait for that attempt; meanwhile {_log(scene.label, cause.run_id)}"]


def _deadline(scene: Scene) -> _Told:
    task, run_id = scene.cause.task, scene.cause.run_id
    due = scene.detail.get("deadlines", {}).get(task or "")
    by = f", due {moment_words(_local(due, scene))}" if due is not None else ""
    lines = [f"{visible(task) if task else 'the run'} has missed its deadline{by}"]
    lines += [] if task else _under_way(fold(scene.events()))
    about = f'"{task}", ' if task else ""
    what = f"{scene.dag}: {visible(task)}" if task else scene.dag
    step = f'see what it waits for: dag.explain({about}run_id="{run_id}")'
    return f"{what} is late{by}", [*lines, f"  in {run_id}"], [step]


def _under_way(snapshot: RunSnapshot) -> Iterator[str]:
    ended = sum(it.state.is_terminal for it in snapshot.instances.values())
    yield f"  {ended} of {counted(len(snapshot.instances), 'task')} have ended"
    if moving := snapshot.with_state(*_MOVING):
        yield f"  under way: {listed(label(it) for it in moving)}"


def _local(seconds: float, scene: Scene) -> datetime:
    """Return a moment in the zone of the run."""
    try:
        where: tzinfo = datetime.fromisoformat(str(scene.detail["logical_date"])).tzinfo or UTC
    except (ValueError, KeyError):
        where = UTC
    return datetime.fromtimestamp(seconds, where)


def _success(scene: Scene) -> _Told:
    lines = str(explain_run(scene.events(), scene.graph)).split("\n")
    return f"{scene.dag} succeeded", lines, []


def _recovered(scene: Scene) -> _Told:
    run_id = scene.cause.run_id
    _, lines, _ = _success(scene)
    lines = [*lines, "  it had failed before"] if run_id in scene.failed_before else [*lines]
    others = [it for it in scene.failed_before if it != run_id]
    lines += [f"  failed before it: {listed(map(_short, others))}"] if others else []
    steps = [f"of {_short(others[-1])}, {_resume(others[-1])}"] if others else []
    return f"{scene.dag} is well again", lines, steps


def _resume(run_id: str) -> str:
    return f'go on with what is left: dag.resume("{_short(run_id)}")'


def _short(run_id: str) -> str:
    return cut(visible(run_id), _WIDEST)


def _log(name: str, run_id: str) -> str:
    return f'read its log: dag.logs("{name}", run_id="{run_id}")'


_MOVING = (
    *(TaskState.RUNNING, TaskState.QUEUED),
    *(TaskState.UP_FOR_RETRY, TaskState.UP_FOR_RESCHEDULE),
)
_TOLD: dict[AlertKind, Callable[[Scene], _Told]] = {
    AlertKind.FAILURE: _failure,
    AlertKind.RETRY: _retry,
    AlertKind.DEADLINE: _deadline,
    AlertKind.SUCCESS: _success,
    AlertKind.RECOVERED: _recovered,
}
_PLURALS = {
    AlertKind.FAILURE: "failures",
    AlertKind.RETRY: "retries",
    AlertKind.DEADLINE: "missed deadlines",
    AlertKind.SUCCESS: "successes",
    AlertKind.RECOVERED: "recoveries",
}
