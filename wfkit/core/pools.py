"""Who gets a slot of a pool, and who waits for one?"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping

Key = tuple[str, int]
AttemptKey = tuple[str, int, int]


class Pools:
    """Slots of pools: the higher priority gets one first, then the name that comes first.

    >>> pools = Pools({"db": 1})
    >>> pools.claim("db", 0, ("load", -1), 1), pools.claim("db", 0, ("clean", -1), 1)
    (True, False)
    >>> list(pools.release(("load", -1, 1)))
    [('clean', -1)]
    """

    def __init__(self, slots: Mapping[str, int]) -> None:
        self._free = dict(slots)
        self._waiting: dict[str, list[tuple[int, str, int, int]]] = {name: [] for name in slots}
        self._held: dict[AttemptKey, str] = {}
        self._lingering: set[AttemptKey] = set()

    @property
    def has_waiting(self) -> bool:
        """True when somebody waits for a slot."""
        return any(self._waiting.values())

    def claim(self, pool: str, priority: int, key: Key, attempt: int) -> bool:
        """Take a slot for an attempt, or stand in line for one; True if it was free."""
        if self._free[pool] > 0:
            self._free[pool] -= 1
            self._held[*key, attempt] = pool
            return True
        heapq.heappush(self._waiting[pool], (-priority, *key, attempt))
        return False

    def forget_waiting(self) -> None:
        """Send everybody away who waits for a slot."""
        for line in self._waiting.values():
            line.clear()

    def linger(self, attempt: AttemptKey) -> None:
        """Keep the slot of an attempt that has timed out but cannot be stopped."""
        if attempt in self._held:
            self._lingering.add(attempt)

    def release(self, attempt: AttemptKey) -> Iterator[Key]:
        """Give the slot of an attempt back; yields who gets it now, if anybody waits."""
        if attempt in self._lingering:
            self._lingering.discard(attempt)
            return
        pool = self._held.pop(attempt, None)
        if pool is None:
            return
        self._free[pool] += 1
        if self._waiting[pool]:
            _, task, map_index, number = heapq.heappop(self._waiting[pool])
            self._free[pool] -= 1
            self._held[task, map_index, number] = pool
            yield task, map_index
