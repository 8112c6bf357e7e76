"""An exercise of lesson 04: a task that waits for a file, and for how long."""

from datetime import date, timedelta

import pandas as pd

from wfkit.teach.manifest import Exercise

exercise = Exercise(
    "late_file",
    title="The file that comes when it likes",
    minutes=15,
    tasks=("orders", "report"),
    hints=(
        """What does `orders` say to wfkit while the file is not there? And what must wfkit know
  to ask again?""",
        """A sensor: --sensor. None means not yet. --poke-interval says how often it looks, and
--wait-timeout when it gives up: that is counted from the first look.""",
        """%%task --sensor --poke-interval 10m --wait-timeout …
…
    return pd.read_csv(file) if file.exists() else None""",
    ),
)

exercise.text(
    "story",
    """
# Exercise 8. The file that comes when it likes

*15 minutes. It belongs to the lesson `04_scheduling`.*

The run is due at 01:30. The shop's file is there some time between one and five in the morning.

- `orders` must **wait** for it, and must not hold up anything else meanwhile.
- At most 15 minutes after the file has come, the report is to begin. It takes 20 minutes.
- At 05:00 it is too late for the boss. Then `orders` has to give up and **fail**, so that
  somebody hears of it.
""",
)

exercise.given(
    "set_up",
    """
%load_ext wfkit
from pathlib import Path

import pandas as pd
""",
)

exercise.given(
    "dag",
    """
%dag new late_file --schedule "30 1 * * *" --param folder=data/drops \\
    --start-date 1997-03-07 --clock virtual
""",
)

exercise.answer(
    "orders",
    start='''
%%task ____
def orders(folder, logical_date):
    """The purchases of the day, as soon as their file is there."""
    file = Path(f"{folder}/{logical_date:%Y-%m-%d}.csv")
    return ____
''',
    solution='''
%%task --sensor --poke-interval 15m --wait-timeout 3h30m
def orders(folder, logical_date):
    """The purchases of the day, as soon as their file is there."""
    file = Path(f"{folder}/{logical_date:%Y-%m-%d}.csv")
    return pd.read_csv(file) if file.exists() else None
''',
)

exercise.text("order", "**Put in order.** These lines make the task `report`.")

exercise.put_in_order(
    "report",
    '''
%%task --takes 20m
def report(orders, logical_date):
    """One line for the boss."""
    total = orders["amount"].sum()
    return f"{logical_date:%d %B}: {total:,.2f}"
''',
    extra=["def report(folder, logical_date):"],
)

exercise.text("now_check", "**How far are you?** Run this cell as often as you like.")
exercise.check_cell()


@exercise.world
def _(dag, seed, folder):
    day = date(1997, 3, 6) + timedelta(days=seed)
    rows = pd.DataFrame({"customer_id": [52, 139], "amount": [20.5, 3.0 * seed]})
    rows.to_csv(folder / f"{day}.csv", index=False)
    others = {"folder": str(folder)}
    return {
        "there": dag.trial(others, logical_date=day),
        "missing": _patient(dag).trial(others, logical_date=day + timedelta(days=9)),
        "rows": rows,
        "text": f"{day:%d %B}: {rows['amount'].sum():,.2f}",
        "task": dag.tasks["orders"].options,
    }


def _patient(dag):
    """The Dag with a limit that a trial can reach, where it has none."""
    orders = dag.tasks["orders"].options
    if not orders.sensor or orders.wait_timeout:
        return dag
    return dag.change("orders", wait_timeout="24h")


def _minutes(run):
    return (run.ended - run.events[0].at).total_seconds() / 60


@exercise.check("where the file is there, orders gives its rows", task="orders")
def _(there, rows):
    return there["orders"], rows


@exercise.check("report says what was sold", task="report")
def _(there, text):
    return there["report"], text


@exercise.check("orders is a task that waits", task="orders")
def _(task):
    return "sensor" if task.sensor else "ordinary task", "sensor"


