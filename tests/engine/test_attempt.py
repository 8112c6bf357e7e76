"""One attempt: the body is called, and whatever it does becomes plain facts."""

# ruff: noqa: T201 - prints are part of what a body does

from __future__ import annotations

import asyncio
import functools
import itertools
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pytest

import wfkit
from tests.engine import material
from wfkit.core.errors import Fail, Skip
from wfkit.core.facts import AttemptFinished
from wfkit.core.states import Outcome
from wfkit.core.task import Task
from wfkit.core.task_options import TaskOptions
from wfkit.engine.attempt import Work, call, cancelled, run, sleep
from wfkit.engine.capture import Capture, LogLine, current
from wfkit.engine.clock import SystemClock, VirtualClock


class Ended(NamedTuple):
    """What an attempt left behind that is over."""

    fact: AttemptFinished
    result: Any
    lines: list[LogLine]


def attempt(
    function: Callable[..., Any],
    inputs: dict[str, Any] | None = None,
    clock: VirtualClock | None = None,
    **options: Any,
) -> Ended:
    """Run one attempt of `function` on a virtual clock that stands at 100."""
    clock = clock or VirtualClock(100.0)
    kept = Capture("it", -1, 1, clock)
    task = Task(function, TaskOptions(**options), name="it")
    return ended(Work(0, "it", -1, 1, task, inputs or {}, clock, kept))


def ended(work: Work) -> Ended:
    finished = run(work)
    assert isinstance(finished.fact, AttemptFinished)
    return Ended(finished.fact, finished.result, finished.lines)


def lines(finished: Ended) -> list[tuple[str, str]]:
    return [(line.level, line.text) for line in finished.lines]


def returning(value: Any) -> Callable[[], Any]:
    return lambda: value


def raising(error: BaseException) -> Callable[[], Any]:
    def body() -> None:
        raise error

    return body


def test_returned_value_is_the_result_itself() -> None:
    value = [1, 2]
    finished = attempt(returning(value))
    assert finished.result is value
    assert finished.fact == AttemptFinished("it", -1, 1, 100.0, Outcome.RETURNED)


@pytest.mark.parametrize("value", [None, float("nan"), "\ud800", pd.NaT, 0, False, ""])
def test_every_value_is_a_result(value: Any) -> None:
    finished = attempt(returning(value))
    assert finished.result is value
    assert finished.fact.outcome is Outcome.RETURNED


def test_inputs_come_by_name_and_are_copies() -> None:
    orders = [1]

    def body(orders: list[int], rate: float, extra: int = 5) -> list[int]:
        orders.append(2)
        return [*orders, int(rate), extra]

    assert attempt(body, {"orders": orders, "rate": 3.0}).result == [1, 2, 3, 5]
    assert orders == [1]


def test_input_that_cannot_be_copied_is_said_to_be_shared() -> None:
    lock = threading.Lock()
    finished = attempt(lambda key: key[0] is lock, {"key": [lock]})
    assert finished.result is True
    assert lines(finished) == [
        (
            "note",
            (
                "list cannot be copied (cannot pickle '_thread.lock' object): "
                "all tasks that read it share it"
            ),
        )
    ]


