"""What is sent to Slack? A server on this machine stands in for it, and shows what came."""

from __future__ import annotations

import json
import threading
import weakref
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

from wfkit.engine import postman
from wfkit.testing.inbox import LocalInbox

_HOST = "127.0.0.1"
_MOST_BYTES = 1_000_000
_CLOSING = 5.0
_own_url: dict[Any, str] = {}


class SlackMessage(NamedTuple):
    """One message as it arrived; `channel` is empty for that of the webhook."""

    channel: str
    subject: str
    text: str

    @property
    def receiver(self) -> str:
        """Whom it is for."""
        return self.channel or "the channel of the webhook"


class LocalSlack(LocalInbox[SlackMessage]):
    """Takes the place of Slack's webhooks from now until `close` (or the end of `with`).

    Alerts to any `slack://` address of a webhook then arrive here, and so does what apprise sends
    in this process; the object itself shows it. Raises NoAlerts where apprise is not installed.
    """

    name = "local Slack"

    def __init__(self, port: int = 0) -> None:
        super().__init__()
        postman.check_installed()
        from apprise.plugins.slack import NotifySlack

        server = _Server((_HOST, port), _Request)
        server.inbox = weakref.ref(self)
        self.port: int = server.server_port
        here = f"http://{_HOST}:{self.port}/services"
        _own_url.setdefault(NotifySlack, NotifySlack.webhook_url)
        postman.stand_in("slack", here)
        NotifySlack.webhook_url = here
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.name = "wfkit local Slack"
        thread.start()
        self.close = weakref.finalize(self, _stop, server, thread, NotifySlack, here)  # type: ignore[method-assign]

    @property
    def url(self) -> str:
        """An address to send alerts to; any other webhook's does it too."""
        return "slack://T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX"


def _stop(
    server: ThreadingHTTPServer,
    thread: threading.Thread,
    service: Any,
    here: str,
) -> None:
    postman.stand_down("slack", here)
    service.webhook_url = postman.stand_ins().get("slack", _own_url[service])
    server.shutdown()
    thread.join(_CLOSING)
    server.server_close()


class _Server(ThreadingHTTPServer):
    inbox: weakref.ref[LocalSlack]
    daemon_threads = False  # so that none outlives the server


class _Request(BaseHTTPRequestHandler):
    """Answers as Slack does."""

    timeout = 5.0

    def do_POST(self) -> None:
        """Take in a message."""
        size = int(self.headers.get("Content-Length") or 0)
        if not self.path.startswith("/services/"):
            self._answer(404, "no_service")
        elif size > _MOST_BYTES:
            self._answer(400, "too_long")
        else:
            self._take(self.rfile.read(size))

    def _take(self, data: bytes) -> None:
        try:
            found = _message(json.loads(data))
        except (ValueError, AttributeError, TypeError):
            self._answer(400, "invalid_payload")
            return
        server: Any = self.server
        inbox = server.inbox()
        if inbox is not None:
            inbox.arrived(found, data)
        self._answer(200, "ok")

    def _answer(self, code: int, text: str) -> None:
        self.send_response(code)
        self.send_header("Content-Type", "text/plain")
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *arguments: Any) -> None:
        """Nothing is printed into the notebook."""


def _message(payload: dict[str, Any]) -> SlackMessage:
    parts = payload.get("attachments") or [{}]
    subject = "".join(_plain(it.get("title", "")) for it in parts[:1])
    text = "\n".join(_plain(it.get("text", "")) for it in (payload, *parts) if it.get("text"))
    return SlackMessage(str(payload.get("channel", "")), subject, text)


def _plain(text: str) -> str:
    """Return text as Slack shows it, which has three characters escaped."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
