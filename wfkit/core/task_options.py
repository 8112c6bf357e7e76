"""What can be said about a task? Its options, checked when they are given."""

from __future__ import annotations

import builtins
import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from wfkit.core import options as check
from wfkit.core.addresses import targets
from wfkit.core.errors import InvalidOption, did_you_mean
from wfkit.core.retry import RetryPolicy
from wfkit.core.trigger_rules import TriggerRule

_LONGEST_LABEL = 100


@dataclass(frozen=True, kw_only=True, slots=True)
class TaskOptions:
    """The options of a task, checked. Durations are in seconds; `task` documents each.

    >>> TaskOptions(retry_delay="5m").retry_delay
    300.0
    """

    after: Any = ()
    retries: Any = 0
    retry_delay: Any = 0.0
    backoff: Any = 1.0
    max_retry_delay: Any = None
    jitter: Any = False
    retry_on: Any = ()
    trigger_rule: Any = TriggerRule.ALL_SUCCESS
    priority: Any = 0
    takes: Any = 0.0
    ensure: Any = None
    group: Any = None
    timeout: Any = None
    pool: Any = None
    branch: Any = False
    expand: Any = None
    max_map_length: Any = 1_024
    sensor: Any = False
    poke_interval: Any = 60.0
    wait_timeout: Any = None
    cache: Any = False
    deadline: Any = None
    result_format: Any = "pickle"
    on_failure: Any = ()

    def __post_init__(self) -> None:
        for name, clean in _CHECKS.items():
            value = getattr(self, name)
            if value is not _DEFAULTS[name]:
                object.__setattr__(self, name, clean(name, value))
        if self.branch and self.expand is not None:
            raise InvalidOption(
                "branch and expand exclude each other: each instance would choose another way.\n"
                "Branch in a task of its own, after the one that is expanded."
            )

    @property
    def retry(self) -> RetryPolicy:
        """The part of the options that decides about further attempts."""
        return RetryPolicy(
            self.retries,
            self.retry_delay,
            self.backoff,
            self.max_retry_delay,
            self.jitter,
            self.retry_on,
        )

    def changed(self, changes: Mapping[str, object]) -> TaskOptions:
        """Return these options with some changed.

        Raises InvalidOption for a name that is no option, or a value it cannot have.
        """
        for name in changes:
            if name not in _CHECKS:
                raise InvalidOption(
                    f"a task has no option {name!r}.{did_you_mean(name, _CHECKS)}\n"
                    f"Options: {', '.join(_CHECKS)}."
                )
        return replace(self, **dict(changes))


def _optional(clean: Callable[[str, object], Any]) -> Callable[[str, object], Any]:
    return lambda name, value: None if value is None else clean(name, value)


def _errors(name: str, value: object) -> tuple[type[BaseException] | str, ...]:
    kinds = value if isinstance(value, list | tuple) else (value,)
    found: list[type[BaseException] | str] = []
    for kind in kinds:
        if isinstance(kind, type) and issubclass(kind, BaseException):
            found.append(kind)
        else:
            text = kind if isinstance(kind, str) else check.shown(kind)
            found += [_builtin_error(name, part) for part in text.split(",")]
    return tuple(found)


def _builtin_error(name: str, text: str) -> type[BaseException]:
    found = getattr(builtins, text.strip(), None)
    if isinstance(found, type) and issubclass(found, BaseException):
        return found
    known = [n for n in dir(builtins) if n.endswith(("Error", "Exception"))]
    raise InvalidOption(f"{name}={text.strip()!r} is no kind of error.{did_you_mean(text, known)}")


def _function(name: str, value: object) -> object:
    if not callable(value):
        raise InvalidOption(
            f"{name}={check.shown(value)} is not a function that takes the task's result."
        )
    return value


def _some_seconds(name: str, value: object) -> float:
    found = check.seconds(name, value)
    if not found:
        raise InvalidOption(f"{name}=0 leaves no time at all.\nWrite a duration such as 30s.")
    return found


def _label(name: str, value: object) -> str:
    if not isinstance(value, str) or not value.strip() or len(value) > _LONGEST_LABEL:
        raise InvalidOption(f"{name} takes a short text, such as {name}=cleaning.")
    return value


_CHECKS: dict[str, Callable[[str, object], Any]] = {
    "after": check.names,
    "retries": check.count,
    "retry_delay": check.seconds,
    "backoff": functools.partial(check.number, least=1),
    "max_retry_delay": _optional(check.seconds),
    "jitter": check.switch,
    "retry_on": _errors,
    "trigger_rule": lambda name, value: TriggerRule(check.choice(name, value, TriggerRule)),
    "priority": functools.partial(check.count, least=-1_000_000, most=1_000_000),
    "takes": check.seconds,
    "ensure": _optional(_function),
    "group": _optional(_label),
    "timeout": _optional(_some_seconds),
    "pool": _optional(_label),
    "branch": check.switch,
    "expand": _optional(_label),
    "max_map_length": functools.partial(check.count, least=1, most=1_000_000),
    "sensor": check.switch,
    "poke_interval": _some_seconds,
    "wait_timeout": _optional(_some_seconds),
    "cache": check.switch,
    "deadline": _optional(check.due),
    "result_format": lambda name, value: check.choice(name, value, ("pickle", "parquet")),
    "on_failure": targets,
}
OPTION_NAMES = tuple(_CHECKS)
_DEFAULTS = {it.name: it.default for it in fields(TaskOptions)}
PLAIN = TaskOptions()
"""The options of a task that says nothing."""
