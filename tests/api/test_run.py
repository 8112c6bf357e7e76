"""Running a Dag: what is checked first, what is run, and how it may end."""

# ruff: noqa: T201 - prints are part of what a body does

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

import wfkit
from wfkit.api.dag import Dag
from wfkit.api.dag_run import DagRun
from wfkit.core.errors import (
    EmptyDag,
    InvalidOption,
    NoResult,
    RunFailed,
    StoreError,
    UnknownTask,
    UnknownUpstream,
    WfkitError,
)
from wfkit.core.task import Task, task
from wfkit.engine.clock import VirtualClock
from wfkit.engine.sqlite_store import SqliteStore
from wfkit.engine.store import MemoryStore

PATIENCE = 10.0


def orders() -> list[int]:
    print("reading")
    return [3, 4]


def revenue(orders: list[int]) -> int:
    return sum(orders)


def report(revenue: int, orders: list[int]) -> str:
    return f"{revenue} from {len(orders)}"


def sales(**options: Any) -> Dag:
    return Dag("sales", [orders, revenue, report], **options)


def told(kind: type[WfkitError], call: Callable[[], Any]) -> str:
    with pytest.raises(kind) as caught:
        call()
    assert len(str(caught.value).splitlines()) <= 3
    return str(caught.value)


def states(run: DagRun) -> dict[str, str]:
    return {it.task: it.state.value for it in run.snapshot.instances.values()}


def story(run: DagRun) -> list[tuple[float, str | None, str]]:
    start = run.events[0].time
    return [(e.time - start, e.task, e.to_state or e.type) for e in run.events]


@pytest.mark.parametrize("executor", ["serial", "thread"])
def test_run_returns_when_all_is_done(executor: str) -> None:
    dag = sales()
    run = dag.run(executor=executor, store=None)
    assert run is dag.last
    assert run.state is wfkit.RunState.SUCCESS
    assert (run["orders"], run["revenue"], run["report"]) == ([3, 4], 7, "7 from 2")
    assert states(run) == {"orders": "success", "revenue": "success", "report": "success"}
    assert run.events[0].detail is not None
    assert (run.events[0].detail["executor"], run.events[0].detail["clock"]) == (executor, "system")


def test_first_option_is_params_and_all_others_are_named() -> None:
    dag = sales(params={"region": "all"})
    assert dag.run({"region": "north"}, store=None).snapshot.detail["params"] == {"region": "north"}
    call: Any = dag.run
    with pytest.raises(TypeError):
        call({}, "1997-01-01")


# Refused before anything runs


@pytest.mark.parametrize(
    ("options", "kind", "text"),
    [
        ({"params": {"x": 1}}, InvalidOption, 'the Dag has no param "x".\nParams: none'),
        ({"params": 5}, InvalidOption, "params=5 is not possible"),
        (
            {"params": "1997-01-09"},
            InvalidOption,
            "}.\nFor the day that the run stands for, write ",
        ),
        ({"params": date(1997, 1, 9)}, InvalidOption, 'write logical_date="1997-01-09".'),
        (
            {"params": "soon"},
            InvalidOption,
            'params="soon" is not possible: write {"name": value}.',
        ),
        ({"logical_date": "soon"}, InvalidOption, 'logical_date="soon" is no date'),
        ({"executor": "dusk"}, InvalidOption, 'executor="dusk" is unknown'),
        ({"executor": "process", "clock": "virtual"}, InvalidOption, "cannot follow a virtual"),
        ({"clock": "wall"}, InvalidOption, 'clock="wall" is unknown'),
        ({"clock": 5}, InvalidOption, "clock=5 is unknown"),
        ({"seed": -1}, InvalidOption, "seed=-1 is not possible"),
        ({"seed": True}, InvalidOption, "seed=True is not possible"),
        ({"store": 5}, InvalidOption, "store=5 is not possible"),
        ({"store": "/dev/null/x"}, StoreError, "x cannot be used as a history"),
        ({"only": "ordrs"}, UnknownTask, 'no task is called "ordrs". Did you mean "orders"?'),
        ({"upto": ["orders", "nobody"]}, UnknownTask, 'no task is called "nobody".'),
        ({"only": "orders", "upto": "orders"}, InvalidOption, "only and upto exclude each other"),
        ({"only": 5}, InvalidOption, "only=5 is not possible"),
        ({"expect": "cancelled"}, InvalidOption, "Choose one of: success, failed."),
        ({"only": "revenue"}, NoResult, 'revenue reads "orders", which has no result yet.'),
    ],
)
def test_wrong_request_is_refused_before_anything_runs(
    options: dict[str, Any], kind: type[WfkitError], text: str
) -> None:
    ran: list[int] = []

    def first() -> None:
        ran.append(1)

    store = MemoryStore()
    dag = Dag("sales", [first, orders, revenue, report])
    assert text in told(kind, functools.partial(dag.run, **{"store": store, **options}))
    assert (dag.ran, store.runs(), ran) == (None, [], [])


