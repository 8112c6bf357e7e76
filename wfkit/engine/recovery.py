"""Which runs were cut off? Found when a store is opened."""

from __future__ import annotations

import time

from wfkit.core.errors import StoreBusy
from wfkit.core.recovery import events_after_death
from wfkit.core.run import fold
from wfkit.engine.sqlite_store import SqliteStore
from wfkit.engine.store import RunRecord

_OPEN = ("queued", "running")


def recover(store: SqliteStore) -> list[RunRecord]:
    """Write down what is lost of runs that no process drives any more; return those runs.

    A run is driven under the store's lock, so whoever has the lock knows that nobody else does.
    While another process has it, nothing is done.
    """
    found = [record for record in store.runs() if record.state in _OPEN]
    if not found:
        return []
    try:
        with store.writing(patience=0.0):
            for record in found:
                snapshot = fold(store.events(record.dag, record.run_id))
                snapshot.run_id = record.run_id
                is_virtual = snapshot.detail.get("clock") == "virtual"
                now = snapshot.time if is_virtual else time.time()
                store.write(record.dag, record.run_id, events_after_death(snapshot, now))
            store.sweep()
    except StoreBusy:
        return []
    return found
