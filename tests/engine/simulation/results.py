"""Is what is stored what was returned, and is there a result exactly where a success is?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.engine.simulation.bodies import PARAMETERS, value_of
from tests.engine.simulation.story import Board, Key, Story, outcome
from tests.engine.simulation.witness import Began
from wfkit.core.events import Event

_EARLY = frozenset({"one_success", "one_failed", "always"})


def stored_as_recorded(story: Story) -> Iterator[str]:
    """Invariant 19 at the end of the run."""
    succeeded = {key for key, state in story.states.items() if state == "success"}
    for key in sorted(succeeded ^ story.results.keys()):
        told = "has no result" if key in succeeded else "has a result"
        yield f"{key} is {story.states.get(key)} and {told}"


def stored_at_each_opening(story: Story) -> Iterator[str]:
    """Invariant 19 whenever a process opens the store, most often after a crash."""
    for run_id, length, stored in story.witness.openings:
        if run_id != story.run_id:
            continue
        board = Board(story.graph)
        for event in story.log[:length]:
            board.apply(event)
        succeeded = {
            (task, index)
            for task, members in board.members.items()
            for index, state in members.items()
            if state == "success"
        }
        for key in sorted(succeeded ^ set(stored)):
            told = "is gone" if key in succeeded else "was stored without a success"
            yield f"the result of {key} {told} after event {length}"


def stored_as_returned(story: Story) -> Iterator[str]:
    """Invariant 19: the value is the one that the attempt which succeeded has returned."""
    returned = {(it.task, it.map_index, it.attempt): it.value for it in story.ended}
    for event in _successes(story):
        key = (str(event.task), event.map_index)
        if outcome(event) != "returned" or story.has_fault(event.task, "bad"):
            continue
        value = returned.get((*key, event.attempt or 0))
        if key in story.results and repr(story.results[key]) != value:
            yield f"{key} returned {value}, but {story.results[key]!r} is stored"


def cached_as_computed(story: Story) -> Iterator[str]:
    """Invariant C, and that each body got what its upstream tasks returned."""
    calls = {(it.task, it.map_index, it.attempt): it for it in story.began}
    for event in _successes(story):
        key = (str(event.task), event.map_index)
        inputs = _inputs(story, event)
        if inputs is None or key not in story.results:
            continue
        if outcome(event) == "cached":
            yield from _checked_hit(story, key, inputs)
        else:
            call = calls.get((*key, event.attempt or 0))
            yield from _checked_call(call, key, inputs)


def one_instance_for_each_item(story: Story) -> Iterator[str]:
    """Invariant 16 for tasks that were expanded over the result that still stands."""
    for task, members in story.board.members.items():
        source = story.scenes[task].data[:1]
        if -1 in members or (source[0], -1) not in story.results:
            continue
        expanded = story.of_instance[task, -1][-1]
        ended = story.of_instance[source[0], -1][-1]
        items = story.results[source[0], -1]
        if ended.seq < expanded.seq and len(items) != len(members):
            yield f"{task} has {len(members)} instances for {len(items)} items"


def _checked_hit(story: Story, key: Key, inputs: str) -> Iterator[str]:
    scene = story.scenes[key[0]]
    version = 2 if scene.is_changed else 1
    value = value_of(scene, version, inputs)
    if story.has_fault(key[0], "bad"):
        return
    if story.results[key] != value:
        yield f"{key} is {story.results[key]!r} from the cache, but {value!r} would be right"
    if not any(
        (it.task, it.version, it.inputs) == (key[0], version, inputs) for it in story.witness.began
    ):
        yield f"{key} is from the cache, but was never computed"


def _checked_call(call: Began | None, key: Key, inputs: str) -> Iterator[str]:
    if call is not None and call.inputs != inputs:
        yield f"{key} got {call.inputs}, but {inputs} would be right"


def _successes(story: Story) -> Iterator[Event]:
    """The success events that still stand at the end."""
    for key, state in story.states.items():
        if state == "success":
            yield next(e for e in reversed(story.of_instance[key]) if e.to_state == "success")


def _inputs(story: Story, event: Event) -> str | None:
    """What a task should have got, None where that depends on who was first."""
    scene = story.scenes[str(event.task)]
    inputs: dict[str, Any] = {"rate": story.scenario.rates[1]}
    if not scene.data:
        return repr(inputs)
    if story.options(event.task).trigger_rule.value in _EARLY or _is_stale(story, event):
        return None
    inputs |= dict.fromkeys(PARAMETERS, -1)
    for name, up in zip(PARAMETERS, scene.data, strict=False):
        value = _result(story, up)
        if value is not None or name == "a":
            inputs[name] = value
        elif story.states.get((up, -1)) == "success":
            inputs[name] = None
    if event.map_index >= 0:
        inputs["a"] = inputs["a"][event.map_index]
    return repr(inputs)


def _is_stale(story: Story, event: Event) -> bool:
    events = story.of_instance[str(event.task), event.map_index]
    began = [e.seq for e in events if e.seq < event.seq and e.from_state == "none"][-1]
    above = story.graph.upstream[str(event.task)]
    last = [
        e.seq
        for up in above
        for (task, _), es in story.of_instance.items()
        if task == up
        for e in es
    ]
    return any(seq > began for seq in last)


def _result(story: Story, task: str) -> Any:
    members = story.board.members[task]
    if -1 in members:
        return story.results.get((task, -1))
    return [story.results[task, i] for i in sorted(members) if members[i] == "success"]
