"""One run from end to end: ask the machine, write down, carry out, wait, feed back."""

# ruff: noqa: T201 - prints are part of what a body does

from __future__ import annotations

import functools
import json
import logging
import random
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import wfkit
from tests.core.chance import OUTCOMES, pick, some_tasks
from tests.core.invariants import complaints
from tests.engine.drive import DAY, PATIENCE, Drive, Note, tasks_of
from wfkit.core.errors import Fail, Skip, StoreError
from wfkit.core.events import Event
from wfkit.core.machine import Machine
from wfkit.core.run import RunSnapshot, fold
from wfkit.core.states import Outcome, RunState, TaskState
from wfkit.core.task import Task, task
from wfkit.core.task_options import TaskOptions
from wfkit.engine.clock import SystemClock
from wfkit.engine.sqlite_store import SqliteStore
from wfkit.engine.store import MemoryStore

EXECUTORS = ("serial", "thread")


def orders() -> list[int]:
    print("reading")
    return [3, 4]


def revenue(orders: list[int]) -> int:
    return sum(orders)


@pytest.mark.parametrize("executor", EXECUTORS)
def test_run_gives_results_events_and_lines(executor: str) -> None:
    drive = Drive(tasks_of(revenue, orders), executor).run()
    assert drive.results == {"orders": [3, 4], "revenue": 7}
    assert drive.state is RunState.SUCCESS
    assert drive.runner.finished == 2
    assert drive.lines() == [("orders", 1, "reading")]
    assert [(task, state) for _, task, state in drive.story()] == [
        (None, "queued"),
        (None, "running"),
        ("orders", "scheduled"),
        ("orders", "queued"),
        ("orders", "running"),
        ("orders", "success"),
        ("revenue", "scheduled"),
        ("revenue", "queued"),
        ("revenue", "running"),
        ("revenue", "success"),
        (None, "success"),
    ]


def test_first_event_describes_the_run() -> None:
    drive = Drive(tasks_of(revenue, orders), params={"region": "all", "day": DAY}, seed=7).run()
    assert drive.events[0].detail == {
        "dag": "sales",
        "run_type": "manual",
        "logical_date": "1997-01-01T00:00:00+00:00",
        "data_interval": ["1997-01-01T00:00:00+00:00", "1997-01-01T00:00:00+00:00"],
        "params": {"region": "all", "day": "1997-01-01 00:00:00+00:00"},
        "seed": 7,
        "executor": "serial",
        "clock": "virtual",
        "deadlines": {},
        "broken": [],
        "earlier": {},
        "upstream": {"orders": [], "revenue": ["orders"]},
        "code": drive.plan.code(),
    }


def test_retries_on_a_virtual_clock_end_at_the_right_second() -> None:
    tries: list[int] = []

    @task(retries=3, retry_delay=30, backoff=2, takes=10)
    def flaky(attempt: int) -> int:
        tries.append(attempt)
        if attempt < 3:
            raise ConnectionError("no answer")
        return attempt

    drive = Drive([flaky]).run()
    assert tries == [1, 2, 3]
    assert [(time, state) for time, name, state in drive.story() if name] == [
        (0, "scheduled"),
        (0, "queued"),
        (0, "running"),
        (10, "up_for_retry"),
        (40, "scheduled"),
        (40, "queued"),
        (40, "running"),
        (50, "up_for_retry"),
        (110, "scheduled"),
        (110, "queued"),
        (110, "running"),
        (120, "success"),
    ]


@pytest.mark.parametrize("executor", EXECUTORS)
def test_failure_skip_and_giving_up(executor: str) -> None:
    def broken() -> None:
        raise ValueError("bad row")

    @task(retries=5)
    def hopeless() -> None:
        raise Fail("wrong key")

    def sunday() -> None:
        raise Skip("no sales on Sundays")

    def after_broken(broken: Any) -> None: ...

    def after_sunday(sunday: Any) -> None: ...

    drive = Drive(tasks_of(broken, hopeless, sunday, after_broken, after_sunday), executor).run()
    assert drive.state is RunState.FAILED
    assert drive.states() == {
        "broken": "failed",
        "hopeless": "failed",
        "sunday": "skipped",
        "after_broken": "upstream_failed",
        "after_sunday": "skipped",
    }
    assert drive.snapshot.instances["hopeless", -1].attempt == 1
    error = drive.snapshot.instances["sunday", -1].error
    assert error is not None
    assert (error["type"], error["message"]) == ("Skip", "no sales on Sundays")


