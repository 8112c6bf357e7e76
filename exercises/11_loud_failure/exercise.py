"""An exercise of lesson 06: what belongs in a log, at which level, and what must fail."""

import pandas as pd

from wfkit.teach.manifest import Exercise

exercise = Exercise(
    "loud_failure",
    title="Say it, and say it loudly",
    minutes=20,
    tasks=("orders", "paid"),
    hints=(
        """Three kinds of news: what is as always, what a person should look at some day, and what
must stop the run. Which of them is which here?""",
        """log.info and log.warning write lines with a level. A task that cannot do its
work fails: --ensure names a function that looks at its result.""",
        """dropped = len(orders) - len(rows)
if dropped: log.warning("%d rows for nothing", dropped)""",
    ),
)

exercise.text(
    "story",
    """
# Exercise 11. Say it, and say it loudly

*20 minutes. It belongs to the lesson `06_logging_and_monitoring`.*

Ben's tasks never fail and never say a word. Make it so that people can trust them:

- `orders` reads the file of the day. No file: it **fails**. A file without rows: it **fails**,
  too.
- `paid` leaves out the rows with an amount of 0. Each night it logs how many rows it got, at
  level
  **INFO**, such as `4 rows`. If it leaves out rows, it logs how many, at level **WARNING**.
- On a night without such rows there is **no** warning. Who gets one every night soon reads none.
""",
)

exercise.given(
    "set_up",
    """
%load_ext wfkit
import logging

import pandas as pd

from wfkit.teach.shop import daily_drops

daily_drops("data/drops", "1997-03-03", "1997-03-06", dirt={"1997-03-05": "empty"})
""",
)

exercise.given(
    "dag",
    """
%dag new loud_failure --param folder=data/drops --start-date 1997-03-03 --clock virtual
""",
)

exercise.answer(
    "orders",
    start='''
%%task --ensure _has_rows
def orders(folder, logical_date):
    """The purchases of the day."""
    return ____

def _has_rows(orders):
    return ____
''',
    solution='''
%%task --ensure _has_rows
def orders(folder, logical_date):
    """The purchases of the day."""
    return pd.read_csv(f"{folder}/{logical_date:%Y-%m-%d}.csv")

def _has_rows(orders):
    return len(orders) > 0
''',
)

exercise.answer(
    "paid",
    start='''
%%task
log = logging.getLogger("shop")
def paid(orders):
    """The rows that brought in money."""
    rows = orders[orders["amount"] > 0]
    ____
    return rows
''',
    solution='''
%%task
log = logging.getLogger("shop")
def paid(orders):
    """The rows that brought in money."""
    rows = orders[orders["amount"] > 0]
    log.info("%d rows", len(orders))
    dropped = len(orders) - len(rows)
    if dropped:
        log.warning("%d rows for nothing", dropped)
    return rows
''',
)

exercise.text("now_check", "**How far are you?** Run this cell as often as you like.")
exercise.check_cell()


@exercise.world
def _(dag, seed, folder):
    good = pd.DataFrame({"customer_id": [52, 139, 152, 7], "amount": [20.5, 3.0, 7.0, 1.0]})
    good = pd.concat([good] * seed, ignore_index=True)
    gifts = good.assign(amount=[0.0] + [5.0] * (len(good) - 1))
    for day, rows in enumerate((good, gifts, good[:0]), 3):
        rows.to_csv(folder / f"1997-03-0{day}.csv", index=False)

    def night(day):
        return dag.trial({"folder": str(folder)}, logical_date=f"1997-03-0{day}")

    clean = night(3)
    return {
        "clean": clean,
        "dirty": night(4),
        "empty": night(5),
        "missing": night(6),
        "good": good,
        "gifts": gifts,
        "levels": _levels(clean),
    }


def _levels(run):
    return sorted({it for it in run.logs["level"] if it != "stdout"})


def _lines(run, level):
    logs = run.logs
    return list(logs[logs["level"] == level]["text"])


def _says(lines, number):
    """Is there exactly one line, with this number in it?"""
    return len(lines) == 1 and str(number) in lines[0].replace(",", " ").replace(":", " ").split()


