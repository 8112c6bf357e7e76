"""An exercise of lesson 04: when a run is due, and which day it stands for."""

from collections import Counter
from datetime import datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

import pandas as pd

from wfkit.teach.manifest import Exercise

exercise = Exercise(
    "ready_by_six",
    title="Ready by six, every day of the year",
    minutes=15,
    dag="ready_by_six",
    tasks=("orders",),
    hints=(
        """Count back from six: when must the run begin at the latest? Then read what `%dag new`
says about your schedule, in words.""",
        """Five fields: minute, hour, day of month, month, weekday. `%dag upcoming` shows for
each run when it is due and for which time.""",
        """Any minute from 02:01 to 04:29 will do, say a quarter past three: "15 3 * * *".
The run stands for the day on which its data interval begins: logical_date.""",
    ),
)

exercise.text(
    "story",
    """
# Exercise 7. Ready by six, every day of the year

*15 minutes. It belongs to the lesson `04_scheduling`.*

The boss reads the report at 06:00, London time, in winter and in summer. It is about the day
before.

- The shop closes its file some time after midnight. At 02:00 it is there for certain.
- The report takes 90 minutes.
- It must be made **once a day, at the same time of the day in London**, also in the nights when
  the clocks change.

Write the schedule. Then say which file the run has to read.
""",
)

exercise.given(
    "set_up",
    """
%load_ext wfkit
import pandas as pd

from wfkit.teach.shop import daily_drops

daily_drops("data/drops", "1997-03-01", "1997-04-01")
""",
)

exercise.answer(
    "dag",
    start="""
%dag new ready_by_six --schedule "____" --timezone ____ \\
    --param folder=data/drops --start-date 1997-03-01 --clock virtual
""",
    solution="""
%dag new ready_by_six --schedule "0 3 * * *" --timezone Europe/London \\
    --param folder=data/drops --start-date 1997-03-01 --clock virtual
""",
)

exercise.answer(
    "orders",
    start='''
%%task
def orders(folder, ____):
    """The purchases of the day that the report is about."""
    return pd.read_csv(f"{folder}/{____:%Y-%m-%d}.csv")
''',
    solution='''
%%task
def orders(folder, logical_date):
    """The purchases of the day that the report is about."""
    return pd.read_csv(f"{folder}/{logical_date:%Y-%m-%d}.csv")
''',
)

exercise.given(
    "report",
    '''
%%task --takes 90m
def report(orders):
    """One line for the boss."""
    return f"sold: {orders['amount'].sum():,.2f}"
''',
)

exercise.text("now_check", "**How far are you?** Run this cell as often as you like.")
exercise.check_cell()

LONDON = ZoneInfo("Europe/London")
WEEKS = {1: datetime(1997, 3, 24, tzinfo=LONDON), 2: datetime(1997, 10, 20, tzinfo=LONDON)}
"""In each of them the clocks change: forward in March, back in October."""


@exercise.world
def _(dag, seed, folder):
    monday = WEEKS[seed]
    found = islice(dag.schedule.between(monday, monday + timedelta(days=14)), 2_000)
    ticks = [tick.astimezone(LONDON) for tick in found]
    days = Counter(f"{tick:%d %B}" for tick in ticks)
    return {
        "times": sorted({f"{tick:%H:%M}" for tick in ticks}),
        "most": max(days.values(), default=0),
        "days": len(days),
        "ready": max(f"{tick + timedelta(minutes=90):%H:%M}" for tick in ticks),
    }


@exercise.world
def _(dag, folder):
    """Let the run play that is due on 7 March."""
    for day, amount in (("1997-03-06", 20.0), ("1997-03-07", 5.0)):
        pd.DataFrame({"amount": [amount]}).to_csv(folder / f"{day}.csv", index=False)
    begins = max(islice(dag.schedule.between("1997-03-06", "1997-03-07"), 2_000))
    run = dag.trial({"folder": str(folder)}, logical_date=begins)
    return {"file": {20.0: "6 March", 5.0: "7 March"}[run["orders"]["amount"].sum()]}


@exercise.check("there is one run a day")
def _(most, days):
    return {"days with a run": days, "most runs on a day": most}, {
        "days with a run": 14,
        "most runs on a day": 1,
    }


@exercise.check("it is the same time in London every day")
def _(times):
    return ", ".join(times), times[0]


@exercise.check("the run begins when the file is there")
def _(times):
    return f"at {times[0]}", f"at {max(times[0], '02:00')}"


@exercise.check("the report is ready by six")
def _(ready):
    return f"at {ready}", f"at {min(ready, '06:00')}"


@exercise.check("the run that is due on 7 March reads the file of 6 March", task="orders")
def _(file):
    return file, "6 March"


@exercise.mistake(
    """
A star in the first field means every minute of that hour. Read the line below %dag new.
For once a day the first two fields are numbers.
"""
)
def _(most):
    return most > 2


@exercise.mistake(
    """
You counted from the wrong end: at six the report must be there, and it takes 90 minutes.
Count back: it has to begin between 02:00 and 04:30.
"""
)
def _(ready):
    return ready > "06:00"


@exercise.mistake(
    """
Your clock does not know the summer time of London, so half the year the run is an hour off.
Name the city: --timezone Europe/London
"""
)
def _(dag):
    return dag.options.timezone != "Europe/London"


@exercise.mistake(
    """
You chose an hour that one night of the year does not have, and another night has twice.
Take one that every night has once: after 02:00.
"""
)
def _(times):
    return "01:00" <= times[0] < "02:00"


@exercise.mistake(
    """
data_interval_end is the moment at which the run is due: by then a new day has begun.
The report is about the day on which the interval begins.
"""
)
def _(dag):
    return "data_interval_end" in {it.name for it in dag.tasks["orders"].parameters}


def _declared(schedule, timezone="Europe/London"):
    return f"""
%dag new ready_by_six --schedule "{schedule}" --timezone {timezone} \\
    --param folder=data/drops --start-date 1997-03-01 --clock virtual
"""


exercise.wrong(
    "every_minute",
    feedback="A star in the first field means every minute",
    answers={"dag": _declared("* 3 * * *")},
)

exercise.wrong(
    "begins_at_six",
    feedback="You counted from the wrong end",
    answers={"dag": _declared("0 6 * * *")},
)

exercise.wrong(
    "clock_without_summer",
    feedback="Your clock does not know the summer time",
    answers={"dag": _declared("0 3 * * *", "UTC")},
)

exercise.wrong(
    "hour_that_is_missing",
    feedback="You chose an hour that one night of the year does not have",
    answers={"dag": _declared("30 1 * * *")},
)

exercise.wrong(
    "file_of_the_new_day",
    feedback="data_interval_end is the moment at which the run is due",
    answers={
        "orders": """
%%task
def orders(folder, data_interval_end):
    return pd.read_csv(f"{folder}/{data_interval_end:%Y-%m-%d}.csv")
""",
    },
)

exercise.alternative(
    "another_time_and_the_same_day",
    answers={
        "dag": _declared("29 4 * * *"),
        "orders": """
%%task
def orders(folder, data_interval_start):
    return pd.read_csv(f"{folder}/{data_interval_start:%Y-%m-%d}.csv")
""",
    },
)
