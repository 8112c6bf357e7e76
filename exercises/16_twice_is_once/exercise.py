"""An exercise of lesson 08: writing so that a second time changes nothing."""

import pandas as pd

from wfkit.teach.manifest import Exercise

exercise = Exercise(
    "twice_is_once",
    title="Twice is once",
    minutes=20,
    tasks=("load",),
    hints=(
        """Run a day twice and count the rows of the table. Then change the file of the day and
run it a third time. Which rows must go before the new ones come?""",
        """Read the table, leave out the rows of this day, add the new ones, write it all. Each
row has its day in the column `date`.""",
        """others = old[old["date"] != day]
pd.concat([others, orders]).to_csv(table, index=False)""",
    ),
)

exercise.text(
    "story",
    """
# Exercise 16. Twice is once

*20 minutes. It belongs to the lesson `08_scalability_and_reliability`.*

`load` puts the purchases of the day into the shop's table, where the rows of other days lie
already. Some nights it runs twice: a retry, a `resume` after a crash, a backfill because a file
was wrong.

Write it so that the table is right however often it runs. After each run the table holds **the
rows of that day as they are in the file now, each as often as there**, and the other days as
before. (Such a task is called **idempotent**.)
""",
)

exercise.given(
    "set_up",
    """
%load_ext wfkit
from pathlib import Path

import pandas as pd

from wfkit.teach.shop import daily_drops

daily_drops("data/drops", "1997-01-05", "1997-01-08")
%dag new twice_is_once --param folder=data/drops --start-date 1997-01-05 --clock virtual
""",
)

exercise.given(
    "orders",
    '''
%%task
def orders(folder, logical_date):
    """The purchases of the day; each has its day in the column date."""
    return pd.read_csv(f"{folder}/{logical_date:%Y-%m-%d}.csv")
''',
)

exercise.text("order", "**Put in order.** These lines make `load`.")

exercise.put_in_order(
    "load",
    """
%%task
def load(orders, folder, logical_date):
    table = Path(folder, "table.csv")
    day = f"{logical_date:%Y-%m-%d}"
    parts = [orders]
    if table.exists():
        old = pd.read_csv(table)
        parts.append(old[old["date"] != day])
    pd.concat(parts).to_csv(table, index=False)
""",
    extra=[
        "        parts.append(old)",
        '    orders.to_csv(table, mode="a", index=False)',
    ],
)

exercise.text("now_check", "**How far are you?** Run this cell as often as you like.")
exercise.check_cell()


def _rows(day, *amounts):
    days = [f"1997-01-0{day}"] * len(amounts)
    return pd.DataFrame({"customer_id": 7, "date": days, "amount": list(amounts)})


@exercise.world
def _(dag, seed, folder):
    first, second = _rows(5, 20.0, 5.5, 5.5), _rows(6, 8.0 * seed)
    mended = _rows(5, 21.0, 5.5, 5.5, 3.0 * seed)
    table = folder / "table.csv"

    def night(rows):
        day = rows["date"][0]
        rows.to_csv(folder / f"{day}.csv", index=False)
        dag.trial({"folder": str(folder)}, logical_date=day)
        return pd.read_csv(table) if table.exists() else "no table"

    return {
        "once": night(first),
        "twice": night(first),
        "next_day": night(second),
        "again": night(mended),
        "first": first,
        "second": second,
        "mended": mended,
    }


@exercise.check("one run: the table holds the rows of the day", task="load")
def _(once, first):
    return once, first


@exercise.check("the same day again: nothing changes", task="load")
def _(twice, first):
    return twice, first


@exercise.check("the next day: both days are there", task="load")
def _(next_day, first, second):
    return next_day, pd.concat([first, second])


@exercise.check(
    "the first day again, with another file: its new rows, and the next day", task="load"
)
def _(again, second, mended):
    return again, pd.concat([mended, second])


@exercise.mistake(
    """
Each run adds its rows to those that are there, also when they are the same: twice is double.
First take out the rows of the day, then add them.
"""
)
def _(twice, first):
    return len(twice) == 2 * len(first)


@exercise.mistake(
    """
Each run writes the whole table anew, and the rows of the other days are gone.
Keep what is not of this day.
"""
)
def _(next_day, second):
    return len(next_day) == len(second)


@exercise.mistake(
    """
You leave the table alone if the day is in it already. But the file was mended, and the table
still has the wrong rows.
Take the old rows of the day out, and put the new ones in.
"""
)
def _(again, first, second):
    return len(again) == len(first) + len(second) and 20.0 in set(again["amount"])


@exercise.mistake(
    """
drop_duplicates cannot know which rows are too many: two equal purchases are two purchases, and a
row that was mended is no duplicate of the wrong one.
Decide by the day, not by the row.
"""
)
def _(once, first):
    return len(once) < len(first)


def _load(*lines):
    body = "".join(f"    {line}\n" for line in lines)
    return f"""
%%task
def load(orders, folder, logical_date):
    table = Path(folder, "table.csv")
{body}"""


exercise.wrong(
    "adds",
    feedback="Each run adds its rows to those that are there",
    answers={
        "load": _load('orders.to_csv(table, mode="a", index=False, header=not table.exists())')
    },
)

exercise.wrong(
    "loses_other_days",
    feedback="Each run writes the whole table anew",
    answers={"load": _load("orders.to_csv(table, index=False)")},
)

exercise.wrong(
    "keeps_what_was_wrong",
    feedback="You leave the table alone if the day is in it already",
    answers={
        "load": _load(
            "old = pd.read_csv(table) if table.exists() else orders[:0]",
            'if f"{logical_date:%Y-%m-%d}" not in set(old["date"]):',
            "    pd.concat([old, orders]).to_csv(table, index=False)",
        )
    },
)

exercise.wrong(
    "drops_duplicates",
    feedback="drop_duplicates cannot know which rows are too many",
    answers={
        "load": _load(
            "old = pd.read_csv(table) if table.exists() else orders[:0]",
            "pd.concat([old, orders]).drop_duplicates().to_csv(table, index=False)",
        )
    },
)

exercise.alternative(
    "with_a_helper_file",
    answers={
        "load": """
%%task
def load(orders, folder, logical_date):
    table = Path(folder) / "table.csv"
    if not table.exists():
        orders[:0].to_csv(table, index=False)
    old = pd.read_csv(table).query(f"date != '{logical_date:%Y-%m-%d}'")
    part = table.with_suffix(".part")
    rows = pd.concat([it for it in (old, orders) if len(it)])
    rows.to_csv(part, index=False)
    part.replace(table)
    return len(rows)
"""
    },
)
