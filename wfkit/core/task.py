"""What a task is: an ordinary function with a name, its parameters and its options."""

from __future__ import annotations

import builtins
import inspect
import keyword
import types
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, NamedTuple, NoReturn, overload

from wfkit.core import options as check
from wfkit.core.addresses import Receivers
from wfkit.core.errors import InvalidTask, NotAResult
from wfkit.core.masking import masked
from wfkit.core.task_options import OPTION_NAMES, PLAIN, TaskOptions
from wfkit.core.trigger_rules import TriggerRule

REQUIRED: Any = inspect.Parameter.empty
LONGEST_NAME = 100
type_of_duration = float | str | timedelta
_BUILTINS = frozenset(name for name in dir(builtins) if not name.startswith("_"))


class Parameter(NamedTuple):
    """One parameter of a task's function; `default` is REQUIRED where it has none."""

    name: str
    default: Any = REQUIRED


@dataclass(frozen=True, eq=False, repr=False)
class Task:
    """A function that a Dag can run: the unit of work.

    Calling a Task calls its function, so it can be tested as any other function.
    `inputs` names the upstream task of a parameter where it differs from the parameter's name.

    >>> @task(retries=3)
    ... def revenue(orders):
    ...     return sum(orders)
    >>> revenue([1, 2])
    3
    >>> revenue
    Task revenue(orders), retries=3
    """

    function: Callable[..., Any]
    options: TaskOptions = PLAIN
    name: str = ""
    inputs: Mapping[str, str] = field(default_factory=dict)
    parameters: tuple[Parameter, ...] = field(init=False)

    def __post_init__(self) -> None:
        if not callable(self.function):
            raise InvalidTask(
                f"{check.shown(self.function)} is not a function, so it cannot be a task."
            )
        if isinstance(self.function, Task):
            raise InvalidTask(f"{self.function.name} is a task already.\nLeave out one @task.")
        name = self.name or getattr(self.function, "__name__", type(self.function).__name__)
        object.__setattr__(self, "name", checked_name(name))
        object.__setattr__(self, "parameters", _parameters(self.name, self.function))
        if self.function.__doc__:
            object.__setattr__(self, "__doc__", self.function.__doc__)

    @property
    def __wrapped__(self) -> Callable[..., Any]:
        """The function itself: what `help` and `orders??` look at."""
        return self.function

    @property
    def doc(self) -> str:
        """First line of the function's docstring, or an empty text."""
        return masked((inspect.getdoc(self.function) or "").partition("\n")[0])

    def silent(self) -> Task:
        """Return the task as another process is to have it, which tells nobody how it ended."""
        told = self.options.on_failure
        return replace(self, options=self.options.changed({"on_failure": ()})) if told else self

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the function itself: no engine, no retries."""
        __tracebackhide__ = True  # IPython and pytest then show the learner's own lines only
        return self.function(*args, **kwargs)

    def __repr__(self) -> str:
        shown = ", ".join(p.name for p in self.parameters)
        extra = [
            f"{name}={_spelled(value)}"
            for name in OPTION_NAMES
            if (value := getattr(self.options, name)) != getattr(PLAIN, name)
        ]
        return ", ".join([f"Task {self.name}({shown})", *extra])

    def __getattr__(self, attribute: str) -> NoReturn:
        if attribute.startswith("_"):
            raise AttributeError(attribute)
        raise _not_its_result(self)

    def __getitem__(self, key: object) -> NoReturn:
        raise _not_its_result(self)

    def __setitem__(self, key: object, value: object) -> NoReturn:
        raise _not_its_result(self)

    def __contains__(self, key: object) -> NoReturn:
        raise _not_its_result(self)

    def __iter__(self) -> NoReturn:
        raise _not_its_result(self)

    def __len__(self) -> NoReturn:
        raise _not_its_result(self)

    def __bool__(self) -> bool:
        return True


def _spelled(value: object) -> str:
    if isinstance(value, tuple):
        return ",".join(_spelled(part) for part in value)
    return getattr(value, "__name__", None) or (
        f"{value:g}" if isinstance(value, float) else str(value)
    )


def _not_its_result(it: Task) -> NotAResult:
    return NotAResult(
        f'{it.name} is a task, not its result. Its last result: dag.last["{it.name}"]'
    )


@overload
def task(function: Callable[..., Any], /) -> Task: ...


@overload
def task(
    *,
    after: str | Task | Sequence[str | Task] = ...,
    retries: int = ...,
    retry_delay: type_of_duration = ...,
    backoff: float = ...,
    max_retry_delay: type_of_duration | None = ...,
    jitter: bool = ...,
    retry_on: str | type[BaseException] | Sequence[str | type[BaseException]] = ...,
    trigger_rule: str = ...,
    priority: int = ...,
    takes: type_of_duration = ...,
    ensure: Callable[[Any], object] | None = ...,
    group: str | None = ...,
    timeout: type_of_duration | None = ...,
    pool: str | None = ...,
    branch: bool = ...,
    expand: str | None = ...,
    max_map_length: int = ...,
    sensor: bool = ...,
    poke_interval: type_of_duration = ...,
    wait_timeout: type_of_duration | None = ...,
    cache: bool = ...,
    deadline: type_of_duration | None = ...,
    result_format: str = ...,
    on_failure: Receivers = ...,
) -> Callable[[Callable[..., Any]], Task]: ...


def task(
    function: Callable[..., Any] | None = None,
    /,
    *,
    after: str | Task | Sequence[str | Task] = (),
    retries: int = 0,
    retry_delay: type_of_duration = 0.0,
    backoff: float = 1.0,
    max_retry_delay: type_of_duration | None = None,
    jitter: bool = False,
    retry_on: str | type[BaseException] | Sequence[str | type[BaseException]] = (),
    trigger_rule: str = TriggerRule.ALL_SUCCESS,
    priority: int = 0,
    takes: type_of_duration = 0.0,
    ensure: Callable[[Any], object] | None = None,
    group: str | None = None,
    timeout: type_of_duration | None = None,
    pool: str | None = None,
    branch: bool = False,
    expand: str | None = None,
    max_map_length: int = 1_024,
    sensor: bool = False,
    poke_interval: type_of_duration = 60.0,
    wait_timeout: type_of_duration | None = None,
    cache: bool = False,
    deadline: type_of_duration | None = None,
    result_format: str = "pickle",
    on_failure: Receivers = None,
) -> Task | Callable[[Callable[..., Any]], Task]:
    """Make a function a task: `@task` or `@task(retries=3)`; `%%task` in a notebook.

    Durations are numbers of seconds, timedeltas, or text such as 30s, 5m, 2h, 1d.

    Args:
        after (TASK): tasks that must end first, though no data comes from them.
        retries: extra attempts after the first one failed.
        retry_delay (30s): pause before the next attempt.
        backoff: factor by which the pause grows from one attempt to the next.
        max_retry_delay (1h): the longest pause, however often it grew.
        jitter: draw each pause at random between zero and its full length.
        retry_on (ERROR): the kinds of error that are worth another attempt (default: all).
        trigger_rule (RULE): how the upstream tasks must have ended for this one to start.
        priority: among tasks that may start, the higher number goes first.
        takes (5m): how long an attempt lasts on a virtual clock.
        ensure (FUNCTION): a function that checks the result; False or an error fails the attempt.
        group: a label that pictures draw around tasks that belong together.
        timeout (5m): the longest that one attempt may take.
        pool: the pool whose slots limit how many tasks of it run at the same time.
        branch: the task returns the name (or names) of the downstream tasks to follow.
        expand (PARAMETER): the parameter over whose items the task is repeated, one instance each.
        max_map_length: the most items that it may be repeated over.
        sensor: the task waits for the world: None or False means not yet, so look again later.
        poke_interval (1m): how long a sensor waits before it looks again.
        wait_timeout (2h): how long a sensor waits in all before it fails.
        cache: take the result of an earlier attempt with the same code and the same inputs.
        deadline (TIME): when it should have ended, after the start of the run or as a time of day
            (06:00); a miss is told.
        result_format (FORMAT): how its result is stored: pickle, or parquet for a table, which then
            lies on disk and not in memory while nobody reads it.
        on_failure (ADDRESS): whom to tell when it has failed for good: mailto://…, slack://… or
            the name of a function that takes the alert.

    Raises InvalidTask for a function that cannot be a task, InvalidOption for a wrong value.
    """
    given = locals()
    options = TaskOptions(**{name: given[name] for name in OPTION_NAMES})
    if function is None:
        return lambda declared: Task(declared, options)
    return Task(function, options)


def checked_name(name: object, owner: str = "task") -> str:
    """Return `name` in its normal form (NFKC), or raise InvalidTask where no task may have it.

    `owner` is what else the name is for, such as a Dag.

    >>> checked_name("ﬁle")
    'file'
    >>> checked_name("sum")
    Traceback (most recent call last):
    wfkit.core.errors.InvalidTask: "sum" cannot be a task's name: it is a Python builtin.
    Choose another name, such as "sum_task".
    """
    normal = unicodedata.normalize("NFKC", name) if isinstance(name, str) else ""
    cause = _why_not(normal)
    if not cause:
        return normal
    better = f', such as "{normal}_{owner.lower()}"' if cause in _TAKEN else ""
    raise InvalidTask(
        f"{check.shown(name)} cannot be a {owner}'s name: {cause}.\nChoose another name{better}."
    )


_TAKEN = {"it is a Python builtin", "it is a Python keyword"}


def _why_not(name: str) -> str:
    if len(name) > LONGEST_NAME:
        return f"it has {len(name):,} characters, at most {LONGEST_NAME} are possible"
    if keyword.iskeyword(name):
        return "it is a Python keyword"
    if not name.isidentifier():
        return "only letters, digits and _ are possible, and no digit first"
    if name.startswith("_"):
        return "a leading underscore marks a helper"
    return "it is a Python builtin" if name in _BUILTINS else ""


def _parameters(name: str, function: Callable[..., Any]) -> tuple[Parameter, ...]:
    if not isinstance(function, types.FunctionType) or hasattr(function, "__wrapped__"):
        return _inspected(name, function)
    code = function.__code__
    if code.co_kwonlyargcount or code.co_flags & _REFUSED_FLAGS or code.co_posonlyargcount:
        return _inspected(name, function)
    names = code.co_varnames[: code.co_argcount]
    given = function.__defaults__ or ()
    first = len(names) - len(given)
    return tuple(
        Parameter(n, given[i - first] if i >= first else REQUIRED) for i, n in enumerate(names)
    )


_REFUSED_FLAGS = (
    inspect.CO_VARARGS | inspect.CO_VARKEYWORDS | inspect.CO_GENERATOR | inspect.CO_ASYNC_GENERATOR
)


def _inspected(name: str, function: Callable[..., Any]) -> tuple[Parameter, ...]:
    if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
        raise InvalidTask(
            f"{name} is a generator (it has a yield): its values would be gone after one reader.\n"
            "Collect them in a list and return the list."
        )
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        raise InvalidTask(
            f"{name}: Python cannot tell the parameters of {type(function).__name__} {name}.\n"
            "Wrap it in a function of your own: def my_task(orders): ..."
        ) from None
    return tuple(_by_keyword(name, p) for p in signature.parameters.values())


def _by_keyword(task_name: str, parameter: inspect.Parameter) -> Parameter:
    if parameter.kind in (parameter.KEYWORD_ONLY, parameter.POSITIONAL_OR_KEYWORD):
        return Parameter(parameter.name, parameter.default)
    if parameter.kind is parameter.POSITIONAL_ONLY:
        raise InvalidTask(
            f"{task_name} takes {parameter.name} by position only, but inputs come by name.\n"
            "Take the / out of its parameters, or wrap it: def my_task(orders): ..."
        )
    raise InvalidTask(
        f"{task_name} takes {parameter}, so nothing says where its values come from.\n"
        "Give each input a parameter of its own: def report(orders, refunds):"
    )
