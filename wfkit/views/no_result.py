"""Why is there no result to be had? The cause and the next step, in three lines at most."""

from __future__ import annotations

from collections.abc import Iterable

from wfkit.core.events import Event
from wfkit.core.graph import Graph
from wfkit.core.run import TaskInstance
from wfkit.core.states import RunState, TaskState
from wfkit.views.reasons import Story, cause, label
from wfkit.views.wording import counted, visible


def no_result_text(
    events: Iterable[Event], task: str, map_index: int = -1, graph: Graph | None = None
) -> str:
    """Return why a task instance has no result in the run that `events` tell of."""
    story = Story.of(events, graph)
    it = story.snapshot.instances.get((task, map_index))
    if it is not None:
        head = f"{label(it)} has no result in {visible(story.snapshot.run_id)}:"
        return f"{head}\n{_why(story, it)}.\n{_next_step(story, it)}"
    number = len(story.instances(task))
    if number and map_index < 0:
        return (
            f'"{task}" has {counted(number, "result")}, one for each item.\n'
            f'Ask for one of them, such as dag.last["{task}", 0].'
        )
    return _no_such_item(story, task, map_index)


def _no_such_item(story: Story, task: str, map_index: int) -> str:
    items = [it for it in story.instances(task) if it.map_index >= 0]
    if items:
        return f'"{task}" has no item {map_index}: they go from 0 to {len(items) - 1}.'
    if story.instances(task):
        return f'"{task}" was not expanded.\nAsk for its only result: dag.last["{task}"]'
    return f'"{task}" was no part of {visible(story.snapshot.run_id)}.\nRun it: dag.run()'


def _why(story: Story, it: TaskInstance) -> str:
    return "its result is not kept any more" if it.state is TaskState.SUCCESS else cause(story, it)


def _next_step(story: Story, it: TaskInstance) -> str:
    state = story.snapshot.state
    if not state.is_terminal:
        return "Wait until the run has ended: dag.last.wait()"
    if it.state is TaskState.SUCCESS or state is RunState.SUCCESS:
        return f'Run it again: dag.rerun("{it.task}")'
    if state is RunState.CANCELLED:
        return "Go on with the rest: dag.resume()"
    return "When that is mended, go on with the rest: dag.resume()"
