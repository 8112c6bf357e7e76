"""An exercise of lesson 08: parts that can be worked on one by one, and put together rightly."""

import pandas as pd

from wfkit.teach.manifest import Exercise

exercise = Exercise(
    "one_day_at_a_time",
    title="One day at a time",
    minutes=20,
    tasks=("part", "average"),
    hints=(
        """A quiet day and a busy one: do both say as much about the average purchase? What must
`part` give so that `average` can tell them apart?""",
        """--expand days makes a task for each file. Two small numbers for each day are enough,
and they can be added up.""",
        """part gives (len(rows), rows["amount"].sum()), then:
average = sum of all sums / sum of all counts""",
    ),
)

exercise.text(
    "story",
    """
# Exercise 15. One day at a time

*20 minutes. It belongs to the lesson `08_scalability_and_reliability`.*

What does a customer spend with one purchase, on average? Today there are three files, next year
thousands. They will not fit into the memory together, so work on **one file at a time**:

- `part` gets one file of `days` and gives a **small** result: a few numbers, not the rows. It
  runs once for each file, so that many can run at the same time.
- `average` puts the parts together: the average amount of **all** purchases, rounded to cents.

On some days nothing is sold.
""",
)

exercise.given(
    "set_up",
    """
%load_ext wfkit
from pathlib import Path

import pandas as pd

from wfkit.teach.shop import daily_drops

daily_drops("data/drops", "1997-01-01", "1997-01-04")
%dag new one_day_at_a_time --param folder=data/drops --start-date 1997-01-01 --clock virtual
""",
)

exercise.given(
    "days",
    '''
%%task
def days(folder):
    """The files of all days."""
    return sorted(str(file) for file in Path(folder).glob("*.csv"))
''',
)

exercise.answer(
    "part",
    start='''
%%task ____
def part(days):
    """What average needs to know of one file."""
    rows = pd.read_csv(days)
    return ____
''',
    solution='''
%%task --expand days
def part(days):
    """What average needs to know of one file."""
    rows = pd.read_csv(days)
    return len(rows), rows["amount"].sum()
''',
)

exercise.answer(
    "average",
    start='''
%%task
def average(part):
    """The average amount of a purchase, over all files."""
    return ____
''',
    solution='''
%%task
def average(part):
    """The average amount of a purchase, over all files."""
    counts, sums = zip(*part)
    return round(sum(sums) / sum(counts), 2)
''',
)

exercise.text("now_check", "**How far are you?** Run this cell as often as you like.")
exercise.check_cell()


@exercise.world
def _(seed, folder):
    days = {1: [10.0], 2: [2.0, 4.0, 6.0 * seed], 3: [], 4: [1.0] * 150}
    for day, amounts in days.items():
        rows = pd.DataFrame({"customer_id": range(len(amounts)), "amount": amounts})
        rows.astype({"amount": float}).to_csv(folder / f"1997-01-0{day}.csv", index=False)
    everything = [amount for amounts in days.values() for amount in amounts]
    means = [sum(it) / len(it) for it in days.values() if it]
    return {
        "right": round(sum(everything) / len(everything), 2),
        "of_means": round(sum(means) / len(means), 2),
    }


@exercise.world
def _(dag, folder):
    run = dag.trial({"folder": str(folder)})
    parts = [it for it in run.snapshot.instances.values() if it.task == "part"]
    return {"run": run, "parts": len(parts), "mapped": dag.tasks["part"].options.expand}


@exercise.check("there is a part for each of the four files")
def _(parts):
    return f"parts: {parts}", "parts: 4"


@exercise.check("a part is small: a few numbers, not the rows", task="part")
def _(run):
    size = max(_size(run["part", number]) for number in range(4))
    return f"at most {size} values", f"at most {min(size, 10)} values"


def _size(part):
    """How many values are in a result, roughly."""
    if isinstance(part, pd.DataFrame | pd.Series):
        return int(part.size)
    return len(part) if hasattr(part, "__len__") else 1


@exercise.check("average is that of all purchases", task="average")
def _(run, right):
    return run["average"], right


@exercise.mistake(
    """
part is one task that gets the whole list: with thousands of files it works on all of them at
once. Let wfkit make a task for each: --expand days
"""
)
def _(mapped):
    return mapped is None


@exercise.mistake(
    """
part hands on all its rows, so average has them all in the memory in the end.
Hand on what can be added up: how many rows, and their sum.
"""
)
def _(run):
    return max(_size(run["part", number]) for number in range(4)) > 10


@exercise.mistake(
    """
An average of averages counts a day with one purchase as much as a day with 150.
Let part give two numbers, how many and how much. Then divide once, at the end.
"""
)
def _(run, of_means):
    return abs(run["average"] - of_means) < 0.02


@exercise.mistake(
    """
A day without purchases has no average, and NaN ("not a number") spoils every sum that it is in.
Two numbers that can be added up know no such day: 0 rows, 0 money.
"""
)
def _(run):
    return run["average"] != run["average"]


exercise.wrong(
    "all_at_once",
    feedback="part is one task that gets the whole list",
    answers={
        "part": """
%%task
def part(days):
    rows = pd.concat(pd.read_csv(file) for file in days)
    return [(len(rows), rows["amount"].sum())]
"""
    },
)

exercise.wrong(
    "hands_on_all_rows",
    feedback="part hands on all its rows",
    answers={
        "part": """
%%task --expand days
def part(days):
    return pd.read_csv(days)
""",
        "average": """
%%task
def average(part):
    return round(pd.concat(part)["amount"].mean(), 2)
""",
    },
)

exercise.wrong(
    "average_of_averages",
    feedback="An average of averages counts a day with one purchase",
    answers={
        "part": """
%%task --expand days
def part(days):
    return pd.read_csv(days)["amount"].mean()
""",
        "average": """
%%task
def average(part):
    return round(pd.Series(part).mean(), 2)
""",
    },
)

exercise.wrong(
    "not_a_number",
    feedback="A day without purchases has no average",
    answers={
        "part": """
%%task --expand days
def part(days):
    return pd.read_csv(days)["amount"].mean()
""",
        "average": """
%%task
def average(part):
    return round(sum(part) / len(part), 2)
""",
    },
)

exercise.alternative(
    "as_dicts",
    answers={
        "part": """
%%task --expand days
def part(days):
    amounts = pd.read_csv(days, usecols=["amount"])["amount"]
    return {"sum": float(amounts.sum()), "count": int(amounts.count())}
""",
        "average": """
%%task
def average(part):
    all_days = pd.DataFrame(part).sum()
    return round(all_days["sum"] / all_days["count"], 2)
""",
    },
)
