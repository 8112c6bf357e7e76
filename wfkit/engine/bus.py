"""Who is told about events? Subscribers, none of which can break a run."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

from wfkit.core.events import Event

Subscriber = Callable[[Sequence[Event]], None]


class Bus:
    """Passes events on to subscribers, in order; one that raises is logged once and dropped.

    >>> bus, heard = Bus(), []
    >>> bus.subscribe(heard.extend)
    >>> bus.publish([Event(1, 0.0, "run_state", "r")])
    >>> len(heard)
    1
    """

    def __init__(self) -> None:
        self._subscribers: list[Subscriber] = []

    def subscribe(self, subscriber: Subscriber) -> None:
        """Call `subscriber` with each batch of events from now on, on the runner's thread."""
        self._subscribers.append(subscriber)

    def publish(self, events: Sequence[Event]) -> None:
        """Tell everybody."""
        for subscriber in list(self._subscribers):
            try:
                subscriber(events)
            except Exception:
                self._subscribers.remove(subscriber)
                logging.getLogger("wfkit").exception("a subscriber failed and hears no more")