@pytest.mark.parametrize(
    ("body", "outcome", "kind", "retryable"),
    [
        (material.raises, Outcome.RAISED, "ValueError", True),
        (material.recurses, Outcome.RAISED, "RecursionError", True),
        (material.raises_shy, Outcome.RAISED, "_Shy", True),
        (material.raises_hostile, Outcome.RAISED, "_Hostile", True),
        (material.fails_later, Outcome.RAISED, "TimeoutError", True),
        (raising(MemoryError()), Outcome.RAISED, "MemoryError", True),
        (raising(BaseException("odd")), Outcome.RAISED, "BaseException", True),
        (raising(BaseExceptionGroup("two", [ValueError(), OSError()])), Outcome.RAISED,
         "ExceptionGroup", True),
        (raising(StopIteration()), Outcome.RAISED, "StopIteration", True),
        (raising(KeyboardInterrupt()), Outcome.RAISED, "KeyboardInterrupt", False),
        (raising(SystemExit(0)), Outcome.RAISED, "SystemExit", False),
        (raising(GeneratorExit()), Outcome.RAISED, "GeneratorExit", False),
        (raising(Fail("wrong key")), Outcome.RAISED, "Fail", False),
        (raising(Skip("Sunday")), Outcome.SKIPPED, "Skip", False),
    ],
)  # fmt: skip
def test_error_of_any_kind_becomes_a_fact(
    body: Callable[..., Any], outcome: Outcome, kind: str, retryable: bool
) -> None:
    finished = attempt(body)
    assert finished.result is None
    assert finished.fact.outcome is outcome
    assert finished.fact.error is not None
    assert (finished.fact.error["type"], finished.fact.retryable) == (kind, retryable)


def test_exit_ends_the_attempt_and_not_the_process() -> None:
    finished = attempt(lambda: sys.exit(0))
    assert finished.fact.error is not None
    assert (finished.fact.error["type"], finished.fact.error["message"]) == ("SystemExit", "0")


def test_retry_on_narrows_what_is_worth_another_attempt() -> None:
    known = attempt(raising(ConnectionResetError()), retry_on="ConnectionError", retries=1)
    other = attempt(raising(ValueError()), retry_on=[ConnectionError, "TimeoutError"], retries=1)
    assert (known.fact.retryable, other.fact.retryable) == (True, False)


def test_wrong_arguments_are_an_error_of_the_body() -> None:
    finished = attempt(lambda orders: orders, {})
    assert finished.fact.error is not None
    assert finished.fact.error["type"] == "TypeError"


def test_coroutine_is_awaited_on_a_loop_of_its_own() -> None:
    async def fetch(day: int) -> int:
        await asyncio.sleep(0)
        return day + 1

    assert attempt(fetch, {"day": 1}).result == 2


def test_coroutine_result_of_a_plain_function_is_awaited_too() -> None:
    async def fetch() -> int:
        return 5

    assert attempt(functools.partial(fetch)).result == 5


def test_generator_is_no_result() -> None:
    def rows() -> Iterator[int]:
        yield 1

    async def pages() -> AsyncIterator[int]:
        yield 1

    assert attempt(returning(pages())).fact.outcome is Outcome.RAISED
    finished = attempt(returning(rows()))
    assert finished.fact.error is not None
    assert finished.fact.error["message"] == (
        "it returned a generator, whose values would be gone after one reader; "
        "return a list of them"
    )


def test_endless_iterator_is_not_exhausted() -> None:
    finished = attempt(returning(itertools.count()))
    assert next(finished.result) == 0


# What a body lets out


def test_prints_belong_to_the_attempt_whatever_its_end() -> None:
    def body() -> None:
        print("before")
        sys.stderr.write("no end of line")
        raise ValueError

    from wfkit.engine.redirects import installed

    with installed():
        finished = attempt(body)
    assert lines(finished) == [("stdout", "before"), ("stderr", "no end of line")]
    assert current() is None


def test_capture_is_left_even_after_an_exit() -> None:
    attempt(raising(SystemExit()))
    assert current() is None


# Promises


def keeps(value: Any) -> bool:
    return True


@pytest.mark.parametrize("kept", [True, None, 0, "", [], np.True_, pd.DataFrame()])
def test_anything_but_false_keeps_the_promise(kept: Any) -> None:
    value = [1]
    finished = attempt(returning(value), ensure=lambda result: kept)
    assert finished.result is value
    assert finished.fact.outcome is Outcome.RETURNED