def test_missing_upstream_is_refused_before_anything_runs() -> None:
    store = MemoryStore()
    dag = Dag("sales", [orders, report])
    assert told(UnknownUpstream, lambda: dag.run(store=store)) == (
        'task "report" asks for "revenue", but no task is called "revenue".\n'
        'Rename the parameter or add the task "revenue".'
    )
    assert (dag.ran, store.runs()) == (None, [])


def test_empty_dag_is_refused() -> None:
    for ask in (lambda: Dag("sales").run(store=None), lambda: Dag("sales").trial()):
        assert told(EmptyDag, ask) == (
            "sales has no tasks yet.\nDeclare one in a %%task cell, or with dag.add."
        )


# What is run


def context(logical_date: Any, region: str, run_id: str, params: Any) -> Any:
    return logical_date, region, run_id, params


def test_params_are_those_of_the_run_else_of_the_dag() -> None:
    dag = Dag("sales", [context], params={"region": "all", "other": [1]})
    assert dag.run(store=None)["context"][1] == "all"
    run = dag.run({"region": None}, store=None)
    assert (run["context"][1], run["context"][3]) == (None, {"region": None, "other": [1]})
    assert dag.params == {"region": "all", "other": [1]}
    assert told(InvalidOption, lambda: dag.run({"regoin": 1})) == (
        'the Dag has no param "regoin". Did you mean "region"?\nParams: region, other.'
    )


def test_task_cannot_change_the_params_of_the_dag() -> None:
    def spoil(other: list[int], params: dict[str, Any]) -> None:
        other.append(9)
        params["other"].append(9)

    dag = Dag("sales", [spoil], params={"other": [1]})
    dag.run(store=None)
    assert dag.params == {"other": [1]}


@pytest.mark.parametrize(
    ("asked", "iso"),
    [
        ("1997-07-01", "1997-07-01T00:00:00+01:00"),
        ("1997-07-01T06:30", "1997-07-01T06:30:00+01:00"),
        (datetime(1997, 7, 1, tzinfo=UTC), "1997-07-01T01:00:00+01:00"),
    ],
)
def test_logical_date_is_in_the_zone_of_the_dag(asked: Any, iso: str) -> None:
    dag = Dag("sales", [context], params={"region": "all"}, timezone="Europe/London")
    run = dag.run(logical_date=asked, store=None)
    logical_date, _, run_id, _ = run["context"]
    assert logical_date.isoformat() == iso
    assert run_id == run.run_id == f"manual__{iso}"


def test_without_a_date_a_run_stands_for_the_now_of_its_clock() -> None:
    dag = sales(clock="virtual")
    assert dag.run(store=None).run_id == "manual__2000-01-01T00:00:00+00:00"
    dated = sales(clock="virtual", start_date="1997-07-01", timezone="Europe/London")
    run = dated.run(store=None)
    assert run.run_id == "manual__1997-07-01T00:00:00+01:00"
    assert run.events[0].at == datetime(1997, 6, 30, 23, tzinfo=UTC)
    clock = VirtualClock(datetime(1998, 1, 1, tzinfo=UTC))
    assert sales().run(clock=clock, store=None).run_id == "manual__1998-01-01T00:00:00+00:00"


def test_same_date_again_gets_a_number() -> None:
    dag, store = sales(), MemoryStore()
    ids = [dag.run(logical_date="1997-01-01", store=store).run_id for _ in range(3)]
    base = "manual__1997-01-01T00:00:00+00:00"
    assert ids == [base, f"{base}_2", f"{base}_3"]


def test_upto_runs_a_task_and_all_it_needs() -> None:
    run = sales().run(upto="revenue", store=None)
    assert states(run) == {"orders": "success", "revenue": "success"}
    assert list(run.graph.tasks) == ["orders", "revenue"]


