"""Which options of a Dag are not what they were, after another `%dag new`?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields
from datetime import datetime, time
from typing import Any

from wfkit.api.dag_options import DagOptions
from wfkit.core.masking import is_something, masked
from wfkit.core.schedules import Schedule
from wfkit.core.secret_formats import MASK
from wfkit.core.secret_names import is_sensitive
from wfkit.views.wording import cut, visible

_DEFAULTS = DagOptions()
_WIDEST = 40
_GONE = object()


def option_changes(old: DagOptions, new: DagOptions) -> list[str]:
    """Return a line for each option that changed: what it was, and what it is now.

    >>> old = DagOptions(max_active_tasks=2, params={"vat": 0.2, "region": "all"})
    >>> option_changes(old, DagOptions(timezone="Europe/London", params={"vat": 0.3}))
    ... # doctest: +NORMALIZE_WHITESPACE
    ['param vat: 0.2 → 0.3', 'param region: all → none (default)',
     'timezone: UTC → Europe/London', 'max_active_tasks: 2 → 4 (default)']
    """
    found: list[str] = []
    for name in (field.name for field in fields(DagOptions)):
        before, now = getattr(old, name), getattr(new, name)
        if isinstance(now, Mapping):
            found += _entries(name.removesuffix("s"), before, now)
        elif before != now:
            default = " (default)" if now == getattr(_DEFAULTS, name) else ""
            found.append(f"{name}: {_shown(before, name)} → {_shown(now, name)}{default}")
    return found


def _entries(thing: str, before: Mapping[str, object], now: Mapping[str, object]) -> Iterator[str]:
    for key in {**before, **now}:
        one, other = before.get(key, _GONE), now.get(key, _GONE)
        if not _is_same(one, other):
            default = " (default)" if other is _GONE else ""
            yield f"{thing} {key}: {_of(key, one)} → {_of(key, other)}{default}"


def _of(name: str, value: object) -> str:
    hides = is_sensitive(name) and value is not _GONE and is_something(value)
    return MASK if hides else masked(_shown(value))


def _is_same(one: object, other: object) -> bool:
    try:
        return one is other or bool(one == other)
    except (ValueError, TypeError):  # such as a table, which has no single answer
        return False


def _shown(value: Any, name: str = "") -> str:
    if value is _GONE or (value is None and name):
        return "none"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}".removesuffix(" 00:00")
    if isinstance(value, tuple):
        return ", ".join(map(str, value)) or "none"
    return _of_one(value, is_duration=name == "deadline")


def _of_one(value: Any, is_duration: bool) -> str:
    if hasattr(value, "is_virtual"):
        return "virtual" if value.is_virtual else "system"
    if isinstance(value, time):
        return value.isoformat("minutes")
    if isinstance(value, Schedule | str | bool | int | float | None):
        text = f"{value:g}s" if is_duration else str(value)
        return cut(visible(text), _WIDEST)
    return f"a {type(value).__name__}"
