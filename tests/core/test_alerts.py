"""How each alert stands is a fold of the facts about it."""

from __future__ import annotations

import json

from wfkit.core.alerts import Alert, AlertFact, AlertState, deliveries, raised

ALERT = Alert("failure", "sales", "r1", "load", 2, 5.0, "it failed", "why\nand how", "failure:7")


def test_an_alert_comes_back_as_it_was() -> None:
    (found,) = deliveries([raised(ALERT, ["a"])])
    assert found == (ALERT, "a", AlertState.PENDING, "")


def test_facts_are_plain_data() -> None:
    fact = raised(ALERT, ["a", "b"])
    assert AlertFact._make(json.loads(json.dumps(fact))) == fact


def test_the_last_word_counts_for_each_receiver() -> None:
    facts = [
        raised(ALERT, ["a", "b", "c"]),
        AlertFact("r1", "failure:7", 6.0, "failed", "a", {"note": "too slow"}),
        AlertFact("r1", "failure:7", 7.0, "sent", "b"),
        AlertFact("r1", "failure:7", 8.0, "sent", "a"),
        AlertFact("r2", "failure:7", 8.0, "sent", "c"),
        AlertFact("r1", "failure:8", 8.0, "sent", "c"),
    ]
    assert [(it.to, it.state.value, it.note) for it in deliveries(facts)] == [
        ("a", "sent", ""),
        ("b", "sent", ""),
        ("c", "pending", ""),
    ]
    assert deliveries(facts[:2])[0].note == "too slow"


def test_alerts_of_several_runs_keep_their_order() -> None:
    other = ALERT._replace(run_id="r2")
    found = deliveries([raised(ALERT, ["a"]), raised(other, ["a"]), raised(ALERT, ["b"])])
    assert [(it.alert.run_id, it.to) for it in found] == [("r1", "a"), ("r2", "a"), ("r1", "b")]
