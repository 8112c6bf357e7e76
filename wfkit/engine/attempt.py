"""How is one attempt run? The body is called, and whatever it does becomes plain facts."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from types import AsyncGeneratorType, GeneratorType
from typing import Any, NamedTuple

from wfkit.core.details import without_place
from wfkit.core.errors import Fail, Skip
from wfkit.core.facts import AttemptFinished, Poked
from wfkit.core.retry import RetryPolicy
from wfkit.core.states import Outcome
from wfkit.core.task import Task
from wfkit.engine import capture, stored
from wfkit.engine.branching import chosen_tasks
from wfkit.engine.capture import Capture, LogLine
from wfkit.engine.clock import Clock, SystemClock
from wfkit.engine.contracts import ensure
from wfkit.engine.failure import describe
from wfkit.engine.faults import NO_FAULT, Effect, HungOnPurpose, LostOnPurpose
from wfkit.engine.kept import resolved
from wfkit.engine.values import isolated

Pack = Callable[[str, Any, str], bytes]
"""Turns a result that is kept into bytes, for a task and a format."""


class Work(NamedTuple):
    """One attempt to run. Sorts by priority (higher first), then by name.

    `downstream` are the tasks that a branch may choose from. With `keeps` the result is pickled
    for a durable store. `refusal` is an error that the inputs themselves are; the body is then
    not called.
    """

    order: int
    name: str
    map_index: int
    attempt: int
    task: Task
    inputs: Mapping[str, Any]
    clock: Clock
    capture: Capture
    effect: Effect = NO_FAULT
    downstream: tuple[str, ...] = ()
    keeps: bool = False
    refusal: Exception | None = None


class Stopped(BaseException):
    """Raised inside a body that is to end now."""


class Finished(NamedTuple):
    """What an attempt left behind: the fact for the machine, its result, its log lines.

    `pickled` is the result as it is stored, where it is to be kept.
    """

    fact: AttemptFinished | Poked
    result: Any
    lines: list[LogLine]
    pickled: bytes | None = None


def run(work: Work, pack: Pack = stored.as_bytes) -> Finished:
    """Run the body of one attempt and return what came of it; never raises."""
    token = capture.enter(work.capture)
    result: Any = None
    pickled: bytes | None = None
    try:
        result = _body(work)
        if work.keeps:
            pickled = pack(work.name, result, work.task.options.result_format)
        fact = _succeeded(work, result)
    except BaseException as exception:  # noqa: BLE001 - also SystemExit must not end the worker
        result = None
        fact = _failed(work, exception)
    finally:
        capture.leave(token)
    return Finished(fact, result, work.capture.finish(), pickled)


def give_up(work: Work, message: str) -> Finished:
    """Return what is left of an attempt whose body never came back."""
    error = without_place("TimeoutError", message)
    now = work.clock.now()
    fact = AttemptFinished(*work[1:4], now, Outcome.TIMED_OUT, error, retryable=False)
    return Finished(fact, None, work.capture.finish())


def _body(work: Work) -> Any:
    if work.refusal is not None:
        raise work.refusal
    work.effect.before(work.capture, work.task.options.timeout)
    arrives = work.effect.arrives
    if arrives is not None and work.clock.now() < arrives:
        return None
    inputs = {name: isolated(resolved(value)) for name, value in work.inputs.items()}
    result = work.effect.after(call(work.task, inputs))
    if arrives is not None and _is_not_yet(work, result):
        result = True
    if work.task.options.ensure is not None and not _is_not_yet(work, result):
        ensure(work.task.name, work.task.options.ensure, result)
    return result


def call(task: Task, inputs: Mapping[str, Any]) -> Any:
    """Call the function of `task` and wait for it if it is `async def`.

    Raises whatever the function raises.
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
    return result


def sleep(seconds: float) -> None:
    """Wait inside a task, on the clock of its run: on a virtual clock no real time passes.

    Outside of a task it really waits.
    """
    here = capture.current()
    (here.sleeper if here else SystemClock().sleep)(max(0.0, seconds))


def cancelled() -> bool:
    """Return True inside a task whose run was cancelled or whose time is up: stop politely."""
    here = capture.current()
    return here is not None and here.is_cancelled


def _is_not_yet(work: Work, result: Any) -> bool:
    return work.task.options.sensor and (result is None or result is False)


def _end(work: Work) -> float:
    """Return when the attempt counts as ended: on a virtual clock it takes its time."""
    now = work.clock.now()
    return now + work.task.options.takes + work.effect.slow if work.clock.is_virtual else now


def _succeeded(work: Work, result: Any) -> AttemptFinished | Poked:
    if _is_not_yet(work, result):
        return Poked(*work[1:4], _end(work))
    fact = AttemptFinished(*work[1:4], _end(work), Outcome.RETURNED)
    if not work.task.options.branch:
        return fact
    return fact._replace(chosen=chosen_tasks(work.name, result, work.downstream))


def _failed(work: Work, exception: BaseException) -> AttemptFinished:
    error = describe(exception, work.task.function)
    # Its frames hold the inputs. Not by its own method: a class of the learner may do anything.
    BaseException.with_traceback(exception, None)
    if work.effect.is_injected(exception):
        error = {**error, "injected": True}
    retryable = False
    if isinstance(exception, LostOnPurpose):
        outcome = Outcome.LOST
    elif isinstance(exception, Skip):
        outcome = Outcome.SKIPPED
    elif isinstance(exception, Stopped):
        outcome = Outcome.CANCELLED
    else:
        outcome = Outcome.RAISED
        hopeless = exception is work.refusal
        retryable = not hopeless and _may_cure(exception, work.task.options.retry)
    return AttemptFinished(*work[1:4], _end(work), outcome, error, retryable)


def _may_cure(exception: BaseException, policy: RetryPolicy) -> bool:
    hopeless = isinstance(exception, Fail | HungOnPurpose | stored.CannotStore)
    return not hopeless and policy.covers(exception)
