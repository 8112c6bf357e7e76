"""Time is an argument: it passes for real, or it jumps."""

import queue
import threading
import time
from datetime import UTC, datetime
from typing import Any

import pytest

from wfkit.core.errors import InvalidOption
from wfkit.engine.clock import CLOCK_NAMES, VIRTUAL_START, SystemClock, VirtualClock, clock_for


def inbox_with(*messages: str) -> "queue.SimpleQueue[Any]":
    inbox: queue.SimpleQueue[Any] = queue.SimpleQueue()
    for message in messages:
        inbox.put(message)
    return inbox


def test_system_clock_is_the_clock_on_the_wall() -> None:
    before = time.time()
    now = SystemClock().now()
    assert before <= now <= time.time()
    assert not SystemClock.is_virtual


def test_system_clock_waits_until_a_message_comes() -> None:
    inbox = inbox_with()
    threading.Timer(0.01, inbox.put, ["late"]).start()
    assert SystemClock().wait(inbox, until=None) == "late"
    assert SystemClock().wait(inbox_with("there"), until=0.0) == "there"


def test_system_clock_waits_no_longer_than_until() -> None:
    clock = SystemClock()
    until = clock.now() + 0.02
    assert clock.wait(inbox_with(), until) is None
    assert clock.now() >= until
    assert clock.wait(inbox_with(), until=clock.now() - 60) is None


def test_system_clock_really_sleeps() -> None:
    before = time.monotonic()
    SystemClock().sleep(0.02)
    assert time.monotonic() - before >= 0.019


def test_virtual_clock_starts_where_it_is_told() -> None:
    day = datetime(1997, 1, 1, tzinfo=UTC)
    assert VirtualClock(day).now() == VirtualClock(day.timestamp()).now() == day.timestamp()
    assert VirtualClock().now() == VIRTUAL_START == datetime(2000, 1, 1, tzinfo=UTC).timestamp()
    assert VirtualClock.is_virtual


def test_virtual_clock_passes_a_month_at_once() -> None:
    clock = VirtualClock(0.0)
    before = time.monotonic()
    clock.sleep(30 * 86_400)
    assert clock.wait(inbox_with(), until=60 * 86_400.0) is None
    assert clock.now() == 60 * 86_400
    assert time.monotonic() - before < 1


def test_virtual_clock_never_goes_back() -> None:
    clock = VirtualClock(100.0)
    clock.sleep(-50)
    assert clock.wait(inbox_with(), until=20.0) is None
    assert clock.now() == 100


def test_virtual_clock_hears_a_message_before_it_jumps() -> None:
    clock = VirtualClock(0.0)
    assert clock.wait(inbox_with("first"), until=50.0) == "first"
    assert clock.wait(inbox_with("first"), until=None) == "first"
    assert clock.now() == 0


def test_a_virtual_clock_is_fresh_for_each_run() -> None:
    used = VirtualClock(100.0, speed=1e9)
    used.sleep(50)
    fresh = clock_for(used, start=9.0)
    assert (fresh.now(), used.now()) == (100, 150)
    assert fresh.wait(inbox_with(), until=200.0) is None
    assert clock_for(VirtualClock(), start=9.0).now() == 9


def test_clock_by_name() -> None:
    assert CLOCK_NAMES == ("system", "virtual")
    assert isinstance(clock_for("system", start=5.0), SystemClock)
    virtual = clock_for("virtual", start=5.0)
    assert isinstance(virtual, VirtualClock)
    assert virtual.now() == 5
    assert clock_for("virtual").now() == VIRTUAL_START
    with pytest.raises(InvalidOption) as caught:
        clock_for("wall")
    assert str(caught.value) == 'clock="wall" is unknown.\nChoose one of: system, virtual.'
