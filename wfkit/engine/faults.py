"""What is broken on purpose, and when? Faults are functions of seed, task and attempt."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from wfkit.core import options as check
from wfkit.core.errors import InvalidOption
from wfkit.engine.capture import Capture

KINDS = ("fail", "lost", "hang", "slow", "bad")
INJECTED = "injected fault"


class LostOnPurpose(BaseException):
    """Stands for the death of the process that runs an attempt."""


class HungOnPurpose(BaseException):
    """A body that was made to hang has nothing that would end it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Effect:
    """What faults do to one attempt. `slow` is in seconds.

    `arrives` is the moment (seconds since 1970, UTC) from which a sensor finds what it waits for.
    """

    error: BaseException | None = None
    slow: float = 0.0
    hangs: bool = False
    is_bad: bool = False
    arrives: float | None = None

    def before(self, capture: Capture, timeout: float | None) -> None:
        """Do what happens instead of the body, or before it; `timeout` is the task's own."""
        if self.hangs:
            _hang(capture, timeout)
        if self.slow and not capture.clock.is_virtual:
            capture.sleeper(self.slow)
        if self.error is not None:
            raise self.error

    def after(self, result: Any) -> Any:
        """Return the result, damaged if it is to be."""
        return damaged(result) if self.is_bad else result

    def is_injected(self, error: BaseException) -> bool:
        """Return True for an error that came from here."""
        return error is self.error or isinstance(error, LostOnPurpose | HungOnPurpose)


NO_FAULT = Effect()
_A_BLINK = 0.05


def _hang(capture: Capture, timeout: float | None) -> None:
    if timeout is None and capture.clock.is_virtual:
        raise HungOnPurpose("it hangs, and no timeout= ends it")
    if timeout is not None and capture.clock.is_virtual:
        # Its time is up in the middle of this; a body without a thread cannot be woken then.
        capture.sleeper(2 * timeout)
        raise HungOnPurpose(INJECTED)
    while not capture.is_cancelled:
        capture.sleeper(_A_BLINK)
    raise HungOnPurpose(INJECTED)


@dataclass(frozen=True)
class Fault:
    """A task that is broken on purpose.

    `kind` is "fail", "lost" (its process dies), "hang", "slow" (takes `slow` longer) or "bad"
    (its result is damaged). It hits the first `attempts` attempts, or each one with
    `probability`; None for both means what is usual for the kind: the first attempt for lost
    and hang, every attempt for the others. `error` is what "fail" raises.

    >>> Fault("orders", attempts=2).hits(0, -1, 2), Fault("orders", attempts=2).hits(0, -1, 3)
    (True, False)
    """

    task: str
    attempts: int | None = None
    error: type[BaseException] | BaseException = ConnectionError
    kind: str = "fail"
    probability: float | None = None
    slow: str | float = 0.0

    def __post_init__(self) -> None:
        check.choice("kind", self.kind, KINDS)
        if self.attempts is not None:
            check.count("attempts", self.attempts, 1, 1_000_000)
        if self.probability is not None and not 0 <= self.probability <= 1:
            raise InvalidOption(f"probability={self.probability}: it lies between 0 and 1.")
        object.__setattr__(self, "slow", check.seconds("slow", self.slow))

    def hits(self, seed: int, map_index: int, attempt: int) -> bool:
        """Return True if this attempt is hit."""
        if self.probability is not None:
            return draw(seed, self.task, map_index, attempt) < self.probability
        if self.attempts is not None:
            return attempt <= self.attempts
        return attempt == 1 or self.kind not in ("lost", "hang")

    def raised(self) -> BaseException:
        """Return the error that a hit attempt ends with."""
        if self.kind == "lost":
            return LostOnPurpose(INJECTED)
        return self.error(INJECTED) if isinstance(self.error, type) else self.error


def draw(seed: int, task: str, map_index: int, attempt: int) -> float:
    """Return a number in [0, 1) that depends on nothing but the arguments."""
    digest = blake2b(f"{seed}\n{task}\n{map_index}\n{attempt}".encode(), digest_size=7).digest()
    return int.from_bytes(digest, "big") / 2**56


_TEXT = re.compile(r"(?P<task>[^:\s]+):(?P<what>[^:\s]+)")


def parse_fault(text: str) -> Fault:
    """Return the fault that a text stands for.

    `orders:2` fails the first two attempts, `orders:always` all, `orders:15%` some;
    `orders:lost`, `orders:hang`, `orders:slow=10m` and `orders:bad` are the other kinds.
    Raises InvalidOption.

    >>> parse_fault("orders:15%").probability
    0.15
    """
    found = _TEXT.fullmatch(text.strip())
    if found is None:
        raise _unreadable(text)
    task, what = found["task"], found["what"]
    if what.isascii() and what.isdigit() and int(what):
        return Fault(task, attempts=int(what))
    if what == "always":
        return Fault(task, probability=1.0)
    if re.fullmatch(r"\d+(\.\d+)?%", what, re.ASCII):
        return Fault(task, probability=float(what[:-1]) / 100)
    kind, _, value = what.partition("=")
    if kind == "slow" and value:
        return Fault(task, kind="slow", slow=check.seconds("slow", value))
    if kind in ("lost", "hang", "bad") and not value:
        return Fault(task, kind=kind)
    raise _unreadable(text)


def _unreadable(text: str) -> InvalidOption:
    return InvalidOption(
        f'fault "{text[:60]}" cannot be read.\n'
        "Write TASK:2, TASK:always, TASK:15%, TASK:lost, TASK:hang, TASK:slow=10m or TASK:bad."
    )


class Faults:
    """The faults of one run, and what they do to each attempt."""

    def __init__(self, faults: Iterable[Fault | str] = (), seed: int = 0) -> None:
        self.faults = tuple(it if isinstance(it, Fault) else parse_fault(it) for it in faults)
        self._seed = seed
        self._of_task: dict[str, list[Fault]] = {}
        for fault in self.faults:
            self._of_task.setdefault(fault.task, []).append(fault)

    @property
    def tasks(self) -> Sequence[str]:
        """The tasks that are broken on purpose."""
        return tuple(self._of_task)

    def effect(self, task: str, map_index: int, attempt: int) -> Effect:
        """Return what happens to this attempt."""
        mine = self._of_task.get(task)
        if not mine:
            return NO_FAULT
        hits = [fault for fault in mine if fault.hits(self._seed, map_index, attempt)]
        failing = [fault for fault in hits if fault.kind in ("fail", "lost")]
        return Effect(
            error=failing[0].raised() if failing else None,
            slow=sum(float(fault.slow) for fault in hits if fault.kind == "slow"),
            hangs=any(fault.kind == "hang" for fault in hits),
            is_bad=any(fault.kind == "bad" for fault in hits),
        )


def damaged(result: Any) -> Any:
    """Return a result as a broken system might deliver it: half of it, or empty.

    >>> damaged([1, 2, 3, 4]), damaged(7)
    ([1, 2], None)
    """
    if hasattr(result, "iloc"):
        half = result.iloc[: len(result) // 2].copy()
        if getattr(half, "ndim", 1) == 2 and half.shape[1]:
            half.isetitem(half.shape[1] - 1, [None] * len(half))
        return half
    if isinstance(result, list | tuple | str | bytes):
        return result[: len(result) // 2]
    if isinstance(result, dict):
        return dict(list(result.items())[: len(result) // 2])
    return None
