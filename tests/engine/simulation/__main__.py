"""`python -m tests.engine.simulation --seed 1234` plays one seed again and tells its story."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator

from tests.engine.simulation.invariants import complaints
from tests.engine.simulation.scenario import Scenario, Scene, scenario
from tests.engine.simulation.story import Story
from tests.engine.simulation.world import START, play
from wfkit.core.events import Event


def told(story: Story) -> Iterator[str]:
    """The story in lines: what was to happen, what happened, what is wrong with it."""
    yield from _plot(story.scenario)
    opened = {it.length: it for it in story.witness.openings if it.run_id == story.run_id}
    for event in story.log:
        yield f"  {_line(event)}"
        if event.seq in opened:
            yield "  ---- a process opens the store ----"
    for key, value in sorted(story.results.items()):
        yield f"  {key[0]}[{key[1]}] = {value!r}"
    yield from (f"WRONG {text}" for text in complaints(story))


def _plot(plot: Scenario) -> Iterator[str]:
    yield f"seed {plot.seed}: {plot.slots} slots, dies at places {list(plot.crashes)}"
    yield f"  cancel at {plot.cancel_at}, then {[tuple(again) for again in plot.again]}"
    yield from (f"  {fault}" for fault in plot.faults)
    for scene in plot.scenes:
        yield f"  {scene.name} reads {list(scene.data)} {_options(scene)}"
        for turns in scene.acts:
            yield f"      {', '.join(f'{act.kind} {act.takes}' for act in turns)}"


def _options(scene: Scene) -> str:
    found = {name: value for name, value in scene.options.items() if value}
    if scene.choice is not None:
        found["choice"] = scene.choice
    return " ".join(f"{name}={value}" for name, value in found.items())


def _line(event: Event) -> str:
    where = f"{event.task}[{event.map_index}] {event.attempt or ''}" if event.task else "run"
    what = f"{event.from_state} → {event.to_state}" if event.to_state else event.type
    if event.type == "cleared":
        what = f"cleared from {event.from_state}"
    detail = dict(event.detail or {})
    if "upstream" in detail:
        detail = {"dag": detail["dag"]}
    if "error" in detail:
        detail["error"] = f"{detail['error']['type']}: {detail['error']['message']}"
    shown = " ".join(f"{name}={value}" for name, value in detail.items())
    return f"{event.seq:4} {event.time - START.timestamp():6.1f} {where:12} {what} {shown}"


def main(arguments: list[str]) -> int:
    """Tell the story of a seed; 1 if something is wrong with it."""
    parser = argparse.ArgumentParser(prog="python -m tests.engine.simulation", description=__doc__)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--threads", action="store_true", help="run bodies on threads")
    parser.add_argument("--no-crashes", action="store_true", help="let the process live")
    asked = parser.parse_args(arguments)
    story = play(scenario(asked.seed), threads=asked.threads, crashes=not asked.no_crashes)
    print("\n".join(told(story)))
    return 1 if complaints(story) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
