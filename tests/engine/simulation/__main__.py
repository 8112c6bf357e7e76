"""`python -m tests.engine.simulation --seed 1234` plays one seed again and tells its story."""

from __future__ import annotations

import argparse
import gc
import json
import sys
import time
from collections.abc import Iterator
from contextlib import nullcontext
from hashlib import sha256

from tests.engine.simulation.bugs import BUGS, broken
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


def _try_out(seeds: range, bug: str | None) -> int:
    """Play many seeds; tell the first one that is wrong, and how many there are in a minute."""
    gc.disable()  # a story leaves next to no circles behind
    began = time.process_time()
    for seed in seeds:
        found = complaints_of(seed, bug)
        if found:
            print(f"seed {seed} is wrong:", *found[:5], sep="\n  ")
            print(replay(seed))
            return 1
    seconds = time.process_time() - began
    print(f"{len(seeds):,} seeds hold, {60 * len(seeds) / seconds:,.0f} in a minute of one core")
    return 0


def complaints_of(seed: int, bug: str | None = None) -> list[str]:
    """Play a seed, with a bug in the engine or without one; return all that is wrong."""
    with broken(bug) if bug else nullcontext():
        return complaints(play(scenario(seed)))


def replay(seed: int) -> str:
    """How to see a seed again."""
    return f"Replay it: python -m tests.engine.simulation --seed {seed}"


def digest(seeds: range, bug: str | None = None, *, threads: bool = False) -> str:
    """Return the SHA-256 of the logs of some seeds."""
    found = sha256()
    with broken(bug) if bug else nullcontext():
        for seed in seeds:
            for event in play(scenario(seed), threads=threads).log:
                found.update(json.dumps(event).encode())
    return found.hexdigest()


def _range(text: str) -> range:
    first, _, last = text.partition(":")
    return range(int(first), int(last))


def main(arguments: list[str]) -> int:
    """Tell the story of a seed, or try many; 1 if something is wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.engine.simulation", description=__doc__)
    asked = parser.add_mutually_exclusive_group(required=True)
    asked.add_argument("--seed", type=int, help="tell the story of this seed")
    asked.add_argument("--seeds", type=_range, help="try these, such as 0:2000")
    asked.add_argument("--digest", type=_range, help="print the SHA-256 of the logs of these")
    parser.add_argument("--threads", action="store_true", help="run bodies on threads")
    parser.add_argument("--no-crashes", action="store_true", help="let the process live")
    parser.add_argument("--bug", choices=sorted(BUGS), help="break the engine")
    options = parser.parse_args(arguments)
    if options.digest is not None:
        print(digest(options.digest, options.bug, threads=options.threads))
        return 0
    if options.seeds is not None:
        return _try_out(options.seeds, options.bug)
    with broken(options.bug) if options.bug else nullcontext():
        story = play(
            scenario(options.seed), threads=options.threads, crashes=not options.no_crashes
        )
        print("\n".join(told(story)))
        return 1 if complaints(story) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
