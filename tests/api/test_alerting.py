"""Who is told of what: rules, what is written down, and messages that really arrive."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.api.planting import let_out, planted
from tests.api.sinks import found
from tests.engine.hand_clock import HandClock
from tests.engine.servers import drip, silent
from wfkit import Dag, Fault, RunFailed, Secret, VirtualClock
from wfkit.api import alerting, watching
from wfkit.api.alerting import NotSent
from wfkit.core.alerts import Alert
from wfkit.core.errors import InvalidOption, StoreError
from wfkit.core.task import task
from wfkit.engine.alerts import Outbox
from wfkit.engine.postman import Postman
from wfkit.engine.store import MemoryStore
from wfkit.testing import local_mail, local_slack
from wfkit.views.alert_text import digest_words

MAIL = "mailto://shop:hunter2-hunter2@mail.example.com?from=shop@example.com&to=you@example.com"
SLACK = "slack://T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX"
TO_MAIL = "mailto://mail.example.com (you@example.com)"
PATIENCE = 60.0
CAUSE = "orders failed after 1 attempt: ConnectionError: injected fault"


def orders() -> list[int]:
    return [3, 4]


def revenue(orders: list[int]) -> int:
    return sum(orders)


def report(revenue: int) -> None: ...


def broken() -> None:
    raise ValueError("no")


def sales(**options: Any) -> Dag:
    return Dag("sales", [orders, revenue, report], **{"clock": "virtual", **options})


def told(run_or_dag: Any) -> list[tuple[str, str, str]]:
    """Who was told of what, and what became of it."""
    table = run_or_dag.table if hasattr(run_or_dag, "table") else run_or_dag
    return [(it.on, it.to, it.state) for it in table.itertuples()]


def failed(dag: Dag, **options: Any) -> Any:
    return dag.run(**{"faults": "orders:always", "expect": "failed", "store": None, **options})


# Rules


def test_rules_are_shown_without_their_secrets() -> None:
    dag = sales(on_success="json://user:hunter2-hunter2@example.com")
    assert repr(sales().alert()) == (
        'sales tells nobody yet. Whom? dag.alert("mailto://…", on="failure")'
    )
    dag.alert(MAIL, on="failure, deadline")
    shown = dag.alert(print, on=["success"])
    assert repr(shown).splitlines() == [
        "Alerts of sales:",
        f"  failure, deadline → {TO_MAIL}",
        "  success → print()",
        "  success → json://example.com",
    ]
    assert len(shown) == 3
    assert [str(it) for it in shown[:1]] == [f"failure, deadline → {TO_MAIL}"]
    assert str(shown[1]) == "success → print()"


def test_who_is_named_again_gets_what_was_said_last() -> None:
    dag = sales()
    dag.alert(MAIL)
    dag.alert([MAIL, SLACK], on="success")
    assert [str(it) for it in dag.alert()] == [f"success → {TO_MAIL}", "success → slack://***"]
    dag.alert(MAIL, on="none")
    assert [str(it) for it in dag.alert()] == ["success → slack://***"]


def test_receivers_of_one_name_are_told_apart() -> None:
    dag = sales(clock="system")
    got: list[Alert] = []

    def refuse(alert: Alert) -> None:
        raise ValueError("no")

    refuse.__name__ = "append"
    dag.alert(refuse)
    shown = dag.alert(got.append)
    assert repr(shown).splitlines()[1:] == ["  failure → append()", "  failure → append() (2)"]
    run = failed(dag)
    assert watching.flush(PATIENCE)
    assert told(run.alerts) == [
        ("failure", "append()", "failed"),
        ("failure", "append() (2)", "sent"),
    ]
    virtual = failed(dag, clock="virtual")
    assert [to for _, to, _ in told(virtual.alerts)] == ["append()", "append() (2)"]


def test_the_newest_alerts_have_all_their_receivers() -> None:
    dag, store = sales(on_failure=[MAIL, SLACK, print]), MemoryStore()
    for _ in range(3):
        run = failed(dag, store=store)
    names = [TO_MAIL, "slack://***", "print()"]
    assert [it.to for it in dag.alerts(n=1, store=store)] == names
    assert {it.alert.run_id for it in dag.alerts(n=1, store=store)} == {run.run_id}
    assert [it.to for it in dag.alerts(n=2, store=store)] == names * 2


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: sales().alert("you@example.com"), "an address begins with its kind and ://"),
        (lambda: sales().alert(3), "to takes an address such as mailto://"),
        (lambda: sales().alert(MAIL, on="failures"), 'on="failures" is unknown.'),
        (lambda: sales().alert(MAIL, on=["success", "x"]), 'on="x" is unknown.'),
        (lambda: sales(on_failure="x"), "an address begins with its kind and ://"),
        (lambda: sales(on_success=3), "on_success takes an address"),
        (lambda: task(on_failure="x")(orders), "an address begins with its kind and ://"),
        (lambda: sales().alerts(0), "n=0 is not possible"),
        (lambda: sales().change("orders", on_failure=[None]), "on_failure takes an address"),
    ],
)
def test_what_is_wrong_is_refused(call: Any, message: str) -> None:
    with pytest.raises(InvalidOption) as caught:
        call()
    assert message in str(caught.value)
    assert len(str(caught.value).splitlines()) <= 3


@pytest.mark.parametrize(
    ("address", "cause"),
    [
        ("foo://bar", "foo://*** cannot be used: Unparseable URL"),
        ("tgram://123/456", "tgram://*** cannot be used: Unparseable Telegram URL"),
        (
            "mailto://example.com?to=me@example.com",
            "(me@example.com) cannot be used: Invalid",
        ),
        ("https://example.com/x", "https://example.com cannot be used: Unparseable URL"),
    ],
)
def test_an_address_that_nothing_can_be_sent_to_is_refused_when_it_is_named(
    address: str, cause: str
) -> None:
    dag = sales()
    dag.alert(MAIL)
    with pytest.raises(InvalidOption, match=re.escape(cause)) as caught:
        dag.alert([MAIL, address], on="retry")
    assert len(str(caught.value).splitlines()) == 2
    assert [str(it.to) for it in dag.alert()] == [TO_MAIL]
    assert "failure" in repr(dag.alert())
    dag.alert(address, on="none")


# What is told (on a virtual clock, where it is written down and not sent)


def test_a_failed_run_is_told_once() -> None:
    dag = sales(on_failure=[MAIL, print])
    dag.alert(MAIL, on="failure,retry,success")
    run = failed(dag)
    assert told(run.alerts) == [
        ("failure", TO_MAIL, "recorded"),
        ("failure", "print()", "recorded"),
    ]
    [alert, _] = dag.alerts()
    assert alert.alert.subject == "sales failed: orders, ConnectionError: injected fault"
    assert alert.alert.body.splitlines() == [
        f"{run.run_id} of sales failed because {CAUSE}",
        "  did not run because of it: revenue, report",
        "",
        "Next step:",
        f'  mend the cause, then go on with what is left: dag.resume("{run.run_id}")',
        f'  read its log: dag.logs("orders", run_id="{run.run_id}")',
    ]


def test_a_retry_is_told_with_its_pause() -> None:
    flaky = task(retries=3, retry_delay="30s", backoff=2)(orders)
    dag = Dag("sales", [flaky, revenue], clock="virtual")
    dag.alert(MAIL, on="retry")
    dag.run(faults="orders:2", store=None)
    first, second = dag.alerts()
    assert first.alert.subject == "sales: orders is tried again, ConnectionError: injected fault"
    assert [it.alert.body.splitlines()[:2] for it in (first, second)] == [
        [
            "orders failed at attempt 1: ConnectionError: injected fault",
            "  attempt 2 follows in 30 s, of 4 at most",
        ],
        [
            "orders failed at attempt 2: ConnectionError: injected fault",
            "  attempt 3 follows in 1 min, of 4 at most",
        ],
    ]


def test_an_attempt_that_was_lost_is_no_retry() -> None:
    dag = sales()
    dag.alert(MAIL, on="retry,success")
    assert told(dag.run(faults="orders:lost", store=None).alerts) == [
        ("success", TO_MAIL, "recorded")
    ]


def test_a_missed_deadline_is_told_of_run_and_task() -> None:
    slow = task(takes="2h", deadline="1h")(orders)
    dag = Dag("sales", [slow, revenue], clock="virtual", deadline="90m")
    dag.alert(MAIL, on="deadline")
    dag.run(store=None)
    task_alert, run_alert = (it.alert for it in dag.alerts())
    assert task_alert.subject == "sales: orders is late, due 2000-01-01 01:00 UTC"
    assert run_alert.subject == "sales is late, due 2000-01-01 01:30 UTC"
    assert run_alert.body.splitlines()[:3] == [
        "the run has missed its deadline, due 2000-01-01 01:30 UTC",
        "  0 of 2 tasks have ended",
        "  under way: orders",
    ]
    assert 'dag.explain("orders", run_id=' in task_alert.body


def test_the_first_success_after_failures_is_told_as_recovered() -> None:
    dag, store = sales(), MemoryStore()
    dag.alert(MAIL, on="recovered")
    dag.alert(print, on="success")
    dag.alert(SLACK, on="recovered,success")
    dag.run(store=store, logical_date="1997-01-01")
    for day in ("1997-01-02", "1997-01-03"):
        failed(dag, store=store, logical_date=day)
    dag.run(store=store, logical_date="1997-01-04")
    dag.run(store=store, logical_date="1997-01-05")
    found = [(it.alert.run_id[8:18].lstrip("_"), it.alert.kind, it.to) for it in dag.alerts()]
    assert found == [
        ("1997-01-01", "success", "print()"),
        ("1997-01-01", "success", "slack://***"),
        ("1997-01-04", "recovered", TO_MAIL),
        ("1997-01-04", "recovered", "slack://***"),
        ("1997-01-04", "success", "print()"),
        ("1997-01-05", "success", "print()"),
        ("1997-01-05", "success", "slack://***"),
    ]
    [recovered] = [it.alert for it in dag.alerts() if it.to == TO_MAIL]
    assert recovered.subject == "sales is well again"
    earlier = [f"manual__1997-01-0{day}T00:00:00+00:00" for day in (2, 3)]
    assert f"  failed before it: {', '.join(earlier)}" in recovered.body.splitlines()
    assert f'dag.resume("{earlier[1]}")' in recovered.body


def test_a_run_that_goes_on_and_succeeds_has_recovered() -> None:
    dag, store = sales(), MemoryStore()
    dag.alert(MAIL, on="failure,recovered")
    failed(dag, store=store)
    assert dag.resume(store=store).state == "success"
    assert [it.alert.kind for it in dag.alerts()] == ["failure", "recovered"]
    assert "  it had failed before" in dag.alerts()[-1].alert.body


def test_a_cancelled_run_between_is_no_success() -> None:
    store = MemoryStore()

    def waits(orders: list[int]) -> None:
        started.set()
        assert goes_on.wait(10)

    dag = Dag("sales", [orders, waits])
    failed(dag, store=store)
    started, goes_on = threading.Event(), threading.Event()
    run = dag.run(store=store, background=True)
    assert started.wait(10)
    run.cancel()
    goes_on.set()
    run.wait(10)
    dag.alert(print, on="recovered")
    dag.run(store=store)
    assert watching.flush(PATIENCE)
    assert told(dag.alerts().table) == [("recovered", "print()", "sent")]


def test_the_failure_of_one_task_is_told_to_who_asked_for_it() -> None:
    mine = task(on_failure=MAIL)(orders)
    dag = Dag("sales", [mine, revenue], clock="virtual")
    run = failed(dag)
    [alert] = [it.alert for it in dag.alerts()]
    assert (alert.kind, alert.task) == ("failure", "orders")
    assert alert.subject == "sales: orders failed, ConnectionError: injected fault"
    assert alert.body.splitlines()[:2] == [
        "orders failed at attempt 1: ConnectionError: injected fault",
        f"  in {run.run_id}",
    ]
    assert repr(mine) == f"Task orders(), on_failure={TO_MAIL}"
    assert failed(dag, faults="revenue:always").alerts.empty


def test_an_instance_of_an_expanded_task_is_named() -> None:
    def parts() -> list[int]:
        return [1, 0]

    @task(expand="parts", on_failure=MAIL)
    def load(parts: int) -> float:
        return 10 / parts

    dag = Dag("sales", [parts, load], clock="virtual")
    dag.run(store=None, expect="failed")
    [alert] = [it.alert for it in dag.alerts()]
    assert alert.subject == "sales: load[1] failed, ZeroDivisionError: division by zero"
    assert alert.body.splitlines()[1].endswith(": return 10 / parts")
    assert alert.map_index == 1


def test_a_trial_and_a_simulation_record_what_they_would_tell() -> None:
    dag = sales(schedule="@daily", on_failure=MAIL, start_date="1997-01-01")
    assert told(dag.trial(faults="orders:always").alerts) == [("failure", TO_MAIL, "recorded")]
    played = dag.simulate(days=3, faults=[Fault("orders")])
    assert told(played.alerts.table) == [("failure", TO_MAIL, "recorded")] * len(played.runs)
    assert len(played.runs) >= 2
    assert sales(schedule="@daily", start_date="1997-01-01").simulate(days=1).alerts.table.empty


def test_without_rules_nothing_is_written_or_started() -> None:
    dag = sales()
    run = failed(dag)
    assert run.alerts.empty
    assert repr(dag.alerts()) == "no alerts of sales yet"
    assert run.store.alerts("sales") == []


def test_what_was_told_is_there_after_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "history.sqlite"
    dag = sales(on_failure=MAIL)
    for day in ("1997-01-01", "1997-01-02"):
        failed(dag, store=path, logical_date=day)
    code = "from wfkit import Dag; d = Dag('sales'); a = d.alerts(store='history.sqlite'); print(a)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout.rstrip() == repr(dag.alerts())
    assert len(dag.alerts(n=1)) == 1
    run_id = "manual__1997-01-01T00:00:00+00:00"
    assert [it.alert.run_id for it in dag.alerts(run_id=run_id, store=path)] == [run_id]
    assert done.stderr == ""


def test_alerts_are_a_sequence_a_table_and_a_picture() -> None:
    dag = sales(on_failure=MAIL)
    failed(dag)
    alerts = dag.alerts()
    assert len(alerts) == len(alerts[:5]) == 1
    assert isinstance(alerts[0].alert, Alert)
    assert list(alerts.table.columns) == (
        ["at", "run_id", "task", "map_index", "on", "to", "state", "note", "subject"]
    )
    bundle = alerts._repr_mimebundle_()
    assert bundle["text/plain"] == repr(alerts)
    assert bundle["image/svg+xml"].startswith("<svg ")


# What cannot be written down


class BrokenStore(MemoryStore):
    """Takes no more events after the start."""

    def write(self, dag: str, run_id: str, events: Any) -> None:
        if any(it.to_state == "success" for it in events):
            raise StoreError("the disk is full: password=hunter2")
        super().write(dag, run_id, events)


def test_a_run_whose_history_breaks_is_told_all_the_same() -> None:
    got: list[Alert] = []
    dag = sales(clock="system", on_failure=got.append)
    with pytest.raises(StoreError):
        dag.run(store=BrokenStore())
    assert watching.flush(PATIENCE)
    assert [it.subject for it in got] == [
        "sales failed: StoreError: the disk is full: password=***"
    ]
    assert "dag.resume(" in got[0].body


@pytest.mark.long
def test_a_run_that_is_killed_is_told_by_who_started_it(tmp_path: Path) -> None:
    got: list[Alert] = []
    dag = sales(clock="system")
    dag.alert(got.append)
    dag.run(crash_after="orders", store=tmp_path / "history.sqlite")
    assert watching.flush(PATIENCE)
    assert [it.kind for it in got] == ["failure"]
    assert "process" in got[0].subject
    assert told(dag.alerts().table) == [("failure", "append()", "sent")]


def test_who_looks_at_alerts_sees_that_they_were_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    is_looked_at = threading.Event()

    def slow(alert: Alert) -> None:
        is_looked_at.wait(5.0)

    def looking(*arguments: Any, **options: Any) -> bool:
        is_looked_at.set()
        return watching.flush(*arguments, **options)

    monkeypatch.setattr(alerting, "flush", looking)
    dag = sales(clock="system", on_failure=slow)
    failed(dag)
    assert told(dag.alerts().table) == [("failure", "slow()", "sent")]


def keeping(got: list[str]) -> Any:
    """A receiver that no other process could get."""
    lock = threading.Lock()

    def keep(alert: Alert) -> None:
        with lock:
            got.append(alert.subject)

    return keep


@pytest.mark.long
def test_a_run_that_its_process_ended_by_itself_is_told_here_too(tmp_path: Path) -> None:
    got: list[str] = []
    keep = keeping(got)
    dag = Dag("sales", [task(on_failure=keep)(broken)], on_failure=keep)
    dag.alert(keep, on="failure,retry")
    with pytest.raises(RunFailed, match="was not cut off after broken: it never succeeded"):
        dag.run(crash_after="broken", store=tmp_path / "history.sqlite")
    assert watching.flush(PATIENCE)
    assert got == ["sales: broken failed, ValueError: no", "sales failed: broken, ValueError: no"]


@pytest.mark.long
def test_a_receiver_need_not_travel_to_another_process(tmp_path: Path) -> None:
    got: list[str] = []
    dag = Dag("sales", [task(on_failure=keeping(got))(broken)], executor="process")
    dag.run(store=tmp_path / "history.sqlite", expect="failed")
    assert watching.flush(PATIENCE)
    assert got == ["sales: broken failed, ValueError: no"]


# What really arrives


@pytest.mark.long
def test_a_failed_run_sends_one_mail_and_one_message_that_arrive() -> None:
    dag = sales(clock="system")
    dag.alert(MAIL, on="failure,deadline")
    dag.alert(SLACK)
    with local_mail() as mail, local_slack() as slack:
        run = failed(dag)
        assert watching.flush(PATIENCE)
        [message], [post] = mail.messages, slack.messages
    assert message.to == ("you@example.com",)
    assert message.sender == "shop@example.com"
    for it in (message, post):
        assert it.subject == "sales failed: orders, ConnectionError: injected fault"
        lines = it.text.splitlines()
        assert lines[0].endswith("orders failed after 1 attempt: ConnectionError: injected fault")
        assert "  did not run because of it: revenue, report" in lines
        step = f'  mend the cause, then go on with what is left: dag.resume("{run.run_id}")'
        assert lines[lines.index("Next step:") + 1] == step
    assert told(run.alerts) == [("failure", TO_MAIL, "sent"), ("failure", "slack://***", "sent")]


@pytest.fixture
def still(monkeypatch: pytest.MonkeyPatch) -> Iterator[HandClock]:
    """Time stands still for the outbox of this process."""
    clock, postman = HandClock(), Postman()
    monkeypatch.setattr(watching, "_outbox", [Outbox(clock, digest_words, postman)])
    yield clock
    assert watching.flush(PATIENCE)
    postman.rest()


@pytest.mark.long
def test_of_fifty_failures_in_a_minute_the_first_arrives_at_once_the_rest_as_one_digest(
    still: HandClock,
) -> None:
    dag, store = sales(clock="system"), MemoryStore()
    dag.alert([MAIL, SLACK])
    with local_mail() as mail, local_slack() as slack:
        for number in range(50):
            day = f"1997-{1 + number // 28:02}-{1 + number % 28:02}"
            failed(dag, store=store, logical_date=day)
            if number == 0:
                assert mail.wait(1, PATIENCE)
                assert slack.wait(1, PATIENCE)
        dag.alert(print, on="success")
        dag.run(store=store)  # once this is told, all others are taken
        _until(lambda: told(dag.alerts(n=1).table)[-1][2] == "sent")
        assert len(mail._messages) == len(slack._messages) == 1
        still.move(60.0)
        assert mail.wait(2, PATIENCE)
        assert slack.wait(2, PATIENCE)
        assert watching.flush(PATIENCE)
        for inbox in (mail, slack):
            first, digest = inbox.messages
            assert first.subject == "sales failed: orders, ConnectionError: injected fault"
            assert digest.subject == "sales: 49 more failures"
            assert "  49 × sales failed: orders, ConnectionError: injected fault" in digest.text
    states = [state for _, to, state in told(dag.alerts(n=200).table) if to == TO_MAIL]
    assert states == ["sent", *["in digest"] * 49]


def _until(is_done: Any) -> None:
    waiting = threading.Event()
    for _ in range(2_000):
        if is_done():
            return
        waiting.wait(0.01)
    pytest.fail("it never came")


@pytest.mark.long
@pytest.mark.parametrize("server", [silent, drip])
def test_a_slow_server_delays_no_run(server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    postman = Postman(limit=0.5)
    outbox = Outbox(HandClock(), digest_words, postman)
    monkeypatch.setattr(watching, "_outbox", [outbox])
    with server() as port:
        dag = sales(clock="system")
        dag.alert(f"json://127.0.0.1:{port}/", on="failure,success")
        run = dag.run(store=None)
        assert run.state == "success"
        assert told(run.alerts)[0][2] in ("pending", "failed")
        assert watching.flush(PATIENCE)
    assert run.alerts["note"].tolist() == ["it was not taken within 0.5 s"]
    postman.rest()


@pytest.mark.long
def test_an_address_can_be_tried_out() -> None:
    dag = sales()
    with local_mail() as mail:
        dag.alert(MAIL, test=True)
        [message] = mail.messages
        assert (message.subject, message.text) == (
            "sales: a test",
            "Alerts of sales will arrive here.\n",
        )
    with pytest.raises(NotSent) as caught:
        dag.alert("json://u:hunter2-hunter2@127.0.0.1:1/", test=True)
    assert str(caught.value) == (
        "a message to json://127.0.0.1 did not arrive: no connection: Connection refused."
    )
    assert [str(it) for it in dag.alert()] == [f"failure → {TO_MAIL}"]


def test_a_function_can_be_tried_out() -> None:
    got: list[Alert] = []
    dag = sales()
    dag.alert(got.append, test=True)
    assert [it.subject for it in got] == ["sales: a test"]

    def refuse(alert: Alert) -> None:
        raise ValueError("password=hunter2-hunter2")

    with pytest.raises(NotSent) as caught:
        dag.alert(refuse, test=True)
    assert str(caught.value) == ("a message to refuse() did not arrive: ValueError: password=***.")
    assert [str(it) for it in dag.alert()] == ["failure → append()"]


@pytest.mark.long
def test_none_of_200_planted_secrets_is_in_an_alert(tmp_path: Path) -> None:
    leaks = planted()
    parts = [leaks[i : i + 10] for i in range(0, len(leaks), 10)]

    def careless(number: int) -> Any:
        def body(url: str, token: Secret) -> None:
            let_out(parts[number])

        body.__name__ = f"load_{number}"
        return task(on_failure=SLACK, retries=1)(body)

    params = {"url": "https://u:given-in-a-URL@db/", "token": Secret("given-as-a-Secret")}
    dag = Dag("sales", [careless(i) for i in range(len(parts))], params=params)
    dag.alert(MAIL, on="failure,retry")
    with local_mail() as mail, local_slack() as slack:
        run = dag.run(store=tmp_path / "history.sqlite", expect="failed")
        assert watching.flush(PATIENCE)
        shown = [("mail", b"".join(mail.raw)), ("slack", b"".join(slack.raw))]
        shown += [("inbox", repr(mail).encode()), ("inbox of Slack", repr(slack).encode())]
    assert len(mail.raw) >= 3
    alerts = dag.alerts(n=1_000)
    assert len(alerts) == 2 * len(parts) + 1
    texts = [repr(alerts), *map(str, alerts._repr_mimebundle_().values()), repr(list(alerts))]
    texts += [alerts.table.to_csv(), run.alerts.to_csv(), repr(dag.alert())]
    shown += [("alerts", text.encode()) for text in texts]
    shown += [(it.name, it.read_bytes()) for it in tmp_path.iterdir() if it.is_file()]
    secrets = [it.secret for it in leaks] + ["given-in-a-URL", "given-as-a-Secret"]
    secrets += ["hunter2-hunter2", "XXXXXXXXXXXXXXXXXXXXXXXX"]
    assert found(secrets, *shown) == []


FILE = """
from wfkit import Dag