# Inputs


def test_each_source_gives_its_value() -> None:
    seen: dict[str, Any] = {}

    def up() -> int:
        return 1

    @task(retries=1)
    def it(  # noqa: PLR0917 - one parameter for each source
        up: int,
        region: str,
        logical_date: Any,
        data_interval_start: Any,
        data_interval_end: Any,
        run_id: str,
        attempt: int,
        params: Any,
        files: Any,
        vat: float = 0.2,
    ) -> None:
        seen.update({name: value for name, value in locals().items() if name != "seen"})
        if attempt == 1:
            raise ValueError

    drive = Drive(tasks_of(up, it), params={"region": "all"}).run()
    assert drive.state is RunState.SUCCESS
    assert seen == {
        "up": 1,
        "region": "all",
        "logical_date": DAY,
        "data_interval_start": DAY,
        "data_interval_end": DAY,
        "run_id": "manual__1997-01-01T00:00:00+00:00",
        "attempt": 2,
        "params": {"region": "all"},
        "files": [],
        "vat": 0.2,
    }


@pytest.mark.parametrize("executor", EXECUTORS)
def test_upstream_without_a_result_gives_the_default_else_none(executor: str) -> None:
    def broken() -> int:
        raise ValueError

    def none() -> None:
        return None

    @task(trigger_rule="all_done")
    def it(broken: Any, none: Any) -> list[Any]:
        return [broken, none]

    @task(trigger_rule="all_done")
    def with_default(broken: Any = 5, none: Any = 6) -> list[Any]:
        return [broken, none]

    drive = Drive(tasks_of(broken, none, it, with_default), executor).run()
    assert (drive.results["it"], drive.results["with_default"]) == ([None, None], [5, None])


@pytest.mark.parametrize("executor", EXECUTORS)
def test_siblings_cannot_change_what_the_other_reads(executor: str) -> None:
    def spoil(orders: list[int]) -> int:
        orders.clear()
        return len(orders)

    def zcount(orders: list[int]) -> int:
        return len(orders)

    def again(orders: list[int], spoil: int, zcount: int) -> int:
        return len(orders)

    drive = Drive(tasks_of(orders, spoil, zcount, again), executor).run()
    assert drive.results == {"orders": [3, 4], "spoil": 0, "zcount": 2, "again": 2}


def test_context_cannot_be_changed_for_others() -> None:
    def a(params: dict[str, Any], files: list[str]) -> None:
        params["region"] = "spoiled"
        files.append("spoiled")

    def b(a: None, params: dict[str, Any], files: list[str]) -> Any:
        return params, files

    drive = Drive(tasks_of(a, b), params={"region": "all"}).run()
    assert drive.results["b"] == ({"region": "all"}, [])


def test_earlier_results_are_inputs_and_defaults_serve_without_them() -> None:
    def report(revenue: int, orders: Any, refunds: int = 9) -> Any:
        return revenue, orders, refunds

    def refunds() -> int:
        return 0

    tasks = tasks_of(orders, revenue, refunds, report)
    some = Drive(tasks, only=["revenue", "report"], earlier={"orders": [5]}).run()
    assert some.results == {"revenue": 5, "report": (5, [5], 9)}
    more = Drive(tasks, only=["report"], earlier={"orders": [], "revenue": 1, "refunds": 2}).run()
    assert more.results == {"report": (1, [], 2)}


# Order of deeds


class Diary(MemoryStore):
    """A store that notes what is done, in order."""

    def __init__(self, note: Note) -> None:
        super().__init__()
        self.note = note

    def write(self, dag: str, run_id: str, events: Sequence[Event]) -> None:
        super().write(dag, run_id, events)
        self.note(("write", [event.seq for event in events]))

    def commit(self) -> None:
        super().commit()
        self.note(("commit", None))


@pytest.mark.parametrize("executor", EXECUTORS)
def test_events_are_written_before_they_are_published(executor: str) -> None:
    note = Note()
    drive = Drive(tasks_of(orders, revenue), executor, store=Diary(note))
    drive.bus.subscribe(lambda events: note(("publish", [event.seq for event in events])))
    drive.run()
    written: list[int] = []
    published: list[int] = []
    for deed, seqs in note.all:
        written += seqs if deed == "write" else []
        published += seqs if deed == "publish" else []
        assert set(published) <= set(written)
    assert written == published == list(range(1, 12))
    assert note.all[-1][0] == "commit" or note.all[-2][0] == "commit"


