"""What options may a Dag have? Each is checked when the Dag is made; `Dag` documents them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from keyword import iskeyword
from types import MappingProxyType
from typing import Any

from wfkit.api.moments import moment, zone
from wfkit.core import options as check
from wfkit.core.errors import InvalidOption
from wfkit.engine.clock import CLOCK_NAMES
from wfkit.engine.executors.choice import EXECUTOR_NAMES

MOST_SLOTS = 1_000


@dataclass(frozen=True, kw_only=True)
class DagOptions:
    """The options of a Dag: any spelling goes in, the clean value comes out.

    >>> DagOptions(deadline="2h").deadline
    7200.0
    """

    params: Any = None
    timezone: Any = "UTC"
    start_date: Any = None
    max_active_tasks: Any = 4
    clock: Any = "system"
    executor: Any = None
    tags: Any = ()
    pools: Any = None
    deadline: Any = None

    def __post_init__(self) -> None:
        for name, clean in _CHECKS.items():
            object.__setattr__(self, name, clean(name, getattr(self, name)))
        if self.start_date is not None:
            start = moment("start_date", self.start_date, zone(self.timezone))
            object.__setattr__(self, "start_date", start)

    def to_dict(self) -> dict[str, Any]:
        """Return the options as arguments for another Dag."""
        found = {field.name: getattr(self, field.name) for field in fields(self)}
        return found | {"params": dict(self.params), "pools": dict(self.pools)}


def _timezone(name: str, value: object) -> object:
    zone(value)
    return value


def _clock(name: str, value: Any) -> Any:
    return value if hasattr(value, "is_virtual") else check.choice(name, value, CLOCK_NAMES)


def _executor(name: str, value: object) -> str | None:
    return None if value is None else check.choice(name, value, EXECUTOR_NAMES)


def _deadline(name: str, value: object) -> object:
    return None if value is None else check.due(name, value)


def _slots(name: str, value: object) -> int:
    return check.count(name, value, 1, MOST_SLOTS)


def _pools(name: str, pools: Mapping[str, int] | None) -> Mapping[str, int]:
    found = {str(pool): _slots(f"pool {pool}", _whole(it)) for pool, it in (pools or {}).items()}
    return MappingProxyType(found)


def _whole(slots: object) -> object:
    text = str(slots)
    return int(text) if text.isascii() and text.isdigit() else slots


def _params(name: str, params: object) -> Mapping[str, Any]:
    if not isinstance(params, Mapping | None):
        raise InvalidOption(
            f'params={check.shown(params)} is not possible: write {{"name": value}}.'
        )
    found = dict(params or {})
    for key in found:
        if not str(key).isidentifier() or iskeyword(str(key)):
            raise InvalidOption(
                f"params: {key!r} cannot be a parameter's name.\nUse letters, digits and _."
            )
    return MappingProxyType(found)


_CHECKS: dict[str, Callable[[str, Any], Any]] = {
    "params": _params,
    "timezone": _timezone,
    "max_active_tasks": _slots,
    "clock": _clock,
    "executor": _executor,
    "tags": check.names,
    "pools": _pools,
    "deadline": _deadline,
}
