"""Which runs were cut off? Found when a store is opened."""

from __future__ import annotations

from wfkit.core.errors import StoreBusy
from wfkit.core.recovery import events_after_death
from wfkit.core.run import RunSnapshot, fold
from wfkit.engine.clock import SystemClock
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
                events = events_after_death(snapshot, _now(record, snapshot))
                store.write(record.dag, record.run_id, events)
            store.sweep()
    except StoreBusy:
        return []
    return found


def _now(record: RunRecord, snapshot: RunSnapshot) -> float:
    if not snapshot.seq:
        return record.created
    is_virtual = snapshot.detail.get("clock") == "virtual"
    return snapshot.time if is_virtual else SystemClock().now()
