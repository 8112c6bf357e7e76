"""One contract for every store: what is written comes back, in order, and nothing else."""

from __future__ import annotations

import itertools
import random
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from wfkit.core.alerts import AlertFact
from wfkit.core.events import Event
from wfkit.core.grid import InstanceStates, Reached
from wfkit.core.history import InstanceSpan, run_history
from wfkit.core.outline import RunOutline
from wfkit.core.run import fold
from wfkit.core.states import RunState, TaskState
from wfkit.engine.capture import LogLine
from wfkit.engine.store import PARAMS, RunRecord, Store, StoredResult

SMALL = 64 * 1024
"""Bytes up to which a result lies in the history itself, where the store makes a difference."""

NAMES = ["売上", "../orders", "a/b\\c", "nul", "' OR 1=1 --", "📦 \u202e", "x" * 5_000, "%s{}$x"]
RUN = ("sales", "manual__1997-01-01")
HARD = "ümläut 売上 📦 \u202e \ud800 \0 \x1b[31m \r 'quoted' \"and\" \\ \n {{ }}"


def event(seq: int, task: str | None = "orders", **fields: Any) -> Event:
    return Event(seq, float(seq), "task_state", RUN[1], task, **fields)


def run_state(seq: int, state: str, **fields: Any) -> Event:
    return Event(seq, float(seq), "run_state", RUN[1], to_state=state, **fields)


def line(text: str, level: str = "stdout", data: dict[str, Any] | None = None) -> LogLine:
    return LogLine("orders", -1, 1, 2.5, level, text, data)


def states_as_folded(store: Store, dag: str, most: int = 1_000) -> dict[str, InstanceStates]:
    """Return the states that a store tells, once they are those that the events lead to.

    Of instances that have not moved it may tell or not.
    """
    found = store.task_states(dag, most)
    assert set(found) == {it.run_id for it in store.runs(dag, most)}
    for run_id, states in found.items():
        folded = fold(store.events(dag, run_id)).instances.items()
        expected = {
            key: Reached(it.state, it.attempt)
            for key, it in folded
            if key in states or it.state is not TaskState.NONE
        }
        assert states == expected, run_id
    return found


def story(seed: int) -> Iterator[Event]:
    """Events without end: instances move, are expanded and cleared; the run ends and goes on."""
    chance, seq = random.Random(seed), itertools.count(1)
    members: dict[str, list[int]] = {task: [-1] for task in ("load", "mail", "売上")}
    yield run_state(next(seq), "running")
    while True:
        task = chance.choice(list(members))
        place = {"map_index": chance.choice(members[task]), "attempt": chance.choice([None, 1, 2])}
        kind = chance.choice(["moves"] * 6 + ["expands", "is cleared", "collapses", "ends", "late"])
        if kind == "moves":
            yield event(next(seq), task, to_state=chance.choice(list(TaskState)).value, **place)
        elif kind == "expands" and members[task] == [-1]:
            members[task] = list(range(chance.randint(1, 3)))
            detail = {"length": len(members[task])}
            yield event(next(seq), task, detail=detail)._replace(type="expanded")
        elif kind == "is cleared":
            yield event(next(seq), task, to_state="none", **place)._replace(type="cleared")
        elif kind == "collapses":
            members[task] = [-1]
            it = event(next(seq), task, to_state="none", detail={"collapsed": True})
            yield it._replace(type="cleared")
        elif kind == "ends":
            yield run_state(next(seq), chance.choice(["success", "failed", "cancelled"]))
            if chance.random() < 0.5:
                yield run_state(next(seq), "running")
        elif kind == "late":
            yield event(next(seq), task)._replace(type="deadline_missed")


