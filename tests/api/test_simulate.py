"""A schedule on a virtual clock: which runs there are, when they begin, what they learn."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from wfkit import Dag, sleep, task
from wfkit.core.errors import InvalidOption, UnknownTask, UnknownUpstream
from wfkit.engine.zones import data_version, zone

NIGHTLY: dict[str, Any] = {
    "schedule": "30 1 * * *",
    "timezone": "Europe/London",
    "start_date": "1997-01-01",
}


def orders(logical_date: datetime) -> int:
    return logical_date.day


def revenue(orders: int) -> int:
    return orders * 10


def story(runs: Sequence[Any]) -> list[tuple[str, str, str, str]]:
    """Return for each run its date, its type, when it began and how it ended."""
    return [
        (
            run.snapshot.detail["logical_date"][:10],
            run.snapshot.detail["run_type"],
            f"{run.events[0].at:%d %H:%M}",
            str(run.state),
        )
        for run in runs
    ]


def test_each_night_stands_for_the_day_before_it() -> None:
    played = Dag("sales", [orders, revenue], **NIGHTLY).simulate(days=4)
    assert story(played.runs) == [
        ("1997-01-01", "simulated", "02 01:30", "success"),
        ("1997-01-02", "simulated", "03 01:30", "success"),
        ("1997-01-03", "simulated", "04 01:30", "success"),
    ]
    assert [run["revenue"] for run in played.runs] == [10, 20, 30]


def test_a_run_records_its_schedule_and_the_data_of_its_zone() -> None:
    (run,) = Dag("sales", [orders], **NIGHTLY).simulate(days=2).runs
    detail = run.snapshot.detail
    assert detail["schedule"] == "30 1 * * * Europe/London"
    assert detail["tzdata"] == data_version(zone("Europe/London"))
    daily = Dag("sales", [orders], schedule="@daily", start_date="1997-01-01")
    (run,) = daily.simulate(days=1).runs
    assert run.snapshot.detail["schedule"] == "@daily UTC"
    assert "tzdata" not in run.snapshot.detail
    assert not {"schedule", "tzdata"} & set(Dag("sales", [orders]).trial().snapshot.detail)


def test_start_and_end_bound_the_ticks() -> None:
    dag = Dag("sales", [orders], **NIGHTLY)
    played = dag.simulate(start="1997-03-29", end="1997-03-31T01:30")
    assert [run["orders"] for run in played.runs] == [28, 29, 30]


def test_the_night_in_which_the_hour_is_missing_runs_at_two() -> None:
    dag = Dag("sales", [orders], **NIGHTLY)
    begun = [run.events[0].at for run in dag.simulate(start="1997-03-29", days=3).runs]
    # 02:00 in British Summer Time is 01:00 UTC.
    assert [f"{it:%d %H:%M}" for it in begun] == ["29 01:30", "30 01:00", "31 00:30"]


def test_a_failed_night_is_part_of_the_story_and_plays_again() -> None:
    dag = Dag("sales", [orders, revenue], **NIGHTLY)

    def states(seed: int) -> list[str]:
        played = dag.simulate(days=30, faults="orders:30%", seed=seed)
        return [str(run.state) for run in played.runs]

    assert 3 <= states(0).count("failed") <= 15
    assert states(0) == states(0) != states(1)


def test_why_the_first_failed_night_failed_is_told_and_how_to_look_at_it() -> None:
    dag = Dag("sales", [orders, revenue], **NIGHTLY)
    played = dag.simulate(days=30, faults="orders:30%")
    states = [str(run.state) for run in played.runs]
    place = states.index("failed")
    why = "failed because orders failed after 1 attempt: ConnectionError: injected fault"
    due = played.runs.begun[place].occasion.due
    told = f"first, the run due {due.astimezone(ZoneInfo('Europe/London')):%Y-%m-%d %H:%M %Z} {why}"
    lines = repr(played).splitlines()
    assert f"  {told}" in lines
    assert f"  more about it: dag.simulate(...).runs[{place}].explain()" in lines
    assert played.runs[place].explain().startswith(f"{played.runs[place].run_id} of sales {why}")
    assert f">{told[:80]}" in str(played.picture().svg)
    assert "failed because" not in repr(dag.simulate(days=3))


def test_a_night_can_be_run_again_by_hand_with_its_seed() -> None:
    dag = Dag("sales", [orders], **NIGHTLY)
    played = dag.simulate(days=30, faults="orders:30%")
    failed = next(run for run in played.runs if run.state == "failed")
    detail = failed.snapshot.detail
    again = dag.run(
        logical_date=detail["logical_date"],
        seed=detail["seed"],
        faults="orders:30%",
        clock="virtual",
        store=None,
        expect="failed",
    )
    assert [it.detail for it in again.events[3:]] == [it.detail for it in failed.events[3:]]


def slow(orders: int) -> int:
    sleep(30 * 3600)
    return orders


def test_a_run_that_takes_too_long_lets_the_next_wait() -> None:
    assert [
        begun for _, _, begun, _ in story(Dag("s", [orders, slow], **NIGHTLY).simulate(days=4).runs)
    ] == [
        "02 01:30",
        "03 07:30",
        "04 13:30",
    ]


def test_runs_overlap_where_they_may() -> None:
    dag = Dag("s", [orders, slow], **NIGHTLY, max_active_runs=2)
    begun = [begun for _, _, begun, _ in story(dag.simulate(days=4).runs)]
    assert begun == ["02 01:30", "03 01:30", "04 01:30"]


@pytest.mark.parametrize(
    ("catchup", "expected"),
    [
        (
            True,
            [
                ("1997-01-03", "catchup", "07 12:00", "success"),
                ("1997-01-04", "catchup", "07 12:00", "success"),
                ("1997-01-05", "catchup", "07 12:00", "success"),
                ("1997-01-06", "catchup", "07 12:00", "success"),
            ],
        ),
        (False, [("1997-01-06", "simulated", "07 12:00", "success")]),
    ],
)
def test_an_outage_is_made_up_for_as_catchup_says(
    catchup: bool, expected: list[tuple[str, str, str, str]]
) -> None:
    dag = Dag("sales", [orders], **NIGHTLY, catchup=catchup)
    played = dag.simulate(days=8, outage=("1997-01-04", "1997-01-07T12:00"))
    assert story(played.runs) == [
        ("1997-01-01", "simulated", "02 01:30", "success"),
        ("1997-01-02", "simulated", "03 01:30", "success"),
        *expected,
        ("1997-01-07", "simulated", "08 01:30", "success"),
    ]


@pytest.mark.parametrize(("catchup", "missed"), [(True, []), (False, ["03", "04", "05"])])
def test_what_an_outage_cost_is_told(catchup: bool, missed: list[str]) -> None:
    dag = Dag("sales", [orders], **NIGHTLY, catchup=catchup)
    played = dag.simulate(days=8, outage=("1997-01-04", "1997-01-07T12:00"))
    assert [f"{begin:%d}" for begin, _ in played.missed] == missed
    assert repr(played).count("– missed") == len(missed)
    assert dag.simulate(days=8).missed == []


@task(sensor=True, poke_interval="10m")
def drop() -> None:
    return None


def load(drop: object) -> object:
    return drop


def test_a_sensor_finds_what_arrives() -> None:
    played = Dag("sales", [drop, load], **NIGHTLY).simulate(days=3, arrivals={"drop": "04:15"})
    ended = [f"{run.ended:%d %H:%M}" for run in played.runs if run.ended]
    assert ended == ["02 04:20", "03 04:20"]
    assert [run["load"] for run in played.runs] == [True, True]


def files_seen(files: list[str]) -> list[str]:
    return files


def test_files_that_arrive_bring_runs() -> None:
    dag = Dag("inbox", [files_seen], schedule="file inbox/*.csv", start_date="1997-01-01")
    arrivals = {"inbox/b.csv": "04:10", "inbox/a.csv": ["04:10", "1997-01-02T06:00"]}
    played = dag.simulate(days=2, arrivals=arrivals)
    told = [(f"{run.events[0].at:%d %H:%M}", run["files_seen"]) for run in played.runs]
    assert told == [
        ("01 04:10", ["inbox/a.csv", "inbox/b.csv"]),
        ("02 04:10", ["inbox/a.csv", "inbox/b.csv"]),
        ("02 06:00", ["inbox/a.csv"]),
    ]


def test_a_dag_follows_the_success_of_another() -> None:
    first = Dag("sales", [orders, slow], **NIGHTLY)
    second = Dag("report", [revenue_of], schedule="after sales", start_date="1997-01-01")
    begun = [f"{run.events[0].at:%d %H:%M}" for run in second.simulate(days=3, others=[first]).runs]
    assert begun == ["03 07:30", "04 13:30"]


def revenue_of(run_id: str) -> str:
    return run_id


@pytest.mark.long
def test_a_year_without_tasks_has_its_runs_when_they_are_looked_at() -> None:
    played = Dag("beat", schedule="*/5 * * * *", start_date="1997-01-01").simulate(days=365)
    assert len(played.runs) == 105_120
    assert str(played.runs[-1].state) == "success"
    assert played.runs[-1].run_id == "scheduled__1997-12-31T23:55:00+00:00"


@pytest.mark.parametrize(
    ("options", "choices", "told"),
    [
        ({}, {}, "sales has no schedule"),
        ({"schedule": "@daily"}, {}, "needs a start"),
        (NIGHTLY, {"end": "1996-01-01"}, "is not after start"),
        (NIGHTLY, {"end": "1997-02-01", "days": 3}, "exclude each other"),
        (NIGHTLY, {"days": 0}, "days=0"),
        (NIGHTLY, {"outage": "1997-01-03"}, "a begin and an end"),
        (NIGHTLY, {"outage": 5}, "a begin and an end"),
        (NIGHTLY, {"outage": ("1997-01-05", "1997-01-03")}, "is not after outage"),
        (NIGHTLY, {"arrivals": {"ordrs": "04:10"}}, 'waits for "ordrs"'),
        (NIGHTLY, {"seed": -1}, "seed=-1"),
        (
            {"schedule": "after " + "x" * 9_999, "start_date": "1997-01-01"},
            {},
            "x{50}\\.\\.\\.: no",
        ),
        ({"schedule": "after sals", "start_date": "1997-01-01"}, {}, "no Dag of that name"),
    ],
)
def test_what_cannot_be_played_is_told(
    options: dict[str, Any], choices: dict[str, Any], told: str
) -> None:
    with pytest.raises(InvalidOption, match=told) as caught:
        Dag("sales", [orders], **options).simulate(**choices)
    assert len(str(caught.value).splitlines()) <= 3


def test_a_graph_that_lacks_something_is_refused_before_the_first_night() -> None:
    with pytest.raises(UnknownUpstream, match="orders"):
        Dag("sales", [revenue], **NIGHTLY).simulate()
    with pytest.raises(UnknownTask, match="ordrs"):
        Dag("sales", [orders], **NIGHTLY).simulate(faults="ordrs:1")


def test_dags_that_wait_for_each_other_are_refused() -> None:
    first = Dag("first", [orders], schedule="after second", start_date="1997-01-01")
    second = Dag("second", [orders], schedule="after first", start_date="1997-01-01")
    with pytest.raises(InvalidOption, match="in a circle: first → second → first"):
        first.simulate(others=[second])


def test_a_simulation_is_a_picture_with_its_text_twin() -> None:
    dag = Dag("sales", schedule="30 1 * * *", timezone="Europe/London")
    found = dag.simulate(start="1997-10-25", days=2, outage="1997-10-25,1997-10-25T12:00")
    bundle = found._repr_mimebundle_()
    assert bundle["text/plain"] == repr(found)
    assert bundle["image/svg+xml"].startswith("<svg ")
    assert repr(found).splitlines() == [
        "Simulation of sales: every day at 01:30, Europe/London",
        "1997-10-25 00:00 BST to 1997-10-27 00:00 GMT, 2 runs: 2 success",
        "  sales has no tasks yet: its runs do nothing",
        "  clocks go back 1 h on 1997-10-26: 02:00 becomes 01:00, the times between come twice",
        "  scheduler away from 1997-10-25 00:00 BST to 1997-10-25 12:00 BST",
        "  due                   for the time since    began                 took  state",
        "  1997-10-25 01:30 BST  1997-10-24 01:30 BST  1997-10-25 12:00 BST  0 s   ✔ success",
        "  1997-10-26 01:30 BST  1997-10-25 01:30 BST  when due              0 s   ✔ success",
    ]


def test_the_runs_of_a_simulation_are_a_grid_of_runs_and_tasks() -> None:
    dag = Dag("sales", [orders, revenue], **NIGHTLY)
    nights = dag.simulate(days=4, faults="orders:always").runs
    assert repr(nights).splitlines() == [
        "Runs of sales, oldest first",
        "  F failed, U upstream failed",
        "run                                   orders  revenue  state",
        "scheduled__1997-01-01T01:30:00+00:00  F       U        failed",
        "scheduled__1997-01-02T01:30:00+00:00  F       U        failed",
        "scheduled__1997-01-03T01:30:00+00:00  F       U        failed",
    ]
    bundle = nights[:2]._repr_mimebundle_()  # type: ignore[attr-defined]
    assert len(bundle["text/plain"].splitlines()) == 5
    assert bundle["image/svg+xml"].startswith("<svg ")


def test_the_grid_of_a_long_simulation_has_the_newest_runs() -> None:
    lines = repr(Dag("sales", **NIGHTLY).simulate(days=60).runs).splitlines()
    assert lines[0] == "The newest 50 runs of sales, oldest first"
    assert len(lines) == 52
    assert lines[-1].startswith("scheduled__1997-02-28T01:30")


@pytest.mark.parametrize(
    ("options", "asked", "told"),
    [
        ({}, {"days": 1}, "the first run is due 1997-01-02 01:30 GMT"),
        (
            {"end_date": "1997-01-02"},
            {"start": "1997-02-01"},
            "no run is due in this time, nor later",
        ),
        (
            {"schedule": "file inbox/*.csv"},
            {"days": 2},
            "no file inbox/*.csv arrived: say when one does with arrivals",
        ),
    ],
)
def test_why_there_are_no_runs_is_told(
    options: dict[str, Any], asked: dict[str, Any], told: str
) -> None:
    nights = Dag("sales", [orders], **{**NIGHTLY, **options}).simulate(**asked)
    assert len(nights.runs) == 0
    assert repr(nights).splitlines()[-1] == f"  {told}"


def test_a_dag_whose_other_dag_had_no_success_tells_that() -> None:
    sales = Dag("sales", [orders], **NIGHTLY)
    mail = Dag("mail", [orders], schedule="after sales", start_date="1997-01-01")
    nights = mail.simulate(days=1, others=[sales])
    assert repr(nights).splitlines()[-1] == "  sales had no success in this time"
