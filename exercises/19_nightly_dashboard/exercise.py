"""The exercise of lesson 09: a whole pipeline, from nearly nothing."""

from datetime import UTC, datetime, time, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

import pandas as pd

from wfkit.teach.manifest import Exercise

exercise = Exercise(
    "nightly_dashboard",
    title="The nightly dashboard",
    minutes=45,
    dag="nightly_dashboard",
    tasks=("orders", "clean", "revenue", "best_customer", "dashboard"),
    hints=(
        """Begin at the end: what does `dashboard` need? Go on until you reach the file. Then take
one sentence after the other, and ask which lesson was about it.""",
        """Lesson 1: parameters and --ensure. Lesson 4: --schedule, --timezone. Lesson 5:
--retries and --retry-delay. Lesson 6: --deadline. Try each with `%dag run --fault …`.""",
        """%dag new nightly_dashboard --schedule "0 3 * * *" --timezone … --deadline …
%%task --retries 2 --retry-delay 5m --ensure _can_be_used
def orders(folder, logical_date): …""",
    ),
)

exercise.text(
    "story",
    """
# Exercise 19. The nightly dashboard

*45 minutes. It belongs to the lesson `09_capstone`, to come, and to all lessons before it.*

The boss wants one line on the screen every morning, about the day before:

`06 January: 9,680.55, best customer 1432`

You write the Dag `nightly_dashboard` on your own. What everybody wants of it:

- The boss: "It is there at **06:00**, London time, every day. If it is not, somebody must be
  told."
- The shop: "Our file is closed at **02:00**. Our server fails **twice** in a row at most. Leave
  it in peace for five minutes then."
- Ben: "A file without rows, or with text for amounts, must stop at `orders`."
- Mia: "Some rows are there twice. And what cost nothing is no purchase."

The tasks:

| task | gets | gives |
|---|---|---|
| `orders` | `folder`, `logical_date` | all rows of the file, such as `1997-01-06.csv` in the
folder |
| `clean` | `orders` | each purchase once, only those with an amount above zero |
| `revenue` | `clean` | the sum of the amounts |
| `best_customer` | `clean` | the `customer_id` of who spent most |
| `dashboard` | `revenue`, `best_customer`, `logical_date` | the line, as above |
""",
)

exercise.given(
    "set_up",
    """
%load_ext wfkit
import pandas as pd

from wfkit.teach.shop import daily_drops

dirt = {"1997-01-06": "duplicated", "1997-01-07": "malformed", "1997-01-08": "empty"}
daily_drops("data/drops", "1997-01-05", "1997-01-10", dirt=dirt)
""",
)

exercise.answer(
    "dag",
    start="""
%dag new nightly_dashboard ____ \\
    --param folder=data/drops --start-date 1997-01-05 --clock virtual
""",
    solution="""
%dag new nightly_dashboard --schedule "0 3 * * *" --timezone Europe/London --deadline 06:00 \\
    --param folder=data/drops --start-date 1997-01-05 --clock virtual
""",
)

exercise.answer(
    "orders",
    start="%%task\n____",
    solution='''
%%task --takes 30m --retries 2 --retry-delay 5m --ensure _can_be_used
def orders(folder, logical_date):
    """All rows of one day, as the shop exports them."""
    return pd.read_csv(f"{folder}/{logical_date:%Y-%m-%d}.csv")

def _can_be_used(rows):
    return len(rows) > 0 and pd.api.types.is_numeric_dtype(rows["amount"])
''',
)

exercise.answer(
    "clean",
    start="%%task\n____",
    solution='''
%%task
def clean(orders):
    """Each purchase once, and only those that brought in money."""
    return orders.drop_duplicates().query("amount > 0")
''',
)

exercise.answer(
    "revenue",
    start="%%task\n____",
    solution='''
%%task
def revenue(clean):
    """The money of the day."""
    return clean["amount"].sum()
''',
)

exercise.answer(
    "best_customer",
    start="%%task\n____",
    solution='''
%%task
def best_customer(clean):
    """Who spent most."""
    return clean.groupby("customer_id")["amount"].sum().idxmax()
''',
)

