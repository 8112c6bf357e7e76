"""What e-mails are sent? A real mail server on this machine keeps and shows them."""

from __future__ import annotations

import asyncio
import importlib.util
import socket
import threading
import weakref
from collections.abc import Callable
from email import message_from_bytes, policy
from typing import Any, NamedTuple

from wfkit.engine.postman import NoAlerts, stand_down, stand_in
from wfkit.testing.inbox import LocalInbox

_HOST = "127.0.0.1"
_PATIENCE = 10.0
_CLOSING = 5.0
_STEPS = 10


class Mail(NamedTuple):
    """One e-mail as it arrived."""

    sender: str
    to: tuple[str, ...]
    subject: str
    text: str

    @property
    def receiver(self) -> str:
        """Whom it is for."""
        return ", ".join(self.to)


class LocalMail(LocalInbox[Mail]):
    r"""A mail server on this machine, running from now until `close` (or the end of `with`).

    Alerts by e-mail then arrive here, whatever server their address names; the object itself
    shows them. Other programs reach it at `port`, which is chosen freely if it is 0. Raises
    NoAlerts where aiosmtpd is not installed.

    >>> import smtplib
    >>> with LocalMail() as mail:
    ...     with smtplib.SMTP("127.0.0.1", mail.port) as client:
    ...         text = "Subject: hello\n\nyou"
    ...         refused = client.sendmail("a@example.com", "b@example.com", text)
    ...     mail
    local mail: 1 message
    <BLANKLINE>
    1. hello
       to b@example.com
    <BLANKLINE>
       you
    """

    name = "local mail"

    def __init__(self, port: int = 0) -> None:
        super().__init__()
        _check_installed()
        self._socket = socket.create_server((_HOST, port))
        self.port: int = self._socket.getsockname()[1]
        self._place = f"{_HOST}:{port}" if port else _HOST
        loop = asyncio.new_event_loop()
        is_serving = threading.Event()
        thread = threading.Thread(
            target=_serve, args=(loop, self._socket, weakref.ref(self), is_serving), daemon=True
        )
        thread.name = "wfkit local mail"
        thread.start()
        is_serving.wait(_PATIENCE)
        here = f"{_HOST}:{self.port}"
        stand_in("mailto", here)
        self.close = weakref.finalize(self, _stop, loop, thread, self._socket, here)  # type: ignore[method-assign]

    @property
    def url(self) -> str:
        """An address to send alerts to; any other one for e-mail does it too.

        It is the same for each server whose port was chosen freely, so that a rule which named the
        one before, of a cell that is run again, names this one.
        """
        return f"mailto://{self._place}?from=wfkit@example.com&to=you@example.com"


def _check_installed() -> None:
    if importlib.util.find_spec("aiosmtpd") is None:
        raise NoAlerts(
            "the local mail server needs aiosmtpd, which is not installed here.\n"
            "Install it: python -m pip install 'wfkit[alerts]'"
        )


class _Handler:
    """Hands over what arrives, as long as somebody has the inbox."""

    def __init__(self, inbox: weakref.ref[LocalMail]) -> None:
        self._inbox = inbox

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        """Take in an e-mail; the name is aiosmtpd's."""
        inbox = self._inbox()
        if inbox is not None:
            inbox.arrived(_mail(envelope), envelope.content)
        return "250 OK"


def _mail(envelope: Any) -> Mail:
    found = message_from_bytes(envelope.content, policy=policy.default)
    body = found.get_body(("plain", "html"))
    text = "" if body is None else str(body.get_content())
    subject = " ".join(str(found["subject"] or "").split())
    return Mail(envelope.mail_from, tuple(envelope.rcpt_tos), subject, text.replace("\r\n", "\n"))


def _serve(
    loop: asyncio.AbstractEventLoop,
    listening: socket.socket,
    inbox: weakref.ref[LocalMail],
    is_serving: threading.Event,
) -> None:
    asyncio.set_event_loop(loop)
    connections: set[asyncio.Transport] = set()
    make_client = _clients(_Handler(inbox), connections)
    server = loop.run_until_complete(loop.create_server(make_client, sock=listening))
    is_serving.set()
    loop.run_forever()
    # A server that is closed cannot cope with who has just been let in: first let nobody in.
    loop.remove_reader(listening)
    loop.run_until_complete(_hang_up(connections))
    server.close()
    loop.close()


def _clients(handler: _Handler, connections: set[asyncio.Transport]) -> Callable[[], Any]:
    """Return what makes the server's end of a connection, noted as long as it is open."""
    from aiosmtpd.smtp import SMTP

    class Client(SMTP):
        def connection_made(self, transport: Any) -> None:
            self._connection = transport
            connections.add(transport)
            super().connection_made(transport)

        def connection_lost(self, error: Exception | None) -> None:
            connections.discard(self._connection)
            super().connection_lost(error)

        def eof_received(self) -> bool:
            super().eof_received()
            return False  # who says nothing any more is not waited for

    return lambda: Client(handler, hostname="localhost")


async def _hang_up(connections: set[asyncio.Transport]) -> None:
    """End the connections that are still open, also those that are just being made."""
    for _ in range(_STEPS):
        await asyncio.sleep(0)
        for it in list(connections):
            it.abort()
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    for _ in range(_STEPS):
        await asyncio.sleep(0)


def _stop(
    loop: asyncio.AbstractEventLoop,
    thread: threading.Thread,
    end: socket.socket,
    here: str,
) -> None:
    stand_down("mailto", here)
    loop.call_soon_threadsafe(loop.stop)
    if thread is not threading.current_thread():
        thread.join(_CLOSING)
    end.close()
