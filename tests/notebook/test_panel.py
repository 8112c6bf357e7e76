"""The fault panel, from the side of Python: what it offers, and what a press of Run shows."""

from __future__ import annotations

from typing import Any

from wfkit import Dag
from wfkit.engine.faults import parse_fault
from wfkit.notebook.panel import FAULTS, FaultPanel


def orders() -> list[int]:
    return [3, 4]


def report(orders: list[int]) -> int:
    return sum(orders)


def panel() -> FaultPanel:
    return FaultPanel(Dag("sales", [orders, report]).change("orders", retry_delay="90s"))


def policy(**options: str) -> dict[str, str]:
    return {"retries": "0", "retry_delay": "1m30s", "backoff": "1", "timeout": "", **options}


def press(it: FaultPanel, message: Any) -> None:
    it._handle_custom_msg(message, [])


def test_it_offers_every_task_with_its_options_as_they_are_typed() -> None:
    tasks = panel().choices["tasks"]
    assert [task["name"] for task in tasks] == ["orders", "report"]
    assert tasks[0]["policy"] == policy()
    assert tasks[1]["policy"] == policy(retry_delay="0s")


def test_every_fault_that_it_offers_can_be_read() -> None:
    texts = [f"orders:{it['what'].format(it.get('value'))}" for it in FAULTS]
    assert {parse_fault(text).kind for text in texts} == {"fail", "slow", "hang", "lost", "bad"}


def test_it_opens_with_an_unbroken_trial() -> None:
    found = panel().found
    assert found["told"] == "Nothing is broken yet."
    assert found["replay"]["run"][-1][1] == "success"


def test_a_press_of_run_shows_the_run_and_the_odds() -> None:
    it = panel()
    press(it, {"task": "orders", "fault": "2", "policy": policy(retries="3")})
    assert it.found["state"] == "success"
    assert it.found["told"] == "The run succeeded: orders needed 3 attempts, 2 in vain."
    assert "retries=3" in it.found["odds_text"]
    assert len(it.found["replay"]["trouble"]) == 2


def test_what_is_refused_is_told_and_loses_nothing() -> None:
    it = panel()
    press(it, {"task": "orders", "fault": "2", "policy": policy(retries="many")})
    assert it.found["error"].startswith('retries="many"')
    press(it, {"task": "orders", "fault": "1", "policy": policy()})
    assert it.found["told"] == "The run failed: orders had 1 attempt."


def test_the_same_choice_twice_is_answered_twice() -> None:
    it = panel()
    heard: list[int] = []
    it.observe(lambda change: heard.append(change["new"]["number"]), "found")
    for _ in range(2):
        press(it, {"task": "orders", "fault": "1", "policy": policy()})
        press(it, {"task": "orders", "fault": "none", "policy": policy()})
    assert heard == [1, 2, 3, 4]


def test_where_no_widget_can_be_shown_it_is_the_unbroken_trial() -> None:
    bundle, *_ = panel()._repr_mimebundle_()
    assert bundle["text/plain"].splitlines()[0].endswith(": success")
    assert "application/vnd.jupyter.widget-view+json" in bundle
    assert "0x" not in bundle["text/plain"]


def test_other_messages_change_nothing() -> None:
    it = panel()
    before = it.found
    for message in ("cancel", {"task": "orders"}, None):
        press(it, message)
    assert it.found == before
