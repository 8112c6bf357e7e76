"""How is the engine broken on purpose? By patches, each under a name of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

Put = Callable[[Any, str, Any], None]
"""Puts something else in the place of an attribute of an owner."""

BUGS: dict[str, Callable[[Put], None]] = {}


def bug(make: Callable[[Put], None]) -> Callable[[Put], None]:
    """Add a bug that `make` puts in the engine."""
    BUGS[make.__name__] = make
    return make


@contextmanager
def broken(name: str) -> Iterator[None]:
    """Break the engine while the block runs."""
    with ExitStack() as stack:
        BUGS[name](lambda owner, attribute, to: _enter(stack, owner, attribute, to))
        yield


def _enter(stack: ExitStack, owner: Any, attribute: str, to: Any) -> None:
    stack.enter_context(patch.object(owner, attribute, to))