def _state(run):
    return next(it.state for it in run.snapshot.instances.values() if it.task == "orders")


@exercise.check("paid gives the rows that brought in money", task="paid")
def _(dirty, gifts):
    return dirty["paid"], gifts[gifts["amount"] > 0]


@exercise.check("a good night: one line at INFO, with the number of rows")
def _(clean, good):
    lines = _lines(clean, "INFO")
    wanted = f"{len(good)} rows"
    return lines or "no line at INFO", lines if _says(lines, len(good)) else [wanted]


@exercise.check("a good night: no warning")
def _(levels):
    return f"levels: {', '.join(levels)}", "levels: INFO"


@exercise.check("a night with a gift: one WARNING, with the number that was left out")
def _(dirty):
    lines = _lines(dirty, "WARNING")
    return lines or "no line at WARNING", lines if _says(lines, 1) else ["1 rows for nothing"]


@exercise.check("no file: orders fails", task="orders")
def _(missing):
    return f"orders: {_state(missing)}", "orders: failed"


@exercise.check("a file without rows: orders fails", task="orders")
def _(empty):
    return f"orders: {_state(empty)}", "orders: failed"


@exercise.mistake(
    """
You print. A printed line has no level, so nobody can ask for the warnings only.
Write log.info(…) and log.warning(…).
"""
)
def _(clean, levels):
    return not levels and _lines(clean, "stdout")


@exercise.mistake(
    """
You warn although nothing is wrong. Who reads a warning each night soon reads none.
What is as always belongs to INFO. Put an if in front of the warning.
"""
)
def _(levels):
    return {"WARNING", "ERROR", "CRITICAL"} & set(levels)


@exercise.mistake(
    """
Where there is no file, orders makes an excuse: it gives back a table without rows or with nothing
in it. Then the night is green, and the report is wrong.
Let it fail: leave the error alone.
"""
)
def _(missing):
    return _state(missing) == "success"


@exercise.mistake(
    """
A file without rows is let through, and all tasks after it work on nothing.
Give orders a contract: --ensure, and a function that says whether there are rows.
"""
)
def _(empty):
    return _state(empty) == "success"


def _paid(*lines):
    body = "".join(f"    {line}\n" for line in lines)
    return f"""
%%task
log = logging.getLogger("shop")
def paid(orders):
    rows = orders[orders["amount"] > 0]
{body}    return rows
"""


exercise.wrong(
    "prints",
    feedback="You print. A printed line has no level",
    answers={"paid": _paid('print(len(orders), "rows")', "print(len(orders) - len(rows))")},
)

exercise.wrong(
    "warns_every_night",
    feedback="You warn although nothing is wrong.",
    answers={
        "paid": _paid(
            'log.info("%d rows", len(orders))',
            'log.warning("%d rows for nothing", len(orders) - len(rows))',
        )
    },
)

exercise.wrong(
    "makes_an_excuse",
    feedback="Where there is no file, orders makes an excuse",
    answers={
        "orders": """
%%task --ensure _has_rows
def orders(folder, logical_date):
    try:
        return pd.read_csv(f"{folder}/{logical_date:%Y-%m-%d}.csv")
    except FileNotFoundError:
        return pd.DataFrame({"customer_id": [0], "amount": [0.0]})

def _has_rows(orders):
    return len(orders) > 0
"""
    },
)

exercise.wrong(
    "lets_nothing_through",
    feedback="A file without rows is let through",
    answers={
        "orders": """
%%task
def orders(folder, logical_date):
    return pd.read_csv(f"{folder}/{logical_date:%Y-%m-%d}.csv")
"""
    },
)

exercise.alternative(
    "other_words",
    answers={
        "orders": """
%%task
def orders(folder, logical_date):
    rows = pd.read_csv(f"{folder}/{logical_date:%Y-%m-%d}.csv")
    if rows.empty:
        raise ValueError("no rows")
    return rows
""",
        "paid": """
%%task
def paid(orders):
    log = logging.getLogger(__name__)
    log.info(f"I got this many: {len(orders)}")
    free = (orders["amount"] == 0).sum()
    if free > 0:
        log.warning(f"left out: {free}")
    return orders.query("amount > 0").sort_values("amount")
""",
    },
)
