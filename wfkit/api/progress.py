"""How far is it? A bar for long work, where somebody looks at a terminal or a notebook."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from wfkit.engine.clock import Clock, SystemClock

PATIENCE = 1.0
"""Seconds of work that need no bar."""

Progress = Callable[[int, int], None]
"""Is called with how many are done, and of how many."""


@contextmanager
def bar(unit: str, clock: Clock | None = None) -> Iterator[Progress]:
    """Give a function that shows how many of how many are done; the bar goes when the block ends.

    `WFKIT_LIVE=0` switches it off.
    """
    clock = clock or SystemClock()
    began = clock.now()
    with ExitStack() as ends:
        shown: list[Any] = []

        def progress(done: int, total: int) -> None:
            if not shown:
                if clock.now() - began < PATIENCE:
                    return
                shown.append(ends.enter_context(_drawn(unit, done, total)))
            shown[0].update(done - shown[0].n)

        yield progress


def _drawn(unit: str, done: int, total: int) -> Any:
    # It takes long to import, for work that is done at once.
    from tqdm.auto import tqdm

    is_off = True if os.environ.get("WFKIT_LIVE") == "0" else None
    return tqdm(initial=done, total=total, unit=unit, leave=False, disable=is_off)