def orders(): raise ValueError("no rows")

dag = Dag("sales", [orders], on_failure={url!r})
"""


@pytest.mark.long
def test_the_command_line_waits_until_alerts_have_got_away(tmp_path: Path) -> None:
    with local_mail() as mail:
        url = mail.url.replace("127.0.0.1", f"127.0.0.1:{mail.port}")
        (tmp_path / "shop.py").write_text(FILE.format(url=url))

        def wfkit(*words: str) -> str:
            command = [sys.executable, "-m", "wfkit", *words, "--store", "its.sqlite"]
            done = subprocess.run(
                command, cwd=tmp_path, capture_output=True, text=True, check=False
            )
            return done.stdout

        wfkit("run", "shop.py")
        [message] = mail.messages
        assert message.subject == "sales failed: orders, ValueError: no rows"
        shown = wfkit("alerts", "shop.py").splitlines()
    assert shown[0] == "Alerts of sales, oldest first: 1 sent"
    assert shown[1] == "✘ failure: sales failed: orders, ValueError: no rows"
    assert shown[3] == "    sent to mailto://127.0.0.1 (you@example.com)"


AT_EXIT = """
import atexit, sys, threading
from wfkit import Dag

def orders(): raise ValueError("no rows")
def tell(alert): print("told:", alert.subject, file=sys.__stdout__, flush=True)
def refuse(thread): raise RuntimeError("can't create new thread at interpreter shutdown")
def end(): threading.Thread.start = refuse