@exercise.check("orders looks at least every 15 minutes")
def _(task):
    return f"every {task.poke_interval / 60:g} minutes", (
        f"every {min(task.poke_interval / 60, 15):g} minutes"
    )


@exercise.check("without the file orders fails at five")
def _(missing):
    (state,) = (it.state for it in missing.snapshot.instances.values() if it.task == "orders")
    ended = _clock(_minutes(missing))
    return {"orders": state, "ended": ended}, {
        "orders": "failed",
        "ended": ended if "04:45" <= ended <= "05:00" else "05:00",
    }


def _clock(minutes):
    hours, rest = divmod(90 + round(minutes), 60)
    return f"{hours:02}:{rest:02}" if hours < 24 else "only on the next day"


@exercise.mistake(
    """
orders never says "not yet": a table without rows is a result, so wfkit stops looking.
While the file is not there, return None.
"""
)
def _(missing):
    return len(missing["orders"]) == 0


@exercise.mistake(
    """
Retries are for what breaks. A file that is not there yet has broken nothing, and with long
pauses it would be found late.
Let the task wait: --sensor
"""
)
def _(task):
    return task.retries and not task.sensor


@exercise.mistake(
    """
A sensor gives on what it returns, and True is not a table.
Return the rows when the file is there, and None when it is not.
"""
)
def _(there):
    return there.own("orders") is True


@exercise.mistake(
    """
Your sensor waits without end, and as long as it waits nothing has failed: nobody hears of it.
Give it a limit: --wait-timeout
"""
)
def _(task):
    return task.sensor and task.wait_timeout is None


@exercise.mistake(
    """
The limit counts from the first look, at 01:30, and is no time of the day.
How long is it from 01:30 to 05:00?
"""
)
def _(missing):
    return not 195 <= _minutes(missing) <= 210


exercise.wrong(
    "empty_table",
    feedback='orders never says "not yet"',
    answers={
        "orders": """
%%task --sensor --poke-interval 15m --wait-timeout 3h30m
def orders(folder, logical_date):
    file = Path(f"{folder}/{logical_date:%Y-%m-%d}.csv")
    return pd.read_csv(file) if file.exists() else pd.DataFrame({"amount": []})
""",
    },
)

exercise.wrong(
    "retries",
    feedback="Retries are for what breaks",
    answers={
        "orders": """
%%task --retries 3 --retry-delay 1h
def orders(folder, logical_date):
    return pd.read_csv(Path(f"{folder}/{logical_date:%Y-%m-%d}.csv"))
""",
    },
)

exercise.wrong(
    "only_says_it_is_there",
    feedback="A sensor gives on what it returns",
    answers={
        "orders": """
%%task --sensor --poke-interval 15m --wait-timeout 3h30m
def orders(folder, logical_date):
    return Path(f"{folder}/{logical_date:%Y-%m-%d}.csv").exists()
""",
    },
)

exercise.wrong(
    "waits_for_ever",
    feedback="Your sensor waits without end",
    answers={
        "orders": """
%%task --sensor --poke-interval 15m
def orders(folder, logical_date):
    file = Path(f"{folder}/{logical_date:%Y-%m-%d}.csv")
    return pd.read_csv(file) if file.exists() else None
""",
    },
)

exercise.wrong(
    "until_five_hours_have_passed",
    feedback="The limit counts from the first look",
    answers={
        "orders": """
%%task --sensor --poke-interval 15m --wait-timeout 5h
def orders(folder, logical_date):
    file = Path(f"{folder}/{logical_date:%Y-%m-%d}.csv")
    return pd.read_csv(file) if file.exists() else None
""",
    },
)

exercise.alternative(
    "looks_more_often",
    answers={
        "orders": """
%%task --sensor --poke-interval 5m --wait-timeout 210m
def orders(folder, logical_date):
    file = Path(folder, logical_date.strftime("%Y-%m-%d.csv"))
    if file.exists():
        return pd.read_csv(file).sort_values("amount", ascending=False)
""",
        "report": """
%%task
def report(orders, logical_date):
    return f"{logical_date:%d %B}: {orders.amount.sum():,.2f}"
""",
    },
)
