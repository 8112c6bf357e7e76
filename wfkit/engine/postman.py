"""Who carries alerts to their servers? A process of its own, which is ended when one is slow."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from wfkit.core.addresses import Address
from wfkit.core.errors import WfkitError
from wfkit.engine.aside import Aside
from wfkit.engine.failure import in_a_line

LIMIT = 20.0
"""Seconds that a server has to take a message."""

_BEGIN = 60.0
_LONGEST_ANSWER = 10_000
_LONGEST_LINE = 250
_ROOT = str(Path(__file__).parents[2])
_BOOT = (
    "import sys; sys.path.insert(0, sys.argv[1]); "
    "from wfkit.engine.postman_child import main; main()"
)

_stand_ins: dict[str, list[str]] = {}


def stand_in(kind: str, server: str) -> None:
    """Let a server take the place of a service's own, by its kind of address, until `stand_down`.

    That is for tests and lessons. Of several the last one counts.
    """
    _stand_ins.setdefault(kind, []).append(server)


def stand_down(kind: str, server: str) -> None:
    """Let a server no longer take the place of a service's own, whether or not it is the last."""
    _stand_ins[kind].remove(server)


def stand_ins() -> dict[str, str]:
    """Return the servers that take the place of a service's own, by the kind of address."""
    return {kind: servers[-1] for kind, servers in _stand_ins.items() if servers}


class NoAlerts(WfkitError):
    """Alerts cannot be sent from here."""


def check_installed() -> None:
    """Raise NoAlerts, which says what to install, where the library that sends is missing."""
    if importlib.util.find_spec("apprise") is None:
        raise NoAlerts(
            "alerts are sent with apprise, which is not installed here.\n"
            "Install it: python -m pip install 'wfkit[alerts]'"
        )


def one_line(text: str) -> str:
    r"""Return text that can be a header: one line, whatever it held.

    >>> one_line("sales failed\r\nBcc: x")
    'sales failed Bcc: x'
    """
    shown = "".join(c if c.isprintable() else " " for c in text)
    return " ".join(shown.split())[:_LONGEST_LINE]


class _Gone(Exception):
    """The process did not answer in time, or not at all; the text says which."""

    def __init__(self, text: str, is_late: bool) -> None:
        super().__init__(text)
        self.is_late = is_late


class Postman:
    """Sends one message after another; to be used by one thread at a time.

    Its process is started with the first message. `limit` is how many seconds a server has.
    """

    def __init__(self, limit: float = LIMIT) -> None:
        self._limit = limit
        self._lock = threading.Lock()
        self._aside = Aside("wfkit alert post")
        self._process: subprocess.Popen[bytes] | None = None

    def make_ready(self) -> None:
        """Make what cannot be made any more at the end of the process."""
        self._aside.make_ready()

    def send(
        self, to: Address, subject: str, body: str, kind: str = "failure", private: bool = False
    ) -> str:
        """Send a message; return why it did not arrive, or nothing. Never raises, never hangs.

        `private` allows servers in a private network. What is returned names no part of `to`
        that is secret.
        """
        post = {
            "url": to.url.get_secret_value(),
            "subject": one_line(subject),
            "body": body,
            "kind": kind,
            "private": private,
            "stand_ins": stand_ins(),
        }
        with self._lock:
            told = self._told(post)
        return to.masked(told) if told else ""

    def _told(self, post: dict[str, Any], is_again: bool = False) -> str:
        try:
            check_installed()
            return self._asked(post)
        except _Gone as gone:
            self._end()
            # A process that sat idle may have been ended by anybody.
            return str(gone) if gone.is_late or is_again else self._told(post, is_again=True)
        except Exception as error:  # noqa: BLE001 - an alert must never harm a run
            self._end()
            return in_a_line(error)

    def _asked(self, post: dict[str, Any]) -> str:
        process = self._started()
        letter = json.dumps(post).encode() + b"\n"

        def exchange() -> dict[str, Any]:
            assert process.stdin is not None
            process.stdin.write(letter)
            process.stdin.flush()
            return _answer(process)

        return str(self._in_time(exchange, process, self._limit)["error"])

    def _in_time(
        self,
        exchange: Callable[[], dict[str, Any]],
        process: subprocess.Popen[bytes],
        seconds: float,
    ) -> dict[str, Any]:
        """Return what the process answers. Raises _Gone, and kills it, if it does not in time."""
        answers: list[dict[str, Any]] = []

        def job() -> None:
            with contextlib.suppress(OSError, ValueError):  # there is no answer then
                answers.append(exchange())

        if not self._aside.does(job, seconds, process.kill):
            raise _Gone(f"it was not taken within {seconds:g} s", is_late=True)
        if not answers:
            raise _Gone("the process that sends it ended", is_late=False)
        return answers[0]

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is not None and self._process.poll() is None:
            return self._process
        self._end()
        process = self._process = subprocess.Popen(
            [sys.executable, "-P", "-c", _BOOT, _ROOT],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            # Ctrl-C is for this process, which ends the other one with its input.
            start_new_session=True,
        )
        self._in_time(lambda: _answer(process), process, _BEGIN)
        return process

    def rest(self) -> None:
        """Let the process end by itself, until there is something to send again."""
        with self._lock:
            self._end()

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        for end in (process.stdin, process.stdout):
            if end is not None:
                with contextlib.suppress(OSError):  # what is left in it goes nowhere any more
                    end.close()
        process.wait()


def _answer(process: subprocess.Popen[bytes]) -> dict[str, Any]:
    assert process.stdout is not None
    line = process.stdout.readline(_LONGEST_ANSWER)
    if not line:
        raise OSError("nobody answers")
    found: dict[str, Any] = json.loads(line)
    return found