def test_upto_does_not_care_what_others_miss() -> None:
    def lost(nobody: int) -> None: ...

    dag = Dag("sales", [orders, revenue, lost])
    assert dag.run(upto="revenue", store=None)["revenue"] == 7
    assert dag.run(only=["orders"], store=None)["orders"] == [3, 4]
    told(UnknownUpstream, lambda: dag.run(upto="lost", store=None))


def test_only_reads_from_the_last_run_as_often_as_one_likes() -> None:
    dag = sales()
    dag.run(store=None)
    dag.add(make_revenue(100), replace=True)
    for _ in range(2):
        run = dag.run(only="revenue", store=None)
        assert states(run) == {"revenue": "success"}
        assert run["revenue"] == 107
    assert dag.run(only="report", store=None)["report"] == "107 from 2"
    assert dag.last["orders"] == [3, 4]


def make_revenue(plus: int) -> Callable[..., Any]:
    def revenue(orders: list[int]) -> int:
        return sum(orders) + plus

    return revenue


def test_only_cannot_change_what_the_last_run_returned() -> None:
    def spoil(orders: list[int]) -> int:
        orders.append(9)
        return len(orders)

    dag = Dag("sales", [orders, spoil])
    dag.run(store=None)
    assert [dag.run(only="spoil", store=None)["spoil"] for _ in range(2)] == [3, 3]


def test_only_after_a_failure_needs_what_failed() -> None:
    def broken() -> int:
        raise ValueError

    def reader(broken: int) -> int:
        return broken

    def easy(broken: int = 5) -> int:
        return broken

    dag = Dag("sales", [broken, reader, easy])
    dag.run(store=None, expect="failed")
    assert told(NoResult, lambda: dag.run(only="reader", store=None)) == (
        'reader reads "broken", which has no result yet.\n'
        "Run it with what it needs: upto reader, instead of only reader."
    )
    assert dag.run(only="easy", store=None)["easy"] == 5


def test_run_keeps_its_tasks_when_the_dag_changes() -> None:
    started, gate = threading.Event(), threading.Event()

    def first() -> int:
        started.set()
        gate.wait(PATIENCE)
        return 1

    def second(first: int) -> str:
        return f"old {first}"

    def renewed(first: int) -> str:
        return f"new {first}"

    dag = Dag("sales", [first, second])
    run = dag.run(store=None, background=True)
    assert started.wait(PATIENCE)
    dag.add(Task(renewed, name="second"), replace=True)
    dag.add(orders)
    dag.remove("first")
    gate.set()
    assert run.wait(PATIENCE)
    assert states(run) == {"first": "success", "second": "success"}
    assert run["second"] == "old 1"
    assert list(run.graph.tasks) == ["first", "second"]


# Time


def test_virtual_clock_tells_the_whole_story() -> None:
    @task(retries=3, retry_delay="30s", backoff=2, takes="5s")
    def flaky(attempt: int) -> int:
        if attempt < 3:
            raise ConnectionError("no answer")
        wfkit.sleep(60)
        return attempt

    def after(flaky: int) -> int:
        return flaky

    run = Dag("sales", [flaky, after], clock="virtual").run(store=None)
    assert story(run) == [
        (0, None, "queued"),
        (0, None, "running"),
        (0, "flaky", "scheduled"),
        (0, "flaky", "queued"),
        (0, "flaky", "running"),
        (5, "flaky", "up_for_retry"),
        (35, "flaky", "scheduled"),
        (35, "flaky", "queued"),
        (35, "flaky", "running"),
        (40, "flaky", "up_for_retry"),
        (100, "flaky", "scheduled"),
        (100, "flaky", "queued"),
        (100, "flaky", "running"),
        (165, "flaky", "success"),
        (165, "after", "scheduled"),
        (165, "after", "queued"),
        (165, "after", "running"),
        (165, "after", "success"),
        (165, None, "success"),
    ]


def test_each_run_has_a_fresh_virtual_clock() -> None:
    dag = Dag("sales", [task(takes="1d")(orders)], clock="virtual")
    assert story(dag.run(store=None)) == story(dag.run(store=None))
    assert dag.run(store=None).run_id == "manual__2000-01-01T00:00:00+00:00"


