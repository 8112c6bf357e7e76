"""How is one attempt run? The body is called, and whatever it does becomes plain facts."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from types import AsyncGeneratorType, GeneratorType
from typing import Any, NamedTuple

from wfkit.core.errors import ContractBroken, Fail, Skip
from wfkit.core.machine import AttemptFinished
from wfkit.core.retry import RetryPolicy
from wfkit.core.states import Outcome
from wfkit.core.task import Task
from wfkit.engine import capture
from wfkit.engine.capture import Capture, LogLine
from wfkit.engine.clock import Clock, SystemClock
from wfkit.engine.failure import describe, message
from wfkit.engine.values import isolated


class Work(NamedTuple):
    """One attempt to run. Sorts by priority (higher first), then by name."""

    order: int
    name: str
    map_index: int
    attempt: int
    task: Task
    inputs: Mapping[str, Any]
    clock: Clock
    capture: Capture


class Finished(NamedTuple):
    """What an attempt left behind: the fact for the machine, its result, its log lines."""

    fact: AttemptFinished
    result: Any
    lines: list[LogLine]


def run(work: Work) -> Finished:
    """Run the body of one attempt and return what came of it; never raises."""
    token = capture.enter(work.capture)
    try:
        result = call(work.task, {name: isolated(v) for name, v in work.inputs.items()})
        outcome, error, retryable = Outcome.RETURNED, None, True
    except BaseException as exception:  # noqa: BLE001 - also SystemExit must not end the worker
        result = None
        outcome, error, retryable = _judge(exception, work.task)
    finally:
        capture.leave(token)
    if work.task.options.takes:
        _take_time(work.clock, work.task.options.takes)
    fact = AttemptFinished(
        work.name, work.map_index, work.attempt, work.clock.now(), outcome, error, retryable
    )
    return Finished(fact, result, work.capture.finish())


def call(task: Task, inputs: Mapping[str, Any]) -> Any:
    """Call the function of `task`, wait for it if it is `async def`, and check its result.

    Raises whatever the function raises, and ContractBroken where `ensure` is not kept.
    """
    result = task.function(**inputs)
    if inspect.iscoroutine(result):
        import asyncio

        result = asyncio.run(result)
    if isinstance(result, GeneratorType | AsyncGeneratorType):
        raise TypeError(
            f"{task.name} returned a generator, whose values would be gone after one reader; "
            "return a list of them"
        )
    if task.options.ensure is not None:
        ensure(task.name, task.options.ensure, result)
    return result


def ensure(name: str, promise: Callable[[Any], object], result: Any) -> None:
    """Raise ContractBroken unless `promise(result)` holds: False or an error means it does not."""
    told = getattr(promise, "__name__", type(promise).__name__)
    try:
        held = promise(isolated(result))
    except Exception as cause:
        why = message(cause) or type(cause).__name__
        raise ContractBroken(f"{name} breaks its contract {told}: {why}") from cause
    if _is_false(held):
        raise ContractBroken(f"{name} breaks its contract {told}: {told} says False")


def _is_false(value: object) -> bool:
    # What `(orders["amount"] > 0).all()` gives is NumPy's own False.
    kind = type(value)
    is_bool = (kind.__module__, kind.__name__) in {("numpy", "bool"), ("numpy", "bool_")}
    return value is False or (is_bool and not value)


def sleep(seconds: float) -> None:
    """Wait inside a task, on the clock of its run: on a virtual clock no real time passes.

    Outside of a task it really waits.
    """
    here = capture.current()
    (here.clock if here else SystemClock()).sleep(seconds)


def cancelled() -> bool:
    """Return True inside a task whose run was cancelled: time to stop politely."""
    here = capture.current()
    return here is not None and here.is_cancelled


def _take_time(clock: Clock, seconds: float) -> None:
    if clock.is_virtual:
        clock.sleep(seconds)


def _judge(exception: BaseException, task: Task) -> tuple[Outcome, Mapping[str, Any], bool]:
    error = describe(exception, task.function)
    if isinstance(exception, Skip):
        return Outcome.SKIPPED, error, False
    policy: RetryPolicy = task.options.retry
    return Outcome.RAISED, error, not isinstance(exception, Fail) and policy.covers(exception)
