"""How does a file say by itself when runs are due, where the engine does not tell tasks?"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from datetime import time

from wfkit.core.cron import Cron
from wfkit.export import expressions as write
from wfkit.export.literals import literal
from wfkit.export.names import Shared
from wfkit.export.script import Script

_FEW = 6


def zone_constant(script: Script) -> str:
    """Define ZONE, the zone of the Dag."""
    if script.plan.timezone == "UTC":
        return script.stands_for("ZONE", script.use("datetime", "UTC"))
    zone = write.call(script.use("zoneinfo", "ZoneInfo"), write.constant(script.plan.timezone))
    return script.constant("ZONE", zone)


def put_ticks(script: Script, cron: Cron) -> None:
    """Put a function into the file that returns when runs are due on a day, in UTC."""
    times = script.constant("TIMES", _times(script, cron))
    combine, utc = script.use("datetime", "datetime"), script.use("datetime", "UTC")
    zone = zone_constant(script)
    called = script.names.of(Shared("ticks"))
    lines = [f"def {called}(day):", '    """Return when runs are due on a day."""']
    condition = _condition(cron)
    if condition:
        lines += [f"    if {_negated(condition)}:", "        return []"]
    made = f"{combine}.combine(day, it, {zone}).astimezone({utc})"
    lines.append(f"    return [{made} for it in {times}]")
    script.block_of("ticks", lines)


def _times(script: Script, cron: Cron) -> ast.expr:
    make = script.use("datetime", "time")
    if len(cron.times) <= _FEW:
        return write.sequence(
            [
                literal(time(hour, minute), lambda _, __: make)
                for hour in sorted(cron.hours)
                for minute in sorted(cron.minutes)
            ]
        )
    text = (
        f"[{make}(hour, minute) for hour in {_numbers(cron.hours)} "
        f"for minute in {_numbers(cron.minutes)}]"
    )
    return ast.parse(text, mode="eval").body


def _numbers(numbers: Iterable[int]) -> str:
    """Return numbers as a range where they are one.

    >>> _numbers({0, 15, 30, 45}), _numbers({0, 1, 2}), _numbers({1, 2, 5})
    ('range(0, 60, 15)', 'range(3)', '[1, 2, 5]')
    """
    found = sorted(numbers)
    step = found[1] - found[0] if len(found) > 1 else 1
    if len(found) < 3 or found != list(range(found[0], found[-1] + 1, step)):
        return str(found)
    if step > 1:
        return f"range({found[0]}, {found[-1] + step}, {step})"
    return f"range({found[-1] + 1})" if found[0] == 0 else f"range({found[0]}, {found[-1] + 1})"


def _negated(condition: str) -> str:
    """Return a condition as it is written when it must not hold.

    >>> _negated("day.day in [1, 2]"), _negated("day.day in [1] and day.month in [2]")
    ('day.day not in [1, 2]', 'not (day.day in [1] and day.month in [2])')
    """
    if condition.count(" in ") == 1:
        return condition.replace(" in ", " not in ")
    return f"not {condition}" if condition.startswith("(") else f"not ({condition})"


def _condition(cron: Cron) -> str:
    months = f"day.month in {_numbers(cron.months)}" if len(cron.months) < 12 else ""
    days = f"day.day in {_numbers(cron.days)}" if len(cron.days) < 31 else ""
    iso = sorted(it or 7 for it in cron.weekdays)
    weekdays = f"day.isoweekday() in {_numbers(iso)}" if len(iso) < 7 else ""
    both = [it for it in (days, weekdays) if it]
    if len(both) == 2 and not cron.needs_both_days:
        both = [f"({days} or {weekdays})"]
    return " and ".join(it for it in (months, *both) if it)