def test_jitter_depends_on_the_seed_alone() -> None:
    @task(retries=3, retry_delay="1h", jitter=True)
    def flaky() -> None:
        raise ValueError

    dag = Dag("sales", [flaky])
    stories = [story(dag.trial(seed=seed)) for seed in (1, 1, 2)]
    assert stories[0] == stories[1] != stories[2]
    waits = [it.delay for it in dag.trial(seed=1).snapshot.attempts.values()]
    assert waits[-1] is None
    assert all(wait is not None and 0 <= wait < 3_600 for wait in waits[:-1])


# How it may end


def broken() -> None:
    raise ValueError("bad row 17")


def test_failed_run_raises_with_the_run_and_the_own_line() -> None:
    dag = Dag("sales", [broken, orders])
    with pytest.raises(RunFailed) as caught:
        dag.run(store=None)
    assert caught.value.run is dag.last
    assert states(dag.last) == {"broken": "failed", "orders": "success"}
    text = str(caught.value)
    assert "broken failed after 1 attempt" in text
    assert 'raise ValueError("bad row 17")' in text
    assert "ValueError: bad row 17" in text
    assert caught.value._render_traceback_() == [f"RunFailed: {text}"]


def test_expected_failure_is_returned() -> None:
    run = Dag("sales", [broken]).run(store=None, expect="failed")
    assert run.state is wfkit.RunState.FAILED


def test_success_where_a_failure_was_expected_raises() -> None:
    dag = sales(clock="virtual")
    with pytest.raises(RunFailed) as caught:
        dag.run(store=None, expect="failed")
    assert str(caught.value) == (
        "manual__2000-01-01T00:00:00+00:00 was expected to end failed, but it ended success."
    )


def test_run_is_green_with_a_red_task_in_the_middle() -> None:
    @task(trigger_rule="all_done")
    def clean_up(broken: Any) -> str:
        return "tidy"

    run = Dag("sales", [broken, clean_up]).run(store=None)
    assert states(run) == {"broken": "failed", "clean_up": "success"}
    assert run.state is wfkit.RunState.SUCCESS


def test_broken_promise_fails_the_run() -> None:
    def _is_positive(result: int) -> bool:
        return result > 0

    def stock() -> int:
        return -1

    with pytest.raises(RunFailed, match="stock breaks its contract: _is_positive says False"):
        Dag("sales", [task(ensure=_is_positive)(stock)]).run(store=None)


# Trials


def test_trial_leaves_no_trace_and_raises_nothing(tmp_path: Path) -> None:
    @task(retries=1, retry_delay="1d")
    def slow() -> None:
        raise ValueError

    dag = Dag("sales", [slow], executor="thread", clock="system", start_date="1997-01-01")
    run = dag.trial(logical_date="1997-02-01")
    assert run.state is wfkit.RunState.FAILED
    assert story(run)[-1] == (86_400, None, "failed")
    assert run.run_id == "manual__1997-02-01T00:00:00+00:00"
    assert run.events[0].detail is not None
    assert (run.events[0].detail["executor"], run.events[0].detail["clock"]) == (
        "thread",
        "virtual",
    )
    assert dag.ran is None
    assert len(dag.runs()) == 0


def test_trial_takes_params_and_parts() -> None:
    dag = Dag("sales", [orders, revenue, context], params={"region": "all"})
    assert dag.trial({"region": "north"})["context"][1] == "north"
    assert states(dag.trial(upto="revenue")) == {"orders": "success", "revenue": "success"}
    dag.run(store=None)
    assert dag.trial(only="revenue")["revenue"] == 7


# In the background


def test_background_returns_at_once_and_can_be_waited_for() -> None:
    gate = threading.Event()

    def slow() -> int:
        gate.wait(PATIENCE)
        return 5

    dag = Dag("sales", [slow])
    run = dag.run(store=None, background=True)
    assert run is dag.last
    assert run.is_background
    assert not run.wait(timeout=0.01)
    assert not run.state.is_terminal
    gate.set()
    assert run.wait(PATIENCE)
    assert (run.state, run["slow"]) == (wfkit.RunState.SUCCESS, 5)
    assert run.wait()


def test_background_failure_raises_nothing_until_it_is_checked() -> None:
    run = Dag("sales", [broken]).run(store=None, background=True)
    assert run.wait(PATIENCE)
    assert run.state is wfkit.RunState.FAILED
    with pytest.raises(RunFailed):
        run.check()
    assert run.check("failed") is run


