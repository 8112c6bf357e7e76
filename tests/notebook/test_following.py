from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import cast

from wfkit.api.dag import Dag
from wfkit.api.dag_run import DagRun
from wfkit.core.events import Event
from wfkit.notebook.following import Follower


class Replayed:
    """A run whose events come when the test says so."""

    def __init__(self, events: Sequence[Event], already: int) -> None:
        self.events = list(events[:already])
        self._rest = list(events)
        self._hear: Callable[[Sequence[Event]], None] = lambda batch: None

    def subscribe(self, subscriber: Callable[[Sequence[Event]], None]) -> None:
        self._hear = subscriber

    def publish(self, first: int, last: int) -> None:
        self._hear(self._rest[first:last])


def finished() -> DagRun:
    def orders() -> int:
        return 1

    def revenue(orders: int) -> int:
        return orders

    return Dag("sales", [orders, revenue]).run(store=None)


def test_follower_counts_no_event_twice_and_misses_none() -> None:
    run = finished()
    replayed = Replayed(run.events, already=4)
    follower = Follower(cast("DagRun", replayed))
    assert follower.snapshot.state == "running"
    assert not follower.catch_up()
    replayed.publish(2, 6)
    replayed.publish(6, 100)
    assert follower.catch_up()
    assert follower.snapshot.instances == run.snapshot.instances
    assert follower.snapshot.attempts == run.snapshot.attempts
    assert follower.snapshot.state == "success"
    assert not follower.catch_up()


def test_follower_does_not_go_back_when_old_events_come_late() -> None:
    run = finished()
    replayed = Replayed(run.events, already=len(run.events))
    follower = Follower(cast("DagRun", replayed))
    replayed.publish(2, 6)
    assert not follower.catch_up()
    assert follower.snapshot.instances == run.snapshot.instances


def test_follower_does_its_work_only_when_asked() -> None:
    run = finished()
    replayed = Replayed(run.events, already=2)
    follower = Follower(cast("DagRun", replayed))
    replayed.publish(2, 100)
    assert follower.snapshot.state == "running"