def write_an_eventful_run(store: Store, end: str) -> None:
    """A run with retries, with cleared and with expanded tasks, and with missed deadlines."""
    seq = itertools.count(1)

    def write(task: str | None, index: int, *states: str | None, **fields: Any) -> None:
        for state in states:
            moved = event(next(seq), task, map_index=index, to_state=state)
            store.write(*RUN, [moved._replace(**fields)])

    def retry(task: str) -> None:
        for attempt in (1, 2):
            write(task, -1, "scheduled", "queued", "running", "up_for_retry", attempt=attempt)
        write(task, -1, "scheduled", "queued", "running", "failed", attempt=3)

    tasks: dict[str, list[str]] = {it: [] for it in ("load", "mail", "late", "once", "never")}
    store.add_run(*RUN, "1997-01-01", 0.0)
    store.write(*RUN, [run_state(next(seq), "queued", detail={"upstream": tasks})])
    store.write(*RUN, [run_state(next(seq), "running")])
    retry("late")
    retry("mail")
    write("mail", -1, "none", type="cleared", attempt=3)
    write("mail", -1, "scheduled", "queued", "running", "success", attempt=4)
    for task, length in (("load", 2), ("once", 1)):
        write(task, -1, "scheduled")
        write(task, -1, None, type="expanded", detail={"length": length})
        for index in range(length):
            write(task, index, "scheduled", "queued", "running", "success", attempt=1)
    write("once", -1, "none", type="cleared", attempt=1, detail={"collapsed": True})
    write("once", -1, "scheduled", "queued", "running", "success", attempt=2)
    if end != "success":  # its process may have died
        write("lost", -1, "scheduled", "queued", "running", "up_for_retry", attempt=1)
        write("lost", -1, "scheduled", "queued", attempt=2)
    write("load", -1, None, type="deadline_missed")
    write(None, -1, None, type="deadline_missed")
    store.write(*RUN, [run_state(next(seq), end)])


def write_failed_runs(store: Store) -> None:
    """Write three runs of sales that failed, and one of another Dag that still runs."""
    for number in range(3):
        run = ("sales", f"run_{number}")
        store.add_run(*run, "", 0.0)
        moves = ((1, "queued"), (2, "failed"))
        store.write(*run, [event(seq, attempt=seq, to_state=it) for seq, it in moves])
        store.write(*run, [run_state(3, "failed"), event(4, "mail", to_state="skipped")])
    store.add_run("stock", "run_3", "", 0.0)
    store.write("stock", "run_3", [event(1, to_state="running")])


