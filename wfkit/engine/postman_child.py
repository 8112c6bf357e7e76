"""The process that sends alerts: it reads them from its input, one JSON object a line.

Being a process of its own it can be ended when a server is slow, it may refuse connections
without getting in anybody's way, and what apprise loads weighs on no notebook.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import sys
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from wfkit.engine.apprise_log import AppriseLog
from wfkit.engine.apprise_service import service_at
from wfkit.engine.guard import Guard, Refused

MOST_BYTES = 1_000_000
"""Bytes of an answer that are read at most."""

_MOST_TOLD = 400


class Post(NamedTuple):
    """One message on its way. `stand_ins` are servers that take the place of a service's own."""

    url: str
    subject: str
    body: str
    kind: str
    private: bool
    stand_ins: Mapping[str, str]


def main() -> None:
    """Send what comes until nothing comes any more."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what a library prints is no answer
    sender = Sender(Guard(_proxies()))
    print(json.dumps({"ready": True}), file=answers, flush=True)
    for line in sys.stdin:
        told = sender.send(Post(**json.loads(line)))
        print(json.dumps({"error": told}), file=answers, flush=True)


class Sender:
    """Sends messages with apprise; connections go where `guard` allows."""

    def __init__(self, guard: Guard) -> None:
        import apprise

        self._apprise = apprise
        self._guard = guard
        self._heard = AppriseLog().listen()
        _limit_answers()
        _look_behind_proxies(guard)
        guard.enforce()

    def send(self, post: Post) -> str:
        """Send one message; return what went wrong, or nothing. Never raises."""
        self._heard.records.clear()
        self._guard.private, self._guard.refused = post.private, ""
        try:
            is_sent = self._sent(post)
        except Exception as error:  # noqa: BLE001 - any of a hundred plugins may fail in its way
            kind = "" if isinstance(error, ValueError) else f"{type(error).__name__}: "
            return f"{kind}{error}"[:_MOST_TOLD]
        if is_sent:
            return ""
        return self._guard.refused or self._heard.told() or "the server did not take it"

    def _sent(self, post: Post) -> bool:
        kinds = self._apprise.NotifyType
        service = service_at(post.url)
        if service is None:
            told = self._heard.told() or "apprise does not know this kind of address"
            raise ValueError(told)
        service.redirects = False
        service.request_rate_per_sec = 0
        _let_stand_in(service, post.stand_ins)
        return bool(
            service.notify(
                title=post.subject,
                body=post.body,
                notify_type=kinds.SUCCESS if post.kind in _GOOD else kinds.FAILURE,
                body_format=self._apprise.NotifyFormat.TEXT,
            )
        )


_GOOD = frozenset({"success", "recovered"})


def _let_stand_in(service: Any, stand_ins: Mapping[str, str]) -> None:
    """Let a local server take the place of the service's own, as tests and lessons want it."""
    slack, mail = stand_ins.get("slack"), stand_ins.get("mailto")
    if slack is not None and getattr(service, "secure_protocol", "") == "slack":
        service.webhook_url = slack
    elif mail is not None and getattr(service, "protocol", "") == "mailto":
        service.smtp_host, _, port = mail.rpartition(":")
        service.port, service.secure_mode = int(port), "insecure"
        service.user = service.password = None


def _limit_answers() -> None:
    """Let an answer end after so many bytes, however long it is."""
    import requests

    whole = requests.Response.iter_content

    def limited(self: Any, *arguments: Any, **options: Any) -> Iterator[Any]:
        left = MOST_BYTES
        for part in whole(self, *arguments, **options):
            left -= len(part)
            if left < 0:
                raise requests.ConnectionError("the answer of the server is too long")
            yield part

    requests.Response.iter_content = limited  # type: ignore[method-assign]


def _look_behind_proxies(guard: Guard) -> None:
    """Let the guard see whom a proxy is asked for: of the connection it sees but the proxy."""
    import requests

    direct = requests.adapters.HTTPAdapter.send

    def send(self: Any, request: Any, *arguments: Any, **options: Any) -> Any:
        if requests.utils.select_proxy(request.url, options.get("proxies")):
            try:
                guard.look_at(urlsplit(request.url).hostname or "")
            except Refused as refused:
                raise requests.ConnectionError(str(refused)) from refused
        return direct(self, request, *arguments, **options)

    requests.adapters.HTTPAdapter.send = send  # type: ignore[method-assign]


def _proxies() -> set[str]:
    """Return the IP addresses of the proxies that this machine is set up to use."""
    found = set()
    for name, value in os.environ.items():
        if name.casefold() in ("http_proxy", "https_proxy", "all_proxy") and value:
            parts = urlsplit(value if "://" in value else f"http://{value}")
            with contextlib.suppress(OSError, ValueError):
                known = socket.getaddrinfo(parts.hostname, parts.port or 80)
                found |= {str(it[4][0]) for it in known}
    return found
