"""Why did a run, or a task of it, end as it did? In words, from its events alone."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from wfkit.core.errors import UnknownTask, did_you_mean
from wfkit.core.events import Event, EventType
from wfkit.core.graph import Graph
from wfkit.core.run import RunSnapshot, TaskInstance
from wfkit.core.states import RunState, TaskState
from wfkit.views.attempts import rows
from wfkit.views.reasons import Story, details, earlier, label, listed, sentence
from wfkit.views.style import TASK_LOOKS
from wfkit.views.wording import counted, first_line, visible

_S = TaskState
_MOST_LINES = 8
_INSTANCE = re.compile(r"(?P<task>.+)\[(?P<index>\d+)\]")


class Explanation(str):
    """Text that a notebook shows as it is, without quotes.

    >>> Explanation("report was skipped")
    report was skipped
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


def explain_task(events: Iterable[Event], task: str, graph: Graph | None = None) -> Explanation:
    """Return why a task did or did not run: the cause first, then what belongs to it.

    `load[3]` means one instance of a task that was expanded. Raises UnknownTask.
    """
    return explained(Story.of(events, graph), task)


def explained(story: Story, task: str) -> Explanation:
    """Return the same for a run whose story is known."""
    found = _instances(story, task)
    if len(found) == 1:
        return _block(sentence(story, found[0]), details(story, found[0]))
    counts = Counter(it.state for it in found)
    ended = ", ".join(f"{counts[it]} {TASK_LOOKS[it].word}" for it in TaskState if counts[it])
    head = f"{visible(task)} was expanded over {counted(len(found), 'item')}: {ended}"
    return _block(head, _each(story, [it for it in found if it.state is not _S.SUCCESS]))


def explain_run(events: Iterable[Event], graph: Graph | None = None) -> Explanation:
    """Return why a run ended as it did: the first cause, and what followed from it."""
    kept = list(events)
    story = Story.of(kept, graph)
    head = f"{visible(story.snapshot.run_id)} of {visible(story.snapshot.dag_name)}"
    told, lines = _RUNS[story.snapshot.state](story, kept)
    origins = story.origins(*story.snapshot.upstream)
    return _block(f"{head} {told}", [*lines, *origins, *_late(story.snapshot)])


def run_cause(events: Iterable[Event], graph: Graph | None = None) -> str:
    """Return in one line how a run ended and why: `failed because load failed after …`."""
    kept = list(events)
    story = Story.of(kept, graph)
    told, _ = _RUNS[story.snapshot.state](story, kept)
    return told


def _block(head: str, lines: Iterable[str]) -> Explanation:
    return Explanation("\n".join([head, *(f"  {line}" for line in lines)]))


def _each(story: Story, instances: Sequence[TaskInstance], lead: str = "") -> Iterator[str]:
    """Tell of each instance in one line, of at most eight."""
    for it in instances[:_MOST_LINES]:
        yield f"{lead}{sentence(story, it)}"
    if len(instances) > _MOST_LINES:
        yield f"{lead}{len(instances) - _MOST_LINES:,} more"


def _instances(story: Story, task: str) -> list[TaskInstance]:
    snapshot = story.snapshot
    every = [row.instance for row in rows(snapshot)]
    one = _INSTANCE.fullmatch(task)
    if one:
        key = (one["task"], int(one["index"]))
        found = [it for it in every if (it.task, it.map_index) == key]
    else:
        found = [it for it in every if it.task == task]
    if not found:
        names = {it.task for it in every}
        raise UnknownTask(
            f'{snapshot.run_id} has no task "{first_line(task, 60)}".{did_you_mean(task, names)}\n'
            f"Its tasks: {listed(it for it in snapshot.upstream)}."
        )
    return found


