"""Why does a task instance stand where it stands? One sentence each, from the events of its run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from wfkit.core.durations import duration_words
from wfkit.core.events import Event, EventType
from wfkit.core.graph import Graph
from wfkit.core.recovery import REASON
from wfkit.core.run import Attempt, RunSnapshot, TaskInstance, fold
from wfkit.core.states import Outcome, TaskState
from wfkit.core.task_options import TaskOptions
from wfkit.core.trigger_rules import TriggerRule
from wfkit.views.attempts import Row
from wfkit.views.standing import error_line, injected
from wfkit.views.style import TASK_LOOKS
from wfkit.views.wording import counted, first_line, visible

_S = TaskState
_LIVE = (_S.QUEUED, _S.RUNNING)
_MOST_NAMES = 6
_PLAIN = TaskOptions()
_DECIDES = {
    _S.UPSTREAM_FAILED: (_S.FAILED, _S.UPSTREAM_FAILED, _S.CANCELLED),
    _S.SKIPPED: (_S.SKIPPED,),
}


class Story:
    """A run as it is known: its fold, the graph (for options), and why it was cancelled."""

    def __init__(
        self, snapshot: RunSnapshot, graph: Graph | None = None, cancelled: str = ""
    ) -> None:
        self.snapshot = snapshot
        self.cancelled = cancelled
        self._graph = graph
        self._by_task: dict[str, list[TaskInstance]] = {}
        for it in snapshot.instances.values():
            self._by_task.setdefault(it.task, []).append(it)

    @classmethod
    def of(cls, events: Iterable[Event], graph: Graph | None = None) -> Story:
        """Return what `events` tell, all of one run, in order."""
        kept = list(events)
        asked = [it for it in kept if it.type == EventType.CANCEL_REQUESTED]
        reason = str((asked[-1].detail or {}).get("reason", "")) if asked else ""
        return cls(fold(kept), graph, first_line(reason))

    def options(self, task: str) -> TaskOptions:
        """Return the options of a task, the usual ones where it is no longer declared."""
        known = self._graph.tasks.get(task) if self._graph else None
        return known.options if known else _PLAIN

    def instances(self, task: str | None) -> list[TaskInstance]:
        """Return the instances of a task, none where there is no such task."""
        return self._by_task.get(task or "", [])

    def upstream(self, task: str) -> list[TaskInstance]:
        """Return the instances that a task waits for."""
        above = self.snapshot.upstream.get(task, ())
        return [it for name in above for it in self.instances(name)]

    def origins(self, *tasks: str) -> Iterator[str]:
        """Yield from which earlier runs the results came that `tasks` read."""
        known: Mapping[str, str] = self.snapshot.detail.get("earlier", {})
        found: dict[str, dict[str, None]] = {}
        sources = self._graph.sources if self._graph else {}
        for task in tasks if known else ():
            for source in sources.get(task, ()):
                if source.name in known:
                    found.setdefault(known[source.name], {})[visible(source.name)] = None
        for run_id, names in found.items():
            yield f"{listed(names)} came from {visible(run_id)}"

    def attempts(self, it: TaskInstance) -> list[Attempt]:
        """Return the attempts of an instance since it was last cleared."""
        return self.snapshot.attempts_of(it.task, it.map_index)

    def cleared(self, it: TaskInstance) -> list[Attempt]:
        """Return the attempts of an instance that began before it was last cleared, in order."""
        count = it.attempt - len(self.attempts(it))
        keys = ((it.task, it.map_index, number) for number in range(1, count + 1))
        known = (self.snapshot.attempts.get(key) for key in keys)
        return [attempt for attempt in known if attempt and attempt.started is not None]


def label(it: TaskInstance) -> str:
    """Return the name of an instance: load, or load[3]."""
    return visible(Row(it).label)


def sentence(story: Story, it: TaskInstance) -> str:
    """Return in one line why an instance stands where it stands."""
    return f"{label(it)} {_TOLD[it.state](story, it)}"


def cause(story: Story, it: TaskInstance) -> str:
    """Return in one line why an instance came to nothing: what failed first, or the instance."""
    *_, root = _way(story, it)
    return f"it {_TOLD[it.state](story, it)}" if root is it else sentence(story, root)


def details(story: Story, it: TaskInstance) -> Iterator[str]:
    """Yield what there is to add: the way of the cause, earlier attempts, a trigger rule."""
    if it.state in _DECIDES and (between := _way(story, it)[1:-1]):
        yield f"by way of {listed(label(step) for step in between)}"
    rule = story.options(it.task).trigger_rule
    if it.state is _S.UPSTREAM_FAILED and rule is not TriggerRule.ALL_SUCCESS:
        yield f"its trigger rule is {rule}"
    yield from story.origins(it.task)
    yield from earlier(story, it)
    if note := _not_repeated(story, it):
        yield note


def earlier(story: Story, it: TaskInstance) -> Iterator[str]:
    """Yield how each attempt ended that the sentence does not tell of, the newest six of them."""
    attempts = story.attempts(it)
    is_told = it.state not in _NOT_AT_WORK or not attempts or attempts[-1].outcome in _UNENDED
    cleared = story.cleared(it)
    before = [*cleared, *(attempts[:-1] if is_told else attempts)]
    if len(before) > _MOST_NAMES:
        yield f"{counted(len(before) - _MOST_NAMES, 'attempt')} before that"
    for attempt in before[-_MOST_NAMES:]:
        then = ", then it was cleared" if attempt in cleared[-1:] else ""
        yield f"attempt {attempt.number} {attempt_told(attempt)}{then}"


_NOT_AT_WORK = (_S.SCHEDULED, _S.CANCELLED)
_UNENDED = (None, Outcome.CANCELLED)


def attempt_told(it: Attempt) -> str:
    """Return how an attempt went: `failed: ValueError: bad row (line 3, in clean)`."""
    if it.outcome is Outcome.RAISED:
        return f"failed: {error_told(it.error)}"
    if it.outcome is Outcome.TIMED_OUT:
        return f"timed out: {_message(it.error)}"
    if it.outcome is Outcome.LOST:
        return f"was lost: {_message(it.error) or REASON}"
    if it.outcome is None:
        return "is running" if it.started is not None else "waits for a free slot"
    return _ENDS.get(it.outcome, "succeeded")


_ENDS = {Outcome.SKIPPED: "skipped itself", Outcome.CANCELLED: "was cancelled"}


def error_told(error: Mapping[str, Any] | None) -> str:
    """Return an error with its place: `ValueError: bad row (line 3, in clean)`."""
    line = (error or {}).get("line")
    place = f" (line {line['number']}, in {visible(line['function'])})" if line else ""
    return (error_line(error) or "no error was kept") + place


def _message(error: Mapping[str, Any] | None) -> str:
    if not error:
        return ""
    return first_line(str(error.get("message", ""))) + injected(error)


def listed(names: Iterable[str]) -> str:
    """Return names with commas, at most six of them.

    >>> listed("abcdefgh")
    'a, b, c, d, e, f and 2 more'
    """
    every = list(names)
    shown = ", ".join(every[:_MOST_NAMES])
    more = len(every) - _MOST_NAMES
    return f"{shown} and {more} more" if more > 0 else shown


def _way(story: Story, it: TaskInstance) -> list[TaskInstance]:
    """Return the instances from `it` up to the one that is the first cause."""
    way, seen = [it], {it.task}
    while (decisive := _decisive(story, way[-1])) is not None and decisive.task not in seen:
        way.append(decisive)
        seen.add(decisive.task)
    return way


def _decisive(story: Story, it: TaskInstance) -> TaskInstance | None:
    """Return the upstream instance that decided about one that never started."""
    above = story.instances(it.because)
    wanted = _DECIDES.get(it.state, ())
    return next((up for state in wanted for up in above if up.state is state), None)


def _upstream_failed(story: Story, it: TaskInstance) -> str:
    *_, root = _way(story, it)
    if root is it:
        return f"is upstream_failed because {visible(it.because or 'a task above')} failed"
    return f"is upstream_failed because {sentence(story, root)}"


def _skipped(story: Story, it: TaskInstance) -> str:
    attempts = story.attempts(it)
    if attempts and attempts[-1].outcome is Outcome.SKIPPED:
        return f"was skipped: it raised {error_line(attempts[-1].error) or 'Skip'}"
    *_, root = _way(story, it)
    if root is not it:
        return f"was skipped because {sentence(story, root)}"
    if it.because:
        return _passed_over(story, it, it.because)
    return "was skipped: the list that it is expanded over is empty"


def _passed_over(story: Story, it: TaskInstance, above: str) -> str:
    """Tell of an instance that was skipped although its upstream was not."""
    if story.options(above).branch:
        chosen = listed(visible(name) for name in _followed(story, above)) or "none of its tasks"
        return f"was skipped because {visible(above)}, a branch, chose {chosen}"
    rule = story.options(it.task).trigger_rule
    if rule is TriggerRule.ALL_SUCCESS:
        return f"was skipped because {visible(above)} succeeded"
    return f"was skipped: its trigger rule is {rule}, and {visible(above)} succeeded"


def _followed(story: Story, branch: str) -> list[str]:
    below = [name for name, above in story.snapshot.upstream.items() if branch in above]
    left = {it.task for it in story.snapshot.with_state(_S.SKIPPED) if it.because == branch}
    return [name for name in below if name not in left]


def _failed(story: Story, it: TaskInstance) -> str:
    attempts = story.attempts(it)
    number = f"after {counted(it.attempt, 'attempt')}"
    match attempts[-1].outcome if attempts else None:
        case Outcome.TIMED_OUT:
            return f"failed {number}: timed out, {_message(it.error)}"
        case Outcome.LOST:
            cause = _message(attempts[-1].error) or REASON
            return f"failed {number}: the last three in a row were lost: {cause}"
    return f"failed {number}: {error_told(it.error)}"


def _not_repeated(story: Story, it: TaskInstance) -> str:
    """Return why a task failed though it had attempts left."""
    attempts = story.attempts(it)
    retries, kinds = story.options(it.task).retries, story.options(it.task).retry_on
    used = sum(a.outcome in (Outcome.RAISED, Outcome.TIMED_OUT) for a in attempts)
    if it.state is not _S.FAILED or not 0 < used <= retries:
        return ""
    if attempts[-1].outcome is not Outcome.RAISED:
        return ""
    kind = str((it.error or {}).get("type"))
    if kind == "Fail":
        cause = "Fail gives up at once"
    elif kinds:
        names = (getattr(known, "__name__", str(known)) for known in kinds)
        cause = f"retry_on is {listed(names)}"
    else:
        cause = f"{visible(kind)} is not worth another attempt"
    return f"not tried again, though retries={retries}: {cause}"


def _succeeded(story: Story, it: TaskInstance) -> str:
    attempts = story.attempts(it)
    above = [up for up in story.upstream(it.task) if up.state.is_terminal]
    if not attempts:
        return "succeeded without running: the cache had its result"
    tries = f" at attempt {attempts[-1].number}" if attempts[-1].number > 1 else ""
    if not above and any(story.origins(it.task)):
        return f"succeeded{tries}: what it waits for was no part of this run"
    if not above:
        return f"succeeded{tries}: it waits for no other task"
    names = dict.fromkeys(visible(up.task) for up in above)
    return f"succeeded{tries}: it ran after {listed(names)}{_although(story, it, above)}"


def _although(story: Story, it: TaskInstance, above: list[TaskInstance]) -> str:
    bad = dict.fromkeys(
        f"{visible(up.task)} {_ENDED[up.state]}" for up in above if up.state in _ENDED
    )
    rule = story.options(it.task).trigger_rule
    return f", although {listed(bad)}: its trigger rule is {rule}" if bad else ""


_ENDED = {
    _S.FAILED: "failed",
    _S.UPSTREAM_FAILED: "did not run",
    _S.SKIPPED: "was skipped",
    _S.CANCELLED: "was cancelled",
}


def _cancelled(story: Story, it: TaskInstance) -> str:
    attempts = story.attempts(it)
    if not attempts or attempts[-1].started is None:
        when = "before it began"
    elif attempts[-1].outcome is Outcome.CANCELLED:
        when = "while it ran"
    else:
        when = f"before attempt {attempts[-1].number + 1}"
    return f"was cancelled {when}{story.cancelled and f': {story.cancelled}'}"


def _waiting(story: Story, it: TaskInstance) -> str:
    if story.snapshot.state.is_terminal:
        return "did not run: its run ended before its turn came"
    left = [up for up in story.upstream(it.task) if not up.state.is_terminal]
    if not left:
        return "is about to be decided"
    return f"waits for {listed(f'{label(up)} ({TASK_LOOKS[up.state].word})' for up in left)}"


def _scheduled(story: Story, it: TaskInstance) -> str:
    pool = story.options(it.task).pool
    if story.snapshot.state.is_terminal:
        return "did not run: its run ended before its turn came"
    if pool is None:
        return "is about to start"
    holders = [
        label(other)
        for other in story.snapshot.with_state(*_LIVE)
        if story.options(other.task).pool == pool
    ]
    held = f", which {listed(holders)} {'has' if len(holders) == 1 else 'have'}" if holders else ""
    return f"waits for a slot of the pool {visible(pool)}{held}"


def _queued(story: Story, it: TaskInstance) -> str:
    running = [label(other) for other in story.snapshot.with_state(_S.RUNNING)]
    busy = f": {listed(running)} {'is' if len(running) == 1 else 'are'} running" if running else ""
    return f"waits for a free slot{busy}"


def _running(story: Story, it: TaskInstance) -> str:
    return f"is running, attempt {it.attempt}" if it.attempt > 1 else "is running"


def _up_for_retry(story: Story, it: TaskInstance) -> str:
    *_, last = story.attempts(it)
    told = f"attempt {last.number} {attempt_told(last)}"
    if story.snapshot.state.is_terminal:
        return f"did not end: {told}"
    if last.outcome is Outcome.LOST or not last.delay:
        return f"is tried again at once: {told}"
    return f"waits {duration_words(last.delay)} before attempt {last.number + 1}: {told}"


def _up_for_reschedule(story: Story, it: TaskInstance) -> str:
    if story.snapshot.state.is_terminal:
        return "did not end: what it waits for had not come when its run ended"
    interval = story.options(it.task).poke_interval
    return f"looks again every {duration_words(interval)}: what it waits for is not there yet"


_TOLD = {
    _S.NONE: _waiting,
    _S.SCHEDULED: _scheduled,
    _S.QUEUED: _queued,
    _S.RUNNING: _running,
    _S.UP_FOR_RETRY: _up_for_retry,
    _S.UP_FOR_RESCHEDULE: _up_for_reschedule,
    _S.SUCCESS: _succeeded,
    _S.FAILED: _failed,
    _S.UPSTREAM_FAILED: _upstream_failed,
    _S.SKIPPED: _skipped,
    _S.CANCELLED: _cancelled,
}
