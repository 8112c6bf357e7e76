"""Did each task start, or not start, as its trigger rule and the branches above it say?"""

from __future__ import annotations

from collections.abc import Iterator

from tests.core.test_trigger_rules import expected
from tests.engine.simulation.story import ENDS, Board, Story
from wfkit.core.events import Event
from wfkit.core.states import TaskState

_SEEN: dict[str, TaskState] = {state.value: state for state in TaskState if state.value in ENDS}
_SEEN["cancelled"] = TaskState.FAILED
_SAYS = {"scheduled": "start", "skipped": "skipped", "upstream_failed": "upstream_failed"}


def decided_by_the_rule(story: Story) -> Iterator[str]:
    """Invariant 8, for each move out of `none`, and for each expansion."""
    for event, board in story.steps():
        if event.type == "expanded":
            yield from _complaints(story, event, board, "start")
        elif event.from_state == "none" and event.to_state in _SAYS:
            yield from _complaints(story, event, board, _SAYS[event.to_state])


def _complaints(story: Story, event: Event, board: Board, said: str) -> Iterator[str]:
    task = str(event.task)
    because = (event.detail or {}).get("because")
    states = [state for up in story.graph.upstream[task] for state in board.members[up].values()]
    seen = [_SEEN.get(state, TaskState.RUNNING) for state in states]
    rule = story.options(task).trigger_rule.value
    should = expected(rule, seen) if seen else "start"
    if should != "upstream_failed" and _is_left_out(story, task, board):
        should = "wait" if TaskState.RUNNING in seen else "skipped"
    if said == "skipped" and because == "" and story.options(task).expand is not None:
        should = "skipped" if should == "start" else should
    elif said in ("skipped", "upstream_failed") and because not in story.graph.upstream[task]:
        yield f"{task} is {said} because of {because!r}"
    if should != said:
        told = ", ".join(state.value for state in seen)
        yield f"{task} is {event.to_state or 'expanded'} at {event.seq} under {rule} of [{told}]"


def _is_left_out(story: Story, task: str, board: Board) -> bool:
    for up in story.graph.upstream[task]:
        choice = story.scenes[up].choice
        if choice is None or board.members[up].get(-1) != "success":
            continue
        chosen = set(choice).intersection(story.graph.tasks)
        reach = chosen.union(*(story.graph.descendants(name) for name in chosen))
        if task not in reach:
            return True
    return False
