"""Which alerts will never be sent, as the process ended that was to send them?"""

from __future__ import annotations

import contextlib
import functools
import os
import platform
import sys

from wfkit.core.alerts import AlertFact, AlertState, Delivery
from wfkit.core.errors import StoreError
from wfkit.engine.clock import SystemClock
from wfkit.engine.sqlite_store import SqliteStore

LONGEST = 3600.0
"""Seconds after which no alert is on its way any more, whatever process has that number now."""

_NOTE = "its process ended"


def this_process() -> str:
    """Return what tells this process from every other one, here and elsewhere."""
    return _told(os.getpid())


@functools.cache
def _told(pid: int) -> str:
    return f"{pid}@{platform.node()}@{SystemClock().now():.6f}"


def write_off(store: SqliteStore) -> None:
    """Write down that alerts failed whose process is no more; never raises.

    While another process writes, nothing is done.
    """
    with contextlib.suppress(StoreError):
        now = SystemClock().now()
        found = [it for it in store.unsent_alerts() if _is_lost(it, now)]
        if not found:
            return
        with store.writing(patience=0.0):
            for delivery, _ in found:
                store.write_alerts(delivery.alert.dag, [_failed(delivery, now)])
            store.commit()


def _failed(it: Delivery, now: float) -> AlertFact:
    alert = it.alert
    return AlertFact(alert.run_id, alert.key, now, AlertState.FAILED, it.to, {"note": _NOTE})


def _is_lost(unsent: tuple[Delivery, str], now: float) -> bool:
    delivery, process = unsent
    if process == this_process():
        return False
    if now - delivery.alert.time > LONGEST:
        return True
    pid, _, rest = process.partition("@")
    is_here = pid.isdecimal() and rest.rpartition("@")[0] == platform.node()
    return is_here and (int(pid) == os.getpid() or not _is_alive(int(pid)))


def _is_alive(pid: int) -> bool:
    if sys.platform == "win32":
        return True  # there a signal of no effect would end it
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:  # it belongs to somebody else
        pass
    return True
