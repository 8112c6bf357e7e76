"""Where a run was cut off, and what that cost."""

from __future__ import annotations

from tests.api.cutting import cut_off_in
from tests.views.samples import parsed, with_class
from wfkit import Dag
from wfkit.core.recovery import STOPPED
from wfkit.views.breaks import breaks


def test_what_was_lost_and_what_did_not_run_again_is_told() -> None:
    replay = cut_off_in("revenue", pause=3_600)
    [it] = breaks(replay.events, replay.told)
    assert replay.told[it.cut_off].what.startswith("the run ends: failed")
    assert replay.told[it.went_on].what == "the run goes on; not run again: orders"
    assert it.words == (
        "Cut off at 14 s: revenue attempt 1 was lost."
        " Went on at 1 h 14 s: orders did not run again."
    )
    assert replay.data()["breaks"] == [it]


def test_a_run_that_lost_its_first_task_runs_all_of_it() -> None:
    replay = cut_off_in("orders")
    [it] = breaks(replay.events, replay.told)
    assert it.words.endswith("Went on at 4 s: nothing had succeeded, so all of it runs.")
    assert replay.told[it.went_on].what == "the run goes on"


def test_a_failure_is_no_break() -> None:
    def orders() -> int:
        raise ValueError

    dag = Dag("sales", [orders], clock="virtual")
    dag.run(store=None, expect="failed")
    dag.resume(expect="failed")
    replay = dag.replay()
    assert [it.what for it in replay.told].count("the run goes on") == 1
    assert breaks(replay.events, replay.told) == []


def test_a_scheduler_that_was_stopped_cuts_a_run_off_too() -> None:
    replay = cut_off_in("revenue")
    events = [
        it._replace(to_state="cancelled") if it.to_state == "failed" else it for it in replay.events
    ]
    asked = events[-1]._replace(type="cancel_requested", detail={"reason": STOPPED})
    at = next(i for i, it in enumerate(events) if it.to_state == "cancelled")
    went_on = events[at + 1]._replace(from_state="cancelled")
    found = breaks([*events[:at], asked, events[at], went_on], [replay.told[0]] * (at + 3))
    assert [it.words.partition(".")[0] for it in found] == ["Cut off at 0 s: nothing was under way"]


def test_the_settled_timeline_shows_what_was_lost() -> None:
    root = parsed(cut_off_in("revenue").picture().svg)
    outcomes = [it.get("data-outcome") for it in with_class(root, "attempt")]
    assert outcomes == ["returned", "lost", "returned", "returned"]
