"""A process that is interrupted twenty times while it runs a Dag, and that tells how that went.

`main(executor, folder)` prints, as JSON, for each interrupt: the moment, the seconds from the
(last) signal until KeyboardInterrupt reached the caller, and everything that was wrong.
"""

from __future__ import annotations

import contextlib
import functools
import json
import os
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import wfkit
from tests.api.whole import complaints_of
from tests.engine.processes import is_alive
from wfkit import Dag, task
from wfkit.api.dag_run import DagRun

INTERRUPTED = {"reason": "interrupted"}
SLOTS = 2
PATIENCE = 20.0
DELAY = 0.25
LONG = 0.6
LONGER = 1.5
"""Seconds that bodies need which do not listen: longer than an interrupt waits for them."""


def note(folder: str, text: str) -> None:
    """Write to the witness; a short line in append mode is written as one."""
    with open(f"{folder}/witness", "a", encoding="ascii") as file:  # noqa: PTH123
        file.write(f"{text}\n")


def is_slow(name: str, folder: str) -> bool:
    """True where an interrupt is to find this body at work."""
    return name in Path(folder, "slow").read_text(encoding="ascii").split()


@task
def a(folder: str) -> int:
    note(folder, "begin a")
    note(folder, "end a")
    return 1


@task(retries=2, retry_delay=DELAY)
def flaky(a: int, folder: str, attempt: int) -> int:
    note(folder, "begin flaky")
    if attempt == 1:
        note(folder, "fail flaky")
        raise ConnectionError("503")
    note(folder, "end flaky")
    return a + 1


@task
def items(flaky: int) -> list[int]:
    return [flaky] * 6


@task(expand="items", pool="db")
def crowd(items: int, folder: str) -> int:
    """Six of them, for two slots: some run, the others wait."""
    note(folder, "begin crowd")
    if is_slow("crowd", folder):
        time.sleep(0.05)
    note(folder, "end crowd")
    return items


@task
def nap(crowd: list[int], folder: str) -> int:
    """Sleep in C, where no Python code looks at anything."""
    note(folder, "begin nap")
    if is_slow("nap", folder):
        time.sleep(LONGER)
    note(folder, "end nap")
    return sum(crowd)


@task
def deaf(nap: int, folder: str) -> int:
    """Catch whatever comes, and go on."""
    note(folder, "begin deaf")
    note(folder, f"pid {os.getpid()}")
    end = time.monotonic() + LONG
    while is_slow("deaf", folder) and time.monotonic() < end:
        with contextlib.suppress(BaseException):
            time.sleep(0.02)
    note(folder, "end deaf")
    return nap


@task
def polite(deaf: int, folder: str) -> int:
    note(folder, "begin polite")
    end = time.monotonic() + LONG
    while is_slow("polite", folder) and time.monotonic() < end and not wfkit.cancelled():
        wfkit.sleep(0.02)
    note(folder, "end polite")
    return deaf


@task
def last(polite: int, folder: str) -> int:
    """Nothing waits for it; no interrupt is meant for it, but some may come late."""
    if is_slow("last", folder):
        time.sleep(LONG)
    return polite


TASKS = (a, flaky, items, crowd, nap, deaf, polite, last)


class Moment(NamedTuple):
    """When to interrupt: so many seconds after a line has come so often in the witness.

    `again` is after how many seconds a second interrupt follows.
    """

    line: str
    times: int = 1
    later: float = 0.0
    again: float | None = None


def moments(executor: str) -> Iterator[tuple[Moment, ...]]:
    """The interrupts of each run, and of its resumes: twenty single ones, then one twice."""
    draw = random.Random(executor).random
    yield from ((Moment("", 0, draw() * 0.02),) for _ in range(5))
    yield from ((Moment("begin crowd", it, draw() * 0.02),) for it in (2, 4, 6))
    yield from ((Moment("fail flaky", 1, DELAY * it),) for it in (0.1, 0.5, 0.9))
    yield from ((Moment(f"end {it}", 1, draw() * 0.003),) for it in ("a", "nap", "deaf"))
    bodies = [Moment(f"begin {it}", 1, draw() * 0.1) for it in ("nap", "deaf", "polite")]
    yield from ((it,) for it in bodies)
    yield tuple(bodies)
    if executor != "thread":  # where the first one never waits for a body
        yield (Moment("begin deaf", 1, 0.1, again=0.1),)


