"""Which way does a branch go? What it returned, as the names of tasks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from wfkit.core.errors import WfkitError, did_you_mean
from wfkit.core.options import shown


class NoSuchBranch(WfkitError):
    """A branch named something that is not directly downstream of it."""


def chosen_tasks(name: str, result: Any, downstream: Sequence[str]) -> tuple[str, ...]:
    """Return the names of the downstream tasks to follow; none of them for None.

    Raises NoSuchBranch for anything that is not directly downstream.

    >>> chosen_tasks("decide", "big", ["big", "small"])
    ('big',)
    """
    if result is None:
        return ()
    names = [result] if isinstance(result, str) else result
    if not isinstance(names, list | tuple | set | frozenset):
        names = [result]
    for chosen in names:
        if chosen not in downstream:
            raise NoSuchBranch(
                f"{name} chose {shown(chosen)}, which is not directly downstream of it."
                f"{_meant(chosen, downstream)}\n"
                f"It can return: {', '.join(downstream)}, a list of them, or None."
            )
    return tuple(sorted(names))


def _meant(chosen: Any, downstream: Sequence[str]) -> str:
    return did_you_mean(chosen, downstream) if isinstance(chosen, str) else ""
