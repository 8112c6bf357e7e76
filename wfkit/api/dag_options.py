"""What options may a Dag have? Each is checked when the Dag is made; `Dag` documents them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime, time
from keyword import iskeyword
from types import MappingProxyType
from typing import Any

from wfkit.api.moments import moment, utc, zone
from wfkit.core import options as check
from wfkit.core.addresses import targets
from wfkit.core.errors import InvalidOption
from wfkit.core.schedules import schedule
from wfkit.engine.clock import CLOCK_NAMES
from wfkit.engine.executors.choice import EXECUTOR_NAMES
from wfkit.engine.timetable import Timetable

MOST_SLOTS = 1_000
MOST_RUNS = 100


@dataclass(frozen=True, kw_only=True)
class DagOptions:
    """The options of a Dag: any spelling goes in, the clean value comes out.

    >>> DagOptions(deadline="2h").deadline
    7200.0
    """

    params: Any = None
    schedule: Any = None
    timezone: Any = "UTC"
    start_date: Any = None
    end_date: Any = None
    catchup: Any = False
    max_active_runs: Any = 1
    max_active_tasks: Any = 4
    clock: Any = "system"
    executor: Any = None
    tags: Any = ()
    pools: Any = None
    deadline: Any = None
    on_failure: Any = ()
    on_success: Any = ()

    def __post_init__(self) -> None:
        for name, clean in _CHECKS.items():
            object.__setattr__(self, name, clean(name, getattr(self, name)))
        for name in ("start_date", "end_date"):
            if (value := getattr(self, name)) is not None:
                object.__setattr__(self, name, moment(name, value, zone(self.timezone)))
        if self.start_date and self.end_date:
            _check_order(self.start_date, self.end_date)

    @property
    def timetable(self) -> Timetable | None:
        """When runs are due; None without a schedule."""
        if self.schedule is None:
            return None
        bounds = (it and utc(it) for it in (self.start_date, self.end_date))
        return Timetable(self.schedule, zone(self.timezone), *bounds)

    def to_dict(self) -> dict[str, Any]:
        """Return the options as arguments for another Dag."""
        found = {field.name: getattr(self, field.name) for field in fields(self)}
        return found | {"params": dict(self.params), "pools": dict(self.pools)}


def _check_order(start: datetime, end: datetime) -> None:
    if utc(end) > utc(start):
        return
    form = "%Y-%m-%d" if start.time() == end.time() == time() else "%Y-%m-%d %H:%M %Z"
    raise InvalidOption(
        f"end_date {end:{form}} is not after start_date {start:{form}}.\n"
        "A run stands for start_date <= date < end_date."
    )


def _timezone(name: str, value: object) -> object:
    zone(value)
    return value


def _schedule(name: str, value: object) -> object:
    return schedule(value)


def _runs(name: str, value: object) -> int:
    return check.count(name, value, 1, MOST_RUNS)


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
    "schedule": _schedule,
    "timezone": _timezone,
    "catchup": check.switch,
    "max_active_runs": _runs,
    "max_active_tasks": _slots,
    "clock": _clock,
    "executor": _executor,
    "tags": check.names,
    "pools": _pools,
    "deadline": _deadline,
    "on_failure": targets,
    "on_success": targets,
}