dag = Dag("sales", [orders], on_failure=[tell, {url!r}])
for day in range(3):
    dag.run(store="its.sqlite", expect="failed")
atexit.register(end)  # as newer Pythons do; it is called before the alerts are sent
"""


@pytest.mark.long
def test_at_the_end_of_the_process_alerts_still_get_away(tmp_path: Path) -> None:
    with local_mail() as mail:
        url = mail.url.replace("127.0.0.1", f"127.0.0.1:{mail.port}")
        command = [sys.executable, "-c", AT_EXIT.format(url=url)]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        subjects = [it.subject for it in mail.messages]
    expected = ["sales failed: orders, ValueError: no rows", "sales: 2 more failures"]
    assert subjects == expected
    assert done.stdout.splitlines() == [f"told: {it}" for it in expected]
    states = [state for *_, state in told(sales().alerts(store=tmp_path / "its.sqlite").table)]
    assert states == ["sent"] * 2 + ["in digest"] * 4


def test_what_is_written_down_is_plain_data() -> None:
    dag = sales(on_failure=MAIL)
    run = failed(dag)
    assert json.loads(json.dumps(run.store.alerts("sales")))


def test_a_clock_that_plays_in_real_time_is_virtual_too() -> None:
    dag = sales(clock=VirtualClock(speed=1e6), on_failure=MAIL)
    assert told(failed(dag).alerts) == [("failure", TO_MAIL, "recorded")]
    with pytest.raises(RunFailed):
        failed(dag, expect="success")