exercise.answer(
    "dashboard",
    start="%%task\n____",
    solution='''
%%task
def dashboard(revenue, best_customer, logical_date):
    """One line for the boss."""
    return f"{logical_date:%d %B}: {revenue:,.2f}, best customer {best_customer}"
''',
)

exercise.text("now_check", "**How far are you?** Run this cell as often as you like.")
exercise.check_cell()

LONDON = ZoneInfo("Europe/London")


@exercise.world
def _(dag, seed, folder):
    rows = pd.DataFrame(
        {
            "customer_id": [7, 7, 8, 8, 9, 10 * seed],
            "amount": [900.0, 900.0, 800.5, 700.0, 0.0, 20.0],
        }
    )
    rows = rows.assign(date="1997-01-06")
    rows.to_csv(folder / "1997-01-06.csv", index=False)
    rows.astype(str).replace("800.5", "$800.5").to_csv(folder / "1997-01-07.csv", index=False)
    rows[:0].to_csv(folder / "1997-01-08.csv", index=False)

    def night(day=6, faults=()):
        begin = f"1997-01-0{day} 03:00"
        return dag.trial({"folder": str(folder)}, logical_date=begin, faults=faults)

    return {
        "run": night(),
        "busy": night(faults="orders:2"),
        "typed": night(7),
        "empty": night(8),
        "rows": rows,
        "clean": rows.drop_duplicates().query("amount > 0"),
    }


@exercise.world
def _(dag, seed):
    monday = datetime(1997, 3 if seed == 1 else 10, 24, tzinfo=LONDON)
    found = islice(dag.schedule.between(monday, monday + timedelta(days=7)), 500)
    ticks = [tick.astimezone(LONDON) for tick in found]
    return {"ticks": len(ticks), "times": sorted({f"{it:%H:%M}" for it in ticks})}


def _states(run, *tasks):
    return {it.task: it.state for it in run.snapshot.instances.values() if it.task in tasks}


@exercise.check("there is a run a day, at one time, when the file is closed and before six")
def _(ticks, times):
    good = times and "02:00" <= times[0] < "06:00"
    yours = {"runs in a week": ticks, "London time": ", ".join(times)}
    return yours, {"runs in a week": 7, "London time": times[0] if good else "from 02:00 on"}


@exercise.check("each task gets what the table says")
def _(dag):
    gets = {it: sorted(p.name for p in dag.tasks[it].parameters) for it in exercise.tasks}
    return gets, {
        "orders": ["folder", "logical_date"],
        "clean": ["orders"],
        "revenue": ["clean"],
        "best_customer": ["clean"],
        "dashboard": ["best_customer", "logical_date", "revenue"],
    }


@exercise.check("orders gives all rows of the file", task="orders")
def _(run, rows):
    return run["orders"], rows


@exercise.check("clean gives each purchase once, none for nothing", task="clean")
def _(run, clean):
    return run["clean"], clean


@exercise.check("dashboard is the line", task="dashboard")
def _(run, clean):
    best = clean.groupby("customer_id")["amount"].sum().idxmax()
    return run["dashboard"], f"06 January: {clean['amount'].sum():,.2f}, best customer {best}"


@exercise.check("two failures of the server do no harm, and it gets its five minutes")
def _(dag, busy):
    delay = dag.tasks["orders"].options.retry_delay / 60
    yours = {"run": busy.state, "pause": f"{delay:g} minutes"}
    return yours, {"run": "success", "pause": f"{max(delay, 5):g} minutes"}


@exercise.check("a file without rows, or with text, stops at orders", task="orders")
def _(typed, empty):
    yours = {
        "text": _states(typed, "orders", "clean"),
        "no rows": _states(empty, "orders", "clean"),
    }
    stopped = "failed", "upstream_failed"
    return {it: (found["orders"], found["clean"]) for it, found in yours.items()}, {
        "text": stopped,
        "no rows": stopped,
    }


@exercise.check("what is not there at six is late")
def _(dag, times):
    return f"deadline: {_clock(dag.options.deadline, times)}", "deadline: 06:00"


