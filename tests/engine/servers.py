"""Servers on this machine that answer in every wrong way there is."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

HOST = "127.0.0.1"


class Web(ThreadingHTTPServer):
    """A web server; `heard` are the paths that were asked for, with what was sent."""

    daemon_threads = True

    def __init__(self) -> None:
        self.heard: list[tuple[str, bytes]] = []
        super().__init__((HOST, 0), _Request)

    def url(self, path: str = "", scheme: str = "json", who: str = "") -> str:
        return f"{scheme}://{who}{HOST}:{self.server_port}/{path}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Who hangs up while it is talked to is what is tested."""


class _Request(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        server: Any = self.server
        data = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        server.heard.append((self.path, data))
        _ANSWERS[self.path.strip("/").partition("/")[0]](self)

    def log_message(self, *arguments: Any) -> None:
        """Nothing is printed."""

    def answer(self, code: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(code)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


def _huge(it: _Request) -> None:
    it.answer(200)
    for _ in range(500):
        it.wfile.write(b"x" * 1_000_000)


def _redirect(it: _Request) -> None:
    it.answer(302, Location=f"http://{HOST}:{it.server.server_port}/elsewhere")  # type: ignore[attr-defined]


def _garbled(it: _Request) -> None:
    it.wfile.write(b"\0\xff no HTTP at all\r\n\r\n")


_ANSWERS: dict[str, Callable[[_Request], None]] = {
    "ok": lambda it: it.answer(200, b"ok"),
    "elsewhere": lambda it: it.answer(200, b"ok"),
    "huge": _huge,
    "away": _redirect,
    "broken": lambda it: it.answer(500, b"password=of-the-server"),
    "garbled": _garbled,
}


@contextmanager
def web() -> Iterator[Web]:
    """Serve until the block ends."""
    server = Web()
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.name = "wfkit test server"
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join(5)
        server.server_close()


@contextmanager
def silent() -> Iterator[int]:
    """Yield the port of a server that takes connections and never says anything."""
    with socket.create_server((HOST, 0)) as listening:
        yield listening.getsockname()[1]


def _first_of(listening: socket.socket, is_over: threading.Event) -> socket.socket | None:
    """Return who connects first, or None when it is over before."""
    # Who waits for ever would wait on, once it is closed, at whatever gets its number next.
    listening.settimeout(0.02)
    while not is_over.is_set():
        with suppress(TimeoutError):
            return listening.accept()[0]
    return None


@contextmanager
def drip() -> Iterator[int]:
    """Yield the port of a server that answers a byte at a time, and never comes to an end."""
    is_over = threading.Event()

    def serve() -> None:
        connection = _first_of(listening, is_over)
        if connection is None:
            return
        with connection:
            connection.recv(1 << 16)
            try:
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
                while not is_over.wait(0.02):
                    connection.sendall(b"x")
            except OSError:
                return

    with socket.create_server((HOST, 0)) as listening:
        thread = threading.Thread(target=serve, name="wfkit test drip", daemon=True)
        thread.start()
        try:
            yield listening.getsockname()[1]
        finally:
            is_over.set()
            thread.join(5)
