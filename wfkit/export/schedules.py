"""What is to be said about a schedule, whichever engine follows it?"""

from __future__ import annotations

import re

from wfkit.core.cron import Cron
from wfkit.core.schedules import Every
from wfkit.export.plan import Plan
from wfkit.export.script import Script


def cron_text(cron: Cron) -> str:
    """Return a cron text that every engine reads: five fields, no macro.

    >>> cron_text(Cron.parse("@daily"))
    '0 0 * * *'
    """
    return " ".join(cron.fields)


def cron_of(every: Every) -> str:
    """Return the cron text of a steady beat that divides the day, else an empty text.

    >>> cron_of(Every("15m")), cron_of(Every("1h")), cron_of(Every("1d")), cron_of(Every("7h"))
    ('*/15 * * * *', '0 * * * *', '0 0 * * *', '')
    """
    minutes, rest = divmod(every.interval, 60)
    if rest or not minutes:
        return ""
    if 60 % minutes == 0:
        return f"*/{minutes:.0f} * * * *" if minutes < 60 else "0 * * * *"
    hours, rest = divmod(minutes, 60)
    if rest or 24 % hours:
        return ""
    return f"0 */{hours:.0f} * * *" if hours < 24 else "0 0 * * *"


def pool_name(name: str) -> str:
    """Return the name of a pool as Dagster wants it.

    >>> pool_name("my db")
    'my_db'
    """
    return re.sub(r"[^A-Za-z0-9_/-]", "_", name)


def note_days(script: Script, plan: Plan) -> None:
    """Tell of a cron text in which day and weekday together mean something else elsewhere."""
    if not isinstance(plan.schedule, Cron):
        return
    day, weekday = plan.schedule.fields[2], plan.schedule.fields[4]
    is_odd = any(it.startswith("*/") for it in (day, weekday)) and "*" not in (day, weekday)
    if is_odd:
        script.note(
            f"In {plan.schedule} both day and weekday must fit, as in Debian's cron; here one of "
            "them is enough."
        )
