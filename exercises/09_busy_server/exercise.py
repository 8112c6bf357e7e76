"""An exercise of lesson 05: which failures pass, which stay, and how long one may wait."""

from collections import Counter

import pandas as pd

from wfkit.teach.manifest import Exercise

exercise = Exercise(
    "busy_server",
    title="The busy server",
    minutes=20,
    tasks=("orders",),
    hints=(
        """For each sentence about the server ask: does this failure pass, or does it stay? Then
break it on purpose: `%dag run --fault orders:3`, `orders:hang`.""",
        """--retries counts the extra attempts. --timeout ends an attempt that hangs.
raise Fail("…") gives up at once, raise Skip("…") says that there is nothing to do.""",
        """%%task --takes 30m --retries 3 --retry-delay 10m --backoff … --timeout …
…
    if rows.empty: raise Skip("no purchases")""",
    ),
)

exercise.text(
    "story",
    """
# Exercise 9. The busy server

*20 minutes. It belongs to the lesson `05_design_for_failure`.*

The run starts at 22:00. `orders` fetches the purchases of the day, which takes 30 minutes. What
the shop's people tell you about their server:

1. "Sometimes it is busy. Then please wait a while, and each time longer." After **three failed
   attempts** the fourth has always worked. More than four attempts in all they do not want.
2. "Sometimes it takes the call and never answers." No attempt should take more than **an hour**.
3. "If an amount is no number, somebody typed it wrong." Trying again is no use: `orders` has to
   fail at once.
4. "A file without rows is a holiday." That is no failure. There is nothing to do.

Even after three failed attempts `orders` must have ended by **02:00**.
""",
)

exercise.given(
    "set_up",
    """
%load_ext wfkit
import pandas as pd

from wfkit import Fail, Skip
from wfkit.teach.shop import daily_drops

dirt = {"1997-01-07": "malformed", "1997-01-08": "empty"}
daily_drops("data/drops", "1997-01-06", "1997-01-09", dirt=dirt)
""",
)

exercise.given(
    "dag",
    """
%dag new busy_server --param folder=data/drops --start-date "1997-01-06 22:00" --clock virtual
""",
)

exercise.answer(
    "orders",
    start='''
%%task --takes 30m ____
def orders(folder, logical_date):
    """The purchases of the day."""
    rows = pd.read_csv(f"{folder}/{logical_date:%Y-%m-%d}.csv")
    if rows.empty:
        ____
    if not pd.api.types.is_numeric_dtype(rows["amount"]):
        ____
    return rows
''',
    solution='''
%%task --takes 30m --retries 3 --retry-delay 10m --backoff 2 --timeout 1h
def orders(folder, logical_date):
    """The purchases of the day."""
    rows = pd.read_csv(f"{folder}/{logical_date:%Y-%m-%d}.csv")
    if rows.empty:
        raise Skip("no purchases")
    if not pd.api.types.is_numeric_dtype(rows["amount"]):
        raise Fail("the amounts are not numbers")
    return rows
''',
)

exercise.given(
    "revenue",
    '''
%%task
def revenue(orders):
    """The money of the day."""
    return round(orders["amount"].sum(), 2)
''',
)

exercise.text("now_check", "**How far are you?** Run this cell as often as you like.")
exercise.check_cell()


@exercise.world
def _(dag, seed, folder):
    good = pd.DataFrame({"customer_id": [52, 139], "amount": [20.5, 3.0 * seed]})
    good.to_csv(folder / "1997-01-06.csv", index=False)
    good.astype(str).replace("20.5", "$20.5").to_csv(folder / "1997-01-07.csv", index=False)
    good[:0].to_csv(folder / "1997-01-08.csv", index=False)

    def night(day=6, faults=()):
        begin = f"1997-01-0{day} 22:00"
        return dag.trial({"folder": str(folder)}, logical_date=begin, faults=faults)

    return {
        "rows": good,
        "quiet": night(),
        "busy": night(faults="orders:3"),
        "down": night(faults="orders:always"),
        "hangs": night(faults="orders:hang"),
        "typed": night(7),
        "holiday": night(8),
        "task": dag.tasks["orders"].options,
    }


def _state(run, task="orders"):
    return next(it.state for it in run.snapshot.instances.values() if it.task == task)


def _attempts(run):
    return Counter(it.task for it in run.snapshot.attempts.values())["orders"]


def _pauses(run):
    """Minutes between the attempts of orders."""
    of_orders = [it for it in run.events if it.task == "orders"]
    begun = [it.at for it in of_orders if it.to_state == "running"]
    ended = [it.at for it in of_orders if it.to_state in ("up_for_retry", "failed", "success")]
    return [round((b - e).total_seconds() / 60) for b, e in zip(begun[1:], ended, strict=False)]


def _minutes(run):
    return (run.ended - run.events[0].at).total_seconds() / 60


def _clock(run):
    hours, minutes = divmod(22 * 60 + round(_minutes(run)), 60)
    return f"{hours % 24:02}:{minutes:02}"