def _clock(deadline, times):
    """The time of the day at which a run is late."""
    if deadline is None:
        return "none"
    if isinstance(deadline, time):
        return f"{deadline:%H:%M}"
    due = datetime.strptime(times[0], "%H:%M").replace(tzinfo=UTC)
    return f"{due + timedelta(seconds=deadline):%H:%M}"


@exercise.mistake(
    """
Your clock does not know London's summer time, so half the year the run is an hour off.
Name the city: --timezone Europe/London
"""
)
def _(times):
    return len(times) > 1


@exercise.mistake(
    """
Nothing says when the line has to be there. A night that takes too long would fail nowhere, and
nobody would be told.
Give the Dag its promise: --deadline
"""
)
def _(dag):
    return dag.options.deadline is None


@exercise.mistake(
    """
revenue and best_customer take the rows as they came in, so nobody uses what clean has done.
Ask for clean.
"""
)
def _(dag):
    return "orders" in {*dag.graph.upstream["revenue"], *dag.graph.upstream["best_customer"]}


@exercise.mistake(
    """
The server fails twice at most, but orders gives up before that.
How many extra attempts does it need?
"""
)
def _(busy):
    return busy.state != "success"


@exercise.mistake(
    """
A bad file gets past orders, and the task after it has to suffer for it.
The contract belongs where the file is read: --ensure at orders.
"""
)
def _(typed, empty):
    return "success" in (*_states(typed, "orders").values(), *_states(empty, "orders").values())


@exercise.mistake(
    """
clean takes every second purchase of a customer for a repeat. The same person may buy twice a day.
A repeat is a row that is the same in all columns.
"""
)
def _(run, clean):
    return len(run["clean"]) < len(clean)


def _dag(options):
    return f"""
%dag new nightly_dashboard {options} \\
    --param folder=data/drops --start-date 1997-01-05 --clock virtual
"""


def _orders(options):
    return f"""
%%task {options}
def orders(folder, logical_date):
    return pd.read_csv(f"{{folder}}/{{logical_date:%Y-%m-%d}}.csv")

def _can_be_used(rows):
    return len(rows) > 0 and pd.api.types.is_numeric_dtype(rows["amount"])
"""


exercise.wrong(
    "without_summer_time",
    feedback="Your clock does not know London's summer time",
    answers={"dag": _dag('--schedule "0 4 * * *" --deadline 06:00')},
)

exercise.wrong(
    "without_a_promise",
    feedback="Nothing says when the line has to be there.",
    answers={"dag": _dag('--schedule "0 3 * * *" --timezone Europe/London')},
)

exercise.wrong(
    "goes_round_clean",
    feedback="so nobody uses what clean has done",
    answers={
        "revenue": """
%%task
def revenue(orders):
    return orders["amount"].sum()
"""
    },
)

exercise.wrong(
    "one_retry",
    feedback="but orders gives up before that",
    answers={"orders": _orders("--retries 1 --retry-delay 5m --ensure _can_be_used")},
)

exercise.wrong(
    "lets_bad_files_in",
    feedback="A bad file gets past orders",
    answers={"orders": _orders("--retries 2 --retry-delay 5m")},
)

exercise.wrong(
    "one_purchase_for_each_customer",
    feedback="clean takes every second purchase of a customer for a repeat",
    answers={
        "clean": """
%%task
def clean(orders):
    return orders.query("amount > 0").drop_duplicates("customer_id")
"""
    },
)

exercise.alternative(
    "in_other_ways",
    answers={
        "dag": _dag('--timezone Europe/London --schedule "30 2 * * *" --deadline 3h30m'),
        "orders": """
%%task --retries 3 --retry-delay 10m --backoff 2
def orders(folder, logical_date):
    rows = pd.read_csv(f"{folder}/{logical_date:%Y-%m-%d}.csv")
    if rows.empty or rows["amount"].dtype.kind not in "if":
        raise ValueError("this file cannot be used")
    return rows.sort_values("customer_id")
""",
        "best_customer": """
%%task
def best_customer(clean):
    spent = clean.groupby("customer_id", as_index=False)["amount"].sum()
    return spent.sort_values("amount").iloc[-1]["customer_id"].astype(int)
""",
    },
)