def test_cancel_stops_what_has_not_started() -> None:
    started, gate = threading.Event(), threading.Event()

    def slow() -> bool:
        started.set()
        gate.wait(PATIENCE)
        return wfkit.cancelled()

    def never(slow: bool) -> None: ...

    dag = Dag("sales", [slow, never])
    dag.cancel()
    run = dag.run(store=None, background=True)
    assert started.wait(PATIENCE)
    dag.cancel()
    assert run.wait(PATIENCE)
    gate.set()
    assert run.state is wfkit.RunState.CANCELLED
    assert states(run) == {"slow": "cancelled", "never": "cancelled"}
    with pytest.raises(RunFailed, match="was cancelled"):
        run.check()
    before = run.events
    dag.cancel()
    run.cancel()
    assert run.events == before
    told(NoResult, lambda: run["slow"])


def test_two_runs_in_the_background_share_a_store(tmp_path: Path) -> None:
    together = threading.Barrier(2)

    def meet() -> None:
        together.wait(PATIENCE)

    dag, path = Dag("sales", [meet, orders]), tmp_path / "history.sqlite"
    runs = [
        dag.run(store=path, background=True, logical_date=day)
        for day in ("1997-01-01", "1997-01-02")
    ]
    assert all(run.wait(PATIENCE) for run in runs)
    assert [run.state for run in runs] == ["success", "success"]
    assert [record.state for record in SqliteStore(path).runs()] == ["success", "success"]


def test_prints_beside_a_run_are_left_alone(capsys: pytest.CaptureFixture[str]) -> None:
    started, gate = threading.Event(), threading.Event()

    def slow() -> None:
        print("inside")
        started.set()
        gate.wait(PATIENCE)

    run = Dag("sales", [slow]).run(store=None, background=True)
    assert started.wait(PATIENCE)
    print("beside")
    gate.set()
    run.wait(PATIENCE)
    print("after")
    assert capsys.readouterr().out == "beside\nafter\n"
    assert [line.text for line in run.lines] == ["inside"]


def test_two_tasks_print_at_once_and_no_line_is_lost() -> None:
    together = threading.Barrier(2)

    def talk(name: str) -> None:
        together.wait(PATIENCE)
        for number in range(2_000):
            print(name, number)

    dag = Dag("sales", [Task(functools.partial(talk, name), name=name) for name in ("a", "b")])
    dag.run(executor="thread")
    for name in ("a", "b"):
        assert [line.text for line in dag.logs(name)] == [f"{name} {n}" for n in range(2_000)]


def test_subscriber_hears_the_rest_of_the_run() -> None:
    gate = threading.Event()
    heard: list[Any] = []

    def slow() -> None:
        gate.wait(PATIENCE)

    run = Dag("sales", [slow]).run(store=None, background=True)
    run.subscribe(heard.extend)
    gate.set()
    run.wait(PATIENCE)
    assert heard == run.events[-len(heard) :]
    assert heard[-1].to_state == "success"


def test_error_of_the_store_reaches_whoever_waits(tmp_path: Path) -> None:
    path = tmp_path / "history.sqlite"

    def deletes_the_history() -> None:
        path.unlink()

    dag = Dag("sales", [deletes_the_history])
    assert told(StoreError, lambda: dag.run(store=path)) == (
        "history.sqlite was deleted or replaced while it was in use.\n"
        "Run the Dag again: as the old history is gone, that begins a new one."
    )
    assert dag.last.state is wfkit.RunState.FAILED
    assert Dag("sales", [orders]).run(store=path)["orders"] == [3, 4]


def test_many_tasks_on_many_threads() -> None:
    def make(number: int) -> Task:
        return Task(lambda: number, name=f"t{number}")

    run = Dag("wide", [make(n) for n in range(200)], max_active_tasks=8).run(store=None)
    assert [run[f"t{n}"] for n in range(200)] == list(range(200))


def test_no_thread_is_left_after_a_run() -> None:
    before = set(threading.enumerate())
    sales().run(store=None)
    mine = [thread for thread in threading.enumerate() if thread not in before]
    for thread in mine:
        thread.join(PATIENCE)
    assert not any(thread.is_alive() for thread in mine)