@pytest.mark.parametrize("executor", EXECUTORS)
def test_no_body_starts_before_its_claim_is_durable(executor: str, tmp_path: Path) -> None:
    path = tmp_path / "history.sqlite"
    note = Note()

    def is_durable(name: str, attempt: int) -> None:
        with sqlite3.connect(path) as reader:
            found = reader.execute(
                "SELECT count(*) FROM event WHERE to_state = 'queued' AND task = ? AND attempt = ?",
                (name, attempt),
            ).fetchone()[0]
        reader.close()
        note((name, attempt, found))

    def make(layer: int, number: int) -> Task:
        name = f"t{layer}_{number}"

        def body(attempt: int, **above: Any) -> None:
            is_durable(name, attempt)
            if number == 0 and attempt == 1:
                raise ValueError

        def first(attempt: int) -> None:
            body(attempt)

        def second(attempt: int, a: None, b: None) -> None:
            body(attempt)

        inputs = {"a": f"t{layer - 1}_{number}", "b": f"t{layer - 1}_{(number + 1) % 5}"}
        function, wired = (second, inputs) if layer else (first, {})
        made = task(retries=1)(function)
        return Task(made.function, made.options, name, wired)

    store = SqliteStore(path)
    drive = Drive([make(i, j) for i in range(8) for j in range(5)], executor, store=store).run()
    assert drive.state is RunState.SUCCESS
    assert len(note.all) == 8 * (5 + 1)
    assert {found for _, _, found in note.all} == {1}
    store.close()


@pytest.mark.parametrize("executor", EXECUTORS)
def test_everything_is_committed_when_the_run_has_ended(executor: str, tmp_path: Path) -> None:
    store, reader = (SqliteStore(tmp_path / "history.sqlite") for _ in range(2))
    drive = Drive(tasks_of(orders, revenue), executor, store=store).run()
    assert reader.events("sales", drive.run_id) == drive.events
    assert reader.runs()[0].state == "success"
    assert [line.text for line in reader.lines("sales", drive.run_id)] == ["reading"]
    store.close()
    reader.close()


@pytest.mark.parametrize("executor", EXECUTORS)
def test_subscriber_that_fails_is_dropped_and_the_run_goes_on(
    executor: str, caplog: pytest.LogCaptureFixture
) -> None:
    heard, calls = Note(), Note()

    def bad(events: Sequence[Event]) -> None:
        calls(len(events))
        raise RuntimeError("no display")

    drive = Drive(tasks_of(orders, revenue), executor)
    drive.bus.subscribe(bad)
    drive.bus.subscribe(heard.all.extend)
    with caplog.at_level(logging.ERROR, "wfkit"):
        drive.run()
    assert drive.state is RunState.SUCCESS
    assert len(calls.all) == 1
    assert heard.all == drive.events
    assert [record.message for record in caplog.records] == [
        "a subscriber failed and hears no more"
    ]


def test_snapshot_that_a_subscriber_folds_is_the_one_of_the_store() -> None:
    snapshot = RunSnapshot()

    def follow(events: Sequence[Event]) -> None:
        for event in events:
            snapshot.apply(event)

    drive = Drive(tasks_of(orders, revenue), "thread")
    drive.bus.subscribe(follow)
    drive.run()
    assert snapshot.instances == drive.snapshot.instances
    assert snapshot.attempts == drive.snapshot.attempts


class Failing(MemoryStore):
    """A store whose n-th write fails."""

    def __init__(self, at: int) -> None:
        super().__init__()
        self.left = at

    def write(self, dag: str, run_id: str, events: Sequence[Event]) -> None:
        self.left -= 1
        if not self.left:
            raise StoreError("the disk is full")
        super().write(dag, run_id, events)


@pytest.mark.parametrize("executor", EXECUTORS)
@pytest.mark.parametrize("at", [1, 2, 3])
def test_run_ends_with_the_error_of_its_store(executor: str, at: int) -> None:
    before = sys.stdout
    drive = Drive(tasks_of(orders, revenue), executor, store=Failing(at)).begin().end()
    assert isinstance(drive.error, StoreError)
    assert sys.stdout is before or executor == "thread"


# Beside each other


