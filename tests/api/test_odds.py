"""Chances over many nights, against arithmetic and against the engine itself."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest

from tests.views.samples import make
from wfkit.api.dag import Dag
from wfkit.core.errors import (
    EmptyDag,
    Fail,
    InvalidOption,
    Skip,
    UnknownTask,
    UnknownUpstream,
    WfkitError,
)
from wfkit.engine.faults import Fault
from wfkit.engine.odds import Setting, night_seed, play


def chain(length: int, **options: Any) -> Dag:
    tasks = [make(f"t{i}", [f"t{i - 1}"] if i else [], takes=60, **options) for i in range(length)]
    return Dag("sales", tasks)


def broken(length: int, percent: float) -> list[str]:
    return [f"t{i}:{percent}%" for i in range(length)]


def expected(p: float, retries: int, length: int) -> float:
    return float((1 - p ** (retries + 1)) ** length)


@pytest.mark.parametrize("length", [1, 3, 10])
@pytest.mark.parametrize("retries", [0, 1, 3])
@pytest.mark.parametrize("percent", [5, 20, 40])
def test_chance_agrees_with_arithmetic(length: int, retries: int, percent: int) -> None:
    odds = chain(length, retries=retries).odds(nights=400, faults=broken(length, percent))
    row = odds.frame.loc["as it is"]
    # 27 intervals of 95 %: one or two of them may miss, so here they are twice as wide.
    true, slack = expected(percent / 100, retries, length), row.success_high - row["success_low"]
    assert row["success_low"] - slack / 2 <= true <= row.success_high + slack / 2


@pytest.mark.long
def test_the_interval_holds_the_true_chance_19_times_out_of_20() -> None:
    dag, faults, true = chain(2, retries=1), broken(2, 30), expected(0.3, 1, 2)
    frames = [dag.odds(nights=150, faults=faults, seed=seed).frame for seed in range(100)]
    hits = sum(
        bool((it.success_low <= true).all() & (it.success_high >= true).all()) for it in frames
    )
    assert 88 <= hits <= 99


@pytest.mark.slow
def test_a_night_is_a_trial_with_its_seed() -> None:
    """The same failures, states, attempts and times as the engine with real bodies."""
    dag = Dag(
        "sales",
        [
            make("orders", takes=60, retries=2, retry_delay=30, backoff=2),
            make("stock", takes=45, timeout=105, retries=1),
            make("prices", takes=10, pool="db", priority=3),
            make("clean", ["orders", "stock"], takes=20, retries=1, pool="db"),
            make("report", ["clean", "prices"], takes=5, trigger_rule="all_done"),
            make("mail", ["report", "orders"], takes=1, retries=1),
        ],
        max_active_tasks=2,
        pools={"db": 1},
    )
    faults = [
        Fault("orders", probability=0.4),
        Fault("stock", kind="slow", slow="1m", probability=0.5),
        Fault("stock", kind="slow", slow="1s", probability=0.2),
        Fault("prices", kind="lost", probability=0.6),
        Fault("clean", error=Skip, probability=0.2),
        Fault("mail", error=Fail, probability=0.3),
        Fault("report", kind="hang", probability=0.1),
    ]
    setting = Setting(graph=dag.graph, slots=2, pools=dag.options.pools, faults=faults)
    states = set()
    for number in range(60):
        seed = night_seed(0, number)
        run = dag.trial(faults=faults, seed=seed)
        snapshot = run.snapshot
        took = (snapshot.ended or 0.0) - (snapshot.started or 0.0)
        assert play(setting, seed) == (run.state, took, len(snapshot.attempts)), f"night {number}"
        states.add(str(run.state))
    assert states == {"success", "failed"}


def test_odds_are_those_of_their_nights() -> None:
    dag, faults = chain(3, retries=1, retry_delay=7), broken(3, 50)
    runs = [dag.trial(faults=faults, seed=night_seed(4, number)) for number in range(20)]
    good = [run.snapshot for run in runs if run.state == "success"]
    row = dag.odds(nights=20, faults=faults, seed=4).frame.loc["as it is"]
    assert row["success"] == len(good) / 20
    assert row["attempts"] == sum(len(run.snapshot.attempts) for run in runs) / 20
    assert row["finish_99"] == max((it.ended or 0) - (it.started or 0) for it in good)


def test_variants_are_every_combination() -> None:
    vary = {"t0.retries": [0, 2], "t1.retries": "0,1"}
    frame = chain(2).odds(nights=50, faults=broken(2, 30), vary=vary).frame
    assert [*frame.index] == [
        "t0.retries=0, t1.retries=0",
        "t0.retries=0, t1.retries=1",
        "t0.retries=2, t1.retries=0",
        "t0.retries=2, t1.retries=1",
    ]
    assert [*frame["t1.retries"]] == [0, 1, 0, 1]
    assert [*frame.columns[2:]] == [
        *("success", "success_low", "success_high"),
        *("on_time", "on_time_low", "on_time_high"),
        *("attempts", "finish_50", "finish_90", "finish_99"),
    ]


def test_variants_meet_the_same_nights() -> None:
    """So another retry never makes it worse, not even by chance."""
    vary = {"t0.retries": [0, 1, 2, 3]}
    frame = chain(1).odds(nights=200, faults=broken(1, 50), vary=vary).frame
    assert frame.success.is_monotonic_increasing
    assert frame.success.nunique() == 4


def test_text_values_of_a_variant_are_options() -> None:
    odds = chain(1, retries=1).odds(
        nights=1, faults="t0:1", vary={"t0.retry_delay": "30s,5m"}, ready_by="4m"
    )
    assert [*odds.frame.on_time] == [1.0, 0.0]
    assert [*odds.frame.finish_50] == [150.0, 420.0]


@pytest.mark.parametrize("begin", [{}, {"start_date": "1997-03-01"}])
def test_ready_by_a_time_of_day_counts_from_when_a_run_is_due(begin: dict[str, str]) -> None:
    options: dict[str, Any] = {"schedule": "0 4 * * *", "timezone": "Europe/London", **begin}

    def report() -> int:
        return 1

    dag = Dag("late", [report], **options).change("report", takes="2h20m")
    found = [
        dag.odds(nights=1, ready_by=at).frame.on_time.iloc[0] for at in ("06:19", "06:20", "03:59")
    ]
    assert found == [0, 1, 1]


def test_ready_by_a_time_of_day_counts_from_the_start() -> None:
    dag = Dag("sales", [make("load", takes="5h")], start_date="1997-01-01T01:30")
    assert [
        dag.odds(nights=1, ready_by=at).frame.on_time.iloc[0] for at in ("06:29", "06:30", "01:30")
    ] == [0, 1, 1]


def test_time_of_day_is_that_of_the_zone() -> None:
    options = {"timezone": "Europe/London", "start_date": "1997-07-01"}
    dag = Dag("sales", [make("load", takes="6h")], **options)  # type: ignore[arg-type]
    assert dag.odds(nights=1, ready_by="06:00").frame.on_time.iloc[0] == 1


def test_the_deadline_of_the_dag_is_the_usual_promise() -> None:
    dag = Dag("sales", [make("load", takes=60)], deadline="59s")
    assert [*dag.odds(nights=1).frame.on_time] == [0.0]
    assert [*dag.odds(nights=1, ready_by="1m").frame.on_time] == [1.0]
    assert math.isnan(chain(1).odds(nights=1).frame.on_time.iloc[0])


def test_no_body_runs() -> None:
    def explode() -> None:
        raise AssertionError

    assert [*Dag("sales", [explode]).odds(nights=3, store=None).frame.success] == [1.0]


def test_slots_and_pools_are_waited_for() -> None:
    def finish(**options: Any) -> float:
        pool = "db" if "pools" in options else None
        dag = Dag("sales", [make(f"t{i}", takes=60, pool=pool) for i in range(4)], **options)
        return float(dag.odds(nights=1).frame.finish_50.iloc[0])

    assert [finish(), finish(max_active_tasks=2), finish(executor="serial")] == [60, 120, 240]
    assert finish(pools={"db": 1}) == 240


def test_a_damaged_result_breaks_a_contract_where_there_is_one() -> None:
    dag = Dag("sales", [make("a"), make("b", ensure=bool)])
    success = [dag.odds(nights=1, faults=f"{name}:bad", store=None).frame.success for name in "ab"]
    assert [it.iloc[0] for it in success] == [1.0, 0.0]


def test_durations_come_from_history_where_takes_is_silent(tmp_path: Path) -> None:
    from wfkit.engine.attempt import sleep

    def orders(params: Any) -> None:
        sleep(params["seconds"])

    store = tmp_path / "history.sqlite"
    dag = Dag("sales", [orders, make("report", ["orders"], takes=5)], params={"seconds": 0})
    for seconds in (60, 120):
        dag.run({"seconds": seconds}, clock="virtual", store=store)
    odds = dag.odds(nights=200, store=store, ready_by="1m10s")
    row = odds.frame.loc["as it is"]
    assert 0.35 < row.on_time < 0.65
    assert (row.finish_90, row.finish_99) == (125, 125)
    assert repr(odds).endswith("(durations as recorded before: orders)")
    quiet = dag.change("orders", takes=1).odds(nights=1, store=store)
    assert [*quiet.frame.finish_50] == [6.0]


def test_an_expansion_is_as_long_as_it_was(tmp_path: Path) -> None:
    def drops() -> list[int]:
        return [1, 2, 3]

    loads = make("load", ["drops"], expand="drops", takes=60)
    dag = Dag("sales", [drops, loads], max_active_tasks=1)
    assert dag.odds(nights=1, store=tmp_path / "a").frame.finish_50.iloc[0] == 60
    dag.run(clock="virtual", store=tmp_path / "a")
    assert dag.odds(nights=1, store=tmp_path / "a").frame.finish_50.iloc[0] == 180


@pytest.mark.parametrize(
    ("options", "error", "told"),
    [
        ({"nights": 0}, InvalidOption, "nights=0"),
        ({"faults": "ordrs:2"}, UnknownTask, "ordrs"),
        ({"vary": {"retries": [1]}}, InvalidOption, "TASK.OPTION"),
        ({"vary": {"t0.retreis": [1]}}, InvalidOption, 'Did you mean "retries"'),
        ({"vary": {"t9.retries": [1]}}, UnknownTask, "t9"),
        ({"vary": {"t0.retries": []}}, InvalidOption, "no values"),
        ({"vary": {"t0.retries": range(101)}}, InvalidOption, "101 variants"),
        ({"vary": {"t0.pool": ["db"]}}, InvalidOption, "pool"),
        ({"vary": {"t0.after": ["gone"]}}, UnknownUpstream, "gone"),
        ({"ready_by": "25:00"}, InvalidOption, "25:00"),
        ({"ready_by": "6am"}, InvalidOption, "Write 06:00"),
        ({"upto": "t9"}, UnknownTask, "t9"),
        ({"ready_by": 0}, InvalidOption, "ready_by=0"),
    ],
)
def test_wrong_requests_are_refused(
    options: dict[str, Any], error: type[WfkitError], told: str
) -> None:
    with pytest.raises(error, match=told) as caught:
        chain(1).odds(**options)
    assert len(str(caught.value).splitlines()) <= 3


def test_upto_leaves_out_what_comes_later() -> None:
    dag = chain(3).change("t2", takes="1h")
    nights: dict[str, Any] = {"nights": 5, "vary": {"t0.retries": [0, 1]}}
    whole, part = dag.odds(**nights), dag.odds(upto="t1", **nights)
    assert [*(whole.frame.finish_50 - part.frame.finish_50)] == [3_600, 3_600]
    with pytest.raises(UnknownTask):
        dag.odds(upto="t1", faults="t2:1")
    assert [*dag.tasks] == ["t0", "t1", "t2"]


def test_an_empty_dag_has_no_odds() -> None:
    with pytest.raises(EmptyDag):
        Dag("sales").odds()


def test_the_object_shows_a_picture_and_is_text() -> None:
    odds = chain(2).odds(nights=10, faults=broken(2, 20))
    bundle = odds._repr_mimebundle_()
    assert bundle["text/plain"] == repr(odds)
    assert bundle["image/svg+xml"].startswith("<svg")
    assert repr(odds).startswith("Odds of sales over 10 nights\n")


def test_same_seed_same_odds() -> None:
    def frame(seed: int) -> Any:
        return chain(3).odds(nights=100, faults=broken(3, 30), seed=seed).frame

    assert frame(1).equals(frame(1))
    assert not frame(1).equals(frame(2))


@pytest.mark.slow
def test_a_thousand_nights_of_ten_tasks_in_three_variants() -> None:
    vary = {"t0.retries": [0, 1, 3]}
    odds = chain(10, retries=3, retry_delay=60).odds(faults=broken(10, 10), vary=vary)
    assert len(odds.frame) == len(vary["t0.retries"])
