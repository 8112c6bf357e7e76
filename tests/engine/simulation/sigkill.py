"""The same stories with real deaths: a forked child plays on disk until SIGKILL ends it.

`python -m tests.engine.simulation.sigkill --seeds 0:200` plays seeds in children of two small
processes without threads, and prints what it found as JSON. With `--real` the bodies run on
threads, and the clock is the one on the wall.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from itertools import pairwise
from pathlib import Path
from typing import Any

import filelock  # noqa: F401 - the store imports it late, which every child would do again

from tests.engine.simulation.bodies import Stage
from tests.engine.simulation.bugs import BUGS, broken
from tests.engine.simulation.crash import Fuse, KillStore, kill
from tests.engine.simulation.hurried import hurried
from tests.engine.simulation.invariants import complaints
from tests.engine.simulation.scenario import Scenario, scenario
from tests.engine.simulation.twins import differences
from tests.engine.simulation.witness import FileWitness
from tests.engine.simulation.world import DAG, MOST_STEPS, World, play, story_of
from tests.engine.store_contract import states_as_folded

MOST_DEATHS = 20
_LATEST = 0.025
_PATIENCE = 30
_DONE, _BROKEN = 0, 3


def play_and_die(seed: int, folder: Path, is_real: bool) -> tuple[int, list[str]]:
    """Play a scenario through all its deaths; return their number and all that is wrong."""
    plot = hurried(scenario(seed)) if is_real else scenario(seed)
    # Each place is counted from the birth of the process that dies there.
    places = [place - before for before, place in pairwise((0, *plot.crashes))]
    chance = random.Random(seed)
    for deaths in range(MOST_DEATHS):
        place = places[deaths] if deaths < len(places) else None
        is_sudden = place is not None and seed % 3 == 0
        child = _fork(plot, folder, None if is_sudden else place, is_real)
        if is_sudden:
            time.sleep(chance.random() * _LATEST)
            os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        if os.WIFEXITED(status):
            told = (folder / "verdict").read_text(encoding="utf-8")
            return deaths, json.loads(told)
        if os.WTERMSIG(status) != signal.SIGKILL:
            return deaths, [f"L: a child dies of signal {os.WTERMSIG(status)}"]
    return MOST_DEATHS, ["L: no child lives long enough"]


def _fork(plot: Scenario, folder: Path, place: int | None, is_real: bool) -> int:
    child = os.fork()
    if child:
        return child
    signal.alarm(_PATIENCE)
    code = _BROKEN
    try:
        found = _live(plot, folder, () if place is None else (place,), is_real)
        (folder / "verdict").write_text(json.dumps(found), encoding="utf-8")
        code = _DONE
    except BaseException:  # noqa: BLE001 - whatever it is, the parent must hear of it
        told = [f"L: {traceback.format_exc()}"]
        (folder / "verdict").write_text(json.dumps(told), encoding="utf-8")
    finally:
        os._exit(code)


def _live(plot: Scenario, folder: Path, places: Sequence[int], is_real: bool) -> list[str]:
    path, stage = folder / "history.sqlite", Stage(plot)
    fuse = Fuse(places, MOST_STEPS, kill)
    witness = FileWitness(folder / "witness")
    store = KillStore(path, fuse)
    World(plot, stage, store, witness, in_body=fuse.burn, is_real=is_real).live()
    store.close()
    witness.close()
    return _verdict(plot, stage, folder, is_real)


def _verdict(plot: Scenario, stage: Stage, folder: Path, is_real: bool) -> list[str]:
    store = KillStore(folder / "history.sqlite", Fuse((), MOST_STEPS, kill))
    witness = FileWitness(folder / "witness")
    story = story_of(plot, stage, store, witness, slots=plot.slots, is_real=is_real)
    found = complaints(story)
    states_as_folded(store, DAG)
    if is_real and not plot.again:
        found += differences(story, play(plot, crashes=False))
    return found


def _lane(seeds: Sequence[int], folder: Path, is_real: bool) -> Iterator[dict[str, Any]]:
    for seed in seeds:
        home = folder / str(seed)
        home.mkdir()
        deaths, found = play_and_die(seed, home, is_real)
        if not found:
            shutil.rmtree(home)
        yield {"seed": seed, "deaths": deaths, "complaints": found}


def _run_lane(seeds: Sequence[int], report: Path, is_real: bool) -> int:
    child = os.fork()
    if child:
        return child
    with report.open("w", encoding="utf-8") as lines:
        for it in _lane(seeds, report.parent, is_real):
            print(json.dumps(it), file=lines, flush=True)
    os._exit(0)


def run(seeds: Sequence[int], is_real: bool, lanes: int = 2) -> list[dict[str, Any]]:
    """Play seeds side by side in so many processes; return what each of them found."""
    play(scenario(0))  # What is imported late is imported here, once for all children.
    folder = Path(tempfile.mkdtemp(prefix="wfkit-sigkill-"))
    reports = [folder / f"lane{number}" for number in range(lanes)]
    children = [
        _run_lane(seeds[number::lanes], report, is_real) for number, report in enumerate(reports)
    ]
    for child in children:
        os.waitpid(child, 0)
    found = [json.loads(line) for it in reports for line in it.read_text().splitlines()]
    if not any(it["complaints"] for it in found):
        shutil.rmtree(folder)
    return sorted(found, key=lambda it: int(it["seed"]))


def main(arguments: list[str]) -> int:
    """Play seeds and print the verdict as JSON; 1 if something is wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.engine.simulation.sigkill")
    parser.add_argument("--seeds", default="0:200", help="first:last, the last one not included")
    parser.add_argument("--real", action="store_true", help="threads, and a clock on the wall")
    parser.add_argument("--bug", choices=sorted(BUGS), help="break the engine")
    asked = parser.parse_args(arguments)
    first, last = (int(part) for part in asked.seeds.split(":"))
    began = time.monotonic()
    with broken(asked.bug) if asked.bug else nullcontext():
        found = run(range(first, last), asked.real)
    seconds = time.monotonic() - began
    verdict = {
        "seeds": len(found),
        "deaths": sum(it["deaths"] for it in found),
        "a_minute": round(60 * len(found) / seconds),
        "wrong": [it for it in found if it["complaints"]],
    }
    print(json.dumps(verdict, indent=1))
    return 1 if verdict["wrong"] or len(found) < last - first else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
