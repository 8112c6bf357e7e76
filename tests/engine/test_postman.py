"""Messages are carried to real servers, and none that misbehaves does any harm."""

from __future__ import annotations

import importlib.util
import json
import socket
from collections.abc import Iterator

import pytest

from tests.engine.servers import HOST, Web, drip, silent, web
from wfkit.core.addresses import Address
from wfkit.engine.postman import NoAlerts, Postman, check_installed
from wfkit.testing import local_mail, local_slack

pytestmark = pytest.mark.slow
SUBJECT, BODY = "sales failed", "why\n  and how\n"


@pytest.fixture(scope="module")
def postman() -> Iterator[Postman]:
    """One process for all of them: to begin one takes a while."""
    made = Postman()
    yield made
    made.rest()


def test_what_is_sent_arrives(postman: Postman) -> None:
    with web() as server:
        assert postman.send(Address(server.url("ok")), SUBJECT, BODY) == ""
        [(path, data)] = server.heard
        assert path == "/ok"
        sent = json.loads(data)
        assert (sent["title"], sent["message"].rstrip()) == (SUBJECT, BODY.rstrip())


def test_a_redirect_is_not_followed(postman: Postman) -> None:
    with web() as server:
        for options in ("", "?redirect=yes"):
            told = postman.send(Address(server.url(f"away{options}")), SUBJECT, BODY)
            assert told.startswith("it answers with a redirect, which is not followed")
        assert [path for path, _ in server.heard] == ["/away"] * 2


def test_a_huge_answer_is_not_read_to_its_end(postman: Postman) -> None:
    with web() as server:
        assert "answer of the server is too long" in postman.send(
            Address(server.url("huge")), SUBJECT, BODY
        )
        assert postman.send(Address(server.url("ok")), SUBJECT, BODY) == ""


@pytest.mark.parametrize("path", ["broken", "garbled"])
def test_an_answer_that_is_wrong_is_told(postman: Postman, path: str) -> None:
    with web() as server:
        told = postman.send(Address(server.url(path)), SUBJECT, BODY)
        assert told
        assert "of-the-server" not in told
        assert len(told) < 500


def test_nobody_at_home_is_told(postman: Postman) -> None:
    with socket.create_server((HOST, 0)) as free:
        port = free.getsockname()[1]
    for url in (f"json://{HOST}:{port}/", f"mailto://{HOST}:{port}?from=a@example.com"):
        assert postman.send(Address(url), SUBJECT, BODY) == "no connection: Connection refused"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("json://169.254.169.254/latest/meta-data", "not one to send alerts to"),
        ("json://[::ffff:169.254.169.254]/", "not one to send alerts to"),
        ("json://0.0.0.0:1/", "not one to send alerts to"),
        ("json://10.1.2.3/", "10.1.2.3 is in a private network; to allow that, write private=True"),
        ("mailto://192.168.1.1?from=a@example.com", "192.168.1.1 is in a private network"),
        ("mailto://example.com?from=a@example.com&smtp=10.0.0.1", "10.0.0.1 is in a private"),
    ],
)
def test_servers_in_between_are_not_spoken_to(postman: Postman, url: str, expected: str) -> None:
    assert expected in postman.send(Address(url), SUBJECT, BODY)


@pytest.fixture(scope="module")
def proxy() -> Iterator[tuple[Postman, Web]]:
    """A process that sends by way of a proxy, with the proxy."""
    with web() as server:
        made = Postman()
        with pytest.MonkeyPatch.context() as patch:
            for name in ("http_proxy", "https_proxy"):
                patch.setenv(name, f"http://{HOST}:{server.server_port}")
            for name in ("no_proxy", "NO_PROXY"):
                patch.delenv(name, raising=False)
            made._started()
        yield made, server
        made.rest()


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("json://169.254.169.254/latest", "169.254.169.254 is a service of this machine"),
        ("json://2852039166/latest", "169.254.169.254 is a service of this machine"),
        ("jsons://169.254.169.254/latest", "169.254.169.254 is a service of this machine"),
        ("json://[::ffff:169.254.169.254]/", "not one to send alerts to"),
        ("json://10.1.2.3/", "10.1.2.3 is in a private network; to allow that, write private=True"),
        ("json://nobody.invalid.internal/", "is in a private network"),
    ],
)
def test_no_proxy_is_asked_for_servers_in_between(
    proxy: tuple[Postman, Web], url: str, expected: str
) -> None:
    postman, server = proxy
    assert expected in postman.send(Address(url), SUBJECT, BODY)
    assert server.heard == []


