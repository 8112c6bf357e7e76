"""An exercise of lesson 01: what a cell remembers, and what it does to its inputs."""

import pandas as pd

from wfkit.teach.manifest import Exercise

exercise = Exercise(
    "hidden_state",
    title="The report in pounds",
    minutes=15,
    tasks=("in_pounds", "summary"),
    hints=(
        """Which names does Mia's cell read that it does not make itself? Each of them becomes a
parameter. And what would change in `rows` if the cell ran twice?""",
        """DataFrame.assign gives a new table and leaves the old one alone.
A task gives its result back with return.""",
        """This is the first one; the second is built in the same way.
def in_pounds(purchases, rate): return purchases.assign(amount=purchases["amount"] * rate)""",
    ),
)

exercise.text(
    "story",
    """
# Exercise 2. The report in pounds

*15 minutes. It belongs to the lesson `01_task_boundaries`.*

The shop sells in dollars. Its owner in London wants to read pounds. Mia's cell does it, but on some
evenings the revenue is far too low. Make two tasks of it:

| task | gets | gives |
|---|---|---|
| `in_pounds` | `purchases`, `rate` | the same rows, with `amount` in pounds |
| `summary` | `in_pounds` | a dict with `purchases`, how many, and `revenue`, the sum |

The rate changes every day, so it is a *param* of the Dag. And no task may change what it was given:
other tasks, and your tests, use the same table.
""",
)

exercise.given(
    "set_up",
    """
%load_ext wfkit
import pandas as pd

from wfkit.teach.shop import daily_drops

daily_drops("data/drops", "1997-01-06")
""",
)

exercise.text("mia", "**Mia's two cells.** Run the second one twice. What happens to the revenue?")

exercise.given(
    "mias_rows",
    """
rows = pd.read_csv("data/drops/1997-01-06.csv")
rate = 0.59  # pounds for a dollar
""",
)

exercise.given(
    "mias_cell",
    """
rows["amount"] *= rate
print(f"{len(rows)} purchases, {rows['amount'].sum():,.2f} pounds")
""",
)

exercise.text("tasks", "**Your Dag.** Its first task is there. The other two are yours.")

exercise.given(
    "dag",
    """
%dag new report_in_pounds --param folder=data/drops --param rate=0.59 \\
    --start-date 1997-01-06 --clock virtual
""",
)

exercise.given(
    "purchases",
    '''
%%task
def purchases(folder, logical_date):
    """All rows of one day, in dollars."""
    return pd.read_csv(f"{folder}/{logical_date:%Y-%m-%d}.csv")
''',
)

exercise.answer(
    "in_pounds",
    start='''
%%task
def in_pounds(____):
    """The same rows, with the amounts in pounds."""
    ____
''',
    solution='''
%%task
def in_pounds(purchases, rate):
    """The same rows, with the amounts in pounds."""
    return purchases.assign(amount=purchases["amount"] * rate)
''',
)

exercise.answer(
    "summary",
    start='''
%%task
def summary(____):
    """How many purchases, and how much money."""
    ____
''',
    solution='''
%%task
def summary(in_pounds):
    """How many purchases, and how much money."""
    return {"purchases": len(in_pounds), "revenue": in_pounds["amount"].sum()}
''',
)

exercise.text("now_check", "**How far are you?** Run this cell as often as you like.")
exercise.check_cell()


@exercise.world
def _(dag, seed, folder):
    rows = pd.DataFrame({"customer_id": [52, 139, 152, 52], "amount": [23.14, 11.77, 21.5, 0.0]})
    rows = pd.concat([rows] * seed, ignore_index=True)
    rows.to_csv(folder / "1997-01-06.csv", index=False)
    rate = 0.5 + seed / 10
    run = dag.trial(params={"folder": str(folder), "rate": rate}, logical_date="1997-01-06")
    return {"run": run, "rows": rows, "rate": rate}


def _in_pounds(rows, rate):
    return rows.assign(amount=rows["amount"] * rate)


def _after(dag, rows, rate):
    """What is in a table that was handed to in_pounds."""
    handed = rows.copy()
    wanted = [it.name for it in dag.tasks["in_pounds"].parameters]
    dag.tasks["in_pounds"](**{it: {"purchases": handed, "rate": rate}[it] for it in wanted})
    return handed


@exercise.check("each task gets what the table says", task="in_pounds")
def _(dag):
    gets = {it: sorted(p.name for p in dag.tasks[it].parameters) for it in exercise.tasks}
    return gets, {"in_pounds": ["purchases", "rate"], "summary": ["in_pounds"]}


@exercise.check("in_pounds gives all rows, in pounds", task="in_pounds")
def _(run, rows, rate):
    return run["in_pounds"], _in_pounds(rows, rate)


@exercise.check("in_pounds does not change the table that it is given", task="in_pounds")
def _(dag, rows, rate):
    return _after(dag, rows, rate), rows


@exercise.check("summary gives the number of purchases and the revenue", task="summary")
def _(run, rows, rate):
    amounts = _in_pounds(rows, rate)["amount"]
    return run["summary"], {"purchases": len(rows), "revenue": amounts.sum()}


@exercise.mistake(
    """
in_pounds changes the table of whoever calls it, as Mia's cell does: twice is wrong.
Make a new table: purchases.assign(amount=…)
"""
)
def _(dag, rows, rate):
    return not _after(dag, rows, rate).equals(rows)


@exercise.mistake(
    """
The rate is written into the task, so tomorrow's rate changes nothing.
Ask for it: def in_pounds(purchases, rate):
"""
)
def _(dag):
    return "rate" not in {it.name for it in dag.tasks["in_pounds"].parameters}


@exercise.mistake(
    """
summary gives nothing back. What a task prints is for people; no other task can use it.
Write return in place of print.
"""
)
def _(run):
    return run["summary"] is None


exercise.wrong(
    "changes_its_input",
    feedback="in_pounds changes the table of whoever calls it",
    answers={
        "in_pounds": """
%%task
def in_pounds(purchases, rate):
    purchases["amount"] *= rate
    return purchases
""",
    },
)

exercise.wrong(
    "rate_in_the_code",
    feedback="The rate is written into the task",
    answers={
        "in_pounds": """
%%task
def in_pounds(purchases):
    return purchases.assign(amount=purchases["amount"] * 0.59)
""",
    },
)

exercise.wrong(
    "prints",
    feedback="summary gives nothing back",
    answers={
        "summary": """
%%task
def summary(in_pounds):
    print({"purchases": len(in_pounds), "revenue": in_pounds["amount"].sum()})
""",
    },
)

exercise.wrong(
    "reads_the_other_cell",
    feedback='reads "rows" from the notebook',
    answers={
        "in_pounds": """
%%task
def in_pounds(purchases, rate):
    return rows.assign(amount=rows["amount"] * rate)
""",
    },
)

exercise.alternative(
    "with_a_copy",
    answers={
        "in_pounds": """
%%task
def in_pounds(purchases, rate):
    table = purchases.copy()
    table["amount"] = table["amount"] * rate
    return table.sort_values("amount")
""",
        "summary": """
%%task
def summary(in_pounds):
    rows, _ = in_pounds.shape
    return {"revenue": round(float(in_pounds.amount.sum()), 8), "purchases": rows}
""",
    },
)
