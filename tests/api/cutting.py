"""A run whose process dies while a task is under way, and that goes on later."""

from __future__ import annotations

from wfkit import Dag, task
from wfkit.api.replay import Replay
from wfkit.core.recovery import events_after_death
from wfkit.core.run import fold
from wfkit.engine.store import MemoryStore


@task(takes="10s")
def orders() -> int:
    return 1


@task(takes="10s")
def revenue(orders: int) -> int:
    return orders


@task(takes="10s")
def report(revenue: int) -> int:
    return revenue


def cut_off_in(name: str, pause: float = 0.0) -> Replay:
    """Play a chain of three tasks that is cut off while one runs, and goes on after a pause (s)."""
    dag, store = Dag("sales", [orders, revenue, report], clock="virtual"), MemoryStore()
    run = dag.run(store=store)
    events = store._events[dag.name, run.run_id]
    at = next(i for i, it in enumerate(events) if (it.task, it.to_state) == (name, "running"))
    del events[at + 1 :]
    events += events_after_death(fold(events), events[-1].time + 4)
    cut = len(events)
    dag.resume(run_id=run.run_id, store=store)
    later = [it._replace(time=it.time + pause) for it in events[cut:]]
    return Replay([*events[:cut], *later], dag.graph)