@exercise.check("a good file gives all its rows", task="orders")
def _(quiet, rows):
    return quiet["orders"], rows


@exercise.check("three failed attempts are survived, and there is no fifth attempt")
def _(busy, down):
    yours = {"after three": _state(busy), "attempts at most": _attempts(down)}
    return yours, {"after three": "success", "attempts at most": 4}


@exercise.check("each pause is longer than the one before")
def _(busy):
    pauses = _pauses(busy)
    grows = all(a < b for a, b in zip([0, *pauses], pauses, strict=False))
    return f"minutes: {pauses}", f"minutes: {pauses}" if grows else "minutes that grow"


@exercise.check("after three failed attempts it has ended by 02:00")
def _(busy):
    return f"at {_clock(busy)}", f"at {_clock(busy) if _minutes(busy) <= 240 else '02:00'}"


@exercise.check("an attempt that hangs is given up after an hour, or before")
def _(hangs, task):
    yours = {"orders": _state(hangs), "limit": _limit(task)}
    return yours, {"orders": "success", "limit": yours["limit"] if _fits(task) else "1 h"}


def _limit(task):
    return f"{task.timeout / 3600:g} h" if task.timeout else "none"


def _fits(task):
    return task.timeout is not None and 30 * 60 < task.timeout <= 3600


@exercise.check("where an amount is no number, it fails at once", task="orders")
def _(typed):
    yours = {"orders": _state(typed), "attempts": _attempts(typed)}
    return yours, {"orders": "failed", "attempts": 1}


@exercise.check("a holiday is no failure: orders and revenue are skipped", task="orders")
def _(holiday):
    yours = {it: _state(holiday, it) for it in ("orders", "revenue")}
    return yours, {"orders": "skipped", "revenue": "skipped"}


@exercise.mistake(
    """
retries counts the extra attempts: with retries 4 there are five in all.
The first attempt is no retry. Allow one less.
"""
)
def _(down):
    return _attempts(down) == 5


@exercise.mistake(
    """
All pauses are as long as the first one, so a busy server gets no rest.
--backoff 2 makes each twice as long as the one before.
"""
)
def _(task):
    return task.retries and task.backoff == 1


@exercise.mistake(
    """
The pauses grow, but the first is so long that the last one lasts half the night.
Add them up, with 30 minutes for each attempt: it must be less than four hours.
"""
)
def _(busy):
    return _minutes(busy) > 240


@exercise.mistake(
    """
Without a limit an attempt that hangs never fails, and what never fails is not tried again.
Give each attempt an hour: --timeout
"""
)
def _(task):
    return task.timeout is None


@exercise.mistake(
    """
An ordinary error is tried again, but tomorrow the amount will be as wrong as now.
raise Fail("…") gives up at once.
"""
)
def _(typed):
    return _attempts(typed) > 1


@exercise.mistake(
    """
orders catches the failure and gives back something else. Then wfkit cannot know of it: no retry,
no failed run, and wrong numbers after it.
Say what happened: raise Fail("…") or raise Skip("…").
"""
)
def _(typed, holiday):
    return "success" in (_state(typed), _state(holiday))


def _orders(options, empty='raise Skip("no purchases")', typed='raise Fail("no numbers")'):
    return f"""
%%task --takes 30m {options}
def orders(folder, logical_date):
    rows = pd.read_csv(f"{{folder}}/{{logical_date:%Y-%m-%d}}.csv")
    if rows.empty:
        {empty}
    if not pd.api.types.is_numeric_dtype(rows["amount"]):
        {typed}
    return rows
"""


GOOD = "--retries 3 --retry-delay 10m --backoff 2 --timeout 1h"

exercise.wrong(
    "one_attempt_too_many",
    feedback="retries counts the extra attempts",
    answers={"orders": _orders(GOOD.replace("--retries 3", "--retries 4"))},
)

exercise.wrong(
    "pauses_do_not_grow",
    feedback="All pauses are as long as the first one",
    answers={"orders": _orders(GOOD.replace(" --backoff 2", ""))},
)

exercise.wrong(
    "pauses_too_long",
    feedback="The pauses grow, but the first is so long",
    answers={"orders": _orders(GOOD.replace("10m", "1h"))},
)

exercise.wrong(
    "hangs_for_ever",
    feedback="an attempt that hangs never fails",
    answers={"orders": _orders(GOOD.replace(" --timeout 1h", ""))},
)

exercise.wrong(
    "tries_again_in_vain",
    feedback="An ordinary error is tried again",
    answers={"orders": _orders(GOOD, typed='raise ValueError("no numbers")')},
)

exercise.wrong(
    "hides_the_failure",
    feedback="orders catches the failure and gives back something else",
    answers={"orders": _orders(GOOD, typed='return pd.DataFrame({"amount": [0.0]})')},
)

exercise.alternative(
    "other_pauses",
    answers={
        "orders": _orders(
            "--timeout 45m --retries 3 --retry-delay 5m --backoff 3",
            empty='raise Skip("a holiday")',
            typed='raise Fail("typed wrong")',
        )
    },
)
