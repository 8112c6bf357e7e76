"""`%dag alert` and the flags that name whom to tell: addresses, functions, inboxes."""

from __future__ import annotations

import pytest

from tests.notebook.conftest import Lab
from wfkit.api import watching

MAIL = "mailto://mail.example.com?from=a@example.com&to=you@example.com"
TO_MAIL = "mailto://mail.example.com (you@example.com)"
OTHER = "mailto://other.example.com?from=a@example.com&to=you@example.com"


@pytest.fixture
def shop(lab: Lab) -> Lab:
    lab.ok("%dag new shop")
    lab.ok("%%task\ndef load():\n    raise ConnectionError('closed')", "load")
    lab.ok("got = []\ndef keep(alert): got.append(alert.subject)\ndef ring(alert): ...")
    return lab


def rules(lab: Lab) -> list[str]:
    return [str(it) for it in lab.dag.alert()]


def test_a_cell_that_is_run_again_takes_back_whom_it_named(shop: Lab) -> None:
    shop.ok(f"%dag alert --to {MAIL}\n%dag alert --to keep", "tell")
    shop.ok("%dag alert --to ring --on retry", "other")
    assert rules(shop) == [f"failure → {TO_MAIL}", "failure → keep()", "retry → ring()"]
    shop.ok(f"%dag alert --to {OTHER} --on retry", "tell")
    assert rules(shop) == [
        "retry → ring()",
        f"retry → {TO_MAIL.replace('mail.', 'other.')}",
    ]


@pytest.mark.parametrize("name", ["notebook", "stock"])
def test_a_cell_takes_back_whom_it_named_though_the_dag_was_made_anew(lab: Lab, name: str) -> None:
    lab.ok("%%task\ndef load(): ...", "load")
    lab.ok("def keep(alert): ...\ndef ring(alert): ...")
    lab.ok("%dag alert --to keep", "tell")
    lab.ok(f"%dag new {name}")
    lab.ok("%dag alert --to ring", "tell")
    assert rules(lab) == ["failure → ring()"]


def test_without_a_receiver_it_shows_who_is_told(shop: Lab) -> None:
    assert shop.ok("%dag alert").startswith("shop tells nobody yet.")
    shop.ok("%dag alert --to keep --on failure,retry")
    assert shop.ok("%dag alert") == "Alerts of shop:\n  failure, retry → keep()"


def test_rules_stay_when_the_dag_is_declared_anew(shop: Lab) -> None:
    shop.ok("%dag alert --to keep")
    shop.ok("%dag new shop --tag nightly")
    assert rules(shop) == ["failure → keep()"]


def test_an_address_may_be_kept_out_of_the_notebook(shop: Lab) -> None:
    shop.ok(f"from wfkit import Secret\nmail = Secret({MAIL!r})\nother = {OTHER!r}")
    shop.ok("%dag alert --to mail")
    shop.ok("%dag new shop --on-success other")
    other = TO_MAIL.replace("mail.", "other.")
    assert rules(shop) == [f"failure → {TO_MAIL}", f"success → {other}"]


def test_flags_name_a_function_of_the_notebook(shop: Lab) -> None:
    shop.ok("%dag new shop --on-failure keep --on-success ring")
    shop.ok("%%task --on-failure keep\ndef load():\n    raise ConnectionError('closed')", "load")
    assert rules(shop) == ["failure → keep()", "success → ring()", "failure of load → keep()"]
    shop.ok("%dag run --expect failed")
    assert watching.flush(30.0)
    assert shop.shell.user_ns["got"] == [
        "shop: load failed, ConnectionError: closed",
        "shop failed: load, ConnectionError: closed",
    ]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("%dag alert --to kep", 'the notebook has nothing of that name. Did you mean "keep"?'),
        ("%dag alert --to got", "--to got: that is neither an address nor a function."),
        ("%dag alert --to you@example.com", "an address begins with its kind and ://"),
        ("%dag alert --to keep --on broken", 'on="broken" is unknown.'),
        ("%dag new shop --on-failure kep", "--on-failure kep: the notebook has nothing"),
        ("%dag new shop --on-success x@y", "on_success: an address begins with"),
        ("%%task --on-failure kep\ndef load(): ...", "--on-failure kep: the notebook has nothing"),
    ],
)
def test_a_receiver_that_is_none_is_refused(shop: Lab, line: str, message: str) -> None:
    assert message in shop.fails(line, "load")
    assert rules(shop) == []


def test_alerts_are_an_inbox_with_a_text_twin(shop: Lab) -> None:
    assert shop.ok("%dag alerts") == "no alerts of shop yet"
    shop.ok("%dag alert --to keep")
    shop.ok("%dag run --expect failed")
    assert watching.flush(30.0)
    [bundle] = shop.run("%dag alerts").bundles
    assert bundle["image/svg+xml"].startswith("<svg")
    head, first, _, to = bundle["text/plain"].splitlines()
    assert head == "Alerts of shop, oldest first: 1 sent"
    assert first == "✘ failure: shop failed: load, ConnectionError: closed"
    assert to == "    sent to keep()"