def test_a_proxy_is_asked_for_what_is_allowed(proxy: tuple[Postman, Web]) -> None:
    postman, server = proxy
    for url in ("json://8.8.8.8/ok", "json://nobody.invalid/ok"):
        postman.send(Address(url), SUBJECT, BODY)
    postman.send(Address("json://10.1.2.3/ok"), SUBJECT, BODY, private=True)
    asked = ["http://8.8.8.8/ok", "http://nobody.invalid/ok", "http://10.1.2.3/ok"]
    assert [path for path, _ in server.heard] == asked
    server.heard.clear()


@pytest.mark.parametrize(
    "url", ["nothing://example.com", "slack://only-one", "slack://a/b/c!", "mailto://?to=x"]
)
def test_what_apprise_does_not_understand_is_told(postman: Postman, url: str) -> None:
    told = postman.send(Address(url), SUBJECT, BODY)
    assert told
    assert "only-one" not in told


@pytest.mark.parametrize("server", [silent, pytest.param(drip, marks=pytest.mark.long)])
def test_a_slow_server_has_its_time_and_no_more(server: type) -> None:
    postman = Postman(limit=0.5)
    with server() as port:
        assert postman.send(Address(f"json://{HOST}:{port}/"), SUBJECT, BODY) == (
            "it was not taken within 0.5 s"
        )
    with web() as other:  # it goes on with a new process
        postman = Postman()
        assert postman.send(Address(other.url("ok")), SUBJECT, BODY) == ""
        first = postman._process
        assert first is not None
        first.kill()
        assert postman.send(Address(other.url("ok")), SUBJECT, BODY) == ""
        assert postman._process is not first
        postman.rest()
        assert first.returncode is not None
        assert postman._process is None


def test_what_goes_wrong_names_nothing_secret(postman: Postman) -> None:
    urls = [
        f"json://shop:hunter2-xyz@{HOST}:1/hunter2-xyz?token=hunter2-xyz",
        f"mailto://shop:hunter2-xyz@{HOST}:1?from=a@example.com",
        "slack://T00000000/B00000000/hunter2-xyz",
        "json://shop:hunter2-xyz@10.0.0.1/",
        "nothing://hunter2-xyz@example.com",
    ]
    for url in urls:
        told = postman.send(Address(url), SUBJECT, BODY)
        assert told
        assert "hunter2" not in told


INJECTED = "x\r\nBcc: thief@example.com\nX-Spam: 1\x0b\x85\u2028y"


def test_no_header_can_be_added(postman: Postman) -> None:
    with local_mail() as mail:
        assert postman.send(Address(mail.url), INJECTED, INJECTED) == ""
        (found,) = mail.messages
        assert found.to == ("you@example.com",)
        assert "\n" not in found.subject
        head = mail.raw[0].partition(b"\r\n\r\n")[0]
        names = {line.partition(b":")[0] for line in head.split(b"\r\n")}
        assert names.isdisjoint({b"Bcc", b"X-Spam"})
        assert b"\nBcc" not in head.replace(b"\r", b"\n")


def test_slack_shows_text_as_it_is(postman: Postman) -> None:
    nasty = "<!channel> & <http://x|click> *b* `c` <script>alert(1)</script>"
    with local_slack() as slack:
        assert postman.send(Address(slack.url), nasty, nasty) == ""
        (found,) = slack.messages
        assert (found.subject, found.text) == (nasty, nasty)
        assert b"<" not in slack.raw[0]


def test_without_the_library_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(NoAlerts) as caught:
        check_installed()
    assert str(caught.value) == (
        "alerts are sent with apprise, which is not installed here.\n"
        "Install it: python -m pip install 'wfkit[alerts]'"
    )
    told = Postman().send(Address("json://example.com"), SUBJECT, BODY)
    assert told.startswith("NoAlerts: alerts are sent with apprise")
    with pytest.raises(NoAlerts):
        local_mail()
    with pytest.raises(NoAlerts):
        local_slack()