@pytest.mark.parametrize("broken", [False, np.False_, pd.Series([1, -1]).gt(0).all()])
def test_false_breaks_the_promise(broken: Any) -> None:
    def _amounts_are_positive(result: Any) -> Any:
        return broken

    finished = attempt(returning([1]), ensure=_amounts_are_positive, retries=1)
    assert finished.result is None
    assert finished.fact.outcome is Outcome.RAISED
    assert finished.fact.retryable
    assert finished.fact.error is not None
    assert (finished.fact.error["type"], finished.fact.error["message"]) == (
        "ContractBroken",
        "it breaks its contract: _amounts_are_positive says False",
    )


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (ValueError("no rows"), "no rows"),
        (AssertionError(), "AssertionError"),
        (material._Shy(), "(its own text cannot be shown)"),
    ],
)
def test_error_breaks_the_promise(error: Exception, why: str) -> None:
    def _ok(result: Any) -> None:
        raise error

    finished = attempt(returning([1]), ensure=_ok)
    assert finished.fact.error is not None
    assert finished.fact.error["type"] == "ContractBroken"
    assert finished.fact.error["message"] == f"it breaks its contract: _ok says {why}"


def test_promise_is_given_a_copy_of_the_result() -> None:
    def spoil(result: list[int]) -> list[int]:
        result.append(9)
        return result

    value = [1]
    assert attempt(returning(value), ensure=spoil).result == [1]


def test_promise_of_a_coroutine_is_about_its_result() -> None:
    async def fetch() -> int:
        return 5

    assert attempt(fetch, ensure=lambda result: result == 5).result == 5
    assert attempt(fetch, ensure=lambda result: result == 6).fact.outcome is Outcome.RAISED


def test_no_promise_is_asked_after_a_failure() -> None:
    asked: list[Any] = []
    attempt(raising(ValueError()), ensure=asked.append)
    assert asked == []


def test_call_alone_raises_what_goes_wrong() -> None:
    with pytest.raises(ValueError, match="bad row"):
        call(Task(material.raises), {})


# Time


def test_takes_passes_on_a_virtual_clock_only() -> None:
    assert attempt(returning(1), takes="5m").fact.time == 400
    assert attempt(raising(ValueError()), takes="5m").fact.time == 400
    clock = SystemClock()
    kept = Capture("it", -1, 1, clock)
    task = Task(lambda: 1, TaskOptions(takes="1d"), name="it")
    assert run(Work(0, "it", -1, 1, task, {}, clock, kept)).fact.time <= clock.now()


def test_sleep_inside_a_task_follows_the_clock_of_the_run() -> None:
    clock = VirtualClock(100.0)
    assert attempt(lambda: sleep(3_600), clock=clock).fact.time == 3_700
    assert wfkit.sleep is sleep
    sleep(0)
    assert clock.now() == 3_700


def test_cancelled_is_known_inside_the_attempt_only() -> None:
    assert cancelled() is False
    clock = VirtualClock(0.0)
    kept = Capture("it", -1, 1, clock)

    def body() -> tuple[bool, bool]:
        before = cancelled()
        kept.is_cancelled = True
        return before, cancelled()

    work = Work(0, "it", -1, 1, Task(body, name="it"), {}, clock, kept)
    assert run(work).result == (False, True)
    assert cancelled() is False


def test_work_is_ordered_by_urgency_then_name_then_number() -> None:
    clock = VirtualClock(0.0)
    task = Task(keeps)

    def work(order: int, name: str, index: int = -1, number: int = 1) -> Work:
        kept = Capture(name, index, number, clock)
        return Work(order, name, index, number, task, {}, clock, kept)

    works = [work(0, "b"), work(0, "a", 1), work(-5, "z"), work(0, "a", 0, 2), work(0, "a", 0)]
    assert [(w.order, w.name, w.map_index, w.attempt) for w in sorted(works)] == [
        (-5, "z", -1, 1),
        (0, "a", 0, 1),
        (0, "a", 0, 2),
        (0, "a", 1, 1),
        (0, "b", -1, 1),
    ]