def test_each_line_is_under_its_own_task_and_none_is_lost() -> None:
    together = threading.Barrier(2)

    def talk(name: str) -> None:
        together.wait(PATIENCE)
        for number in range(2_000):
            print(name, number)

    def a() -> None:
        talk("a")

    def b() -> None:
        talk("b")

    drive = Drive(tasks_of(a, b), "thread").run()
    for name in ("a", "b"):
        own = [text for task, _, text in drive.lines() if task == name]
        assert own == [f"{name} {number}" for number in range(2_000)]


def test_lines_of_each_attempt_are_kept_apart() -> None:
    @task(retries=2)
    def flaky(attempt: int) -> None:
        print("attempt", attempt)
        if attempt < 3:
            raise ValueError

    drive = Drive([flaky]).run()
    assert drive.lines() == [("flaky", n, f"attempt {n}") for n in (1, 2, 3)]


@pytest.mark.parametrize("executor", EXECUTORS)
def test_urgent_tasks_start_first(executor: str) -> None:
    ran = Note()
    tasks = [
        Task(functools.partial(ran, name), TaskOptions(priority=priority), name)
        for name, priority in [("a", 0), ("b", 5), ("c", -1), ("d", 5), ("e", 1)]
    ]
    Drive(tasks, executor, slots=1).run()
    assert ran.all == ["b", "d", "e", "a", "c"]


def test_run_inside_a_task_keeps_its_prints_apart() -> None:
    inner: list[Drive] = []

    def loud() -> int:
        print("inner")
        return 5

    def outer() -> int:
        print("before")
        inner.append(Drive([Task(loud)], "thread").run())
        inner.append(Drive([Task(loud)], "serial").run())
        print("after")
        return int(inner[0].results["loud"])

    for executor in EXECUTORS:
        inner.clear()
        drive = Drive([Task(outer)], executor).run()
        assert drive.results == {"outer": 5}
        assert drive.lines() == [("outer", 1, "before"), ("outer", 1, "after")]
        assert [it.lines() for it in inner] == [[("loud", 1, "inner")]] * 2


# Cancel


def test_cancel_ends_the_run_while_bodies_go_on() -> None:
    started, gate, done = threading.Event(), threading.Event(), threading.Event()
    late = Note()

    def slow() -> int:
        print("before")
        started.set()
        gate.wait(PATIENCE)
        late(wfkit.cancelled())
        print("late")
        done.set()
        return 1

    def never(slow: int) -> None: ...

    drive = Drive(tasks_of(slow, never), "thread").begin()
    assert started.wait(PATIENCE)
    drive.runner.cancel("enough")
    drive.end()
    assert drive.state is RunState.CANCELLED
    assert drive.states() == {"slow": "cancelled", "never": "cancelled"}
    before = drive.events
    gate.set()
    assert done.wait(PATIENCE)
    assert late.all == [True]
    assert drive.events == before
    assert (drive.results, drive.lines()) == ({}, [("slow", 1, "before")])
    asked = next(event for event in drive.events if event.type == "cancel_requested")
    assert asked.detail == {"reason": "enough"}


def test_cancel_on_serial_waits_for_the_body_only() -> None:
    drives: list[Drive] = []

    def first() -> int:
        drives[0].runner.cancel("from inside")
        return 1

    def second() -> None: ...

    drives.append(Drive(tasks_of(first, second), clock=SystemClock()))
    drives[0].run()
    assert drives[0].states() == {"first": "success", "second": "cancelled"}
    assert drives[0].state is RunState.CANCELLED


def test_on_serial_a_start_is_told_before_the_body_runs() -> None:
    told: list[Any] = []
    seen: dict[str, Any] = {}

    def first() -> None:
        seen["first"] = told[-1]

    def second(first: None) -> None:
        seen["second"] = told[-1]

    def third(second: None) -> None:
        seen["third"] = told[-1]

    drive = Drive(tasks_of(first, second, third), clock=SystemClock())
    drive.bus.subscribe(lambda events: told.extend((it.task, it.to_state) for it in events))
    drive.run()
    assert seen == {name: (name, "running") for name in ("first", "second", "third")}


def test_cancel_between_two_attempts() -> None:
    failed = threading.Event()

    @task(retries=1, retry_delay="1h")
    def flaky() -> None:
        raise ValueError

    drive = Drive([flaky], "thread")
    drive.bus.subscribe(
        lambda events: failed.set() if events[-1].to_state == "up_for_retry" else None
    )
    drive.begin()
    assert failed.wait(PATIENCE)
    drive.runner.cancel()
    drive.end()
    assert drive.states() == {"flaky": "cancelled"}


