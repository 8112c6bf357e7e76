"""When is a message sent? The first of a kind at once, the rest of that minute as one digest."""

from __future__ import annotations

from collections.abc import Hashable
from typing import NamedTuple

MINUTE = 60.0
_MOST_REMEMBERED = 10_000


class Letter(NamedTuple):
    """A message that is to be sent, with what decides about its pace.

    `group` is what counts together, `key` tells a letter from its doubles.
    """

    group: Hashable
    key: Hashable
    content: object


class _Window:
    """The minute after a message of a group was sent, and what came up in it."""

    def __init__(self, begun: float) -> None:
        self.begun = begun
        self.held: list[Letter] = []

    def covers(self, now: float) -> bool:
        return self.begun <= now < self.begun + MINUTE


class Pacing:
    """Holds letters back and lets them go; the time is an argument, in seconds since 1970.

    >>> pacing = Pacing()
    >>> first, second, third = (Letter("sales", key, key) for key in range(3))
    >>> [pacing.take(it, now=0.0) for it in (first, second, third)] == [[[first]], [], []]
    True
    >>> pacing.next_due, pacing.due(60.0) == [[second, third]]
    (60.0, True)
    """

    def __init__(self) -> None:
        self._windows: dict[Hashable, _Window] = {}
        self._seen: dict[Hashable, None] = {}

    def take(self, letter: Letter, now: float) -> list[list[Letter]]:
        """Take a letter, and return what is to be sent now: lists that are one message each."""
        if letter.key in self._seen:
            return []
        self._remember(letter.key)
        window = self._windows.pop(letter.group, None)
        sent = self.due(now)
        if window is not None and window.covers(now):
            window.held.append(letter)
            self._windows[letter.group] = window
            return sent
        self._windows[letter.group] = _Window(now)
        return [*sent, [*(window.held if window else ()), letter]]

    def _remember(self, key: Hashable) -> None:
        self._seen[key] = None
        if len(self._seen) > _MOST_REMEMBERED:
            del self._seen[next(iter(self._seen))]

    @property
    def next_due(self) -> float | None:
        """When `due` has something to send, None while nothing is held back."""
        ends = (it.begun + MINUTE for it in self._windows.values() if it.held)
        return min(ends, default=None)

    def due(self, now: float) -> list[list[Letter]]:
        """Return the digests whose minute is over; each begins a new minute."""
        sent = []
        for group, window in list(self._windows.items()):
            if window.covers(now):
                continue
            del self._windows[group]
            if window.held:
                sent.append(window.held)
                self._windows[group] = _Window(now)
        return sent

    def release(self, group: Hashable, now: float) -> list[list[Letter]]:
        """Return what is held back of a group, as something is to be told that comes after it."""
        window = self._windows.get(group)
        if window is None or not window.held:
            return []
        self._windows[group] = _Window(now)
        return [window.held]

    def rest(self) -> list[list[Letter]]:
        """Return everything that is held back, as nothing will be sent later."""
        sent = [window.held for window in self._windows.values() if window.held]
        self._windows.clear()
        return sent
