"""Which error does a cell show on purpose? `--expect NAME`."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterator

from wfkit.core.errors import InvalidOption, WfkitError, did_you_mean
from wfkit.notebook.display import show_text

ENDS = ("success", "failed")
"""How a run may be expected to end."""


class Unexpected(WfkitError):
    """A cell was to fail with `--expect`, but nothing is wrong with it."""


@contextlib.contextmanager
def expected(name: str | None, others: Collection[str] = ()) -> Iterator[None]:
    """Show the error called `name` as ordinary output, if the block raises it.

    Raises InvalidOption for a name that no error has; `others` may stand in its place too.
    """
    kind = _error(name, others) if name else ()
    try:
        yield
    except kind as error:
        show_text(f"{type(error).__name__}: {error}")


def refuse_success(expect: str | None) -> None:
    """Raise Unexpected where a cell was to fail."""
    if expect:
        raise Unexpected(
            f"this cell was to fail with {expect}, but nothing is wrong with it.\n"
            f"Remove --expect {expect}."
        )


def _error(name: str, others: Collection[str]) -> type[WfkitError]:
    known = error_names()
    if name not in known:
        ends = f"{', '.join(others)}, or " if others else ""
        raise InvalidOption(
            f"--expect {name}: there is no such error.{did_you_mean(name, [*known, *others])}\n"
            f"Write {ends}the name that the error message begins with."
        )
    return known[name]


def error_names() -> dict[str, type[WfkitError]]:
    """Return the errors that a cell may show on purpose, by name."""
    return {kind.__name__: kind for kind in _all_errors(WfkitError)}


def _all_errors(kind: type[WfkitError]) -> Iterator[type[WfkitError]]:
    yield kind
    for below in kind.__subclasses__():
        yield from _all_errors(below)