class Round:
    """One run that is interrupted, with its resumes, till it ends."""

    def __init__(self, executor: str, folder: Path) -> None:
        folder.mkdir()
        self.folder, self.executor = folder, executor
        self.store = folder / "history.sqlite"
        self.dag = Dag(
            "sales",
            TASKS,
            params={"folder": str(folder)},
            pools={"db": 2},
            max_active_tasks=SLOTS,
            executor=executor,
        )
        self.wrong: list[str] = []

    def play(self, interrupts: Sequence[Moment]) -> Iterator[dict[str, Any]]:
        """Run, resume as often as there are interrupts left, then once more in peace."""
        kept: Counter[str] = Counter()
        self._slow(" ".join({"crowd", "last", *(_after(it.line) for it in interrupts)}))
        for number, moment in enumerate(interrupts):
            verb = self.dag.resume if number else self.dag.run
            seconds = self._interrupted(moment, functools.partial(verb, store=self.store))
            kept |= self._look()
            if moment.line == "begin deaf" and self.executor == "process":
                self._look_for_survivors()
            yield {"moment": moment, "seconds": round(seconds, 3), "wrong": self.wrong}
            self.wrong = []
        self._slow("")
        run = (self.dag.resume if self.dag.runs(store=self.store) else self.dag.run)(
            store=self.store
        )
        self._check(run, "success")
        if run["last"] != 12:
            self.wrong.append(f"the result is {run['last']}")
        self.wrong += [f"{it} ran again" for it in kept if self.lines()[it] != kept[it]]
        yield {"moment": None, "seconds": 0.0, "wrong": self.wrong}

    def _slow(self, names: str) -> None:
        (self.folder / "slow").write_text(names, encoding="ascii")

    def lines(self) -> Counter[str]:
        """What the bodies told, how often."""
        try:
            return Counter((self.folder / "witness").read_text(encoding="ascii").splitlines())
        except FileNotFoundError:
            return Counter()

    def _interrupted(self, moment: Moment, call: Callable[[], object]) -> float:
        """Call, interrupt, and return the seconds that it took to come back."""
        sent: list[float] = []
        is_back = threading.Event()
        thread = threading.Thread(target=self._send, args=[moment, sent, is_back], daemon=True)
        told = ""
        try:
            thread.start()
            call()
            self.wrong.append("it came to its end")
        except KeyboardInterrupt as interrupt:
            told = str(interrupt)
        came = time.monotonic()
        is_back.set()
        thread.join(PATIENCE)
        if self.dag.last and moment.again is None and "dag.resume() goes on where it" not in told:
            self.wrong.append(f"it told {told!r}")
        if len(sent) != 1 + (moment.again is not None):
            self.wrong.append(f"{len(sent)} signals were sent")
        return came - sent[-1]

    def _send(self, moment: Moment, sent: list[float], is_back: threading.Event) -> None:
        wait(lambda: not moment.line or self.lines()[moment.line] >= moment.times)
        is_back.wait(moment.later)
        sent.append(time.monotonic())
        os.kill(os.getpid(), signal.SIGINT)
        if moment.again is not None and not is_back.wait(moment.again):
            sent.append(time.monotonic())
            os.kill(os.getpid(), signal.SIGINT)

    def _look(self) -> Counter[str]:
        """Check what is on record; return how often the bodies ran that need not run again."""
        found = self.dag.runs(store=self.store)
        if not found:
            return Counter()
        [run] = found
        if wait(lambda: run.state.is_terminal):
            self._check(run, "cancelled")
            asked = [event.detail for event in run.events if event.type == "cancel_requested"]
            self.wrong += [f"asked to stop for {it}" for it in asked if it != INTERRUPTED]
        else:
            self.wrong.append(f"the run is {run.state} for ever")
        done = {task for task, _ in run.snapshot.instances if _is_done(run, task)}
        calls = self.lines()
        return Counter({line: calls[line] for line in (f"begin {it}" for it in done)})

    def _look_for_survivors(self) -> None:
        pids = [int(line.split()[1]) for line in self.lines() if line.startswith("pid ")]
        if not wait(lambda: not any(map(is_alive, pids))):
            self.wrong.append("a process that did not listen is alive")

    def _check(self, run: DagRun, state: str) -> None:
        if run.state != state:
            self.wrong.append(f"the run is {run.state}, not {state}")
        self.wrong += complaints_of(run, SLOTS)


def _after(line: str) -> str:
    """The body that is at work when a line has come."""
    done, _, name = line.partition(" ")
    names = [it.name for it in TASKS]
    return name if done != "end" else names[names.index(name) + 1]


def _is_done(run: DagRun, task: str) -> bool:
    states = [it.state for (name, _), it in run.snapshot.instances.items() if name == task]
    return all(state == "success" for state in states)


def wait(holds: Callable[[], bool]) -> bool:
    end = time.monotonic() + PATIENCE
    while not holds() and time.monotonic() < end:
        threading.Event().wait(0.005)
    return holds()


def main(executor: str, folder: str) -> None:
    """Print what became of all interrupts."""
    told = [
        it
        for number, interrupts in enumerate(moments(executor))
        for it in Round(executor, Path(folder) / str(number)).play(interrupts)
    ]
    print(json.dumps(told), flush=True)  # noqa: T201 - for the process that started this one
