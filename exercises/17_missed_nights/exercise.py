"""An exercise of lesson 04: making up for nights on which nobody was there."""

from datetime import date, timedelta

from wfkit.teach.manifest import Exercise

exercise = Exercise(
    "missed_nights",
    title="Four nights without a computer",
    minutes=15,
    dag="missed_nights",
    tasks=("report",),
    hints=(
        """Play it: `%dag simulate --start 1997-03-08 --days 8 --outage 1997-03-10,1997-03-14`.
Which nights are missing, and when is the last report ready?""",
        """--catchup makes up for what was missed. --max-active-runs says how many runs of the
Dag may go on at the same time.""",
        """%dag new missed_nights … --catchup --max-active-runs …
def report(logical_date): …""",
    ),
)

exercise.text(
    "story",
    """
# Exercise 17. Four nights without a computer

*15 minutes. It belongs to the lesson `04_scheduling`.*

A run is due every night at 01:30. A report takes two hours. Now the computer is away for four
nights, and it is back at midnight. Mia wants:

- a report for **every** day, also for those that were missed, and each only once,
- each about **its own** day,
- all of them ready by **06:00** on the day of the return. The server bears **two** at a time.
""",
)

exercise.given("set_up", "%load_ext wfkit")

exercise.answer(
    "dag",
    start="""
%dag new missed_nights --schedule "30 1 * * *" ____ \\
    --start-date 1997-03-01 --clock virtual
""",
    solution="""
%dag new missed_nights --schedule "30 1 * * *" --catchup --max-active-runs 2 \\
    --start-date 1997-03-01 --clock virtual
""",
)

exercise.answer(
    "report",
    start='''
%%task --takes 2h
def report(____):
    """One line for the boss, about the day that the run stands for."""
    return f"report of {____:%d %B}"
''',
    solution='''
%%task --takes 2h
def report(logical_date):
    """One line for the boss, about the day that the run stands for."""
    return f"report of {logical_date:%d %B}"
''',
)

exercise.text("now_check", "**How far are you?** Run this cell as often as you like.")
exercise.check_cell()


@exercise.world
def _(dag, seed):
    gone = date(1997, 3, 10) + timedelta(days=7 * (seed - 1))
    back = gone + timedelta(days=4)
    start = gone - timedelta(days=2)
    nights = dag.simulate(start=start, days=8, outage=(gone, back))
    runs = list(nights.runs)
    return {
        "reports": [run["report"] for run in runs],
        "days": [f"report of {start + timedelta(days=n):%d %B}" for n in range(-1, 7)],
        "together": max(_going_on(runs, run.events[0].at) for run in runs),
        "ready": max(run.ended for run in runs if run.ended.date() == back),
    }


def _going_on(runs, moment):
    return sum(run.events[0].at <= moment < run.ended for run in runs)


@exercise.check("there is one report for each of the eight days")
def _(reports, days):
    return f"reports: {len(reports)}", f"reports: {len(days)}"


@exercise.check("each report is about its own day", task="report")
def _(reports, days):
    return sorted(reports), sorted(days)


@exercise.check("the server has at most two reports to make at a time")
def _(together):
    return f"at once: {together}", f"at once: {min(together, 2)}"


@exercise.check("on the day of the return all are ready by six")
def _(ready):
    return f"at {ready:%H:%M}", f"at {min(f'{ready:%H:%M}', '06:00')}"


@exercise.mistake(
    """
Without catchup wfkit makes up for the newest run only, and three days have no report for ever.
Ask for all of them: --catchup
"""
)
def _(dag):
    return not dag.options.catchup


@exercise.mistake(
    """
Your report is about the moment at which its run is due, a day later.
A run stands for the day on which its data interval begins: logical_date.
"""
)
def _(dag):
    return "logical_date" not in {it.name for it in dag.tasks["report"].parameters}


@exercise.mistake(
    """
One run at a time, that is five times two hours: the last report is ready at ten.
Let two go on at the same time.
"""
)
def _(dag):
    return dag.options.max_active_runs == 1


@exercise.mistake(
    """
All missed runs begin at once, and the server breaks down under them.
It bears two. --max-active-runs is the limit.
"""
)
def _(together):
    return together > 2


def _dag(options):
    return f"""
%dag new missed_nights --schedule "30 1 * * *" {options} \\
    --start-date 1997-03-01 --clock virtual
"""


exercise.wrong(
    "no_catchup",
    feedback="Without catchup wfkit makes up for the newest run only",
    answers={"dag": _dag("--max-active-runs 2")},
)

exercise.wrong(
    "one_day_later",
    feedback="Your report is about the moment at which its run is due",
    answers={
        "report": """
%%task --takes 2h
def report(data_interval_end):
    return f"report of {data_interval_end:%d %B}"
"""
    },
)

exercise.wrong(
    "one_at_a_time",
    feedback="One run at a time, that is five times two hours",
    answers={"dag": _dag("--catchup")},
)

exercise.wrong(
    "all_at_once",
    feedback="All missed runs begin at once",
    answers={"dag": _dag("--catchup --max-active-runs 10")},
)

exercise.alternative(
    "other_words",
    answers={
        "dag": _dag("--max-active-runs 2 --catchup --max-active-tasks 8"),
        "report": """
%%task --takes 2h
def report(logical_date, run_id):
    day = logical_date.strftime("%d %B")
    return "report of " + day
""",
    },
)
