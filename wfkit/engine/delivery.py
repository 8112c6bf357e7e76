"""Where does go what an attempt lets out in another process? Into the capture that is kept here."""

from __future__ import annotations

import pickle

from wfkit.core.known_secrets import know
from wfkit.engine import wire
from wfkit.engine.capture import Capture


def deliver(capture: Capture | None, kind: int, payload: bytes) -> None:
    """Take in a secret that became known there, or hand output on to `capture`, if there is one."""
    if kind == wire.SECRET:
        know(pickle.loads(payload))  # noqa: S301 - from a process of ours
    elif capture is None:
        return
    elif kind == wire.LINE:
        capture.line(*pickle.loads(payload))  # noqa: S301 - from a process of ours
    else:
        stream = "stdout" if kind == wire.STDOUT else "stderr"
        capture.write(stream, payload.decode("utf-8", "surrogatepass"))
