"""A page can reach every frame of a run from the data alone: here it is done in Python."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.chance import Run
from tests.views.samples import diamond
from wfkit.core.events import Event
from wfkit.core.graph import Graph
from wfkit.core.run import RunSnapshot, fold
from wfkit.views import replay
from wfkit.views.replay import MOST_LINES, Line
from wfkit.views.telling import told

SEEDS = st.integers(0, 2**32 - 1)


def replay_data(
    graph: Graph, events: Sequence[Event], lines: Iterable[Line] = ()
) -> dict[str, Any]:
    return replay.replay_data(graph, events, told(events), lines)


def instances_at(data: dict[str, Any], frame: int) -> dict[str, tuple[str, int]]:
    """State and attempt of each instance after so many events."""
    found: dict[str, tuple[str, int]] = {}
    for moves in data["moves"][:frame]:
        for instance, state, attempt in zip(moves[::3], moves[1::3], moves[2::3], strict=True):
            label = data["instances"][instance][0]
            if state < 0:
                del found[label]
            else:
                found[label] = (data["states"][state], attempt)
    return found


def attempts_at(data: dict[str, Any], frame: int) -> dict[tuple[str, int], tuple[Any, ...]]:
    """When each attempt was queued, started and ended, and how, after so many events."""
    found = {}
    for instance, number, *when, outcome, _pause in data["attempts"]:
        queued, started, ended = (it if 0 <= it < frame else None for it in when)
        if queued is not None:
            times = [None if it is None else data["times"][it] for it in (queued, started, ended)]
            label = data["instances"][instance][0]
            found[label, number] = (*times, outcome if ended is not None else None)
    return found


def seen(snapshot: RunSnapshot) -> dict[str, tuple[str, int]]:
    return {label(key): (it.state.value, it.attempt) for key, it in snapshot.instances.items()}


def tried(snapshot: RunSnapshot, start: float) -> dict[tuple[str, int], tuple[Any, ...]]:
    return {
        (label(key[:2]), it.number): (
            *(
                None if at is None else round(at - start, 6)
                for at in (it.queued, it.started, it.ended)
            ),
            it.outcome,
        )
        for key, it in snapshot.attempts.items()
    }


def label(key: tuple[str, int]) -> str:
    return key[0] if key[1] < 0 else f"{key[0]}[{key[1]}]"


def check_frames(events: Sequence[Event], graph: Graph) -> None:
    data = json.loads(json.dumps(replay_data(graph, events)))
    for frame in range(1, len(events) + 1):
        snapshot = fold(events[:frame])
        assert instances_at(data, frame) == seen(snapshot)
        assert attempts_at(data, frame) == tried(snapshot, events[0].time)
        newest = [state for event, state in data["run"] if event < frame][-1]
        assert newest == snapshot.state.value


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(SEEDS)
def test_every_frame_of_a_run_by_chance_is_its_fold(seed: int) -> None:
    run = Run(seed).play()
    check_frames(run.events, run.graph)


def test_times_words_and_events_go_together() -> None:
    run = Run(3).play()
    data = replay_data(run.graph, run.events)
    number = len(run.events)
    for name in ("times", "clock", "told", "whom", "moves"):
        assert len(data[name]) == number
    assert data["times"] == sorted(data["times"])
    for event, whom in zip(run.events, data["whom"], strict=True):
        assert event.task == (data["instances"][whom][0] if whom >= 0 else None)


def test_a_line_appears_between_the_events_of_its_attempt() -> None:
    events = [
        Event(1, 100.0, "run_state", "r", to_state="queued", detail={"upstream": {"a": []}}),
        Event(2, 100.0, "run_state", "r", from_state="queued", to_state="running"),
        Event(3, 100.0, "task_state", "r", "a", -1, 1, "none", "queued"),
        Event(4, 100.0, "task_state", "r", "a", -1, 1, "queued", "running"),
        Event(5, 105.0, "deadline_missed", "r"),
        Event(
            6, 110.0, "task_state", "r", "a", -1, 1, "running", "success", {"outcome": "returned"}
        ),
        Event(7, 120.0, "run_state", "r", from_state="running", to_state="success"),
    ]
    moments = [100.0, 103.0, 105.0, 109.0, 115.0]
    lines = [Line("a", -1, 1, at, "stdout", f"at {at}") for at in moments]
    data = replay_data(diamond(), events, [*lines, Line("gone", -1, 1, 100.0, "stdout", "nobody")])
    assert [(it[0], it[3], it[5]) for it in data["lines"]] == [
        (3, "0 s", "at 100.0"),
        (4, "3 s", "at 103.0"),
        (4, "5 s", "at 105.0"),
        (5, "9 s", "at 109.0"),
        (5, "15 s", "at 115.0"),
    ]
    assert data["trouble"] == [4]


def test_of_a_long_log_the_first_and_the_newest_lines_are_kept() -> None:
    run = Run(3).play()
    task = next(it.task for it in run.events if it.task)
    lines = [Line(task, -1, 1, float(i), "stdout", f"{i} " + "x" * 1_000) for i in range(5_000)]
    data = replay_data(run.graph, run.events, lines)
    assert len(data["lines"]) == MOST_LINES
    assert data["leftOut"] == 5_000 - MOST_LINES
    texts = [it[5] for it in data["lines"]]
    assert texts[0].startswith("0 x")
    assert texts[-1].startswith("4999 x")
    assert max(map(len, texts)) == 500


def test_without_time_there_is_no_axis() -> None:
    events = [Event(i, 5.0, "run_state", "r", to_state="queued") for i in (1, 2)]
    data = replay_data(Graph([]), events)
    assert data["axis"] == data["marks"] == []


def test_the_time_between_two_openings_is_a_gap() -> None:
    states = ["queued", "running", "failed", "running", "success"]
    times = [0.0, 0.0, 10.0, 5_000.0, 5_020.0]
    events = [
        Event(
            i + 1, times[i], "run_state", "r", from_state=states[i - 1] if i else None, to_state=it
        )
        for i, it in enumerate(states)
    ]
    data = replay_data(Graph([]), events)
    assert [it.is_gap for it in data["axis"]] == [False, True, False]


def test_the_same_run_gives_the_same_bytes() -> None:
    one, other = (
        json.dumps(replay_data(run.graph, run.events))
        for run in (Run(7).play(), Run(7, shuffled=True).play())
    )
    assert one == other


def test_data_of_a_long_run_stays_small() -> None:
    chance = random.Random(1)
    events = [Event(1, 0.0, "run_state", "r", to_state="queued", detail={"upstream": {}})]
    for i in range(4_000):
        state = chance.choice(["queued", "running", "success"])
        events.append(Event(i + 2, float(i), "task_state", "r", f"t{i % 50}", -1, 1, None, state))
    assert len(json.dumps(replay_data(Graph([]), events))) < 130 * len(events)