def test_cancel_twice_and_after_the_end_changes_nothing() -> None:
    drive = Drive(tasks_of(orders), "thread").run()
    before = drive.events
    drive.runner.cancel()
    drive.runner.cancel()
    assert drive.events == before


# By chance: the real runner keeps what the machine promises


def by_chance(seed: int, executor: str, **options: Any) -> tuple[Drive, set[tuple[str, int]]]:
    """Run a graph by chance; what an attempt does depends on seed, task and number alone."""
    hopeless: set[tuple[str, int]] = set()

    def body(name: str, attempt: int) -> str:
        outcome = pick(OUTCOMES, seed, name, attempt)
        if outcome is Outcome.SKIPPED:
            raise Skip
        if outcome is Outcome.TIMED_OUT:
            hopeless.add((name, attempt))
            raise Fail
        if outcome is Outcome.RAISED:
            raise ValueError(name)
        return f"{name} {attempt}"

    def bound(it: Task) -> Task:
        names = ", ".join(p.name for p in it.parameters)
        scope: dict[str, Any] = {"body": body}
        exec(
            f"def {it.name}({names}{', ' * bool(names)}attempt): return body('{it.name}', attempt)",
            scope,
        )
        return Task(scope[it.name], it.options.changed(options))

    tasks = [bound(it) for it in some_tasks(random.Random(seed))]
    return Drive(tasks, executor, slots=2, seed=seed).run(), hopeless


@pytest.mark.slow
@settings(max_examples=60)
@given(st.integers(0, 2**32 - 1))
def test_invariants_hold_for_the_runner_on_serial(seed: int) -> None:
    drive, hopeless = by_chance(seed, "serial")
    assert complaints(drive.graph, drive.events, hopeless) == []
    assert {name for name, it in drive.states().items() if it == "success"} == set(drive.results)


@settings(max_examples=25)
@given(st.integers(0, 2**32 - 1))
def test_invariants_hold_for_the_runner_on_threads(seed: int) -> None:
    drive, hopeless = by_chance(seed, "thread", retry_delay=0)
    assert complaints(drive.graph, drive.events, hopeless) == []
    serial, _ = by_chance(seed, "serial", retry_delay=0)
    assert drive.states() == serial.states()
    assert drive.results == serial.results


@settings(max_examples=20)
@given(st.integers(0, 2**32 - 1))
def test_same_seed_gives_the_same_log_on_a_virtual_clock(seed: int) -> None:
    assert by_chance(seed, "serial")[0].events == by_chance(seed, "serial")[0].events


@pytest.mark.slow
def test_log_does_not_depend_on_the_hash_seed() -> None:
    code = (
        "import json; from tests.engine.test_runner import by_chance;"
        "print(json.dumps([[e.to_dict() for e in by_chance(s, 'serial')[0].events] "
        "for s in range(20)]))"
    )
    started = [
        subprocess.Popen(
            [sys.executable, "-c", code],
            stdout=subprocess.PIPE,
            cwd=Path(__file__).parents[2],
            env={"PYTHONHASHSEED": seed},
        )
        for seed in ("1", "2")
    ]
    first, second = (process.communicate(timeout=60)[0] for process in started)
    assert len(json.loads(first)) == 20
    assert first == second


def test_jitter_is_drawn_from_seed_and_run(monkeypatch: pytest.MonkeyPatch) -> None:
    plans = [Drive([], seed=seed).plan for seed in (1, 1, 2)]
    drawn = [plan.draw("orders", -1, 2) for plan in plans]
    assert drawn[0] == drawn[1] != drawn[2]
    many = [plans[0].draw("orders", -1, attempt) for attempt in range(1_000)]
    assert all(0 <= number < 1 for number in many)
    assert 0.45 < sum(many) / 1_000 < 0.55
    assert len(set(many)) == 1_000


def test_machine_is_asked_on_the_thread_of_the_run_only(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = Note()
    advance = Machine.advance

    def noting(self: Machine, fact: Any) -> Any:
        asked(threading.current_thread())
        return advance(self, fact)

    monkeypatch.setattr(Machine, "advance", noting)
    drive = Drive(tasks_of(orders, revenue), "thread").run()
    assert set(asked.all) == {threading.current_thread()}
    assert len(asked.all) == 5
    assert fold(drive.events).counts() == {TaskState.SUCCESS: 2}
