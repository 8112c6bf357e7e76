"""An exercise of lesson 02: an edge where no data passes, and none where it is not needed."""

import pandas as pd

from wfkit.teach.manifest import Exercise

exercise = Exercise(
    "missing_edge",
    title="What is in stock",
    minutes=15,
    tasks=("restock", "message"),
    hints=(
        """Look at `%dag run`: at which minute does each task start? What must have ended before
`restock` may start?""",
        """Data that passes between tasks: a parameter. Only the order matters: --after.
One of the three lines that begin with --after is right.""",
        """def message(revenue, restock): …, and restock begins like this:
%%task
--after load""",
    ),
)

exercise.text(
    "story",
    """
# Exercise 3. What is in stock

*15 minutes. It belongs to the lesson `02_dependencies`.*

Every evening `load` puts the purchases of the day into the shop's table. That takes ten minutes.
Two tasks are missing:

- `restock` reads that **table** and says how many CDs to order again. It must see tonight's
  purchases. Nothing passes from `load` to `restock` but the table on the disk.
- `message` puts `revenue` and `restock` together for the boss, in one line:
  `revenue 56.41, order 7 CDs`.

And whoever needs nothing of a task must not be held up when it fails.
""",
)

exercise.given(
    "set_up",
    """
%load_ext wfkit
import pandas as pd

from wfkit.teach.shop import daily_drops

daily_drops("data/drops", "1997-02-24", "1997-02-26")
""",
)

exercise.given(
    "dag",
    """
%dag new evening --param folder=data/drops --start-date 1997-02-24 --clock virtual
""",
)

exercise.given(
    "orders",
    '''
%%task
def orders(folder, logical_date):
    """The purchases of the day."""
    return pd.read_csv(f"{folder}/{logical_date:%Y-%m-%d}.csv")
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

exercise.given(
    "load",
    '''
%%task --takes 10m
def load(orders, folder):
    """Put the purchases into the shop's table."""
    orders.to_csv(f"{folder}/table.csv", index=False)
''',
)

exercise.text(
    "tasks",
    """
**Put in order.** These lines make `restock`. Options of a task may stand below `%%task`, each on a
line of its own. `Alt+↑` and `Alt+↓` move the line that the cursor is in.
""",
)

exercise.put_in_order(
    "restock",
    '''
%%task
--after load
def restock(folder):
    """How many CDs to order again."""
    table = pd.read_csv(f"{folder}/table.csv")
    return int(table["quantity"].sum())
''',
    extra=["--after orders", "--after revenue"],
)

exercise.text("yours", "**On your own.** What goes into `message`?")

exercise.answer(
    "message",
    start='''
%%task
def message(____):
    """One line for the boss."""
    return f"revenue {____}, order {____} CDs"
''',
    solution='''
%%task
def message(revenue, restock):
    """One line for the boss."""
    return f"revenue {revenue}, order {restock} CDs"
''',
)

exercise.text("now_check", "**How far are you?** Run this cell as often as you like.")
exercise.check_cell()


@exercise.world
def _(dag, seed, folder):
    rows = pd.DataFrame({"quantity": [1, 2, 4], "amount": [11.77, 21.5, 23.14]})
    rows = rows.assign(quantity=rows["quantity"] * seed)
    rows.to_csv(folder / "1997-02-24.csv", index=False)
    rows[:1].to_csv(folder / "table.csv", index=False)  # the table of the evening before

    def evening(faults=()):
        return dag.trial({"folder": str(folder)}, logical_date="1997-02-24", faults=faults)

    run = evening()
    return {
        "run": run,
        "cds": int(rows["quantity"].sum()),
        "started": _minutes(run, "running"),
        "ended": _minutes(run, "success"),
        "without_load": evening("load:always"),
        "without_revenue": evening("revenue:always"),
        "without_restock": evening("restock:always"),
    }


def _minutes(run, state):
    begin = run.events[0].at
    events = [it for it in run.events if it.task and it.to_state == state]
    return {it.task: (it.at - begin).seconds // 60 for it in events}


def _states(run, *tasks):
    return {it.task: it.state for it in run.snapshot.instances.values() if it.task in tasks}


@exercise.check("restock starts when load has ended")
def _(started):
    return f"at minute {started['restock']}", "at minute 10"


@exercise.check("restock counts tonight's purchases", task="restock")
def _(run, cds):
    return run["restock"], cds


@exercise.check("message says both", task="message")
def _(run, cds):
    return run["message"], f"revenue 56.41, order {cds} CDs"


@exercise.check("if load fails, restock does not run, and revenue does")
def _(without_load):
    states = _states(without_load, "restock", "revenue")
    return states, {"restock": "upstream_failed", "revenue": "success"}


@exercise.check("if revenue fails, restock runs all the same")
def _(without_revenue):
    return _states(without_revenue, "load", "restock"), {"load": "success", "restock": "success"}


@exercise.check("if restock fails, only message is held up", task="message")
def _(without_restock):
    states = _states(without_restock, "load", "revenue", "message")
    return states, {"load": "success", "revenue": "success", "message": "upstream_failed"}


def _upstream(dag, task):
    return set(dag.graph.upstream[task])


@exercise.mistake(
    """
Nothing says that restock waits for anything, so it starts at once and reads an old table.
wfkit cannot see the table. Tell it: --after load
"""
)
def _(dag):
    return not _upstream(dag, "restock")


@exercise.mistake(
    """
restock waits for the wrong task: when orders has ended, load has only just begun.
The table is load's, so wait for load.
"""
)
def _(dag):
    return _upstream(dag, "restock") == {"orders"}


@exercise.mistake(
    """
restock also waits for revenue, but it needs nothing of it: a failure of revenue would hold it up.
Draw an arrow only where one thing needs the other.
"""
)
def _(dag):
    return "revenue" in _upstream(dag, "restock")


@exercise.mistake(
    """
message reads a file instead of asking for what is there already, so it does not wait for anybody.
Data that passes between tasks: a parameter.
"""
)
def _(dag):
    return _upstream(dag, "message") != {"revenue", "restock"}


exercise.wrong(
    "no_edge",
    feedback="Nothing says that restock waits for anything",
    answers={
        "restock": """
%%task
def restock(folder):
    table = pd.read_csv(f"{folder}/table.csv")
    return int(table["quantity"].sum())
""",
    },
)

exercise.wrong(
    "waits_for_the_wrong_task",
    feedback="restock waits for the wrong task",
    answers={
        "restock": """
%%task
--after orders
def restock(folder):
    table = pd.read_csv(f"{folder}/table.csv")
    return int(table["quantity"].sum())
""",
    },
)

exercise.wrong(
    "waits_for_everybody",
    feedback="restock also waits for revenue",
    answers={
        "restock": """
%%task --after load,revenue
def restock(folder):
    table = pd.read_csv(f"{folder}/table.csv")
    return int(table["quantity"].sum())
""",
    },
)

exercise.wrong(
    "reads_behind_the_back",
    feedback="message reads a file instead of asking",
    answers={
        "message": """
%%task
def message(revenue, folder):
    cds = pd.read_csv(f"{folder}/table.csv")["quantity"].sum()
    return f"revenue {revenue}, order {cds} CDs"
""",
    },
)

exercise.alternative(
    "load_returns_nothing_but_is_asked_for",
    answers={
        "restock": """
%%task
def restock(load, folder):
    return pd.read_csv(f"{folder}/table.csv").quantity.sum()
""",
        "message": """
%%task
def message(restock, revenue):
    return "revenue {}, order {} CDs".format(revenue, restock)
""",
    },
)
