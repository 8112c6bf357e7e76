"""Local servers for tests and lessons: real ones, that show what has arrived."""

from __future__ import annotations

import gc
import json
import smtplib
import socket
import threading
import urllib.error
import urllib.request
from email.message import EmailMessage
from typing import Any

import pytest

from wfkit.engine import postman
from wfkit.testing import LocalMail, LocalSlack, local_mail, local_slack

HOST = "127.0.0.1"


def mail_to(inbox: LocalMail, subject: str = "hello", text: str = "you\n") -> None:
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = subject, "a@example.com", "b@example.com"
    message.set_content(text)
    with smtplib.SMTP(HOST, inbox.port, timeout=10) as client:
        client.send_message(message)


def post(inbox: LocalSlack, data: bytes, path: str = "/services/T/B/X") -> tuple[int, str]:
    request = urllib.request.Request(f"http://{HOST}:{inbox.port}{path}", data)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def is_open(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(5)
        return probe.connect_ex((HOST, port)) == 0


def test_mails_arrive_and_are_shown() -> None:
    with local_mail() as mail:
        assert repr(mail) == "local mail: no messages"
        mail_to(mail)
        mail_to(mail, "Umsätze 売上", "Zeile eins\n  und zwei\n")
        assert repr(mail).splitlines() == [
            "local mail: 2 messages",
            "",
            "1. hello",
            "   to b@example.com",
            "",
            "   you",
            "",
            "2. Umsätze 売上",
            "   to b@example.com",
            "",
            "   Zeile eins",
            "     und zwei",
        ]
        assert len(mail) == 2
        assert mail[-1].subject == "Umsätze 売上"
        assert [it.sender for it in mail[:5]] == ["a@example.com"] * 2
        assert b"Subject: hello" in mail.raw[0]


def test_a_mail_without_a_text_is_taken_too() -> None:
    with local_mail() as mail:
        with smtplib.SMTP(HOST, mail.port, timeout=10) as client:
            client.sendmail("a@example.com", ["b@example.com", "c@example.com"], b"")
        [found] = mail
        assert (found.subject, found.text.strip(), found.receiver) == (
            *("", ""),
            "b@example.com, c@example.com",
        )


def test_who_waits_hears_of_a_message() -> None:
    with local_mail() as mail:
        assert not mail.wait(1, seconds=0.0)
        thread = threading.Thread(target=mail_to, args=[mail], name="wfkit test mail")
        thread.start()
        assert mail.wait(1, seconds=10)
        thread.join(10)


def test_slack_answers_as_slack_does() -> None:
    payload: dict[str, Any] = {"text": "plain &lt;b&gt; &amp; more", "channel": "#sales"}
    with local_slack() as slack:
        assert post(slack, json.dumps(payload).encode()) == (200, "ok")
        attached = {"attachments": [{"title": "failed", "text": "why\n  and how"}]}
        assert post(slack, json.dumps(attached).encode()) == (200, "ok")
        assert post(slack, b"no JSON") == (400, "invalid_payload")
        assert post(slack, b"[1]") == (400, "invalid_payload")
        assert post(slack, b'"text"') == (400, "invalid_payload")
        assert post(slack, b"{}", path="/other") == (404, "no_service")
        assert repr(slack).splitlines() == [
            "local Slack: 2 messages",
            "",
            "1. (no subject)",
            "   to #sales",
            "",
            "   plain <b> & more",
            "",
            "2. failed",
            "   to the channel of the webhook",
            "",
            "   why",
            "     and how",
        ]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_apprise_itself_finds_the_local_slack() -> None:
    import apprise
    from apprise.plugins.slack import NotifySlack

    before = NotifySlack.webhook_url
    with local_slack() as slack:
        service = apprise.Apprise.instantiate(slack.url)
        assert service is not None
        service.request_rate_per_sec = 0
        assert service.notify(title="hello", body="you")
        assert [it.subject for it in slack] == ["hello"]
    assert NotifySlack.webhook_url == before


@pytest.mark.parametrize("make", [local_mail, local_slack])
def test_the_end_of_a_server_leaves_everything_as_it_was(make: Any) -> None:
    before, threads = postman.stand_ins(), set(threading.enumerate())
    with make() as outer:
        with make() as inner:
            assert inner.port != outer.port
            assert postman.stand_ins() != before
        assert not is_open(inner.port)
        assert is_open(outer.port)
        assert str(outer.port) in "".join(postman.stand_ins().values())
    assert postman.stand_ins() == before
    assert set(threading.enumerate()) <= threads
    outer.close()


@pytest.mark.parametrize("make", [local_mail, local_slack])
def test_a_server_that_nobody_has_any_more_ends(make: Any) -> None:
    before = postman.stand_ins()
    inbox = make()
    port = inbox.port
    assert is_open(port)
    del inbox
    gc.collect()
    assert not is_open(port)
    assert postman.stand_ins() == before


@pytest.mark.parametrize("make", [local_mail, local_slack])
def test_a_server_that_takes_the_place_of_another_has_its_address(make: Any) -> None:
    with make() as first:
        url = first.url
    with make() as second:
        assert second.url == url


@pytest.mark.parametrize("make", [local_mail, local_slack])
def test_a_server_made_anew_goes_on_when_the_one_before_ends(make: Any) -> None:
    before = postman.stand_ins()
    first = make()
    with make() as second:
        first.close()
        assert str(second.port) in "".join(postman.stand_ins().values())
    assert postman.stand_ins() == before


def test_a_port_can_be_chosen_and_may_be_taken() -> None:
    with socket.create_server((HOST, 0)) as free:
        port = free.getsockname()[1]
        for make in (local_mail, local_slack):
            before = postman.stand_ins()
            with pytest.raises(OSError, match="in use"):
                make(port)
            assert postman.stand_ins() == before
    with local_mail(port) as mail:
        assert mail.port == port
        assert str(port) in mail.url
