"""How far is it? A bar for long work, where somebody looks at a terminal or a notebook."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager

PATIENCE = 1.0
"""Seconds of work that need no bar."""


@contextmanager
def bar(unit: str) -> Iterator[Callable[[int, int], None]]:
    """Give a function that shows how many of how many are done; the bar goes when the block ends.

    `WFKIT_LIVE=0` switches it off.
    """
    from tqdm.auto import tqdm

    is_off = True if os.environ.get("WFKIT_LIVE") == "0" else None
    with tqdm(unit=unit, leave=False, delay=PATIENCE, disable=is_off) as shown:

        def progress(done: int, total: int) -> None:
            shown.total = total
            shown.update(done - shown.n)

        yield progress
