"""Everybody is told, in order; nobody can break a run."""

import logging
from collections.abc import Sequence
from typing import Any

import pytest

from wfkit.core.events import Event
from wfkit.engine.bus import Bus


def event(seq: int) -> Event:
    return Event(seq, 0.0, "run_state", "r")


def test_subscribers_hear_each_batch_in_the_order_in_which_they_came() -> None:
    bus = Bus()
    heard: list[Any] = []
    bus.publish([event(1)])
    bus.subscribe(lambda events: heard.append(("a", [it.seq for it in events])))
    bus.subscribe(lambda events: heard.append(("b", [it.seq for it in events])))
    bus.publish([event(2), event(3)])
    assert heard == [("a", [2, 3]), ("b", [2, 3])]


def test_one_that_fails_is_logged_once_and_dropped(caplog: pytest.LogCaptureFixture) -> None:
    bus, calls = Bus(), []
    heard: list[Event] = []

    def bad(events: Sequence[Event]) -> None:
        calls.append(len(events))
        raise RuntimeError("no display")

    bus.subscribe(bad)
    bus.subscribe(heard.extend)
    with caplog.at_level(logging.ERROR, "wfkit"):
        bus.publish([event(1)])
        bus.publish([event(2)])
    assert (calls, [it.seq for it in heard]) == ([1], [1, 2])
    assert len(caplog.records) == 1
    assert "RuntimeError: no display" in caplog.text


def test_subscriber_may_bring_another_one() -> None:
    bus = Bus()
    heard: list[Any] = []
    bus.subscribe(lambda events: bus.subscribe(heard.extend) if not heard else None)
    bus.publish([event(1)])
    assert heard == []
    bus.publish([event(2)])
    assert [it.seq for it in heard] == [2]
