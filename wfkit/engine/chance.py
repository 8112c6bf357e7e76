"""Whose chance is it? A run draws from streams of its own, and those of the notebook stay as is."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from wfkit.engine import host


@contextmanager
def of_its_own() -> Iterator[None]:
    """Let the block draw and seed as it likes: afterwards it is as if it had drawn just once.

    So the numbers of a notebook do not depend on its tasks, and each run gets other ones. Only
    while the main thread waits: else that draws from these streams, too.
    """
    undo = [_branch_off(), _branch_off_numpy()] if host.waiting() else []
    try:
        yield
    finally:
        for put_back in undo:
            put_back()


def _branch_off() -> Callable[[], object]:
    random = sys.modules.get("random")
    if random is None:
        return _nothing
    seed = random.getrandbits(64)
    state = random.getstate()
    random.seed(seed)
    return lambda: random.setstate(state)


def _branch_off_numpy() -> Callable[[], object]:
    random: Any = sys.modules.get("numpy.random")
    if random is None:
        return _nothing
    seed = random.randint(2**31 - 1)
    state = random.get_state()
    random.seed(seed)
    return lambda: random.set_state(state)


def _nothing() -> None:
    """There was nothing to branch off from."""