def _failed(story: Story, events: Sequence[Event]) -> tuple[str, Iterator[str]]:
    failed = _in_order_of_failure(story.snapshot, events)
    reason = _reason(events)
    if reason or not failed:
        return f"failed: {reason or 'no task says why'}", _after_the_end(story)
    return f"failed because {sentence(story, failed[0])}", _after_a_failure(story, failed)


def _reason(events: Sequence[Event]) -> str:
    """Return why the run itself ended, where that was not decided by its tasks."""
    last = next(it for it in reversed(events) if it.type == EventType.RUN_STATE)
    return first_line(str((last.detail or {}).get("reason", "")))


def _in_order_of_failure(snapshot: RunSnapshot, events: Sequence[Event]) -> list[TaskInstance]:
    keys = [(str(it.task), it.map_index) for it in events if it.to_state == _S.FAILED and it.task]
    last = {key: place for place, key in enumerate(keys)}
    failed = snapshot.with_state(_S.FAILED)
    return sorted(failed, key=lambda it: last.get((it.task, it.map_index), 0))


def _after_a_failure(story: Story, failed: Sequence[TaskInstance]) -> Iterator[str]:
    yield from details(story, failed[0])
    if left := [label(it) for it in story.snapshot.with_state(_S.UPSTREAM_FAILED)]:
        yield f"did not run because of it: {listed(left)}"
    yield from _each(story, failed[1:], lead="also: ")


def _after_the_end(story: Story) -> Iterator[str]:
    snapshot = story.snapshot
    yield from _each(story, snapshot.with_state(_S.UP_FOR_RETRY, _S.FAILED, _S.UP_FOR_RESCHEDULE))
    yield _how_far(snapshot)
    yield "resume goes on with the rest"


def _how_far(snapshot: RunSnapshot) -> str:
    done = len(snapshot.with_state(_S.SUCCESS))
    return f"{done} of {len(snapshot.instances)} tasks had succeeded"


def _cancelled(story: Story, events: Sequence[Event]) -> tuple[str, Iterator[str]]:
    def lines() -> Iterator[str]:
        begun = [it for it in story.snapshot.with_state(_S.CANCELLED) if story.attempts(it)]
        yield from _each(Story(story.snapshot), begun)
        yield _how_far(story.snapshot)

    return f"was cancelled{story.cancelled and f': {story.cancelled}'}", lines()


def _succeeded(story: Story, events: Sequence[Event]) -> tuple[str, Iterator[str]]:
    snapshot = story.snapshot
    done, total = len(snapshot.with_state(_S.SUCCESS)), len(snapshot.instances)
    return f"succeeded: {done} of {counted(total, 'task')}", _remarkable(story)


def _remarkable(story: Story) -> Iterator[str]:
    every = [row.instance for row in rows(story.snapshot)]
    yield from _each(story, [it for it in every if it.state is not _S.SUCCESS])
    again = [it for it in every if it.state is _S.SUCCESS and it.attempt > 1]
    for it in again[:_MOST_LINES]:
        yield from (f"{label(it)}: {line}" for line in earlier(story, it))
    if len(again) > _MOST_LINES:
        yield f"{len(again) - _MOST_LINES:,} more tasks needed more than one attempt"


def _open(story: Story, events: Sequence[Event]) -> tuple[str, Iterator[str]]:
    moving = [
        it
        for it in story.snapshot.instances.values()
        if not it.state.is_terminal and it.state is not _S.NONE
    ]
    ended = sum(it.state.is_terminal for it in story.snapshot.instances.values())
    head = f"is {story.snapshot.state}: {ended} of {len(story.snapshot.instances)} tasks have ended"
    return head, _each(story, moving)


def _late(snapshot: RunSnapshot) -> Iterator[str]:
    for name in snapshot.late:
        yield f"{visible(name) or 'the run'} missed its deadline"


_RUNS = {
    RunState.QUEUED: _open,
    RunState.RUNNING: _open,
    RunState.SUCCESS: _succeeded,
    RunState.FAILED: _failed,
    RunState.CANCELLED: _cancelled,
}
