"""The exercise of lesson 01: everything in it is written here, once.

`wfkit author build` makes the notebooks beside this file from it.
"""

from datetime import date, timedelta

import pandas as pd

from wfkit.teach.manifest import Exercise
from wfkit.teach.shop import daily_drops

exercise = Exercise(
    "task_boundaries",
    title="The best customers of the day",
    minutes=15,
    tasks=("purchases", "paid", "best_customers"),
    hints=(
        """Read Mia's cell again. For each task ask: what goes in, what comes out?
What goes in are its parameters.""",
        """pandas has a method for each step: read_csv, drop_duplicates, groupby, nlargest.
Amounts are numbers if pd.api.types.is_numeric_dtype(purchases["amount"]) says so.""",
        """Here is one of the three; the others have the same form.
def paid(purchases): return purchases.drop_duplicates().query("amount > 0")""",
    ),
)

exercise.text(
    "story",
    """
# Exercise 1. The best customers of the day

*15 minutes. It belongs to the lesson `01_task_boundaries`.*

Mia has one more cell. It names the three customers who spent most on a day. She uses it every
night, and some nights it is wrong. Give each of its steps a boundary:

| task | gets | gives |
|---|---|---|
| `purchases` | `folder`, `logical_date` | all rows of the day's file |
| `paid` | `purchases` | each purchase once, only those with an amount above zero |
| `best_customers` | `paid` | the three customers who spent most: `customer_id` and `amount` |

A file without rows must stop at `purchases`. So must a file with amounts that are not numbers.

Run the cells from top to bottom. Put your own code where you see `____`. The last cell tells you
how far you are. `%hint task_boundaries` gives you a hint; there are three.
""",
)

exercise.given(
    "set_up",
    """
%load_ext wfkit
import pandas as pd

from wfkit.teach.shop import daily_drops

daily_drops("data/drops", "1997-01-05", seed=1, dirt=["duplicated"])
""",
)

exercise.text("mia", "**Mia's cell.** It works, today.")

exercise.given(
    "long_cell",
    """
rows = pd.read_csv("data/drops/1997-01-05.csv")
rows = rows.drop_duplicates()
rows = rows[rows["amount"] > 0]
spent = rows.groupby("customer_id")["amount"].sum()
spent.nlargest(3)
""",
)

exercise.text(
    "tasks",
    """
**Your Dag.** `folder` is a *param*: a value that the Dag gives to every task that asks for it.
That way the same tasks can read another folder tomorrow.
""",
)

exercise.given(
    "dag",
    """
%dag new best_of_day --param folder=data/drops --start-date 1997-01-05 --clock virtual
""",
)

exercise.answer(
    "purchases",
    start='''
%%task --ensure _can_be_used
def purchases(folder, logical_date):
    """All rows of one day, as the shop exports them."""
    return ____

def _can_be_used(purchases):
    """The promise: there are rows, and the amounts are numbers."""
    return ____
''',
    solution='''
%%task --ensure _can_be_used
def purchases(folder, logical_date):
    """All rows of one day, as the shop exports them."""
    return pd.read_csv(f"{folder}/{logical_date:%Y-%m-%d}.csv")

def _can_be_used(purchases):
    """The promise: there are rows, and the amounts are numbers."""
    return len(purchases) > 0 and pd.api.types.is_numeric_dtype(purchases["amount"])
''',
)

exercise.answer(
    "paid",
    start='''
%%task
def paid(____):
    """Each purchase once, and only those with an amount above zero."""
    return ____
''',
    solution='''
%%task
def paid(purchases):
    """Each purchase once, and only those with an amount above zero."""
    return purchases.drop_duplicates().query("amount > 0")
''',
)

exercise.answer(
    "best_customers",
    start='''
%%task
def ____(____):
    """The three customers who spent most: customer_id and amount."""
    ____
''',
    solution='''
%%task
def best_customers(paid):
    """The three customers who spent most: customer_id and amount."""
    return paid.groupby("customer_id")["amount"].sum().nlargest(3)
''',
)

exercise.text("now_check", "**How far are you?** Run this cell as often as you like.")
exercise.check_cell()


@exercise.world
def _(dag, seed, folder):
    day = date(1997, 1, 5) + timedelta(days=37 * (seed - 1))
    (drop,) = daily_drops(folder, day, seed=seed, dirt=["duplicated"])
    empty, text = day + timedelta(days=1), day + timedelta(days=2)
    daily_drops(folder, empty, seed=seed, dirt=["empty"])
    daily_drops(folder, text, seed=seed, dirt=["malformed"])

    def night(logical_date):
        return dag.trial(params={"folder": str(folder)}, logical_date=logical_date)

    run = night(day)
    return {
        "run": run,
        "rows": pd.read_csv(drop.path),
        "after_empty": night(empty),
        "after_text": night(text),
    }


def _once(rows):
    return rows.drop_duplicates().query("amount > 0")


def _states(run):
    return {it.task: it.state for it in run.snapshot.instances.values()}


STOPPED = {"purchases": "failed", "paid": "upstream_failed", "best_customers": "upstream_failed"}


@exercise.check("each task gets what the table says", task="best_customers")
def _(dag):
    gets = {name: sorted(p.name for p in dag.tasks[name].parameters) for name in STOPPED}
    return gets, {
        "purchases": ["folder", "logical_date"],
        "paid": ["purchases"],
        "best_customers": ["paid"],
    }


@exercise.check("purchases gives all rows of the file", task="purchases")
def _(run, rows):
    return run["purchases"], rows


@exercise.check("paid gives each purchase once, none for nothing", task="paid")
def _(run, rows):
    return run["paid"], _once(rows)


@exercise.check("best_customers gives the three who spent most", task="best_customers")
def _(run, rows):
    spent = _once(rows).groupby("customer_id")["amount"].sum()
    return run["best_customers"], spent.nlargest(3)


@exercise.check("an empty file stops at purchases", task="purchases")
def _(after_empty):
    return _states(after_empty), STOPPED


@exercise.check("a file with text for amounts stops at purchases", task="purchases")
def _(after_text):
    return _states(after_text), STOPPED


exercise.wrong(
    "keeps_repeats",
    feedback="✘ paid gives each purchase once, none for nothing\n    yours",
    answers={
        "paid": """
%%task
def paid(purchases):
    return purchases[purchases["amount"] > 0]
""",
    },
)

exercise.wrong(
    "no_contract",
    feedback="✘ an empty file stops at purchases\n    yours",
    answers={
        "purchases": """
%%task
def purchases(folder, logical_date):
    return pd.read_csv(f"{folder}/{logical_date:%Y-%m-%d}.csv")
""",
    },
)

exercise.wrong(
    "skips_a_step",
    feedback="best_customers: purchases    best_customers: paid",
    answers={
        "best_customers": """
%%task
def best_customers(purchases):
    return purchases.groupby("customer_id")["amount"].sum().nlargest(3)
""",
    },
)

exercise.wrong(
    "hard_coded",
    feedback="Right for the data you see, wrong for other data of the same kind.",
    answers={
        "purchases": """
%%task --ensure _can_be_used
def purchases(folder, logical_date):
    return pd.read_csv(f"{folder}/1997-01-05.csv")

def _can_be_used(purchases):
    return len(purchases) > 0 and pd.api.types.is_numeric_dtype(purchases["amount"])
""",
    },
)

exercise.wrong(
    "leaks",
    feedback='reads "rows" from the notebook',
    answers={
        "paid": """
%%task
def paid():
    return rows.drop_duplicates().query("amount > 0")
""",
    },
)