class StoreContract:
    """What every store promises. `store` is empty and ready to be written to."""

    @pytest.fixture
    def store(self) -> Store:
        raise NotImplementedError

    def test_run_id_is_reserved_once_for_each_dag(self, store: Store) -> None:
        assert store.add_run("sales", "manual__1", "1997-01-01", 5.0)
        assert not store.add_run("sales", "manual__1", "1997-01-02", 6.0)
        assert store.add_run("stock", "manual__1", "1997-01-03", 7.0)
        store.commit()
        assert store.runs() == [
            RunRecord("sales", "manual__1", "queued", "1997-01-01", 5.0),
            RunRecord("stock", "manual__1", "queued", "1997-01-03", 7.0),
        ]

    def test_alerts_come_back_in_order(self, store: Store) -> None:
        runs = [("sales", "a"), ("sales", "b"), ("stock", "a")]
        for run in runs:
            store.add_run(*run, "", 0.0)
        assert store.alerts("sales") == []
        facts = [
            AlertFact("b", "failure:3", 2.5, "raised", "", {"subject": HARD, "to": ["x", "y"]}),
            AlertFact("b", "failure:3", 3.5, "sent", "x"),
            AlertFact("a", "retry:1", 1.5, "failed", "y", {"note": "too slow"}),
        ]
        store.write_alerts("sales", facts[:2])
        store.write_alerts("sales", facts[2:])
        store.write_alerts("stock", [facts[2]._replace(type="sent")])
        store.commit()
        assert store.alerts("sales") == facts
        assert store.alerts("sales", "b") == facts[:2]
        assert store.alerts("stock") == [facts[2]._replace(type="sent")]
        assert store.alerts("sales", "none") == store.alerts("none") == []

    def test_runs_of_one_name_are_counted(self, store: Store) -> None:
        names = ["manual__1", "manual__1_2", "manual__1_10", "manual__10", "backfill__1"]
        for name in names:
            store.add_run("sales", name, "", 0.0)
        store.add_run("stock", "manual__1_3", "", 0.0)
        counts = [store.count_runs("sales", it) for it in ("manual__1", "manual__10", "manual__2")]
        assert counts == [3, 1, 0]

    def test_index_lists_the_newest_runs_of_a_dag_oldest_first(self, store: Store) -> None:
        for number in range(5):
            store.add_run("sales", f"run_{number}", "", float(number))
            store.add_run("stock", f"run_{number}", "", float(number))
        store.commit()
        assert [r.run_id for r in store.runs("sales")] == [f"run_{n}" for n in range(5)]
        assert [r.run_id for r in store.runs("sales", most=2)] == ["run_3", "run_4"]
        assert [(r.dag, r.run_id) for r in store.runs(most=3)] == [
            ("stock", "run_3"),
            ("sales", "run_4"),
            ("stock", "run_4"),
        ]
        assert store.runs("nobody") == []

    def test_index_follows_the_state_of_a_run(self, store: Store) -> None:
        store.add_run(*RUN, "", 0.0)
        states = []
        for batch in (
            [run_state(1, "queued"), run_state(2, "running")],
            [event(3, from_state="none", to_state="failed")],
            [event(4, to_state="success"), run_state(5, "success")],
        ):
            store.write(*RUN, batch)
            states += [record.state for record in store.runs()]
        assert states == ["running", "running", "success"]

    def test_events_come_back_as_they_were(self, store: Store) -> None:
        detail = {
            "text": HARD,
            "none": None,
            "numbers": [0, -1, 1.5, 10**18, 1e-300],
            "nested": {"a": [{"b": True}], "": {}},
            "outcome": "raised",
        }
        events = [
            run_state(1, "queued", detail=detail),
            run_state(2, "running", detail=None),
            event(3, attempt=1, from_state="none", to_state="scheduled"),
            event(4, task="売上", map_index=3, attempt=None, to_state="skipped", detail={}),
            event(5, attempt=1, to_state="success", detail={"outcome": "returned"}),
            Event(6, 0.1 + 0.2, "cancel_requested", RUN[1], detail={"reason": HARD}),
        ]
        store.add_run(*RUN, "", 0.0)
        store.write(*RUN, events)
        store.commit()
        assert store.events(*RUN) == events

    def test_states_of_tasks_are_those_of_the_newest_runs(self, store: Store) -> None:
        write_failed_runs(store)
        states = {
            ("orders", -1): Reached(TaskState.FAILED, 2),
            ("mail", -1): Reached(TaskState.SKIPPED),
        }
        assert store.task_states("sales", 2) == {"run_1": states, "run_2": states}
        assert store.task_states("nobody", 2) == {}

    def test_states_of_instances_follow_expanding_and_clearing(self, store: Store) -> None:
        seq = itertools.count(1)

        def write(task: str, index: int, state: str | None, **fields: Any) -> None:
            moved = event(next(seq), task, map_index=index, to_state=state)
            store.write(*RUN, [moved._replace(**fields)])

        def states() -> dict[tuple[str, int], str]:
            (found,) = states_as_folded(store, "sales").values()
            return {key: it.state.value for key, it in found.items()}

        store.add_run(*RUN, "", 0.0)
        write("load", -1, "scheduled")
        write("load", -1, None, type="expanded", detail={"length": 2})
        assert states() == {}
        write("load", 0, "success")
        write("load", 1, "failed")
        assert states() == {("load", 0): "success", ("load", 1): "failed"}
        write("load", 1, "none", type="cleared")
        write("", -1, None, type="deadline_missed")
        assert states() == {("load", 0): "success", ("load", 1): "none"}
        write("load", -1, "none", type="cleared", detail={"collapsed": True})
        assert states() == {("load", -1): "none"}

    @pytest.mark.parametrize("seed", range(8))
    def test_states_are_those_of_a_fold_whatever_happened(self, store: Store, seed: int) -> None:
        chance = random.Random(seed)
        stories = {f"run_{number}": story(100 * seed + number) for number in range(3)}
        for run_id in stories:
            store.add_run("sales", run_id, "", 0.0)
        for _ in range(25):
            run_id = chance.choice(list(stories))
            batch = itertools.islice(stories[run_id], chance.randint(1, 12))
            store.write("sales", run_id, [it._replace(run_id=run_id) for it in batch])
            if chance.random() < 0.5:
                store.commit()
            states_as_folded(store, "sales")

    def test_histories_are_those_of_the_newest_runs(self, store: Store) -> None:
        write_failed_runs(store)
        store.add_run("sales", "run_4", "", 0.0)
        found = store.histories("sales", 3)
        assert [it.outline for it in found] == store.outlines("sales", 3)
        states = {
            ("orders", -1): InstanceSpan(TaskState.FAILED, 2, ended=2.0),
            ("mail", -1): InstanceSpan(TaskState.SKIPPED, ended=4.0),
        }
        assert [it.instances for it in found] == [states, states, {}]
        assert [len(store.histories("sales", most)) for most in (1, None)] == [1, 4]
        assert store.histories("nobody") == []

    @pytest.mark.parametrize("end", ["success", "failed", "running"])
    def test_history_of_a_run_is_the_fold_of_its_events(self, store: Store, end: str) -> None:
        write_an_eventful_run(store, end)
        (found,) = store.histories("sales")
        told = run_history(fold(store.events(*RUN)))
        never = InstanceSpan(TaskState.NONE)
        assert {**found.instances, ("never", -1): never} == told.instances
        assert found.late == told.late == {"load", ""}
        assert found.outline == told.outline._replace(logical_date="1997-01-01")
        assert (told.instances["mail", -1].retries, told.instances["late", -1].retries) == (0, 2)

    def test_outlines_tell_of_runs_without_their_tasks(self, store: Store) -> None:
        detail = {
            "run_type": "scheduled",
            "clock": "virtual",
            "due": "1997-01-02T01:30:00+00:00",
            "deadlines": {"": 90.0, HARD: 5.5},
            "upstream": {"orders": []},
        }
        for number, last in enumerate(("success", "running")):
            run = ("sales", f"run_{number}")
            store.add_run(*run, "1997-01-01", 0.0)
            store.write(*run, [run_state(1, "queued", detail=detail)])
            store.write(*run, [run_state(2, "running"), event(3, to_state="running")])
            store.write(*run, [run_state(4, last)])
        store.add_run("sales", "run_2", "1997-01-02", 0.0)
        store.add_run("stock", "run_3", "", 0.0)
        kept = {name: it for name, it in detail.items() if name in {"due", "deadlines"}}
        done, going, waiting = store.outlines("sales")
        assert done == RunOutline(
            "run_0",
            "1997-01-01",
            RunState.SUCCESS,
            "scheduled",
            is_virtual=True,
            started=2.0,
            ended=4.0,
            **kept,  # type: ignore[arg-type]
        )
        assert (done.duration, going.duration) == (2.0, None)
        assert (going.state, going.started, going.ended) == (RunState.RUNNING, 2.0, None)
        assert waiting == RunOutline("run_2", "1997-01-02", RunState.QUEUED)
        assert store.outlines("sales", 2) == [going, waiting]
        assert store.outlines("nobody") == []

    def test_events_of_many_batches_stay_in_order(self, store: Store) -> None:
        store.add_run(*RUN, "", 0.0)
        for first in range(1, 1_000, 7):
            store.write(*RUN, [event(seq) for seq in range(first, first + 7)])
            assert store.last_seq(*RUN) == first + 6
        assert [it.seq for it in store.events(*RUN)] == list(range(1, 1_002))

    def test_nothing_to_write_is_fine(self, store: Store) -> None:
        store.add_run(*RUN, "", 0.0)
        store.write(*RUN, [])
        store.write_lines(*RUN, [])
        store.commit()
        store.commit()
        assert (store.events(*RUN), store.lines(*RUN)) == ([], [])

    @pytest.mark.parametrize("number", [31, 32, 33, 100])
    def test_many_at_a_time_come_back_in_order(self, store: Store, number: int) -> None:
        store.add_run(*RUN, "", 0.0)
        events = [event(seq, f"t{seq}") for seq in range(1, number + 1)]
        lines = [line(f"line {seq}") for seq in range(number)]
        results = [StoredResult((f"t{seq}", -1), bytes([seq])) for seq in range(number)]
        store.write(*RUN, events)
        store.write_lines(*RUN, lines)
        store.write_results(*RUN, results)
        store.commit()
        assert (store.events(*RUN), store.lines(*RUN)) == (events, lines)
        assert [store.read_result(*RUN, it.key) for it in results] == [it.data for it in results]

    def test_lines_come_back_in_order_as_they_were(self, store: Store) -> None:
        display = {"data": {"text/plain": "a plot", "image/png": "iVBORw0"}, "metadata": {}}
        batches = [
            [line("ümläut 売上 📦"), line("", level="stderr"), line("\x1b[31m\rtab\t")],
            [line("x" * 100_000), line("a plot", level="display", data=display)],
        ]
        store.add_run(*RUN, "", 0.0)
        for batch in batches:
            store.write_lines(*RUN, batch)
        store.commit()
        assert store.lines(*RUN) == [it for batch in batches for it in batch]

    def test_runs_do_not_mix(self, store: Store) -> None:
        for run_id in ("one", "two"):
            store.add_run("sales", run_id, "", 0.0)
        for seq in (1, 2):
            for run_id in ("one", "two"):
                store.write("sales", run_id, [event(seq)._replace(run_id=run_id)])
                store.write_lines("sales", run_id, [line(f"{run_id} {seq}")])
        for run_id in ("one", "two"):
            assert {it.run_id for it in store.events("sales", run_id)} == {run_id}
            assert [it.text for it in store.lines("sales", run_id)] == [
                f"{run_id} 1",
                f"{run_id} 2",
            ]

    def test_run_that_is_not_there_has_nothing(self, store: Store) -> None:
        assert (store.events("sales", "nobody"), store.lines("sales", "nobody")) == ([], [])
        assert store.last_seq("sales", "nobody") == 0

    def test_what_is_read_can_be_changed_without_changing_the_store(self, store: Store) -> None:
        store.add_run(*RUN, "", 0.0)
        store.write(*RUN, [event(1)])
        store.write_lines(*RUN, [line("kept")])
        store.events(*RUN).clear()
        store.lines(*RUN).clear()
        store.runs().clear()
        assert (len(store.events(*RUN)), len(store.lines(*RUN)), len(store.runs())) == (1, 1, 1)

    def test_writing_may_be_nested_and_survives_an_error(self, store: Store) -> None:
        def write() -> None:
            with store.writing():
                with store.writing():
                    store.add_run(*RUN, "", 0.0)
                store.write(*RUN, [event(1)])
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            write()
        with store.writing():
            assert len(store.events(*RUN)) == 1

    def test_threads_may_write_side_by_side(self, store: Store) -> None:
        def write(run_id: str) -> None:
            for seq in range(1, 101):
                store.write("sales", run_id, [event(seq)._replace(run_id=run_id)])
                store.commit()

        names = [f"run_{number}" for number in range(4)]
        for name in names:
            store.add_run("sales", name, "", 0.0)
        threads = [threading.Thread(target=write, args=[name]) for name in names]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(10)
        for name in names:
            assert [it.seq for it in store.events("sales", name)] == list(range(1, 101))

    def test_results_come_back_as_they_were(self, store: Store) -> None:
        sizes = (0, 1, 1_000, SMALL, SMALL + 1, 3 * SMALL)
        data = {(f"task {size}", size): bytes([size % 256]) * size for size in sizes}
        store.add_run(*RUN, "", 0.0)
        store.write_results(*RUN, [StoredResult(key, it) for key, it in data.items()])
        store.write_results(*RUN, [StoredResult(PARAMS, b"params")])
        store.commit()
        assert {key: store.read_result(*RUN, key) for key in data} == data
        assert store.read_result(*RUN, PARAMS) == b"params"
        assert {key: store.read_result(*RUN, key, most=key[1]) for key in data} == data
        assert {store.read_result(*RUN, key, most=key[1] - 1) for key in data} == {None}

    def test_result_that_is_not_there_is_none(self, store: Store) -> None:
        store.add_run(*RUN, "", 0.0)
        store.write_results(*RUN, [StoredResult(("orders", 0), b"1", "key")])
        assert store.read_result(*RUN, ("orders", -1)) is None
        assert store.read_result(*RUN, ("stock", 0)) is None
        assert store.read_result("stock", RUN[1], ("orders", 0)) is None
        assert store.read_result("sales", "nobody", ("orders", 0)) is None
        assert store.read_cached("sales", "orders", "another key") is None
        assert store.read_cached("sales", "stock", "key") is None
        assert store.read_cached("stock", "orders", "key") is None

    def test_newest_result_counts(self, store: Store) -> None:
        store.add_run(*RUN, "", 0.0)
        for data in (b"first", b"x" * (SMALL + 1), b"last"):
            store.write_results(*RUN, [StoredResult(("orders", -1), data)])
            store.commit()
            assert store.read_result(*RUN, ("orders", -1)) == data

    def test_cached_result_is_found_in_every_run_of_the_dag(self, store: Store) -> None:
        runs = [("sales", "one"), ("sales", "two"), ("stock", "one")]
        for number, (dag, run_id) in enumerate(runs):
            store.add_run(dag, run_id, "", 0.0)
            found = StoredResult(("orders", number), f"{dag} {run_id}".encode(), f"key {number}")
            store.write_results(dag, run_id, [found])
        store.commit()
        assert store.read_cached("sales", "orders", "key 0") == b"sales one"
        assert store.read_cached("sales", "orders", "key 1") == b"sales two"
        assert store.read_cached("sales", "orders", "key 2") is None
        assert store.read_cached("stock", "orders", "key 2") == b"stock one"

    def test_result_without_a_key_hides_the_cached_one_that_it_replaces(self, store: Store) -> None:
        store.add_run(*RUN, "", 0.0)
        store.write_results(*RUN, [StoredResult(("orders", -1), b"1", "key")])
        store.write_results(*RUN, [StoredResult(("orders", -1), b"2")])
        assert store.read_cached("sales", "orders", "key") is None

    @pytest.mark.parametrize(
        ("index", "detail", "left"),
        [
            (0, None, {"orders": [-1, 1], "stock": [-1, 0, 1]}),
            (-1, None, {"orders": [0, 1], "stock": [-1, 0, 1]}),
            (-1, {"collapsed": True}, {"orders": [], "stock": [-1, 0, 1]}),
        ],
    )
    def test_cleared_instance_has_no_result(
        self, store: Store, index: int, detail: dict[str, Any] | None, left: dict[str, list[int]]
    ) -> None:
        keys = list(itertools.product(left, (-1, 0, 1)))
        for run_id in (RUN[1], "another"):
            store.add_run("sales", run_id, "", 0.0)
            found = [StoredResult(key, b"1", f"{run_id} {key}") for key in keys]
            store.write_results("sales", run_id, found)
        gone = Event(1, 1.0, "cleared", RUN[1], "orders", index, detail=detail)
        store.write(*RUN, [gone])
        store.commit()
        kept = [key for key in keys if store.read_result(*RUN, key)]
        assert kept == [key for key in keys if key[1] in left[key[0]]]
        assert [
            key for key in keys if store.read_cached("sales", key[0], f"{RUN[1]} {key}")
        ] == kept
        assert all(store.read_result("sales", "another", key) for key in keys)

    def test_result_after_a_clearing_counts_again(self, store: Store) -> None:
        store.add_run(*RUN, "", 0.0)
        for seq in (1, 2):
            store.write_results(*RUN, [StoredResult(("orders", -1), str(seq).encode(), "key")])
            if seq == 1:
                store.write(*RUN, [Event(seq, 1.0, "cleared", RUN[1], "orders", -1)])
        assert store.read_result(*RUN, ("orders", -1)) == b"2"
        assert store.read_cached("sales", "orders", "key") == b"2"

    @pytest.mark.parametrize("name", NAMES)
    def test_any_name_is_a_name(self, store: Store, name: str) -> None:
        other = f"{name}."
        for run_id in (name, other):
            assert store.add_run(name, run_id, name, 0.0)
            it = event(1, name, to_state="success")._replace(run_id=run_id)
            store.write(name, run_id, [it])
            store.write_lines(name, run_id, [line(run_id)])
            big = run_id.encode() * (SMALL // len(run_id) + 1)
            store.write_results(name, run_id, [StoredResult((name, 0), big, run_id)])
        store.commit()
        assert [it.run_id for it in store.runs(name)] == [name, other]
        for run_id in (name, other):
            assert [(it.task, it.run_id) for it in store.events(name, run_id)] == [(name, run_id)]
            assert [it.text for it in store.lines(name, run_id)] == [run_id]
            found = store.read_result(name, run_id, (name, 0))
            assert found is not None
            assert found == store.read_cached(name, name, run_id)
            assert found.startswith(run_id.encode())

    def test_one_thread_reads_while_another_writes(self, store: Store) -> None:
        store.add_run(*RUN, "", 0.0)
        seen: list[int] = []
        is_done = threading.Event()

        def read() -> None:
            while not is_done.is_set():
                found = store.events(*RUN)
                assert [it.seq for it in found] == list(range(1, len(found) + 1))
                seen.append(len(found))

        reader = threading.Thread(target=read)
        reader.start()
        for first in range(1, 1_000, 10):
            store.write(*RUN, [event(seq) for seq in range(first, first + 10)])
            store.commit()
        is_done.set()
        reader.join(10)
        assert seen == sorted(seen)
        assert {number % 10 for number in seen} <= {0}
