"""What can go wrong, as product text: each error names the thing, the cause and the next step."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any

from wfkit.core.masking import masked_message


class WfkitError(Exception):
    """Base of every error that wfkit raises on purpose.

    A notebook shows it as its own few lines, without the frames of wfkit's inside. Known secrets
    in its text are masked.
    """

    def __init__(self, text: str = "") -> None:
        super().__init__(masked_message(text))

    def _render_traceback_(self) -> list[str]:
        return [f"{type(self).__name__}: {self}"]


class InvalidOption(WfkitError):
    """An option has a value that it cannot have."""


class InvalidTask(WfkitError):
    """A function cannot be a task."""


class UnknownUpstream(WfkitError):
    """A task asks for something that no task, parameter or context provides."""


class DuplicateTask(WfkitError):
    """Two declarations want the same task name."""


class AmbiguousSource(WfkitError):
    """One parameter name has two sources."""


class CyclicDag(WfkitError):
    """Tasks wait for each other in a circle."""


class EmptyDag(WfkitError):
    """A Dag without tasks was asked to do something."""


class UnknownTask(WfkitError):
    """A task name that the Dag does not have."""


class UnknownRun(WfkitError):
    """A run that the history does not have."""


class NotAResult(WfkitError, AttributeError, TypeError):
    """A Task was used as if it were its result."""


class NoResult(WfkitError, KeyError):
    """A task instance that has no result was asked for one."""

    __str__ = Exception.__str__


class IllegalMove(WfkitError):
    """A state change that the table of legal moves does not have (a bug in wfkit)."""


class ContractBroken(WfkitError):
    """The value that a task returned does not keep what `ensure` promises."""


class NotebookLeak(WfkitError):
    """A task body reads a value of the notebook that it does not declare."""


class RunFailed(WfkitError):
    """A run did not end as expected; `run` is the DagRun."""

    def __init__(self, text: str, run: Any = None) -> None:
        super().__init__(text)
        self.run = run


class StoreError(WfkitError):
    """The history cannot be read or written."""


class StoreBusy(StoreError):
    """Another process is writing to the store."""


class SchedulerDied(WfkitError):
    """The scheduler that serves Dags has come to an end that nobody asked for."""


class Skip(Exception):
    """Raise it in a task to end the attempt as *skipped*: `raise Skip("no sales on Sundays")`."""


class Fail(Exception):
    """Raise it in a task to give up at once, whatever `retries` says: `raise Fail("wrong key")`."""


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return ' Did you mean "x"?' for the nearest of `known`, or nothing.

    >>> did_you_mean("ordrs", ["orders", "revenue"])
    ' Did you mean "orders"?'
    >>> did_you_mean("zzz", ["orders"])
    ''
    """
    near = nearest(name, known)
    return f' Did you mean "{near}"?' if near else ""


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the one of `known` that looks most like `name`, if any does.

    >>> nearest("rows", ["raw_rows", "orders"])
    'raw_rows'
    >>> nearest("retry", ["retry_on", "retries"])
    'retries'
    """
    folded = {candidate.casefold(): candidate for candidate in sorted(known, reverse=True)}
    word = name.casefold()
    if word in folded:
        return folded[word]
    plurals = (it for it in (f"{word}s", f"{word.removesuffix('y')}ies") if it in folded)
    matches = [*plurals, *difflib.get_close_matches(word, folded, n=1, cutoff=0.6)]
    return folded[matches[0]] if matches else None
