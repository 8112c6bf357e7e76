"""Why, in words: every way in which a task or a run can end, or not yet have."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pytest

from tests.views.samples import layered, make
from wfkit.api.dag import Dag
from wfkit.api.dag_run import DagRun
from wfkit.core import facts
from wfkit.core.errors import Fail, RunFailed, Skip, UnknownTask
from wfkit.core.events import Event
from wfkit.core.graph import Graph
from wfkit.core.machine import Machine
from wfkit.core.recovery import events_after_death
from wfkit.core.reopened import ReopenedMachine
from wfkit.core.run import fold
from wfkit.core.states import Outcome
from wfkit.core.task import Task
from wfkit.engine.faults import Fault
from wfkit.views.explain import Explanation, explain_run, explain_task
from wfkit.views.failure import failure_text

HEAD = "manual__2000-01-01T00:00:00+00:00 of sales"


def clean(orders: object) -> None:
    raise ValueError("bad row")


LINE = f"(line {clean.__code__.co_firstlineno + 1}, in clean)"


def task(function: Callable[..., Any], **options: Any) -> Task:
    return Task(function, Task(function).options.changed(options))


def trial(*tasks: Task | Callable[..., Any], **options: Any) -> DagRun:
    return Dag("sales", tasks, **options.pop("dag", {})).trial(**options)


class Life:
    """A run that is led by hand, to be looked at half way."""

    def __init__(self, *tasks: Task, **options: Any) -> None:
        self.graph, self.events, self.now = Graph(tasks), list[Event](), 0.0
        self.machine = Machine(self.graph, "manual__1", **options)
        upstream = {name: list(self.graph.upstream[name]) for name in self.graph.order}
        self.tell(facts.RunStarted(0.0, {"dag": "sales", "upstream": upstream}))

    def tell(self, fact: facts.Input) -> None:
        self.events += self.machine.advance(fact).events

    def start(self, name: str, attempt: int = 1) -> None:
        self.tell(facts.AttemptStarted(name, -1, attempt, self.now))

    def end(self, name: str, outcome: Outcome = Outcome.RETURNED, attempt: int = 1) -> None:
        self.now += 1
        error = {"type": "ValueError", "message": "bad row"} if outcome is Outcome.RAISED else None
        key = (name, -1, attempt)
        self.tell(facts.AttemptFinished(*key, self.now, outcome, error))

    def die(self) -> None:
        self.events += events_after_death(fold(self.events), self.now)

    def why(self, name: str | None = None) -> str:
        if name is None:
            return explain_run(self.events, self.graph)
        return explain_task(self.events, name, self.graph)


def test_a_failure_is_told_to_the_root_with_every_attempt() -> None:
    run = trial(
        make("orders"),
        task(clean, retries=3),
        make("revenue", ["clean"]),
        make("report", ["revenue"]),
    )
    cause = f"clean failed after 4 attempts: ValueError: bad row {LINE}"
    assert run.explain("report") == (
        f"report is upstream_failed because {cause}\n  by way of revenue"
    )
    assert run.explain("revenue") == f"revenue is upstream_failed because {cause}"
    tries = [f"attempt {number} failed: ValueError: bad row {LINE}" for number in (1, 2, 3)]
    assert run.explain("clean").split("\n  ") == [cause, *tries]
    assert run.explain().split("\n  ") == [
        f"{HEAD} failed because {cause}",
        *tries,
        "did not run because of it: revenue, report",
    ]


def test_the_first_cause_in_time_comes_first() -> None:
    run = trial(
        make("a", takes=20),
        make("b", takes=10),
        make("c", ["a"]),
        faults=["a:always", "b:always"],
    )
    assert run.explain() == (
        f"{HEAD} failed because b failed after 1 attempt: ConnectionError: injected fault\n"
        "  did not run because of it: c\n"
        "  also: a failed after 1 attempt: ConnectionError: injected fault"
    )


def test_a_success_says_after_what() -> None:
    run = trial(make("orders"), make("prices"), make("report", ["orders", "prices"]))
    assert run.explain("orders") == "orders succeeded: it waits for no other task"
    assert run.explain("report") == "report succeeded: it ran after orders, prices"
    assert run.explain() == f"{HEAD} succeeded: 3 of 3 tasks"


def test_a_success_says_what_it_took() -> None:
    run = trial(make("orders", retries=2), make("report", ["orders"]), faults=["orders:2"])
    first = "attempt 1 failed: ConnectionError: injected fault"
    second = "attempt 2 failed: ConnectionError: injected fault"
    assert run.explain("orders") == (
        f"orders succeeded at attempt 3: it waits for no other task\n  {first}\n  {second}"
    )
    assert run.explain() == (
        f"{HEAD} succeeded: 2 of 2 tasks\n  orders: {first}\n  orders: {second}"
    )


def test_a_success_after_a_resume_tells_what_failed_before() -> None:
    dag = Dag("sales", [make("orders", retries=1)], clock="virtual")
    dag.run(store=None, faults="orders:always", expect="failed")
    run = dag.resume()
    failed = "failed: ConnectionError: injected fault"
    lines = [f"attempt 1 {failed}", f"attempt 2 {failed}, then it was cleared"]
    assert run.explain("orders").splitlines() == [
        "orders succeeded at attempt 3: it waits for no other task",
        *(f"  {line}" for line in lines),
    ]
    assert run.explain().splitlines()[1:] == [f"  orders: {line}" for line in lines]


def test_a_failure_after_resumes_counts_every_attempt_as_the_error_does() -> None:
    def orders() -> None:
        raise ValueError("bad row")

    dag = Dag("sales", [orders], clock="virtual")
    run = dag.run(store=None, expect="failed")
    for _ in range(2):
        with pytest.raises(RunFailed) as caught:
            dag.resume()
        assert caught.value.run is not None
        run = caught.value.run
    error = f"ValueError: bad row (line {orders.__code__.co_firstlineno + 1}, in orders)"
    assert "orders failed after 3 attempts" in failure_text(run.snapshot)
    assert run.explain("orders").splitlines() == [
        f"orders failed after 3 attempts: {error}",
        f"  attempt 1 failed: {error}",
        f"  attempt 2 failed: {error}, then it was cleared",
    ]


def test_a_success_below_a_failure_names_the_rule() -> None:
    run = trial(
        make("orders"), make("mail", ["orders"], trigger_rule="all_done"), faults=["orders:always"]
    )
    assert run.explain("mail") == (
        "mail succeeded: it ran after orders, although orders failed: its trigger rule is all_done"
    )
    assert run.explain() == (
        f"{HEAD} succeeded: 1 of 2 tasks\n"
        "  orders failed after 1 attempt: ConnectionError: injected fault"
    )


def test_an_error_of_a_fault_is_told_as_injected() -> None:
    run = trial(make("orders"), faults=[Fault("orders", error=ValueError("bad row"))])
    assert run.explain("orders") == (
        "orders failed after 1 attempt: ValueError: bad row (injected)"
    )


@pytest.mark.parametrize(
    ("options", "error", "note"),
    [
        ({}, Fail("wrong key"), "Fail gives up at once"),
        ({"retry_on": ConnectionError}, ValueError("x"), "retry_on is ConnectionError"),
        ({}, SystemExit("x"), "SystemExit is not worth another attempt"),
    ],
)
def test_a_failure_with_attempts_left_says_why(
    options: dict[str, Any], error: BaseException, note: str
) -> None:
    def orders() -> None:
        raise error

    last = trial(task(orders, retries=3, **options)).explain("orders").splitlines()[-1]
    assert last == f"  not tried again, though retries=3: {note}"


def test_a_failure_that_gave_up_half_way_says_so() -> None:
    def orders(attempt: int) -> None:
        raise ValueError if attempt == 1 else Fail("wrong key")

    told = trial(task(orders, retries=2)).explain("orders")
    assert told.endswith("not tried again, though retries=2: Fail gives up at once")
    assert "not tried again" not in trial(task(clean, retries=2), make("orders")).explain("clean")


def test_a_time_limit_is_told() -> None:
    run = trial(make("orders", takes=60, timeout=30, retries=1))
    assert run.explain("orders") == (
        "orders failed after 2 attempts: timed out, no result after 30 s\n"
        "  attempt 1 timed out: no result after 30 s"
    )
    slow = trial(make("orders", timeout=30), faults=["orders:hang"])
    assert slow.explain("orders") == (
        "orders failed after 1 attempt: timed out, no result after 30 s (injected)"
    )


def test_a_task_that_skips_itself() -> None:
    def orders() -> None:
        raise Skip("no sales on Sundays")

    run = trial(orders, make("clean", ["orders"]), make("report", ["clean"]))
    assert run.explain("orders") == "orders was skipped: it raised Skip: no sales on Sundays"
    assert run.explain("report") == (
        "report was skipped because orders was skipped: it raised Skip: no sales on Sundays\n"
        "  by way of clean"
    )
    assert run.explain().splitlines()[0] == f"{HEAD} succeeded: 0 of 3 tasks"


def test_a_task_that_a_branch_passes_over() -> None:
    def choose() -> str:
        return "weekday"

    run = trial(
        task(choose, branch=True),
        make("weekday", ["choose"]),
        make("weekend", ["choose"]),
        make("sunday", ["weekend"]),
    )
    assert run.explain("weekend") == ("weekend was skipped because choose, a branch, chose weekday")
    assert run.explain("sunday") == (
        "sunday was skipped because weekend was skipped because choose, a branch, chose weekday"
    )
    assert run.explain("weekday") == "weekday succeeded: it ran after choose"


def test_a_branch_that_chooses_nothing() -> None:
    def choose() -> None: ...

    run = trial(task(choose, branch=True), make("weekday", ["choose"]))
    assert run.explain("weekday").endswith("because choose, a branch, chose none of its tasks")


def test_a_task_that_its_trigger_rule_skips() -> None:
    run = trial(make("orders"), make("alarm", ["orders"], trigger_rule="one_failed"))
    assert run.explain("alarm") == (
        "alarm was skipped: its trigger rule is one_failed, and orders succeeded"
    )


def test_a_trigger_rule_that_cannot_come_true_is_named() -> None:
    report = make("report", ["orders"], trigger_rule="one_success")
    run = trial(make("orders"), report, faults=["orders:always"])
    assert run.explain("report").endswith("\n  its trigger rule is one_success")


def test_an_expansion_over_nothing() -> None:
    def drops() -> list[int]:
        return []

    run = trial(drops, make("load", ["drops"], expand="drops"))
    assert run.explain("load") == ("load was skipped: the list that it is expanded over is empty")


def test_an_expanded_task_tells_of_its_instances() -> None:
    def drops() -> list[int]:
        return [1, 0, 2]

    def load(drops: int) -> float:
        return 1 / drops

    run = trial(drops, task(load, expand="drops"), make("total", ["load"]))
    failed = "load[1] failed after 1 attempt: ZeroDivisionError: division by zero"
    assert run.explain("load").startswith(
        f"load was expanded over 3 items: 2 success, 1 failed\n  {failed}"
    )
    assert run.explain("load[0]") == "load[0] succeeded: it ran after drops"
    assert run.explain("load[1]").startswith(failed)
    assert run.explain("total").startswith(f"total is upstream_failed because {failed}")
    with pytest.raises(UnknownTask, match=r'no task "load\[3\]"'):
        run.explain("load[3]")


def test_a_cached_result(tmp_path: Any) -> None:
    dag = Dag("sales", [make("orders", cache=True)])
    for _ in range(2):
        run = dag.run(store=tmp_path / "history.sqlite")
    assert run.explain("orders") == "orders succeeded without running: the cache had its result"


def test_what_a_task_waits_for() -> None:
    life = Life(make("a"), make("b"), make("c", ["a", "b"]))
    life.start("a")
    assert life.why("a") == "a is running"
    assert life.why("b") == "b waits for a free slot: a is running"
    assert life.why("c") == "c waits for a (running), b (queued)"
    assert life.why() == (
        "manual__1 of sales is running: 0 of 3 tasks have ended\n"
        "  a is running\n"
        "  b waits for a free slot: a is running"
    )
    life.end("a")
    assert life.why("c") == "c waits for b (queued)"


def test_a_task_waits_for_its_pool() -> None:
    life = Life(*(make(name, pool="db") for name in "abc"), make("d"), pools={"db": 2})
    life.start("d")
    assert life.why("c") == "c waits for a slot of the pool db, which a, b have"


def test_a_task_waits_for_its_next_attempt() -> None:
    life = Life(make("a", retries=2, retry_delay=30, backoff=2))
    life.start("a")
    life.end("a", Outcome.RAISED)
    assert life.why("a") == "a waits 30 s before attempt 2: attempt 1 failed: ValueError: bad row"
    life.tell(facts.TimerFired("a", -1, 1, 31.0))
    life.start("a", 2)
    assert life.why("a") == "a is running, attempt 2\n  attempt 1 failed: ValueError: bad row"
    life.end("a", Outcome.RAISED, 2)
    assert life.why("a").startswith("a waits 1 min before attempt 3: attempt 2 failed")


def test_a_sensor_waits_for_the_world() -> None:
    life = Life(make("drop", sensor=True, poke_interval="5m"))
    life.start("drop")
    life.tell(facts.Poked("drop", -1, 1, 1.0))
    assert life.why("drop") == ("drop looks again every 5 min: what it waits for is not there yet")


def test_a_cancelled_run() -> None:
    life = Life(make("a"), make("b", retries=1, retry_delay=9), make("c", ["a"]), make("d"))
    life.start("d")
    life.end("d")
    life.start("a")
    life.start("b")
    life.end("b", Outcome.RAISED)
    life.tell(facts.CancelRequested(5.0, "asked for"))
    assert life.why("a") == "a was cancelled while it ran: asked for"
    assert life.why("b") == (
        "b was cancelled before attempt 2: asked for\n  attempt 1 failed: ValueError: bad row"
    )
    assert life.why("c") == "c was cancelled before it began: asked for"
    assert life.why() == (
        "manual__1 of sales was cancelled: asked for\n"
        "  a was cancelled while it ran\n"
        "  b was cancelled before attempt 2\n"
        "  1 of 4 tasks had succeeded"
    )


def test_the_newest_reason_to_cancel_counts() -> None:
    life = Life(make("a"))
    for reason in ("interrupted", "asked for"):
        life.tell(facts.CancelRequested(5.0, reason))
        life.machine = ReopenedMachine(life.graph, "manual__1", fold(life.events))
        if reason == "interrupted":
            life.tell(facts.RunResumed(6.0, {}))
    assert life.why("a") == "a was cancelled before it began: asked for"


def test_death_comes_before_what_had_failed_until_then() -> None:
    life = Life(make("a"), make("b"))
    life.start("a")
    life.end("a", Outcome.RAISED)
    life.die()
    assert life.why().splitlines()[:3] == [
        "manual__1 of sales failed: the process that ran it ended",
        "  a failed after 1 attempt: ValueError: bad row",
        "  b did not end: attempt 1 was lost: the process that ran it ended",
    ]


def test_a_run_whose_process_died() -> None:
    life = Life(make("a"), make("b"), make("c", ["b"]), make("d"))
    life.start("a")
    life.end("a")
    life.start("b")
    life.die()
    assert life.why("b") == ("b did not end: attempt 1 was lost: the process that ran it ended")
    assert life.why("c") == "c did not run: its run ended before its turn came"
    assert life.why() == (
        "manual__1 of sales failed: the process that ran it ended\n"
        "  b did not end: attempt 1 was lost: the process that ran it ended\n"
        "  d did not end: attempt 1 was lost: the process that ran it ended\n"
        "  1 of 4 tasks had succeeded\n"
        "  resume goes on with the rest"
    )


def test_attempts_lost_three_times_in_a_row() -> None:
    run = trial(make("a"), make("b", ["a"]), faults=[Fault("a", kind="lost", attempts=3)])
    assert run.explain("b").startswith(
        "b is upstream_failed because a failed after 3 attempts: "
        "the last three in a row were lost: injected fault"
    )


def test_a_lost_attempt_of_a_success() -> None:
    run = trial(make("a"), faults="a:lost")
    assert run.explain("a").splitlines()[1] == "  attempt 1 was lost: injected fault"


def test_a_missed_deadline_is_told() -> None:
    run = trial(make("a", takes=60, deadline=10), dag={"deadline": 30})
    assert run.explain().splitlines()[1:] == [
        "  a missed its deadline",
        "  the run missed its deadline",
    ]


def test_long_stories_are_cut() -> None:
    run = trial(make("a", retries=20), faults="a:always")
    lines = run.explain("a").splitlines()
    assert lines[1] == "  14 attempts before that"
    assert [line.split()[1] for line in lines[2:]] == ["15", "16", "17", "18", "19", "20"]
    wide = trial(*(make(f"t{i:02}") for i in range(30)), faults=[f"t{i:02}:1" for i in range(30)])
    assert wide.explain().splitlines()[-1] == "  also: 21 more"


def test_a_very_deep_cause_is_found_at_once() -> None:
    life = Life(*layered(3_000, 1).tasks.values())
    life.start("t000_000")
    life.end("t000_000", Outcome.RAISED)
    told = life.why("t2999_000")
    assert told.startswith("t2999_000 is upstream_failed because t000_000 failed after 1 attempt")
    assert told.endswith("and 2992 more")


def test_an_unknown_task_gets_the_nearest() -> None:
    with pytest.raises(UnknownTask, match='Did you mean "orders"') as caught:
        trial(make("orders")).explain("ordrs")
    assert len(str(caught.value).splitlines()) <= 3


def test_events_alone_are_enough() -> None:
    """Yesterday's run, with a graph that is no longer there."""
    run = trial(make("orders"), make("report", ["orders"]), faults="orders:always")
    assert explain_task(run.events, "report") == run.explain("report")
    assert explain_run(iter(run.events)) == run.explain()


def test_messages_cannot_steer_the_terminal() -> None:
    def orders() -> None:
        raise ValueError("red \x1b[31m\x00\u202e\nsecond")

    told = trial(orders, make("report", ["orders"])).explain("report")
    assert not {"\x1b", "\x00", "\u202e"} & set(told)
    assert "second" not in told


def test_an_explanation_reads_as_text_in_a_notebook() -> None:
    assert repr(Explanation("it ran")) == "it ran"


def every_state(events: Iterable[Event]) -> set[str]:
    return {str(it.to_state) for it in events}


def test_every_half_way_point_of_a_run_can_be_explained() -> None:
    run = trial(
        make("a", retries=2, retry_delay=5),
        make("b", ["a"], takes=9, timeout=4),
        make("c", ["b"]),
        make("d", ["a"], trigger_rule="one_failed"),
        faults="a:1",
    )
    for number in range(2, len(run.events) + 1):
        explain_run(run.events[:number], run.graph)
        for name in run.graph.order:
            assert explain_task(run.events[:number], name, run.graph).startswith(name)
    assert len(every_state(run.events)) == 8
